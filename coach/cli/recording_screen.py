"""The screen while somebody speaks: question, countdown, live line, and what came of it."""

import sys
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from rich.cells import set_cell_size

from coach.cli.app import say
from coach.cli.keys import recording_keys
from coach.domain import Question
from coach.errors import SpeechError
from coach.render.plain import one_line
from coach.speech.levels import REMEDIES, bar
from coach.speech.reading_aloud import read_aloud
from coach.speech.recording import Microphone, Stream
from coach.speech.streamed_wav import StreamedWav
from coach.speech.taking import Progress, Taken, take

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
            print("Press Enter when you are ready.", end=" ", file=sys.stderr, flush=True)
            input()
        opened: AbstractContextManager[Stream] = self._microphone.stream()
        with recording_keys() as keys, opened as stream, StreamedWav(path, resume) as wav:
            for number in range(_COUNTDOWN, 0, -1):
                print(f"{number}... ", end="", file=sys.stderr, flush=True)
                self._sleep(1.0)
            print(f"speak. Enter stops, space pauses.\n{' > '.join(FRAME)}", file=sys.stderr, flush=True)
            # What came in during the countdown is no part of the answer.
            stream.read(0.0)
            try:
                taken = take(stream, wav, limit, keys, live_line)
            finally:
                print(file=sys.stderr)
        if taken.notice:
            say(f"Notice: {taken.notice}")
        if not taken.seconds:
            raise SpeechError("nothing was recorded; look at: coach doctor --audio")
        return taken


def show_question(text: str, limit: float) -> None:
    """Print a question and its time on stderr."""
    print(f"\n{one_line(text)}\n({limit:.0f} seconds)", file=sys.stderr)


def live_line(progress: Progress, width: int = 78) -> None:
    """Draw the live line over itself, where there is a terminal."""
    if sys.stderr.isatty():
        print(f"\r{set_cell_size(line_of(progress), width)}", end="", file=sys.stderr, flush=True)


def line_of(progress: Progress) -> str:
    """The live line: time, what is left of it, the level, and what to mind.

    >>> line_of(Progress(107.0, 120.0, -20.0, "good", False))
    'REC 1:47 of 2:00, 0:13 left  ■■■■■□□□  come to an end'
    """
    state = "PAUSED" if progress.paused else "REC"
    left = f"{_clock(progress.left)} left" if progress.left >= 0 else f"{_clock(-progress.left)} over"
    minded = REMEDIES[progress.check] or ("come to an end" if progress.nearly_over else "")
    meter = bar(progress.level, _METER)
    return (
        f"{state} {_clock(progress.seconds)} of {_clock(progress.limit)}, {left}  {meter}  {minded}".rstrip()
    )


def proposals(questions: Sequence[Question]) -> None:
    """Print the questions that a sitting proposes."""
    print("This sitting:", file=sys.stderr)
    for number, question in enumerate(questions, start=1):
        print(f"  {number}. {one_line(question.text)}", file=sys.stderr)


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"
