"""A wav file that is whole at every moment, so that a crash loses nothing already said."""

import os
import struct
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from coach.speech.samples import RATE

_HEADER = struct.Struct("<4sI4s4sIHHIIHH4sI")
_UNKNOWN = 0xFFFFFFFF
_BYTES_A_SAMPLE = 2
HEADER_BYTES = _HEADER.size


class StreamedWav:
    """Writes 16 kHz mono 16-bit sound as it comes; the header says "unknown length" until it is closed.

    Raises OSError where the disk is full: what was written before stays readable.
    """

    def __init__(self, path: Path, resume: bool = False) -> None:
        self.path = path
        resume = resume and path.exists() and path.stat().st_size >= HEADER_BYTES
        flags = os.O_RDWR | os.O_CREAT | (0 if resume else os.O_TRUNC)
        self._file = os.fdopen(os.open(path, flags, 0o600), "r+b", buffering=0)
        if resume:
            # A sample that was cut in half would shift all that follows.
            end = path.stat().st_size
            self._file.truncate(end - (end - HEADER_BYTES) % _BYTES_A_SAMPLE)
            self._file.seek(0)
            self._file.write(_header(_UNKNOWN))
            self._file.seek(0, os.SEEK_END)
        else:
            self._file.write(_header(_UNKNOWN))

    @property
    def seconds(self) -> float:
        """How much sound the file holds."""
        return (self._file.tell() - HEADER_BYTES) / _BYTES_A_SAMPLE / RATE

    def write(self, sound: bytes) -> None:
        """Append samples; they are handed to the operating system before this returns."""
        view = memoryview(sound)
        while view:
            view = view[self._file.write(view) or 0 :]

    def close(self) -> None:
        """Write the true length into the header; where even that fails, the file stays readable as it is."""
        if self._file.closed:
            return
        try:
            size = self._file.tell() - HEADER_BYTES
            self._file.seek(0)
            self._file.write(_header(size))
            os.fsync(self._file.fileno())
        finally:
            self._file.close()

    def __enter__(self) -> "StreamedWav":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # A full disk must not hide how the recording ended: the file can be read as it is.
        with suppress(OSError):
            self.close()


def is_unfinished(path: Path) -> bool:
    """Whether a recording was never closed: its header still says "unknown length", and it holds sound."""
    try:
        with path.open("rb") as file:
            head = file.read(HEADER_BYTES)
        return (
            len(head) == HEADER_BYTES
            and _HEADER.unpack(head)[-1] == _UNKNOWN
            and path.stat().st_size > HEADER_BYTES
        )
    except OSError:
        return False


def _header(size: int) -> bytes:
    whole = _UNKNOWN if size == _UNKNOWN else size + HEADER_BYTES - 8
    return _HEADER.pack(
        b"RIFF",
        whole,
        b"WAVE",
        b"fmt ",
        16,
        1,
        1,
        RATE,
        RATE * _BYTES_A_SAMPLE,
        _BYTES_A_SAMPLE,
        8 * _BYTES_A_SAMPLE,
        b"data",
        size,
    )
