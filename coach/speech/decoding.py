"""Decodes any common audio or video file to 16 kHz mono samples."""

import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from coach.domain import Frozen
from coach.errors import InputError
from coach.speech import containers
from coach.speech.channels import Downmix
from coach.speech.extra import missing_extra
from coach.speech.samples import RATE, Samples

if TYPE_CHECKING:
    import av.container

__all__ = ["RATE", "DecodingLimits", "Samples", "Sound", "SoundFile", "decode"]
# Containers of one recording. What is not listed may name other files (playlists) and open them.
_FORMATS = (
    "3gp,aac,ac3,aiff,amr,amrnb,amrwb,ape,asf,au,avi,caf,eac3,flac,flv,latm,loas,m4a,matroska,mov,mp2,mp3,mp4,"
    "mpeg,mpegts,mxf,ogg,rm,tta,voc,w64,wav,webm,wv"
)
# So much sound is handed on at a time (seconds): enough to tell whether two channels cancel out.
_PIECE = 0.5
# A header may promise hours for a file of seconds; what is declared beyond this is no promise at all.
_LONGEST_DECLARED = 6 * 3600.0
# Encoders pad and trim at both ends; a file that lacks more than this was cut off.
_SHORTEST_LOSS = 0.5
# Reading that fails so often in a row does not get any further.
_MOST_FAILURES = 100


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


class SoundFile:
    """The first audio stream of a file as 16 kHz mono, piece by piece; damaged places are passed over.

    Iterating raises InputError, which tells apart: missing, empty, text, a playlist, no audio or video,
    header only, an index that was never written, pictures without sound, no sound, too long, too large, too
    slow to decode. `declared` are the seconds that the file says it has, 0 where it says none; `notice` says
    what the reader should know once all was read.
    """

    def __init__(
        self, path: Path, limits: DecodingLimits | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        if find_spec("av") is None:
            raise missing_extra("reading a recording")
        self.path, self._limits, self._clock = path, limits or DecodingLimits(), clock
        self.declared, self.notice = 0.0, ""
        # Places that were passed over, and those that no sound was found behind yet.
        self._damaged = self._failed = 0

    def __iter__(self) -> Iterator[Samples]:
        """Yield the samples in order, about half a second at a time."""
        import av

        _check_file(self.path, self._limits)
        decoded = self._damaged = self._failed = 0
        # A file that is open already: its name is never taken for an address, whatever is in it.
        with self.path.open("rb") as file:
            try:
                for piece in self._within(self._pieces(file)):
                    decoded += len(piece)
                    yield piece
            except av.error.FFmpegError:
                if not decoded and not self._failed:
                    raise _unreadable(self.path) from None
                self._failed += 1
        if not decoded:
            raise _soundless(self.path, bool(self._failed))
        self.notice = _lacking(self.path, decoded / RATE, self.declared, self._damaged, bool(self._failed))

    def _pieces(self, file: BinaryIO) -> Iterator[Samples]:
        import av

        options = {"format_whitelist": _FORMATS}
        if containers.wav_lies(self.path):
            options["ignore_length"] = "1"
        with av.open(file, "r", metadata_errors="ignore", options=options) as container:
            if not container.streams.audio:
                raise InputError(f"{self.path}: has pictures but no sound; record it again with a microphone")
            self.declared = _declared(container)
            downmix, held = Downmix(), list[NDArray[np.int16]]()
            for sound in self._resampled(container):
                if held and len(sound) != len(held[0]):
                    yield downmix.mono(np.concatenate(held, axis=1))
                    held = []
                held.append(sound)
                if sum(one.shape[1] for one in held) >= _PIECE * RATE:
                    yield downmix.mono(np.concatenate(held, axis=1))
                    held = []
            if held:
                yield downmix.mono(np.concatenate(held, axis=1))

    def _resampled(self, container: "av.container.InputContainer") -> Iterator[NDArray[np.int16]]:
        """Yield the sound as [channels, n], at most two; a stream may change rate and channels on the way."""
        import av

        resampler, shape = None, None
        for frame in self._frames(container):
            if shape != (frame.sample_rate, frame.layout.name, frame.format.name):
                if resampler is not None:
                    yield from (_samples(one) for one in resampler.resample(None))
                shape = (frame.sample_rate, frame.layout.name, frame.format.name)
                layout = "mono" if frame.layout.nb_channels == 1 else "stereo"
                resampler = av.AudioResampler(format="s16p", layout=layout, rate=RATE)
            assert resampler is not None
            # Browsers write time stamps that jump; the samples alone say how long the sound is.
            frame.pts = None
            yield from (_samples(one) for one in resampler.resample(frame))
        if resampler is not None:
            yield from (_samples(one) for one in resampler.resample(None))

    def _frames(self, container: "av.container.InputContainer") -> "Iterator[av.AudioFrame]":
        """Decode packet by packet: one that is damaged costs its own sound and none behind it."""
        import av

        stream = container.streams.audio[0]
        packets = container.demux(stream)
        while self._failed < _MOST_FAILURES:
            try:
                packet = next(packets)
            except StopIteration:
                return
            except av.error.FFmpegError:
                # Reading goes on behind the place that cannot be read, while there is anything behind it.
                self._failed += 1
                packets = container.demux(stream)
                continue
            try:
                for frame in packet.decode():
                    self._damaged, self._failed = self._damaged + (self._failed > 0), 0
                    yield frame
            except av.error.FFmpegError:
                self._failed += 1

    def _within(self, pieces: Iterator[Samples]) -> Iterator[Samples]:
        decoded, worked, limits = 0, 0.0, self._limits
        while True:
            # Only decoding counts: whoever takes the pieces may take their time.
            started = self._clock()
            piece = next(pieces, None)
            worked += self._clock() - started
            if piece is None:
                return
            decoded += len(piece)
            if decoded > limits.seconds * RATE:
                raise InputError(
                    f"{self.path}: is longer than {limits.seconds / 60:g} minutes; give --minutes more, or "
                    "cut it to one answer"
                )
            if worked > limits.work:
                raise InputError(
                    f"{self.path}: was not decoded within {limits.work:g} seconds; save it as wav, mp3 or "
                    "flac"
                )
            yield piece


def decode(
    path: Path, limits: DecodingLimits | None = None, clock: Callable[[], float] = time.monotonic
) -> Sound:
    """Read a file's sound as a whole; what is damaged or cut off gives what it holds.

    Raises InputError as iterating a SoundFile does.
    """
    file = SoundFile(path, limits, clock)
    samples = np.concatenate(list(file))
    return Sound(samples, file.notice or None)


def _samples(frame: "av.AudioFrame") -> NDArray[np.int16]:
    return np.asarray(frame.to_ndarray(), dtype=np.int16)


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
    if containers.is_playlist(path):
        return InputError(f"{path}: is a playlist, which only names recordings; give the recording itself")
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


def _lacking(path: Path, seconds: float, declared: float, damaged: int, broken: bool) -> str:
    """What a recording lacks, in one line; empty for nothing. `broken` where its end is damaged."""
    passed = f"{damaged} damaged place{'s' if damaged > 1 else ''} passed over"
    missing = declared - seconds > _SHORTEST_LOSS
    if not (broken or missing or containers.is_cut_off(path)):
        return (
            f"The recording is damaged: {path.name} holds {seconds:.1f} s of sound, {passed}."
            if damaged
            else ""
        )
    of = f" of {declared:.1f}" if missing else ""
    also = f"; {passed}" if damaged else ""
    holds = f"{path.name} holds {seconds:.1f}{of} seconds of sound, which are used"
    return f"The recording is cut off: {holds}{also}."
