"""Paragraphs on stderr for a person at a terminal."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.text import Text

from coach.cli.app import say
from coach.render.plain import one_line


def show_paragraph(text: str, lead: str = "") -> None:
    """Print `lead` and a text on stderr, broken between words where that is a terminal; never as markup."""
    console = Console(stderr=True, highlight=False)
    if not console.is_terminal:
        say(f"{lead}{text}")
        return
    for number, line in enumerate(Text(one_line(text)).wrap(console, console.width - len(lead))):
        line.rstrip()
        edge = " " * len(lead) if number else lead
        console.print(Text.assemble(edge, line), no_wrap=True, overflow="ignore", crop=False)


@contextmanager
def waiting(what: str = "Listening to the recording") -> Iterator[None]:
    """Show in a terminal that something takes its time."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield
        return
    with console.status(what):
        yield
