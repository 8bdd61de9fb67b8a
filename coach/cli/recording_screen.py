"""The screen while somebody speaks: question, countdown, live line, and what came of it."""

import shutil
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from rich.cells import set_cell_size

from coach.cli.app import say
from coach.cli.keys import recording_keys
from coach.cli.paragraphs import show_paragraph
from coach.domain import Question
from coach.errors import SpeechError
from coach.history.store import ELSEWHERE, Attempt
from coach.render import numbers
from coach.speech.levels import WARNINGS, bar
from coach.speech.reading_aloud import read_aloud
from coach.speech.recording import Microphone, Stream
from coach.speech.streamed_wav import StreamedWav
from coach.speech.taking import Key, NoSignal, Progress, Taken, take

# The lesson's answer frame, short enough to be read while speaking.
FRAME = ("problem", "train and validate", "version and deploy", "monitor", "roll back or retrain")
_COUNTDOWN = 3
_METER = 8


class RecordingScreen:
    """Records answers from a microphone with a person in front of it."""

    def __init__(
        self, microphone: Microphone, speak: bool = False, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._microphone = microphone
        self._speak = speak
        self._sleep = sleep

    def record(self, text: str, limit: float, path: Path, resume: bool = False) -> Taken:
        """Show what is asked, count down and record into `path`; more is added to it with `resume`.

        Raises SpeechError where the microphone cannot be opened or gives nothing.
        """
        show_question(text, limit)
        if self._speak and not read_aloud(text):
            say("Notice: this system has no voice to read the question aloud")
        if sys.stdin.isatty():
            print("Press Enter when you are ready. ", end="", file=sys.stderr, flush=True)
            input()
        opened: AbstractContextManager[Stream] = self._microphone.stream()
        try:
            with recording_keys() as keys, opened as stream, StreamedWav(path, resume) as wav:
                taken = self._taken(stream, wav, limit, keys)
        except NoSignal:
            # Silence is no answer to be gone on from at the next start.
            if not resume:
                path.unlink()
            raise
        except OSError as error:
            raise SpeechError(f"{path}: cannot be written ({error.strerror}); {ELSEWHERE}") from None
        if taken.notice:
            say(f"Notice: {taken.notice}")
        if not taken.seconds:
            raise SpeechError("nothing was recorded; look at: coach doctor --audio")
        return taken

    def _taken(self, stream: Stream, wav: StreamedWav, limit: float, keys: Callable[[], Key | None]) -> Taken:
        for number in range(_COUNTDOWN, 0, -1):
            print(f"{number}... ", end="", file=sys.stderr, flush=True)
            self._sleep(1.0)
        goes_on = f" You go on at {_clock(wav.seconds)}." if wav.seconds else ""
        print(f"speak.{goes_on} Enter stops, space pauses.", file=sys.stderr)
        print(" > ".join(FRAME), file=sys.stderr, flush=True)
        # What came in during the countdown is no part of the answer.
        stream.read(0.0)
        try:
            return take(stream, wav, limit, keys, live_line)
        finally:
            print(file=sys.stderr)


def show_question(text: str, limit: float) -> None:
    """Print a question and its time on stderr."""
    print(file=sys.stderr)
    show_paragraph(text)
    print(f"({limit:.0f} seconds)", file=sys.stderr)


def live_line(progress: Progress, width: int = 78) -> None:
    """Draw the live line over itself, where there is a terminal."""
    if sys.stderr.isatty():
        # In a line that is wider than the terminal, each would stand below the one before it.
        width = min(width, shutil.get_terminal_size().columns - 1)
        print(f"\r{set_cell_size(line_of(progress), width)}", end="", file=sys.stderr, flush=True)


def line_of(progress: Progress) -> str:
    """The live line: time, what is left of it, the level, and what to mind.

    >>> line_of(Progress(107.0, 120.0, -20.0, "good", False))
    'REC 1:47 of 2:00, 0:13 left  ■■■■■□□□  come to an end'
    """
    state = "PAUSED" if progress.paused else "REC"
    # Of whole seconds, so that what is shown adds up to the limit.
    rest = int(progress.limit) - int(progress.seconds)
    left = f"{_clock(rest)} left" if rest >= 0 else f"{_clock(-rest)} over"
    minded = WARNINGS[progress.check] or ("come to an end" if progress.nearly_over else "")
    if progress.paused:
        minded = "space goes on"
    meter = bar(progress.level, _METER)
    return (
        f"{state} {_clock(progress.seconds)} of {_clock(progress.limit)}, {left}  {meter}  {minded}".rstrip()
    )


def proposals(questions: Sequence[Question], attempts: Sequence[Attempt]) -> None:
    """Print the questions that a sitting proposes, and how each went the last time."""
    newest = {one.question: one.overall for one in attempts}
    print("This sitting:", file=sys.stderr)
    for number, question in enumerate(questions, start=1):
        mark = newest.get(question.id)
        last = "not answered yet" if mark is None else f"{numbers.mark(mark)} of 5 the last time"
        show_paragraph(f"{question.text} ({last})", f"  {number}. ")


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"
