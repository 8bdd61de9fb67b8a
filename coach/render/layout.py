"""A page of plain lines: wrapping, hanging indents and labels, with no markup and no trailing space."""

from collections.abc import Sequence
from itertools import zip_longest
from typing import NamedTuple

from rich.console import Console
from rich.text import Text

from coach.render.plain import ELLIPSIS, one_line, shortened

INDENT = 2
# Wider than this, lines are hard to follow by eye; narrower, a label column leaves no room for words.
WIDEST, NARROWEST = 120, 40
# For a terminal or a file that cannot hold more than its own small set of characters.
_PLAINER = str.maketrans(
    {
        "■": "#",
        "□": "-",
        "─": "-",
        "●": "o",
        "→": "->",
        "✗": "x",
        "×": "x",
        "…": "...",
        "“": '"',
        "”": '"',
        "‘": "'",
        "’": "'",
        "–": "-",
        "—": "-",
    }
)


class Body(NamedTuple):
    """A wrapped text; what comes after the first line is indented by the width of `lead`."""

    text: Text
    lead: Text = Text()


class Page:
    """Lines that fit a width in terminal cells, gathered from the top down.

    Text enters through `text` or `fitted`, which make it safe to print and writable in `encoding`.
    """

    def __init__(self, console: Console, width: int, encoding: str) -> None:
        self.width = max(min(width, WIDEST), NARROWEST)
        self.lines: list[Text] = []
        self._console = console
        self._encoding = encoding

    def text(self, raw: str, style: str = "") -> Text:
        """Return `raw` as safe text on one line, never read as markup."""
        return Text(self._writable(raw), style=style)

    def fitted(self, raw: str, cells: int, style: str = "") -> Text:
        """Return `raw` as `text` does, cut at a word to at most `cells` cells."""
        return Text(shortened(self._writable(raw), cells, self._writable(ELLIPSIS)), style=style)

    def blank(self) -> None:
        """Add an empty line."""
        self.lines.append(Text())

    def heading(self, title: str, aside: str = "") -> None:
        """Add an empty line and a heading, with a remark after it where there is one."""
        self.blank()
        remark = Text.assemble("  ", self.text(aside, "dim")) if aside else Text()
        self.lines += self._wrapped(Text.assemble(self.text(title, "bold"), remark), self.width)

    def rule(self, title: str = "") -> None:
        """Add a line across the page, with a title in it where there is one."""
        stroke = self._writable("─")
        lead = Text.assemble(stroke * 2, " ", self.text(title, "bold"), " ") if title else Text()
        self.lines.append(Text.assemble(lead, stroke * (self.width - lead.cell_len)))

    def paragraph(self, body: Text, indent: int = INDENT, margin: Text | None = None) -> None:
        """Add wrapped text; `margin` stands before every line of it."""
        edge = Text.assemble(" " * indent, margin or Text())
        for line in self._wrapped(body, self.width - edge.cell_len):
            self.lines.append(Text.assemble(edge, line))

    def row(self, label: Text, bodies: Sequence[Body | Text], label_width: int) -> None:
        """Add a label column of `label_width` cells and, beside it, bodies wrapped one below another."""
        left = self._wrapped(label, label_width)
        right = [line for body in bodies for line in self._hanging(body, self.row_room(label_width))]
        for name, line in zip_longest(left, right, fillvalue=Text()):
            padding = " " * (label_width + INDENT - name.cell_len)
            joined = Text.assemble(" " * INDENT, name, padding, line)
            joined.rstrip()
            self.lines.append(joined)

    def row_room(self, label_width: int) -> int:
        """Return how many cells a row's body has beside its label."""
        return self.width - 2 * INDENT - label_width

    def _hanging(self, body: Body | Text, cells: int) -> list[Text]:
        text, lead = body if isinstance(body, Body) else Body(body)
        lines = self._wrapped(text, cells - lead.cell_len)
        edges = [lead] + [Text(" " * lead.cell_len)] * (len(lines) - 1)
        return [Text.assemble(edge, line) for edge, line in zip(edges, lines, strict=True)]

    def _wrapped(self, text: Text, cells: int) -> list[Text]:
        lines = list(text.wrap(self._console, max(cells, 1), overflow="fold"))
        for line in lines:
            line.rstrip()
        return lines

    def _writable(self, raw: str) -> str:
        safe = one_line(raw)
        if self._encoding.startswith("utf"):
            return safe
        return safe.translate(_PLAINER).encode(self._encoding, "replace").decode(self._encoding)
