"""`coach speech`: measuring a recogniser, on what comes with the project and on the user's own recordings."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from coach import resources
from coach.cli.app import app, say
from coach.cli.critic_options import chosen_settings
from coach.cli.options import (
    EncoderOption,
    JsonOption,
    PackOption,
    WeightsOption,
    chosen_encoder,
    chosen_pack,
)
from coach.cli.transcribe import RecogniserOption, TranscriptionModelOption
from coach.errors import UsageError
from coach.speech.choice import choose
from coach.speech.keywords import expected_names
from coach.speech.reading_aloud import Voice

if TYPE_CHECKING:
    from coach.evaluation.hearing import Hearing
    from coach.evaluation.listening import Task

speech = typer.Typer(no_args_is_help=True, help="Measure how well answers are heard.")
app.add_typer(speech, name="speech")


@speech.callback()
def speech_group() -> None:
    """Measure how well a recogniser hears: people's clips, synthetic voices, your own recordings."""


@speech.command("measure")
def measure_command(
    recording: Annotated[
        Path | None, typer.Option(help="A recording of your own; --text says what is said in it.")
    ] = None,
    text: Annotated[Path | None, typer.Option(help="The text of --recording, word for word.")] = None,
    clips: Annotated[
        Path | None, typer.Option(help="Folder of recordings, each with its text beside it (.txt).")
    ] = None,
    voices: Annotated[
        str | None, typer.Option(help="Voices to read answers aloud, with commas: rms, slt, hts, piper.")
    ] = None,
    voice: Annotated[Path | None, typer.Option(help="Folder of the Piper voice for the voice piper.")] = None,
    conditions: Annotated[
        str, typer.Option(help="With commas: clean, a signal-to-noise ratio in dB such as 20, room.")
    ] = "clean",
    answers: Annotated[int, typer.Option(min=1, max=200, help="How many answers the voices read.")] = 12,
    scores: Annotated[
        bool, typer.Option("--scores", help="Also compare the marks of transcript and text.")
    ] = False,
    silence: Annotated[
        bool, typer.Option("--silence", help="Count the words heard in twenty sounds without a voice.")
    ] = False,
    wait: Annotated[
        bool, typer.Option("--wait", help="Play two minutes as they are spoken; time the wait behind them.")
    ] = False,
    recogniser: RecogniserOption = "auto",
    model: TranscriptionModelOption = None,
    graded: Annotated[
        Path | None, typer.Option(help="JSONL file of graded answers; the pack's own if not given.")
    ] = None,
    as_json: JsonOption = False,
    pack: PackOption = None,
    encoder: EncoderOption = None,
    weights: WeightsOption = None,
) -> None:
    """Measure word errors, names, confidence and cost of a recogniser; nothing that was recorded is kept.

    The answers are those of a writer whose names the recogniser was not told to expect. Voices need flite,
    festival (hts) or piper.

    Example: coach speech measure --recording answer.wav --text answer.txt
    """
    from coach.evaluation.hearing import Hearing, peak_memory
    from coach.evaluation.listening import Listener, parsed_conditions, silences
    from coach.scoring.scorer import load_scorer

    if (recording is None) != (text is None):
        raise UsageError("--recording and --text belong together; give both")
    if not (recording or clips or voices or silence or wait):
        raise UsageError("nothing to measure: give --recording, --clips, --voices, --silence or --wait")
    chosen = chosen_pack(pack)
    spoilt = parsed_conditions(conditions)
    spoken = _read_by((voices or "rms") if voices or wait else "", answers, graded, pack, voice)
    tasks = [*_recorded(recording, text, clips), *(spoken if voices else ())]
    engine = choose(recogniser, chosen_settings(), model, expected_names(chosen))
    say(f"Recogniser {engine.why}")
    scorer = load_scorer(chosen, chosen_encoder(encoder), weights) if scores else None
    listener = Listener(engine.recogniser, chosen, scorer)
    found: list[Hearing] = []
    with _bar(len(tasks) * len(spoilt)) as advance:
        for task in tasks:
            for condition in spoilt:
                found.append(listener.heard(task, condition))
                advance()
    report: dict[str, object] = {}
    if found:
        report["recordings"] = [{**one.model_dump(mode="json"), "rate": one.rate} for one in found]
    if silence:
        report["words_in_silence"] = silences(engine.recogniser)
    if wait:
        report["wait"] = listener.wait(spoken).model_dump()
    report["peak_memory_mb"] = round(peak_memory())
    if as_json:
        typer.echo(json.dumps(report, indent=2))
    else:
        _print(found, report)


def _recorded(recording: Path | None, text: Path | None, clips: Path | None) -> list["Task"]:
    from coach.evaluation.listening import clip_tasks, own_task

    own = [own_task(recording, text)] if recording is not None and text is not None else []
    return [*own, *(clip_tasks(clips) if clips is not None else ())]


def _read_by(
    voices: str, count: int, graded: Path | None, pack: Path | None, voice: Path | None
) -> list["Task"]:
    """Answers of the writers held out, read by each of the voices; none without voices."""
    from coach.evaluation.hearing import unseen_answers
    from coach.evaluation.listening import voice_tasks
    from coach.scoring.graded import load_graded

    if not voices:
        return []
    answers = load_graded(graded or (pack or resources.default_pack_dir()) / "graded" / "answers.jsonl")
    return voice_tasks(
        unseen_answers(answers, count),
        voices.split(","),
        [one.answer for one in answers],
        chosen_pack(pack),
        Voice.from_folder(voice).piper,
    )


def _print(found: Sequence["Hearing"], report: dict[str, object]) -> None:
    console = Console(highlight=False)
    if found:
        console.print(_table(found))
        for one in found:
            if one.names_made_up:
                names = ", ".join(one.names_made_up)
                typer.echo(f"Made up in {one.recording} ({one.voice}, {one.condition}): {names}")
        typer.echo(
            "Where a voice is named, it is a synthetic one, and the answer was written by a language model."
        )
    if "words_in_silence" in report:
        heard = report["words_in_silence"]
        assert isinstance(heard, dict)
        typer.echo(
            f"Sounds without a voice: {len(heard)}; with words in them: {sum(map(bool, heard.values()))}"
        )
        for name, words in heard.items():
            if words:
                typer.echo(f"  {name}: {words}")
    if "wait" in report:
        wait = report["wait"]
        assert isinstance(wait, dict)
        share = wait["after_last_word"] / wait["seconds"]
        typer.echo(
            f"Text {wait['after_last_word']:.1f} s after the last word of {wait['seconds']:.0f} s "
            f"({share:.1%} of the recording); {wait['whole_file']:.1f} s for the whole file"
        )
    typer.echo(f"Peak memory of this process: {report['peak_memory_mb']} MB")


def _table(found: Sequence["Hearing"]) -> Table:
    from coach.evaluation.listening import summed

    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    for title in ("voice", "noise"):
        table.add_column(title, no_wrap=True)
    # Short, so that all stand in 80 columns; docs/speech.md says what each is.
    for title in ("files", "words", "errors", "sure", "unread", "names", "made up", "marks", "cost"):
        table.add_column(title, justify="right")
    for row in summed(found):
        table.add_row(*row)
    return table


@contextmanager
def _bar(total: int) -> Iterator[Callable[[], None]]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), disable=not total) as bars:
        task = bars.add_task("recordings", total=total)
        yield lambda: bars.advance(task)
