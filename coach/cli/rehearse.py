"""`coach rehearse`: answer aloud, under the clock, and get feedback on it."""

import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from coach.cli.app import app, say
from coach.cli.critic_options import (
    CriticOption,
    MaxCostOption,
    ModelOption,
    RefreshOption,
    RewriteOption,
    SamplesOption,
    chosen_settings,
    how_to_get_a_critic,
)
from coach.cli.options import EncoderOption, JsonOption, PackOption, WeightsOption, chosen_pack
from coach.cli.paragraphs import show_paragraph
from coach.cli.reviewing import chosen_critic, chosen_scorer, coached_and_shown, print_document
from coach.cli.summary_screen import print_summary
from coach.cli.transcribe import MinutesOption, RecogniserOption, TranscriptionModelOption
from coach.domain import Feedback
from coach.errors import UsageError
from coach.history.store import History, data_folder
from coach.speech.choice import choose
from coach.speech.keywords import expected_names
from coach.speech.reading_aloud import Voice

if TYPE_CHECKING:
    from coach.cli.sitting import Sitting
    from coach.coaching import Watcher


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
    transcription_model: TranscriptionModelOption = None,
    device: Annotated[
        str | None, typer.Option("--device", help="Record from the microphone whose name has this in it.")
    ] = None,
    live: Annotated[bool, typer.Option("--live", help="Show what is understood while you speak.")] = False,
    speak: Annotated[bool, typer.Option("--speak", help="Read the question aloud.")] = False,
    voice: Annotated[
        Path | None, typer.Option("--voice", help="Read it aloud with Piper and the voice in this folder.")
    ] = None,
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
    critic: CriticOption = None,
    model: ModelOption = None,
    samples: SamplesOption = None,
    rewrite: RewriteOption = False,
    max_cost: MaxCostOption = None,
    refresh: RefreshOption = False,
) -> None:
    """Answer aloud with the clock running, read what was heard, and get feedback; then a follow-up.

    Recordings and feedback stay on this machine; coach history lists and deletes them. A critic, where one is
    set up, is sent the text of each answer.

    Example: coach rehearse what-is-drift --audio answer.m4a
    """
    from coach.cli.sitting import Sitting

    chosen = chosen_pack(pack)
    if as_json and question is None:
        raise UsageError("--json prints the feedback on one answer; give the id of its question")
    if not yes and not sys.stdin.isatty():
        raise UsageError("nobody can review the transcript here; give --yes, or run it in a terminal")
    asked = chosen.question(question) if question else None
    settings = chosen_settings(critic, model, samples, max_cost)
    names = expected_names(chosen, asked.text if asked else "")
    engine = choose(recogniser, settings, transcription_model, names)
    reviewer = chosen_critic(chosen, pack, settings, rewrite, refresh)
    say(f"Recogniser {engine.why}")
    if reviewer is not None:
        say(f"Critic {settings.chosen_model}: is sent the text of each answer, no sound")
    elif hint := how_to_get_a_critic(settings):
        say(hint)
    console = Console(soft_wrap=False, highlight=False)

    def show(coached: "Callable[[Watcher], Feedback]", asks: bool) -> Feedback:
        return coached_and_shown(coached, console, asks, print_document if as_json else None)

    with _history(no_keep) as history:
        sitting = Sitting(
            pack=chosen,
            history=history,
            recogniser=engine.recogniser,
            scorer=lambda: chosen_scorer(chosen, encoder, weights),
            critic=reviewer,
            audio=tuple(audio or ()),
            device=device,
            voice=Voice.from_folder(voice) if speak or voice else None,
            live=live,
            ask=not yes,
            force=force,
            minutes=minutes,
            show=show,
        )
        try:
            sitting.run(asked)
        except KeyboardInterrupt:
            raise KeyboardInterrupt(_stopped(sitting, no_keep)) from None
        finally:
            # Whatever ended the sitting, what was answered until then is summed up.
            if sitting.summary is not None and asked is None:
                print_summary(sitting.summary, console)
            if not no_keep and sitting.kept:
                show_paragraph(f"Kept: {', '.join(one.id for one in sitting.kept)}; see coach history")


def _stopped(sitting: "Sitting", no_keep: bool) -> str:
    if no_keep:
        return "stopped; nothing of this sitting was kept"
    if sitting.left is not None:
        return "stopped; what you said is kept, and the next coach rehearse offers to go on from it"
    return "stopped"


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
