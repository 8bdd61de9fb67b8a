"""Encodes samples for a service: as wav where that is small enough, else as opus, in parts cut at pauses."""

import io
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from coach.speech.decoding import RATE, Samples
from coach.speech.voice_activity import Span

# What OpenAI and most servers like it take in one file, less a little for the form around it.
LARGEST = 25 * 1024 * 1024 - 64 * 1024
_OPUS_BITS_A_SECOND = 32_000
_FRAME = 960


class Excerpt(NamedTuple):
    """The speech of a recording with its silences cut out: the samples, and which part came from where."""

    samples: Samples
    utterances: tuple[Span, ...]

    def original(self, seconds: float) -> float:
        """The moment in the recording of a moment in the excerpt."""
        for span in self.utterances:
            if seconds <= span.seconds:
                return round(span.start + seconds, 3)
            seconds -= span.seconds
        return self.utterances[-1].end if self.utterances else seconds


class Upload(NamedTuple):
    """A file to send: its name, whose ending says what it is, and its content."""

    name: str
    content: bytes


def excerpts(samples: Samples, utterances: Sequence[Span], longest: float) -> tuple[Excerpt, ...]:
    """Cut speech at pauses into excerpts of at most `longest` seconds, one utterance at least in each."""
    groups: list[list[Span]] = []
    for span in utterances:
        if groups and sum(one.seconds for one in groups[-1]) + span.seconds <= longest:
            groups[-1].append(span)
        else:
            groups.append([span])
    return tuple(
        Excerpt(
            np.concatenate([samples[int(one.start * RATE) : int(one.end * RATE)] for one in group]),
            tuple(group),
        )
        for group in groups
    )


def longest_excerpt(largest: int = LARGEST) -> float:
    """How many seconds fit a file of `largest` bytes as opus, with a tenth to spare."""
    return largest * 8 / _OPUS_BITS_A_SECOND * 0.9


def upload(samples: Samples, largest: int = LARGEST) -> Upload:
    """Encode samples: as wav, which every server reads, or where that is too large as opus in ogg."""
    if len(samples) * 2 + 44 <= largest:
        return Upload("answer.wav", _encoded(samples, "wav", "pcm_s16le"))
    return Upload("answer.ogg", _encoded(samples, "ogg", "libopus"))


def _encoded(samples: Samples, container: str, codec: str) -> bytes:
    import av

    file = io.BytesIO()
    with av.open(file, "w", format=container) as output:
        stream = output.add_stream(codec, rate=RATE)
        assert isinstance(stream, av.AudioStream)
        stream.layout = "mono"
        if codec == "libopus":
            stream.bit_rate = _OPUS_BITS_A_SECOND
        for start in range(0, len(samples), _FRAME):
            block = np.ascontiguousarray(samples[None, start : start + _FRAME])
            frame = av.AudioFrame.from_ndarray(block, format="s16", layout="mono")
            frame.sample_rate, frame.pts = RATE, start
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return file.getvalue()
