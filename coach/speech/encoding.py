"""Encodes samples for a service: as wav where that is small enough, else as opus."""

import io
from typing import NamedTuple

import numpy as np

from coach.speech.samples import RATE, Samples

# What OpenAI and most servers like it take in one file, less a little for the form around it.
LARGEST = 25 * 1024 * 1024 - 64 * 1024
_OPUS_BITS_A_SECOND = 32_000
_FRAME = 960


class Upload(NamedTuple):
    """A file to send: its name, whose ending says what it is, and its content."""

    name: str
    content: bytes


def longest_upload(largest: int = LARGEST) -> float:
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
