"""Decodes any common audio or video file to 16 kHz mono samples."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from coach.domain import Frozen
from coach.errors import InputError
from coach.speech import containers

if TYPE_CHECKING:
    import av.container

RATE = 16_000
Samples = NDArray[np.int16]
# A header may promise hours for a file of seconds; what is declared beyond this is no promise at all.
_LONGEST_DECLARED = 6 * 3600.0
# Encoders pad and trim at both ends; a file that lacks more than this was cut off.
_SHORTEST_LOSS = 0.5


class DecodingLimits(Frozen):
    """How much is decoded at most: seconds of sound, bytes of file, seconds of work."""

    seconds: float = 600.0
    size: int = 500 * 1024 * 1024
    work: float = 120.0


class Sound(NamedTuple):
    """Decoded sound: 16 kHz mono samples, and what the reader should know (a recording that was cut off)."""

    samples: Samples
    notice: str | None = None

    @property
    def seconds(self) -> float:
        """How long the sound is, by its samples."""
        return len(self.samples) / RATE


def decode(
    path: Path, limits: DecodingLimits | None = None, clock: Callable[[], float] = time.monotonic
) -> Sound:
    """Read the first audio stream of a file as 16 kHz mono; a file that is cut off gives what it holds.

    Raises InputError, which tells apart: missing, empty, text, no audio or video, header only, an index
    that was never written, pictures without sound, no sound, too long, too large, too slow to decode.
    """
    import av

    limits = limits or DecodingLimits()
    _check_file(path, limits)
    pieces: list[Samples] = []
    broken, declared = False, 0.0
    try:
        with av.open(str(path), metadata_errors="ignore") as container:
            if not container.streams.audio:
                raise InputError(f"{path}: has pictures but no sound; record it again with a microphone")
            declared = _declared(container)
            try:
                for piece in _within(limits, path, _decoded(container), clock):
                    pieces.append(piece)
            except av.error.FFmpegError:
                # What was decoded before the damage is kept; whether that is anything is judged below.
                broken = True
    except av.error.FFmpegError:
        raise _unreadable(path) from None
    if not any(map(len, pieces)):
        raise _soundless(path, broken)
    samples = np.concatenate(pieces)
    return Sound(samples, _cut_off(path, len(samples) / RATE, declared, broken))


def _decoded(container: "av.container.InputContainer") -> Iterator[Samples]:
    """Yield the sound piece by piece; a stream may change its rate or its channels on the way."""
    import av

    resampler, shape = None, None
    for frame in container.decode(audio=0):
        if shape != (frame.sample_rate, frame.layout.name, frame.format.name):
            if resampler is not None:
                yield from (_samples(one) for one in resampler.resample(None))
            shape = (frame.sample_rate, frame.layout.name, frame.format.name)
            resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
        assert resampler is not None
        # Browsers write time stamps that jump; the samples alone say how long the sound is.
        frame.pts = None
        yield from (_samples(one) for one in resampler.resample(frame))
    if resampler is not None:
        yield from (_samples(one) for one in resampler.resample(None))


def _samples(frame: "av.AudioFrame") -> Samples:
    return frame.to_ndarray().reshape(-1).astype(np.int16, copy=True)


def _within(
    limits: DecodingLimits, path: Path, pieces: Iterator[Samples], clock: Callable[[], float]
) -> Iterator[Samples]:
    decoded, started = 0, clock()
    for piece in pieces:
        decoded += len(piece)
        if decoded > limits.seconds * RATE:
            raise InputError(
                f"{path}: is longer than {limits.seconds / 60:g} minutes, an answer takes about two; "
                "cut it to one answer"
            )
        if clock() - started > limits.work:
            raise InputError(
                f"{path}: was not decoded within {limits.work:g} seconds; save it as wav, mp3 or flac"
            )
        yield piece


def _declared(container: "av.container.InputContainer") -> float:
    """The length in seconds that the file declares, or 0 where it declares none that can be believed."""
    seconds = (container.duration or 0) / 1_000_000
    return seconds if 0 < seconds < _LONGEST_DECLARED else 0.0


def _check_file(path: Path, limits: DecodingLimits) -> None:
    try:
        size = path.stat().st_size
        if path.is_dir():
            raise InputError(f"{path}: is a folder; give one audio or video file")
        with path.open("rb"):
            pass
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; give an audio or video file") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); give a file you may read") from None
    if size == 0 and path.is_file():
        raise InputError(f"{path}: is empty (0 bytes); the recording was never written, record it again")
    if size > limits.size:
        raise InputError(
            f"{path}: has {size // 2**20:,} MB, at most {limits.size // 2**20:,} MB are read; "
            "give the sound alone, as mp3 or m4a"
        )


def _unreadable(path: Path) -> InputError:
    """Why nothing at all could be read from a file, as far as its own bytes tell."""
    found = containers.kind(path)
    if found == "m4a or mp4" and containers.lacks_index(path):
        return InputError(
            f"{path}: the recording stopped before its index was written, so nothing in it can be played; "
            "record it again, as wav or ogg if the recorder may stop early"
        )
    if found is not None:
        return InputError(f"{path}: begins as {found} and holds no sound after its header; record it again")
    if containers.is_text(path):
        return InputError(f"{path}: is text, not sound; for a written answer run: coach answer {path}")
    return InputError(
        f"{path}: is no audio or video that can be read; give wav, mp3, m4a, mp4, ogg, opus, webm or flac"
    )


def _soundless(path: Path, broken: bool) -> InputError:
    found = containers.kind(path)
    if found is None:
        return InputError(
            f"{path}: has no sound that can be decoded, whatever its name says; "
            "give wav, mp3, m4a, mp4, ogg, opus, webm or flac"
        )
    if broken:
        return InputError(f"{path}: the {found} is damaged and no sound can be decoded; record it again")
    return InputError(f"{path}: is a {found} with no sound in it (0 seconds); record it again")


def _cut_off(path: Path, seconds: float, declared: float, broken: bool) -> str | None:
    if not (broken or declared - seconds > _SHORTEST_LOSS or containers.is_cut_off(path)):
        return None
    of = f" of {declared:.1f}" if declared - seconds > _SHORTEST_LOSS else ""
    return f"The recording is cut off: {path.name} holds {seconds:.1f}{of} seconds of sound, which are used."
