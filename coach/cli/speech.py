"""`coach speech`: building and measuring the embedded recogniser's language model."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from coach import resources
from coach.cli.app import app
from coach.cli.options import JsonOption, PackOption, chosen_encoder, chosen_pack
from coach.errors import UsageError
from coach.speech.model_files import DIRECTORY, PRONUNCIATIONS

if TYPE_CHECKING:
    from coach.evaluation.hearing import Hearing

speech = typer.Typer(no_args_is_help=True, help="Build and measure the speech model.")
app.add_typer(speech, name="speech")
GradedOption = Annotated[
    Path | None, typer.Option(help="JSONL file of graded answers; the pack's own if not given.")
]


@speech.callback()
def speech_group() -> None:
    """Build and measure the language model and pronunciations of the embedded recogniser."""


@speech.command("build")
def build_command(
    graded: GradedOption = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder to write to; the shipped one if not given.")
    ] = None,
    pack: PackOption = None,
) -> None:
    """Build the language model and the dictionary from a pack and graded answers.

    Takes a minute or two. The answers of writer k are left out, so that the model can be measured on them.

    Example: coach speech build --out my-model
    """
    from coach.scoring.graded import load_graded
    from coach.speech.building import StockModel, build

    answers = load_graded(graded or (pack or resources.default_pack_dir()) / "graded" / "answers.jsonl")
    manifest = build(chosen_pack(pack), answers, StockModel.from_package(), PRONUNCIATIONS, out or DIRECTORY)
    typer.echo(manifest.model_dump_json(indent=2))


@speech.command("measure")
def measure_command(
    voices: Annotated[str, typer.Option(help="Voices, with commas: rms, slt, hts.")] = "rms,slt,hts",
    stock: Annotated[bool, typer.Option("--stock", help="Also measure pocketsphinx's own model.")] = False,
    scores: Annotated[
        bool, typer.Option("--scores", help="Also compare the marks of transcript and text.")
    ] = False,
    noise: Annotated[
        float | None, typer.Option(help="Add noise at this signal-to-noise ratio in dB.")
    ] = None,
    answers: Annotated[int, typer.Option(min=1, max=12, help="How many of the twelve answers.")] = 12,
    graded: GradedOption = None,
    as_json: JsonOption = False,
    pack: PackOption = None,
) -> None:
    """Measure the word error rate on twelve answers that the model has not seen, read by synthetic voices.

    Needs flite, and festival for the voice hts. Takes about 20 seconds an answer, voice and model.

    Example: coach speech measure --stock --voices rms
    """
    from coach.evaluation.hearing import hear, unseen_answers
    from coach.evaluation.voices import VOICES
    from coach.scoring.graded import load_graded
    from coach.scoring.scorer import load_scorer
    from coach.speech.building import HELD_OUT, Corpus
    from coach.speech.embedded import EmbeddedRecogniser

    wanted = [voice for voice in VOICES if voice in voices.split(",")]
    if len(wanted) != len(voices.split(",")):
        raise UsageError(f"the voices are {', '.join(VOICES)}; {voices!r} names another")
    chosen = chosen_pack(pack)
    graded_answers = load_graded(
        graded or (pack or resources.default_pack_dir()) / "graded" / "answers.jsonl"
    )
    corpus = Corpus(chosen, [one for one in graded_answers if one.writer not in HELD_OUT])
    recognisers = [EmbeddedRecogniser.from_package(), *([EmbeddedRecogniser.stock()] if stock else [])]
    scorer = load_scorer(chosen, chosen_encoder(None)) if scores else None
    unseen = unseen_answers(graded_answers, HELD_OUT)[:answers]
    found: list[Hearing] = []
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as bars:
        task = bars.add_task("answers read and recognised", total=len(unseen) * len(wanted))
        for answer in unseen:
            for voice in wanted:
                found += hear(answer, voice, recognisers, corpus, noise, scorer)
                bars.advance(task)
    if as_json:
        typer.echo(json.dumps([{**one.model_dump(mode="json"), "rate": one.rate} for one in found], indent=2))
        return
    _print(found)


def _print(found: list["Hearing"]) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("voice", "recogniser", "answers", "words", "word error rate", "confidence", "marks apart"):
        table.add_column(title, justify="left" if title in ("voice", "recogniser") else "right")
    for voice, recogniser in dict.fromkeys((one.voice, one.recogniser) for one in found):
        rows = [one for one in found if (one.voice, one.recogniser) == (voice, recogniser)]
        words, errors = sum(one.words for one in rows), sum(one.errors for one in rows)
        sure = [one.confidence for one in rows if one.confidence is not None]
        apart = [
            abs(one.spoken_overall - one.text_overall)
            for one in rows
            if one.spoken_overall is not None and one.text_overall is not None
        ]
        table.add_row(
            voice,
            recogniser,
            str(len(rows)),
            str(words),
            f"{errors / max(words, 1):.3f}",
            f"{sum(sure) / len(sure):.2f}" if sure else "",
            f"{sum(apart) / len(apart):.2f}" if apart else "",
        )
    Console(highlight=False).print(table)
    typer.echo("The answers were written by language models and are read by synthetic voices.")
