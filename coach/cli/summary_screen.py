"""The closing summary of a sitting, for a terminal or a pipe."""

from rich.console import Console
from rich.text import Text

from coach.rehearsal.summary import Summary
from coach.render import numbers
from coach.render.layout import Page

_LABEL_CELLS = len("Prevention")


def print_summary(summary: Summary, console: Console) -> None:
    """Print what the answers of a sitting have in common."""
    page = Page(console, console.width, console.encoding)
    page.blank()
    page.rule("This sitting")
    count = "1 answer" if summary.answers == 1 else f"{summary.answers} answers"
    page.paragraph(
        page.text(
            f"{count}, {numbers.mark(summary.mean_overall)} of 5 on average, "
            f"reasoning {numbers.mark(summary.mean_reasoning)} of 3."
        ),
        indent=0,
    )
    page.paragraph(page.text(summary.headline, "bold"), indent=0)
    for row in summary.debugging:
        page.row(page.text(row.title), [page.text(row.text)], _LABEL_CELLS)
    if summary.hint:
        page.row(page.text("Next time"), [page.text(summary.hint)], _LABEL_CELLS)
    page.rule()
    for line in page.lines:
        console.print(Text.assemble(line), no_wrap=True, overflow="ignore", crop=False)
