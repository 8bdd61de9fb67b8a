"""Takes an answer from a microphone to disk, under a clock, with pause, level check and a live report."""

from collections import deque
from collections.abc import Callable
from typing import Literal, NamedTuple, Protocol

import numpy as np

from coach.errors import SpeechError
from coach.speech.levels import Verdict, peak, verdict
from coach.speech.recording import Gone, samples_of
from coach.speech.samples import RATE, Samples
from coach.speech.streamed_wav import StreamedWav

Key = Literal["stop", "pause"]
# The clock is not an axe: a sentence that has begun may end.
GRACE = 15.0
# A gentle mark so long before the limit.
WARNING = 15.0
# Whether the microphone works is known after so long, long before two minutes are wasted.
CHECKED_AFTER = 3.0
# The level is judged by the last so many seconds: a speaker who stops to think is not too quiet.
JUDGED = 10.0
# A microphone that gives nothing at all for so long from the start is muted or the wrong one.
DEAD_AFTER = 6.0
_PATIENCE = 0.25
_BYTES_A_SAMPLE = 2


class Progress(NamedTuple):
    """What the live line shows: seconds recorded, the level in dB, what the level check says."""

    seconds: float
    limit: float
    level: float
    check: Verdict
    paused: bool

    @property
    def left(self) -> float:
        """Seconds until the limit; negative in the time of grace."""
        return self.limit - self.seconds

    @property
    def nearly_over(self) -> bool:
        """Whether the gentle mark has been passed."""
        return self.left <= WARNING


class Taken(NamedTuple):
    """How a recording ended: by its speaker, by the clock, by a device that went or a disk that filled up."""

    seconds: float
    ended: Literal["stopped", "clock", "gone", "full"]
    notice: str | None = None


class NoSignal(SpeechError):
    """The microphone gave nothing at all from the start: nothing was said that could be kept."""


class Source(Protocol):
    """Where sound comes from."""

    def read(self, patience: float) -> bytes:
        """All the 16-bit sound that has come, waiting up to `patience` seconds for some."""
        ...


def take(
    source: Source,
    wav: StreamedWav,
    limit: float,
    keys: Callable[[], Key | None],
    report: Callable[[Progress], None],
    listen: Callable[[Samples], None] = lambda samples: None,
) -> Taken:
    """Record from `source` into `wav` until a key, the clock or a mishap ends it.

    `keys` is asked between blocks; `report` is told about each, `listen` is handed what was written. All
    sound is on disk before the next is read. Raises NoSignal where the microphone gives none from the start.
    """
    recent: deque[bytes] = deque()
    held, level = 0, peak(samples_of(b""))
    paused, heard, came = False, False, 0.0
    while True:
        key = keys()
        if key == "stop":
            return Taken(wav.seconds, "stopped")
        if key == "pause":
            paused = not paused
        try:
            sound = source.read(_PATIENCE)
        except Gone as gone:
            return Taken(wav.seconds, "gone", str(gone))
        samples = samples_of(sound)
        if not paused and sound:
            try:
                wav.write(sound)
            except OSError as error:
                return Taken(
                    wav.seconds,
                    "full",
                    f"{wav.path} cannot be written further ({error.strerror}); what you said is kept",
                )
            listen(samples)
            recent.append(sound)
            held += len(sound)
            while held - len(recent[0]) >= JUDGED * RATE * _BYTES_A_SAMPLE:
                held -= len(recent.popleft())
            came += len(samples) / RATE
            heard = heard or bool(np.any(samples))
        if not heard and came > DEAD_AFTER:
            raise NoSignal(
                "no signal: the microphone gives nothing at all; is it muted, or is another one meant? "
                "Choose one with --device, coach doctor --audio lists them"
            )
        checked = verdict(samples_of(b"".join(recent))) if came >= CHECKED_AFTER else "good"
        level = peak(samples) if sound else level
        report(Progress(wav.seconds, limit, level, checked, paused))
        if wav.seconds >= limit + GRACE:
            return Taken(wav.seconds, "clock", "The clock ended the answer 15 seconds past its limit.")
