"""Page text: what a reader sees of HTML, as plain text."""

import re
from html.parser import HTMLParser

_MARKUP = re.compile(
    r"</?(?:p|br|div|span|ul|ol|li|b|i|em|strong|u|h[1-6]|table|tr|td|th|pre|code|a|blockquote|img|script|style)"
    r"(?:\s[^<>]*)?/?>",
    re.IGNORECASE,
)
_BLOCKS = {"p", "div", "ul", "ol", "table", "tr", "pre", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6"}
_HIDDEN = {"script", "style", "head", "template", "noscript"}


class _Reader(HTMLParser):
    """Collects text, with line breaks where blocks begin and end."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _HIDDEN:
            self._hidden += 1
        if tag in _BLOCKS or tag == "br":
            self.parts.append("\n")
        elif tag == "li":
            self.parts.append("\n- ")
        elif tag in ("td", "th"):
            self.parts.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in _HIDDEN:
            self._hidden = max(0, self._hidden - 1)
        if tag in _BLOCKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.parts.append(data)


def page_text(text: str) -> str:
    r"""Return `text` without its markup where it is HTML, and as it is where it is not.

    >>> page_text("<p>Watch the inputs,<br>then act.</p>")
    'Watch the inputs,\nthen act.'
    >>> page_text("if psi < 0.2 we wait")
    'if psi < 0.2 we wait'
    """
    if not _MARKUP.search(text):
        return text
    reader = _Reader()
    reader.feed(text)
    reader.close()
    lines = [" ".join(line.split()) for line in "".join(reader.parts).split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
