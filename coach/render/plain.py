"""Safe echo: text of unknown origin made fit to print, with nothing in it that acts or hides."""

import unicodedata

from rich.cells import cell_len, set_cell_size

ELLIPSIS = "…"
# Each is drawn for itself; every other control character is shown by its number.
_PICTURES = {code: chr(0x2400 + code) for code in range(0x20)} | {0x7F: "␡"}
# Unicode's default-ignorable characters that are not of category Cf: they take no room and can hide text.
_HIDDEN = (
    range(0x034F, 0x0350),
    range(0x115F, 0x1161),
    range(0x17B4, 0x17B6),
    range(0x180B, 0x1810),
    range(0x2065, 0x2066),
    range(0x3164, 0x3165),
    range(0xFE00, 0xFE10),
    range(0xFFA0, 0xFFA1),
    range(0xFFF0, 0xFFF9),
    range(0xE0000, 0xE1000),
)
# These only choose between the text and the emoji form of the character before them.
_PRESENTATION = ("\ufe0e", "\ufe0f")
_BREAKS = ("\n", "\u2028", "\u2029", "\x85")


def visible(text: str) -> str:
    r"""Return `text` with every control, direction, zero-width and lone surrogate character made visible.

    Line ends stay (as a single newline each), every other kind of space becomes a plain space.

    >>> visible("a\x1b[31mb\u202ec\tred")
    'a␛[31mb<U+202E>c red'
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_shown, text.replace("\r\n", "\n")))


def one_line(text: str) -> str:
    """Return `visible(text)` on one line: every run of white space is one space, none at the ends."""
    return " ".join(visible(text).split())


def shortened(text: str, cells: int, ellipsis: str = ELLIPSIS) -> str:
    """Cut a one-line `text` to at most `cells` terminal cells, at a word where that keeps most of it.

    >>> shortened("Features go to the feature store.", 20)
    'Features go to the…'
    """
    if cell_len(text) <= cells:
        return text
    room = cells - cell_len(ellipsis)
    if room < 0:
        return ""
    cut = set_cell_size(text, room).rstrip()
    if text[len(cut) : len(cut) + 1] not in ("", " "):
        whole_words = cut.rpartition(" ")[0]
        cut = whole_words if cell_len(whole_words) > room // 2 else cut
    return cut.rstrip(" ,;:–-") + ellipsis


def _shown(character: str) -> str:
    if character in _BREAKS:
        return "\n"
    if character == "\t":
        return " "
    if character in _PRESENTATION:
        return ""
    code = ord(character)
    if code in _PICTURES:
        return _PICTURES[code]
    category = unicodedata.category(character)
    if category == "Zs":
        return " "
    if category in ("Cc", "Cf", "Cs") or any(code in hidden for hidden in _HIDDEN):
        return f"<U+{code:04X}>"
    return character
