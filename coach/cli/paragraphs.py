"""Paragraphs on stderr for a person at a terminal."""

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
