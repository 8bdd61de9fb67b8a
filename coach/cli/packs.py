"""`coach packs`: packs of questions and references."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from coach import resources
from coach.cli.app import app
from coach.cli.options import EncoderOption, PackOption, WeightsOption, chosen_encoder, chosen_pack
from coach.cli.progress import reported
from coach.errors import InputError, PackError
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
        raise PackError(f"{directory}: problems found: {len(problems)}; mend them and check again")
    pack = load_pack(directory)
    references = sum(len(one.references) for question in pack.questions for one in question.expectations)
    typer.echo(
        f"{pack}: sound. {len(pack.questions)} questions, {len(pack.dimensions)} dimensions, "
        f"{references} reference answers, {len(pack.tools)} tools."
    )


@packs.command("names")
def names(
    graded: Annotated[
        Path | None, typer.Option(help="JSONL file of graded answers; the pack's own if not given.")
    ] = None,
    writers: Annotated[str, typer.Option(help="Letters of the writers to measure on; all if empty.")] = "",
    every: Annotated[int, typer.Option(min=1, help="Score every so many answers, to be quicker.")] = 1,
    pack: PackOption = None,
    encoder: EncoderOption = None,
    weights: WeightsOption = None,
) -> None:
    """Measure how well tool names are found in graded answers, and how far naming tools moves a score.

    The lexicon was built on writers a, b, e, f, g and h; i, j and k measure it.

    Example: coach packs names --writers ijk
    """
    from coach.evaluation.naming import names_added, names_found, names_removed
    from coach.scoring.graded import load_graded
    from coach.scoring.scorer import load_scorer

    chosen = chosen_pack(pack)
    answers = load_graded(graded or (pack or resources.default_pack_dir()) / "graded" / "answers.jsonl")
    answers = tuple(answer for answer in answers if not writers or answer.writer in writers)
    if not answers:
        raise InputError(f"no graded answers by the writers {writers!r}; give letters that the file has")
    scorer = load_scorer(chosen, chosen_encoder(encoder), weights)
    table = Table("", "", "", "", box=None, pad_edge=False, show_header=False)
    for channel in ("typed", "speech"):
        found = names_found(scorer.lexicon, [one for one in answers if one.channel == channel])
        table.add_row(
            f"names found, {channel}",
            f"{found.answers} answers",
            f"precision {found.precision:.3f}",
            f"recall {found.recall:.3f}",
        )
    some = answers[::every]
    with reported() as report:
        rises = names_added(scorer, some, lambda done: report("scoring", done, len(some)))
    for added in rises:
        table.add_row(
            f"names {added.way}, largest rise",
            f"{added.answers} answers",
            f"overall {added.overall_rise:+.2f}, reasoning {added.reasoning_rise:+.2f}",
            f"dimensions above named: {added.deepened}",
        )
    removed = names_removed(scorer, some)
    table.add_row(
        "names removed from reasoned answers",
        f"{removed.answers} answers",
        f"mean change {removed.overall_change:.3f}",
        "",
    )
    Console(highlight=False).print(table)
    typer.echo("The answers were written and graded by language models, not by people.")
