"""`coach packs`: packs of questions and references."""

from pathlib import Path
from typing import Annotated

import typer

from coach.cli import app
from coach.errors import PackError
from coach.packs import check_pack, load_pack

packs = typer.Typer(no_args_is_help=True, help="Check packs of questions and references.")
app.add_typer(packs, name="packs")


@packs.callback()
def packs_group() -> None:
    """Check packs of questions and references."""


@packs.command("check")
def check(directory: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of the pack.")]) -> None:
    """Check a pack and print every problem with its file and line; exit code 1 when there is any.

    Example: coach packs check reference_answers/mlops
    """
    problems = check_pack(directory)
    for problem in problems:
        typer.echo(problem)
    if problems:
        raise PackError(f"{directory}: {len(problems)} problem{'s' if len(problems) > 1 else ''} found; mend them and check again")
    pack = load_pack(directory)
    references = sum(len(one.references) for question in pack.questions for one in question.expectations)
    typer.echo(
        f"{pack}: sound. {len(pack.questions)} questions, {len(pack.dimensions)} dimensions, "
        f"{references} reference answers, {len(pack.tools)} tools."
    )
