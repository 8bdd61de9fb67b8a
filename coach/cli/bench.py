"""`coach bench`: how long things take beside what they could take at best."""

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from coach import resources
from coach.cli.app import app, say
from coach.cli.options import EncoderOption, JsonOption, chosen_encoder, chosen_pack
from coach.errors import UsageError

bench_app = typer.Typer(help="Measure speed and memory; prints ratios.", no_args_is_help=True)
app.add_typer(bench_app, name="bench")
_PARTS = ("grading", "critic", "similarity", "memory")


@bench_app.callback()
def bench() -> None:
    """Measure speed and memory; prints ratios."""


@bench_app.command("cohort")
def bench_cohort(
    parts: Annotated[
        list[str] | None,
        typer.Option("--part", help="grading, critic, similarity or memory; all if not given."),
    ] = None,
    answers: Annotated[int, typer.Option(min=8, help="Answers to grade.")] = 256,
    reviews: Annotated[int, typer.Option(min=8, help="Answers to have reviewed.")] = 400,
    like: Annotated[int, typer.Option(min=100, help="Answers to search for like pairs.")] = 20_000,
    memory: Annotated[
        tuple[int, int], typer.Option(help="The two numbers of answers whose peak memory is compared.")
    ] = (10_000, 100_000),
    as_json: JsonOption = False,
    encoder: EncoderOption = None,
) -> None:
    """Measure the grading of cohorts, each figure beside another of the same run.

    Example: coach bench cohort --part grading --answers 128
    """
    from coach.cohort import bench as benches
    from coach.scoring.graded import load_graded

    chosen = tuple(parts or _PARTS)
    unknown = [part for part in chosen if part not in _PARTS]
    if unknown:
        raise UsageError(f"--part {unknown[0]}: there is {', '.join(_PARTS)}")
    pack = chosen_pack(None)
    graded = load_graded(resources.default_pack_dir() / "graded" / "answers.jsonl")
    found: list[benches.Ratio] = []
    if "grading" in chosen:
        say("grading ...")
        found += benches.bench_grading(pack, chosen_encoder(encoder), graded, answers)
    if "critic" in chosen:
        say("reviewing ...")
        found += benches.bench_critic(pack, chosen_encoder(encoder), graded, reviews)
    if "similarity" in chosen:
        say("searching like pairs ...")
        found += benches.bench_similarity(pack, graded, like)
    if "memory" in chosen:
        say("peak memory ...")
        found += benches.bench_memory(memory)
    if as_json:
        typer.echo(benches.ratios_json(found))
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("what", "measured", "beside", "ratio", "aim"):
        table.add_column(title, justify="left" if title in ("what", "aim") else "right")
    for one in found:
        table.add_row(
            one.what,
            f"{one.measured:,.1f} {one.unit}",
            f"{one.beside:,.1f} {one.unit}",
            f"{one.ratio:.2f}",
            one.aim,
        )
    Console(highlight=False, width=None).print(table)
