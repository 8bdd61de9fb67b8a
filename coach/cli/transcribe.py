"""`coach transcribe`: what somebody said in an audio or video file."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from coach.cli.app import app, say
from coach.cli.critic_options import chosen_settings
from coach.cli.options import JsonOption, PackOption, chosen_pack
from coach.errors import InputError, UsageError
from coach.speech.choice import RecogniserName, choose
from coach.speech.keywords import expected_names

if TYPE_CHECKING:
    from coach.speech.decoding import SoundFile
    from coach.speech.recogniser import Recogniser
    from coach.spoken import Transcript

RecogniserOption = Annotated[
    RecogniserName,
    typer.Option("--recogniser", help="Which recogniser; auto takes the best that is configured."),
]
TranscriptionModelOption = Annotated[
    str | None,
    typer.Option(
        "--transcription-model",
        envvar="COACH_TRANSCRIPTION_MODEL",
        help="Model of the hosted or local recogniser; named, auto may send recordings to the service.",
    ),
]
MinutesOption = Annotated[
    float, typer.Option("--minutes", min=0.1, max=120, help="The longest recording to read, in minutes.")
]
Form = Literal["text", "srt", "vtt", "json"]


@app.command("transcribe")
def transcribe_command(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="An audio or video file of any length.")],
    form: Annotated[
        Form, typer.Option("--format", help="Plain text, subtitles (SubRip, WebVTT) or JSON with word times.")
    ] = "text",
    as_json: JsonOption = False,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="Write to this file; a run that was ended goes on where it was."),
    ] = None,
    recogniser: RecogniserOption = "auto",
    model: TranscriptionModelOption = None,
    minutes: Annotated[
        float, typer.Option("--minutes", min=0.1, help="The longest recording to read, in minutes.")
    ] = 24 * 60.0,
    pack: PackOption = None,
) -> None:
    """Write down what is said in an audio or video file: as text, subtitles or JSON with word times.

    With --out, what was recognised stands in a file beside it until all is done.

    Example: coach transcribe answer.m4a --format srt
    """
    from coach.rehearsal.review import doubts
    from coach.speech.decoding import DecodingLimits, SoundFile
    from coach.speech.journal import JournaledRecogniser

    if as_json and form != "text":
        raise UsageError("--json and --format exclude each other; give one")
    if out is not None and out.is_dir():
        raise UsageError(f"{out}: is a folder; give a file to write to")
    sound = SoundFile(file, DecodingLimits(seconds=minutes * 60, size=64 * 2**30, work=3600.0))
    # What is wrong with a file is said before anything is loaded; a pipe can be read once only.
    if file.is_file():
        next(iter(sound), None)
    chosen = choose(recogniser, chosen_settings(), model, expected_names(chosen_pack(pack)))
    say(f"Recogniser {chosen.why}")
    journal = None
    if out is not None and chosen.recogniser.by_passage:
        journal = JournaledRecogniser(chosen.recogniser, out.with_name(f"{out.name}.part"))
    transcript = _transcribed(sound, journal or chosen.recogniser)
    if journal is not None and journal.taken:
        say(f"Gone on from passage {journal.taken + 1}: what is before it was recognised earlier")
    notices = [*([sound.notice] if sound.notice else []), *doubts(transcript)]
    for notice in notices:
        say(f"Notice: {notice}")
    _write(_shown(transcript, "json" if as_json else form, tuple(notices)), out)
    if journal is not None:
        journal.discard()


def _transcribed(sound: "SoundFile", recogniser: "Recogniser") -> "Transcript":
    """Transcribe piece by piece, with a bar where a person waits; memory does not grow with the recording."""
    from coach.speech.transcription import Transcription

    transcription = Transcription(recogniser)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[at]}"),
        TimeRemainingColumn(),
    )
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=not console.is_terminal) as bars:
        task = bars.add_task("Listening to the recording", total=None, at="")
        for piece in sound:
            transcription.feed(piece)
            total = sound.declared if sound.declared >= transcription.seconds else None
            at = f"{int(transcription.seconds) // 60}:{int(transcription.seconds) % 60:02}"
            bars.update(task, completed=transcription.seconds, total=total, at=at)
        return transcription.finish()


def _shown(transcript: "Transcript", form: Form, notices: tuple[str, ...]) -> str:
    from coach.render.plain import one_line
    from coach.render.transcripts import document, subrip, webvtt

    if form == "json":
        return f"{document(transcript, notices).model_dump_json(indent=2)}\n"
    if form == "srt":
        return subrip(transcript)
    return webvtt(transcript) if form == "vtt" else f"{one_line(transcript.text)}\n"


def _write(text: str, out: Path | None) -> None:
    if out is None:
        sys.stdout.write(text)
        return
    try:
        descriptor = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise InputError(f"{out}: cannot be written ({error.strerror}); give another file to --out") from None
