"""The command line with a microphone, a recogniser, a scorer and a clock that do as they are told.

Run in a pseudo-terminal, it shows the same screens every time. `HEARD` holds what is heard in turn, one answer a
line; a word that ends in "?" is doubtful.
"""

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from feedback_samples import SAMPLES
from rich.console import Console
from sounds import tone

from coach.cli import app
from coach.cli.recording_screen import RecordingScreen
from coach.coaching import Watcher
from coach.domain import Answer, AskedQuestion, Feedback, Notice
from coach.errors import SpeechError
from coach.packs import load_pack
from coach.resources import default_pack_dir
from coach.speech.choice import Choice
from coach.speech.decoding import Sound
from coach.speech.delivery import delivery
from coach.speech.recogniser import Recogniser
from coach.speech.recording import Gone
from coach.spoken import Transcript, Word

SECONDS = float(os.environ.get("SECONDS_SAID", "20"))
LEVEL = float(os.environ.get("LEVEL", "8000"))
UNPLUGGED = bool(os.environ.get("UNPLUGGED"))
MISSING = bool(os.environ.get("MISSING"))
PACK = load_pack(default_pack_dir())
heard = iter(os.environ.get("HEARD", "").splitlines())
started = (datetime(2026, 4, 12, 18, 30, tzinfo=UTC) + timedelta(minutes=10 * number) for number in range(99))


class Clock:
    """The time of day: ten minutes later whenever somebody looks."""

    @staticmethod
    def now() -> datetime:
        return next(started)


class PlayedStream:
    """So many seconds of a tone, one at each read; then nothing more, or the device is gone."""

    def __init__(self) -> None:
        self._left = SECONDS

    def read(self, patience: float) -> bytes:
        if patience == 0.0:
            return b""
        if self._left <= 0:
            if UNPLUGGED:
                raise Gone("the microphone Headset went away; what you said until then is kept")
            time.sleep(0.02)
            return b""
        seconds = min(1.0, self._left)
        self._left -= seconds
        return tone(seconds, level=LEVEL).tobytes()


class PlayedMicrophone:
    """A microphone in which a tone is heard; an unplugged one can be opened once, a missing one never."""

    opened = 0

    @classmethod
    def from_name(cls, name: str | None) -> "PlayedMicrophone":
        if MISSING:
            raise SpeechError("no microphone was found; plug one in or switch one on")
        return cls()

    @contextmanager
    def stream(self) -> Iterator[PlayedStream]:
        self.opened += 1
        if UNPLUGGED and self.opened > 1:
            raise SpeechError("Headset cannot be opened (device unavailable); close what else uses it")
        yield PlayedStream()


def transcribed(sound: Sound, recogniser: Recogniser) -> Transcript:
    words = [
        Word(
            text=word.rstrip("?"),
            start=1 + number * 0.4,
            end=1.4 + number * 0.4,
            probability=0.3 if word.endswith("?") else 0.9,
        )
        for number, word in enumerate(next(heard).split())
    ]
    sure = [word.probability for word in words if word.probability is not None]
    return Transcript(
        words=tuple(words),
        confidence=sum(sure) / len(sure) if sure else None,
        recogniser="told",
        duration=sound.seconds,
        speech=((1.0, 1 + len(words) * 0.4),) if words else (),
    )


def coached(
    answer: Answer, scorer: object, critic: object, watcher: Watcher | None, notices: Sequence[Notice]
) -> Feedback:
    question = PACK.question(answer.question)
    sample = SAMPLES["strong"]
    feedback = sample.model_copy(
        update={
            "answer": answer,
            "question": AskedQuestion(
                id=question.id,
                level=question.level,
                text=question.text,
                time_limit=question.time_limit,
                expects=question.expects,
            ),
            "delivery": delivery(answer, sample.score),
            "follow_up": question.follow_ups[0],
            "notices": tuple(notices),
        }
    )
    if watcher is not None:
        watcher.offline(feedback)
    return feedback


def print_page(feedback: Feedback, console: Console) -> None:
    """A short page: the whole one is compared elsewhere."""
    console.print(f"[page: {feedback.score.overall:.1f} of 5 on: {feedback.question.text}]", markup=False)
    for notice in feedback.notices:
        console.print(f"[note: {notice.text}]", markup=False)


STAND_INS: dict[str, Any] = {
    "coach.cli.sitting.Microphone": PlayedMicrophone,
    "coach.cli.sitting.RecordingScreen": partial(RecordingScreen, sleep=lambda seconds: None),
    "coach.cli.recording_screen.LiveTranscription": lambda *arguments: SimpleNamespace(
        feed=lambda samples: None, end=lambda: None, transcript=lambda: None
    ),
    "coach.cli.sitting.NameEar": SimpleNamespace(
        from_pack=lambda pack: SimpleNamespace(suggestions=lambda transcript, lexicon: ())
    ),
    "coach.cli.sitting.datetime": Clock,
    "coach.cli.review_screen.transcribe": transcribed,
    "coach.cli.rehearse.choose": lambda *arguments: Choice(
        SimpleNamespace(name="told"), "told: in this test"
    ),
    "coach.cli.rehearse.chosen_scorer": lambda *arguments: SimpleNamespace(lexicon=None),
    "coach.rehearsal.attempt.coach": coached,
    "coach.cli.watching.print_feedback": print_page,
    "coach.cli.history.print_feedback": print_page,
}


if __name__ == "__main__":
    with ExitStack() as stack:
        for name, stand_in in STAND_INS.items():
            stack.enter_context(patch(name, stand_in))
        app()
