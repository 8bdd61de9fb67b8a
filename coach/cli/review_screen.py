"""The screen on which a transcript is read, corrected or thrown away before it is scored."""

import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Literal, NamedTuple

from rich.console import Console
from rich.text import Text

from coach.cli.paragraphs import show_paragraph, waiting
from coach.errors import SpeechError
from coach.rehearsal.review import Doubt, doubt, marked, reason
from coach.render.plain import one_line
from coach.speech.decoding import Sound
from coach.speech.recogniser import Recogniser
from coach.speech.transcription import transcribe
from coach.spoken import Transcript


class Reviewed(NamedTuple):
    """What came of a review: the transcript, the text where it was corrected, or the wish to record.

    `record` is "again" for a new recording in its place, "on" for more at its end.
    """

    transcript: Transcript
    text: str | None
    record: Literal["again", "on"] | None = None


def heard_in(sound: Sound, recogniser: Recogniser) -> Transcript:
    """Transcribe a sound; a terminal shows that this takes its time."""
    with waiting():
        return transcribe(sound, recogniser)


def review(
    transcript: Transcript,
    may_record: bool,
    ask: Callable[[str], str] = input,
    edit: Callable[[str], str] | None = None,
) -> Reviewed:
    """Show a transcript and ask what to do with it, until it is accepted or more is to be recorded."""
    show_transcript(transcript)
    again = ", r records again, g goes on recording" if may_record else ""
    text: str | None = None
    while True:
        print(f"Enter accepts, e edits{again}: ", end="", file=sys.stderr, flush=True)
        try:
            answer = ask("").strip().lower()
        except EOFError:
            raise SpeechError("the transcript was not reviewed; answer the prompt, or give --yes") from None
        if answer == "":
            return Reviewed(transcript.model_copy(update={"reviewed": True}), text)
        if answer == "e":
            text = " ".join((edit or edited)(transcript.text if text is None else text).split())
            show_paragraph(f"Corrected: {text}")
        elif answer in ("r", "g") and may_record:
            return Reviewed(transcript, None, record="again" if answer == "r" else "on")


def show_transcript(transcript: Transcript) -> None:
    """Print a transcript on stderr, doubtful words marked, with the recogniser's confidence."""
    console = Console(stderr=True, highlight=False)
    console.print(Text("\nWhat was heard, doubtful words as [word?]:", style="bold"))
    console.print(Text(one_line(marked(transcript)) or "(nothing)"))
    if transcript.confidence is not None:
        doubted = "; too little to be scored unread" if doubt(transcript) is Doubt.UNSURE else ""
        console.print(Text(f"The recogniser is {transcript.confidence:.0%} sure of its words{doubted}."))
    if doubt(transcript) in (Doubt.LOOP, Doubt.SPARSE):
        console.print(Text(f"Not scored unread: {reason(transcript)}."))
    if transcript.missed:
        console.print(Text(f"{transcript.missed:.0f} s of speech could not be understood and have no words."))
    for lack in transcript.lacks:
        console.print(Text(f"This recogniser gives no {lack}."))


def edited(text: str) -> str:
    """Let the user change a text in $VISUAL or $EDITOR; SpeechError where that cannot be run."""
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or _usual()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "transcript.txt"
        path.write_text(f"{text}\n", encoding="utf-8")
        try:
            subprocess.run([*shlex.split(editor), str(path)], check=True)
            return path.read_text(encoding="utf-8")
        except (OSError, ValueError, subprocess.CalledProcessError) as error:
            raise SpeechError(
                f"the editor {editor!r} cannot be run ({error}); set EDITOR to another"
            ) from None


def _usual() -> Literal["notepad", "vi"]:
    return "notepad" if sys.platform == "win32" else "vi"
