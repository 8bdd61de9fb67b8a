"""`coach rehearse`: answer aloud, under the clock, and get feedback on it."""

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

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
from coach.cli.summary_screen import print_summary
from coach.cli.transcribe import MinutesOption, RecogniserOption, TranscriptionModelOption
from coach.domain import Feedback
from coach.errors import UsageError
from coach.history.store import History, data_folder
from coach.render.terminal import print_feedback
from coach.speech.choice import choose
from coach.speech.keywords import load_keywords

if TYPE_CHECKING:
    pass


@app.command("rehearse")
def rehearse_command(
    question: Annotated[
        str | None,
        typer.Argument(metavar="[ID]", help="Id of the question; three are proposed if not given."),
    ] = None,
    audio: Annotated[
        list[Path] | None,
        typer.Option(
            "--audio", help="Take the answer from a file; again for the next question of a sitting."
        ),
    ] = None,
    recogniser: RecogniserOption = "auto",
    model: TranscriptionModelOption = None,
    device: Annotated[
        str | None, typer.Option("--device", help="Record from the microphone whose name has this in it.")
    ] = None,
    speak: Annotated[bool, typer.Option("--speak", help="Read the question aloud.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not review the transcript, ask nothing.")] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Score even a doubtful transcript that nobody read.")
    ] = False,
    no_keep: Annotated[bool, typer.Option("--no-keep", help="Keep nothing of this sitting.")] = False,
    as_json: JsonOption = False,
    minutes: MinutesOption = 10.0,
    pack: PackOption = None,
    encoder: EncoderOption = None,
    weights: WeightsOption = None,
) -> None:
    """Answer aloud with the clock running, read what was heard, and get feedback; then a follow-up.

    Recordings and feedback stay on this machine; coach history lists and deletes them.

    Example: coach rehearse what-is-drift --audio answer.m4a
    """
    from coach.cli.sitting import Sitting
    from coach.scoring.scorer import load_scorer

    chosen = chosen_pack(pack)
    if as_json and question is None:
        raise UsageError("--json prints the feedback on one answer; give the id of its question")
    if not yes and not sys.stdin.isatty():
        raise UsageError("nobody can review the transcript here; give --yes, or run it in a terminal")
    asked = chosen.question(question) if question else None
    engine = choose(recogniser, chosen_settings(), model, load_keywords())
    say(f"Recogniser {engine.why}")
    with _history(no_keep) as history:
        sitting = Sitting(
            pack=chosen,
            history=history,
            recogniser=engine.recogniser,
            scorer=lambda: load_scorer(chosen, chosen_encoder(encoder), weights),
            audio=tuple(audio or ()),
            device=device,
            speak=speak,
            ask=not yes,
            force=force,
            minutes=minutes,
            show=_shown(as_json),
        )
        sitting.run(asked)
        if sitting.summary is not None and asked is None:
            print_summary(sitting.summary, Console(soft_wrap=False, highlight=False))
        if not no_keep and sitting.kept:
            say(f"Kept: {', '.join(one.id for one in sitting.kept)}; coach history shows and deletes")


def _shown(as_json: bool):  # type: ignore[no-untyped-def]
    def show(feedback: Feedback) -> None:
        if as_json:
            typer.echo(feedback.model_dump_json(indent=2))
        else:
            print_feedback(feedback, Console(soft_wrap=False, highlight=False))

    return show


@contextmanager
def _history(no_keep: bool) -> Iterator[History]:
    """The user's history, or one in a folder that is deleted whatever happens."""
    if not no_keep:
        yield History(data_folder())
        return
    folder = Path(tempfile.mkdtemp(prefix="coach-"))
    try:
        yield History(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
