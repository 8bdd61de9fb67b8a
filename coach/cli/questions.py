"""`coach questions`: what can be asked."""

from typing import Annotated

import typer
from pydantic import TypeAdapter
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from coach.cli.app import app
from coach.cli.options import JsonOption, PackOption, chosen_pack
from coach.domain import Depth, Question
from coach.errors import UsageError
from coach.packs import Pack

questions = typer.Typer(no_args_is_help=False, help="List the questions, or show one.")
app.add_typer(questions, name="questions")
LEVELS = ("beginner", "intermediate", "scenario", "two-minute")


@questions.callback(invoke_without_command=True)
def list_questions(
    ctx: typer.Context,
    level: Annotated[
        str | None, typer.Option(help=f"Only questions of this level: {', '.join(LEVELS)}.")
    ] = None,
    dimension: Annotated[str | None, typer.Option(help="Only questions that expect this dimension.")] = None,
    as_json: JsonOption = False,
    pack: PackOption = None,
) -> None:
    """List the questions with their level and time limit, or show one with: coach questions show ID.

    Example: coach questions --level scenario --dimension rollback
    """
    if ctx.invoked_subcommand is not None:
        return
    chosen = chosen_pack(pack)
    found = _filtered(chosen, level, dimension)
    if as_json:
        typer.echo(TypeAdapter(tuple[Question, ...]).dump_json(found, indent=2).decode())
        return
    console = Console(highlight=False)
    table = Table(box=None, pad_edge=False, show_edge=False, header_style="bold")
    for title in ("id", "level", "seconds", "question"):
        table.add_column(
            title, justify="right" if title == "seconds" else "left", overflow="fold", no_wrap=title == "id"
        )
    for question in found:
        table.add_row(question.id, question.level, str(question.time_limit), Text(question.text))
    console.print(table)


@questions.command("show")
def show_question(
    id: Annotated[str, typer.Argument(help="Id of the question.")],
    references: Annotated[
        bool, typer.Option("--references", help="Also show the reference answers.")
    ] = False,
    as_json: JsonOption = False,
    pack: PackOption = None,
) -> None:
    """Show one question: what it expects, hints, harmful claims and follow-ups; references on request.

    Example: coach questions show drift-alert-fires --references
    """
    chosen = chosen_pack(pack)
    question = chosen.question(id)
    if as_json:
        typer.echo(question.model_dump_json(indent=2))
        return
    console = Console(highlight=False)

    def line(text: str, indent: int = 0, style: str = "") -> None:
        console.print(Padding(Text(text, style=style), (0, 0, 0, indent)))

    line(question.text, style="bold")
    line(f"{question.id}, {question.level}, {question.time_limit} seconds")
    line("\nA good answer talks about", style="bold")
    for expectation in question.expectations:
        line(f"{chosen.dimension(expectation.dimension).title}: {expectation.hint}", 2)
        for reference in expectation.references if references else ():
            line(
                f"{reference.depth.word}: {reference.text}", 4, "" if reference.depth > Depth.NAMED else "dim"
            )
    line("\nDangerous or false, and what is safer", style="bold")
    for harmful in question.harmful:
        line(f"“{harmful.statement}”", 2)
        line(f"{harmful.safer} {harmful.why}", 4)
    line("\nAn interviewer would ask next", style="bold")
    for follow_up in question.follow_ups:
        line(follow_up, 2)


def _filtered(pack: Pack, level: str | None, dimension: str | None) -> tuple[Question, ...]:
    if level is not None and level not in LEVELS:
        raise UsageError(f"there is no level {level!r}; the levels are {', '.join(LEVELS)}")
    if dimension is not None:
        pack.dimension(dimension)
    return tuple(
        question
        for question in pack.questions
        if (level is None or question.level == level) and (dimension is None or dimension in question.expects)
    )
