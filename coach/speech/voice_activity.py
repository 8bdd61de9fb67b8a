"""Voice activity: where in a recording somebody speaks, whatever recogniser is used."""

from collections.abc import Sequence
from importlib import import_module
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from coach.speech.extra import missing_extra
from coach.speech.samples import RATE, Samples

# Silero looks at windows of this many samples (32 ms), each with the end of the window before it.
WINDOW = 512
_CONTEXT = 64
# Silero's own thresholds: speech begins at the first and goes on down to the second.
_BEGINS, _GOES_ON = 0.5, 0.35
# A silence this long ends a stretch of speech (seconds). With it all pauses of 0.3 s were found in a noisy
# room, and pause lengths were right to 0.06 s.
_SHORTEST_SILENCE = 0.1
# A click is no speech.
_SHORTEST_SPEECH = 0.06
# Nobody speaks longer without a pause, and no recogniser window is longer: it is cut where speech is least
# likely among its last seconds.
_LONGEST, _CUT_AMONG = 24.0, 10.0
_SECONDS = WINDOW / RATE


class Span(NamedTuple):
    """From `start` to `end`, in seconds."""

    start: float
    end: float

    @property
    def seconds(self) -> float:
        """How long it is."""
        return self.end - self.start


class VoiceActivity:
    """Finds speech in sound as it comes; however the sound is cut into pieces, the spans are the same.

    Raises SpeechError where the package that holds Silero is not installed.
    """

    def __init__(self) -> None:
        self._session = _session()
        self._hidden = self._cell = np.zeros((1, 1, 128), dtype=np.float32)
        self._context = np.zeros(_CONTEXT, dtype=np.float32)
        self._rest = np.zeros(0, dtype=np.float32)
        self._since: list[float] = []
        self._windows, self._start, self._quiet_from = 0, -1, -1
        self._spans: list[Span] = []

    @property
    def spans(self) -> tuple[Span, ...]:
        """The stretches of speech that have ended, in order."""
        return tuple(self._spans)

    @property
    def seconds(self) -> float:
        """How much sound was looked at."""
        return self._windows * _SECONDS

    @property
    def quiet_until(self) -> float:
        """Where the silence behind the spans ends, in seconds: at new speech, or where the sound ends."""
        return self._start * _SECONDS if self._start >= 0 else self.seconds

    def feed(self, samples: Samples) -> None:
        """Look at more 16 kHz samples."""
        sound = np.concatenate([self._rest, samples.astype(np.float32) / 32768])
        whole = len(sound) // WINDOW * WINDOW
        self._rest = sound[whole:]
        if whole:
            self._look(sound[:whole].reshape(-1, WINDOW))

    def end(self) -> tuple[Span, ...]:
        """Take the recording as ended and return all stretches of speech."""
        seconds = self.seconds + len(self._rest) / RATE
        if len(self._rest):
            self.feed(np.zeros(WINDOW - len(self._rest), dtype=np.int16))
        if self._start >= 0:
            self._close(self._quiet_from if self._quiet_from >= 0 else self._windows)
        self._spans = [Span(one.start, min(one.end, round(seconds, 3))) for one in self._spans]
        return self.spans

    def _look(self, windows: NDArray[np.float32]) -> None:
        before = np.concatenate([self._context[None], windows[:-1, -_CONTEXT:]])
        self._context = windows[-1, -_CONTEXT:]
        probabilities, self._hidden, self._cell = self._session.run(
            None,
            {"input": np.concatenate([before, windows], axis=1), "h": self._hidden, "c": self._cell},
        )
        for probability in np.ravel(probabilities).tolist():
            self._follow(probability)
            self._windows += 1

    def _follow(self, probability: float) -> None:
        at = self._windows
        if self._start < 0:
            if probability >= _BEGINS:
                self._start, self._quiet_from, self._since = at, -1, [probability]
            return
        self._since.append(probability)
        if probability >= _BEGINS:
            self._quiet_from = -1
        elif probability < _GOES_ON and self._quiet_from < 0:
            self._quiet_from = at
        if self._quiet_from >= 0 and (at - self._quiet_from) * _SECONDS >= _SHORTEST_SILENCE:
            self._close(self._quiet_from)
        elif len(self._since) * _SECONDS >= _LONGEST:
            last = round(_CUT_AMONG / _SECONDS)
            cut = len(self._since) - last + int(np.argmin(self._since[-last:]))
            goes_on, since = self._start + cut, self._since[cut:]
            self._close(goes_on)
            self._start, self._since = goes_on, since

    def _close(self, end: int) -> None:
        if (end - self._start) * _SECONDS >= _SHORTEST_SPEECH:
            self._spans.append(Span(round(self._start * _SECONDS, 3), round(end * _SECONDS, 3)))
        self._start = self._quiet_from = -1


def speech_spans(samples: Samples) -> tuple[Span, ...]:
    """The stretches of speech in 16 kHz samples, in order, at least 0.1 s apart."""
    activity = VoiceActivity()
    activity.feed(samples)
    return activity.end()


def pauses(spans: Sequence[Span]) -> tuple[Span, ...]:
    """The silences between stretches of speech.

    >>> pauses([Span(0.5, 1.0), Span(1.4, 2.0)])
    (Span(start=1.0, end=1.4),)
    """
    return tuple(
        Span(left.end, right.start)
        for left, right in zip(spans, spans[1:], strict=False)
        if left.end < right.start
    )


def _session() -> Any:
    """The ONNX session of Silero as faster-whisper ships it."""
    try:
        return import_module("faster_whisper.vad").get_vad_model().session
    except ImportError:
        raise missing_extra("finding speech in a recording") from None
