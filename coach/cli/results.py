"""`coach results`: the marks of a graded cohort in a form that other systems take in."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

import typer

from coach.cli.app import app, say
from coach.errors import UsageError
from coach.render import numbers


@app.command("results")
def results_command(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="The --out of a run of coach grade.")],
    line_items: Annotated[
        list[str],
        typer.Option(
            "--line-item",
            metavar="[QUESTION=]ID",
            help="The sourcedId of the line item that the marks go to, one for each question.",
        ),
    ],
    out_of: Annotated[float, typer.Option("--out-of", min=0.1, help="Highest score of the line item.")] = 5.0,
    by: Annotated[
        str, typer.Option("--by", metavar="id|email", help="What students go by in that system.")
    ] = "id",
    file: Annotated[
        Path | None, typer.Option("--file", help="File to write; DIR/oneroster.zip if not given.")
    ] = None,
) -> None:
    """Write the marks as OneRoster 1.1 results: a zip of CSV tables, with students by their numbers.

    The ids that the file of answers gives its students must be those of the receiving system. No system has
    taken such a zip in yet: try it with one student first.

    Example: coach results graded --line-item 8f2e-41 --out-of 20
    """
    from coach.cohort.one_roster import write_results

    path = file or directory / "oneroster.zip"
    if by not in ("id", "email"):
        raise UsageError(f"--by {by}: give id or email")
    student: Literal["id", "email"] = "email" if by == "email" else "id"
    made = write_results(directory, _by_question(line_items), out_of, datetime.now(UTC), path, student)
    say(f"{path}: {numbers.counted(made.results, 'result')}")
    if made.without_mark:
        say(f"{made.without_mark:,} answers have no mark and were left out")
    if made.without_number:
        say(
            f"{made.without_number:,} answers are of students without "
            + ("an address" if by == "email" else "a number (Participant 12 is none: see --map id=COLUMN)")
            + " and were left out"
        )


def _by_question(texts: list[str]) -> dict[str, str]:
    found = {}
    for text in texts:
        question, _, id = text.rpartition("=")
        if not id.strip() or question.strip() in found:
            raise UsageError(f"--line-item {text[:60]!r}: write it as ID, or QUESTION=ID once a question")
        found[question.strip()] = id.strip()
    return found
