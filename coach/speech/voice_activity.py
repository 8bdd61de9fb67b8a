"""Voice activity: where in a recording somebody speaks, whatever recogniser is used."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from coach.speech.decoding import RATE, Samples

# WebRTC's detector through pocketsphinx, its second strictest mode: on synthetic voices between digital
# silence it finds 99% of the speech and takes 1% of the silence for speech.
_MODE = 2
_FRAME_SECONDS = 0.01
# A click is no speech, and a stop consonant is no pause.
_SHORTEST_SPEECH = 0.06
_SHORTEST_PAUSE = 0.10
# The detector holds on for about so long after speech ends.
_HANGOVER = 0.06
# Quieter than this (root mean square of 16-bit samples, about -66 dB) nothing can be heard.
_SILENT_LEVEL = 16.0


class Span(NamedTuple):
    """From `start` to `end`, in seconds."""

    start: float
    end: float

    @property
    def seconds(self) -> float:
        """How long it is."""
        return self.end - self.start


def speech_spans(samples: Samples) -> tuple[Span, ...]:
    """The stretches of speech in 16 kHz samples, in order, at least 0.1 s apart."""
    from pocketsphinx import Vad

    detector = Vad(mode=_MODE, sample_rate=RATE, frame_length=_FRAME_SECONDS)
    size = detector.frame_bytes // 2
    count = len(samples) // size
    frames = samples[: count * size].reshape(count, size)
    loud = np.sqrt((frames.astype(np.float32) ** 2).mean(axis=1)) >= _SILENT_LEVEL if count else frames[:, 0]
    spoken = np.array(
        [
            detector.is_speech(frame.tobytes()) and bool(heard)
            for frame, heard in zip(frames, loud, strict=True)
        ],
        dtype=bool,
    )
    runs = _runs(spoken, _SHORTEST_PAUSE, _SHORTEST_SPEECH)
    return tuple(
        Span(round(start * _FRAME_SECONDS, 2), round(end * _FRAME_SECONDS, 2)) for start, end in runs
    )


def _runs(spoken: NDArray[np.bool_], shortest_pause: float, shortest_speech: float) -> list[tuple[int, int]]:
    """Frames [start, end) of speech, with short pauses closed first and short sounds dropped then."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], spoken, [False]]).astype(np.int8)))
    runs: list[tuple[int, int]] = []
    for start, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        if runs and start - runs[-1][1] < round(shortest_pause / _FRAME_SECONDS):
            runs[-1] = (runs[-1][0], end)
        else:
            runs.append((start, end))
    least = round(shortest_speech / _FRAME_SECONDS)
    return [(start, end) for start, end in runs if end - start >= least]


def pauses(spans: Sequence[Span]) -> tuple[Span, ...]:
    """The silences between stretches of speech.

    >>> pauses([Span(0.5, 1.0), Span(1.4, 2.0)])
    (Span(start=1.0, end=1.4),)
    """
    return tuple(Span(left.end, right.start) for left, right in zip(spans, spans[1:], strict=False))


def utterances(spans: Sequence[Span], seconds: float, longest: float = 30.0) -> tuple[Span, ...]:
    """Join stretches of speech to utterances to recognise at a time, cut at pauses.

    `seconds` is the length of the recording. Each has a little silence at its ends; silences of a second
    and more are left out, and an utterance grows beyond `longest` seconds only where nobody pauses.
    """
    joined: list[Span] = []
    for span in spans:
        if (
            joined
            and span.start - joined[-1].end < _GATED
            and (span.end - joined[-1].start <= longest or span.start - joined[-1].end < _PAUSE_TO_CUT_AT)
        ):
            joined[-1] = Span(joined[-1].start, span.end)
        else:
            joined.append(span)
    return tuple(
        Span(
            max(one.start - _MARGIN, (joined[place - 1].end + one.start) / 2 if place else 0.0),
            min(
                one.end + _MARGIN,
                (one.end + joined[place + 1].start) / 2 if place + 1 < len(joined) else seconds,
            ),
        )
        for place, one in enumerate(joined)
    )


# Silences of this many seconds are not given to a recogniser at all.
_GATED = 1.0
_PAUSE_TO_CUT_AT = 0.25
_MARGIN = 0.25
