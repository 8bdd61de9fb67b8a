"""Sounds made on the spot: tones, silence, and files of every container, sound and broken."""

from pathlib import Path

import av
import numpy as np

from coach.speech.decoding import RATE, Samples

CODECS = {
    "wav": "pcm_s16le",
    "mp3": "libmp3lame",
    "m4a": "aac",
    "mp4": "aac",
    "ogg": "flac",
    "opus": "libopus",
    "webm": "libopus",
    "flac": "flac",
    "mka": "aac",
    "aac": "aac",
}


def tone(seconds: float, rate: int = RATE, level: float = 8000.0, hertz: float = 440.0) -> Samples:
    """A steady tone."""
    return (np.sin(np.arange(int(rate * seconds)) / rate * 2 * np.pi * hertz) * level).astype(np.int16)


def silence(seconds: float) -> Samples:
    """Digital silence."""
    return np.zeros(int(RATE * seconds), dtype=np.int16)


def write_sound(
    path: Path, samples: Samples, rate: int = 48_000, pictures: bool = False, sound: bool = True
) -> Path:
    """Write samples in the container that the name of the file ends in, with a picture track on request."""
    with av.open(str(path), "w") as container:
        # Every stream must be there before the first packet.
        audio = container.add_stream(CODECS[path.suffix[1:]], rate=rate) if sound else None
        video = container.add_stream("mpeg4", rate=10) if pictures else None
        if audio is not None:
            audio.layout = "mono"
        if video is not None:
            video.width, video.height, video.pix_fmt = 64, 64, "yuv420p"
            for number in range(10):
                picture = av.VideoFrame(64, 64, "yuv420p")
                picture.pts = number
                container.mux(video.encode(picture))
            container.mux(video.encode(None))
        if audio is not None:
            for start in range(0, len(samples), 1024):
                frame = av.AudioFrame.from_ndarray(
                    samples[None, start : start + 1024], format="s16", layout="mono"
                )
                frame.sample_rate, frame.pts = rate, start
                container.mux(audio.encode(frame))
            container.mux(audio.encode(None))
    return path
