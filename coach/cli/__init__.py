"""The command line: one module a command group, each parses, calls one function and renders."""

from coach.cli import (
    answer,
    bench,
    doctor,
    evaluate,
    figures,
    generality,
    grade,
    history,
    packs,
    questions,
    rehearse,
    results,
    review,
    speech,
    train,
    train_statements,
    transcribe,
)
from coach.cli.app import app

__all__ = ["app", "main"]

COMMANDS = (
    answer,
    bench,
    doctor,
    evaluate,
    figures,
    generality,
    grade,
    history,
    packs,
    questions,
    rehearse,
    results,
    review,
    speech,
    train,
    train_statements,
    transcribe,
)


def main() -> None:
    """Run the command line."""
    app()
