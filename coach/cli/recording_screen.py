"""The screen while somebody speaks: question, countdown, live line, and what came of it."""

import math
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import NamedTuple

from rich.cells import set_cell_size

from coach.cli.app import say
from coach.cli.keys import recording_keys
from coach.cli.paragraphs import show_paragraph, waiting
from coach.domain import Question
from coach.errors import SpeechError
from coach.history.store import ELSEWHERE, Attempt
from coach.render import numbers
from coach.render.plain import one_line
from coach.speech.decoding import DecodingLimits, decode
from coach.speech.levels import WARNINGS, bar
from coach.speech.live import LiveTranscription
from coach.speech.reading_aloud import Voice
from coach.speech.recogniser import Recogniser
from coach.speech.recording import Microphone, Stream
from coach.speech.samples import Samples
from coach.speech.streamed_wav import StreamedWav
from coach.speech.taking import Key, NoSignal, Progress, Taken, take
from coach.spoken import Transcript

# The lesson's answer frame, short enough to be read while speaking.
FRAME = ("problem", "train and validate", "version and deploy", "monitor", "roll back or retrain")
_COUNTDOWN = 3
_METER = 8


class Recorded(NamedTuple):
    """How a recording ended, and its transcript where it was made meanwhile."""

    taken: Taken
    transcript: Transcript | None


class RecordingScreen:
    """Records answers from a microphone with a person in front of it, and transcribes while they speak.

    `voice` is what reads the question aloud, None where nobody asked for it; `live` shows the text growing.
    """

    def __init__(
        self,
        microphone: Microphone,
        recogniser: Recogniser,
        voice: Voice | None = None,
        live: bool = False,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._microphone, self._recogniser = microphone, recogniser
        self._voice, self._live = voice, live
        self._sleep = sleep

    def record(self, text: str, limit: float, path: Path, resume: bool = False) -> Recorded:
        """Show what is asked, count down and record into `path`; more is added to it with `resume`.

        Raises SpeechError where the microphone cannot be opened or gives nothing.
        """
        show_question(text, limit)
        if self._voice is not None and not self._voice.read_aloud(text):
            say(f"Notice: the question cannot be read aloud: {self._voice.remedy}")
        if sys.stdin.isatty():
            print("Press Enter when you are ready. ", end="", file=sys.stderr, flush=True)
            input()
        before = decode(path, DecodingLimits(seconds=math.inf)).samples if resume and path.exists() else None
        opened: AbstractContextManager[Stream] = self._microphone.stream()
        heard = LiveTranscription(self._recogniser, grown_line if self._live else None)
        try:
            with recording_keys() as keys, opened as stream, StreamedWav(path, resume) as wav:
                if before is not None:
                    heard.feed(before)
                taken = self._taken(stream, wav, limit, keys, heard.feed)
        except NoSignal:
            # Silence is no answer to be gone on from at the next start.
            if not resume:
                path.unlink()
            raise
        except OSError as error:
            raise SpeechError(f"{path}: cannot be written ({error.strerror}); {ELSEWHERE}") from None
        finally:
            # Asked for again below where the recording is of use.
            heard.end()
        if taken.notice:
            say(f"Notice: {taken.notice}")
        if not taken.seconds:
            raise SpeechError("nothing was recorded; look at: coach doctor --audio")
        with waiting():
            return Recorded(taken, heard.transcript())

    def _taken(
        self,
        stream: Stream,
        wav: StreamedWav,
        limit: float,
        keys: Callable[[], Key | None],
        listen: Callable[[Samples], None],
    ) -> Taken:
        for number in range(_COUNTDOWN, 0, -1):
            print(f"{number}... ", end="", file=sys.stderr, flush=True)
            self._sleep(1.0)
        goes_on = f" You go on at {_clock(wav.seconds)}." if wav.seconds else ""
        print(f"speak.{goes_on} Enter stops, space pauses.", file=sys.stderr)
        print(" > ".join(FRAME), file=sys.stderr, flush=True)
        # What came in during the countdown is no part of the answer.
        stream.read(0.0)
        try:
            return take(stream, wav, limit, keys, live_line, listen)
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


def grown_line(text: str) -> None:
    """Print what a passage was understood as, above the live line."""
    if text:
        blank = " " * (shutil.get_terminal_size().columns - 1) if sys.stderr.isatty() else ""
        print(f"\r{blank}\r» {one_line(text)}\n", end="", file=sys.stderr, flush=True)


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
