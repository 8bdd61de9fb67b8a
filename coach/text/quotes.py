"""Quotes: finds the words that somebody says a text contains, and where."""

import unicodedata

from coach.domain import Evidence

_MARKS = frozenset("\"'`´‘’‚‛“”„‟‹›«»″′＂＇")
_DASHES = frozenset("‐‑‒–—―−")
_ELLIPSES = ("...", "…")


def locate(quote: str, text: str) -> Evidence | None:
    """Where `quote` stands in `text`: exactly, else up to white space, case, and the form of its marks.

    Marks around the quote and an ellipsis at its ends are the quoter's own. A quote never begins or ends
    within a word, and one without a letter or digit is found nowhere. The evidence is the text's own words.

    >>> locate("“we roll  BACK”", 'Then "we roll back" at once.')
    Evidence(start=6, end=18, quote='we roll back')
    """
    wanted = _bare(quote)
    if not any(character.isalnum() for character in wanted):
        return None
    start = text.find(wanted)
    while start >= 0:
        if _whole_words(text, start, start + len(wanted)):
            return Evidence(start=start, end=start + len(wanted), quote=wanted)
        start = text.find(wanted, start + 1)
    return _located_normalised(wanted, text)


def overlap(start: int, end: int, other_start: int, other_end: int) -> int:
    """How many characters two spans share."""
    return max(min(end, other_end) - max(start, other_start), 0)


def _located_normalised(wanted: str, text: str) -> Evidence | None:
    needle = "".join(character for character, _ in _normalised(wanted))
    kept = _normalised(text)
    hay = "".join(character for character, _ in kept)
    found = hay.find(needle) if needle else -1
    while found >= 0:
        start, end = kept[found][1], kept[found + len(needle) - 1][1] + 1
        if _whole_words(text, start, end):
            return Evidence(start=start, end=end, quote=text[start:end])
        found = hay.find(needle, found + 1)
    return None


def _bare(quote: str) -> str:
    """`quote` without white space, marks and ellipses at its ends."""
    before = None
    while before != quote:
        before = quote
        quote = quote.strip()
        for ellipsis in _ELLIPSES:
            quote = quote.removeprefix(ellipsis).removesuffix(ellipsis)
        if quote[:1] in _MARKS and quote[-1:] in _MARKS:
            quote = quote[1:-1]
    return quote


def _normalised(text: str) -> list[tuple[str, int]]:
    """Comparable characters of `text`, each with the index of the one that it came from.

    White space is left out altogether, as are characters that show nothing.
    """
    kept = []
    for index, character in enumerate(text):
        if character in _MARKS:
            kept.append(("'", index))
        elif character in _DASHES:
            kept.append(("-", index))
        elif not character.isspace() and unicodedata.category(character) not in ("Cc", "Cf", "Cs"):
            kept += [(one, index) for one in unicodedata.normalize("NFKC", character).casefold()]
    return kept


def _whole_words(text: str, start: int, end: int) -> bool:
    inside_first = start > 0 and text[start - 1].isalnum() and text[start].isalnum()
    inside_last = end < len(text) and text[end - 1].isalnum() and text[end].isalnum()
    return not inside_first and not inside_last
