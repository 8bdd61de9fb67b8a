"""Encodings: what bytes of unknown origin are text in, and that text as clean UTF-8."""

import codecs
import io
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Literal

Encoding = Literal["utf-8", "utf-8-sig", "utf-16-le", "utf-16-be"]

_CHUNK = 1 << 16
# Five bytes have no character in Windows-1252; the standard reads them as the control codes of that number.
_WINDOWS = tuple(
    bytes([code]).decode("cp1252") if code not in (0x81, 0x8D, 0x8F, 0x90, 0x9D) else chr(code)
    for code in range(256)
)


def _as_windows(error: UnicodeError) -> tuple[str, int]:
    """Read what is not UTF-8 as Windows-1252, byte for byte: files joined from two systems hold both."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    wrong = error.object[error.start : error.end]
    return "".join(_WINDOWS[byte] for byte in wrong), error.end


codecs.register_error("coach-windows", _as_windows)


def encoding_of(path: Path) -> Encoding:
    """The encoding that the first bytes of a file tell: a byte order mark, or zeros at every other byte."""
    with path.open("rb") as file:
        start = file.read(4096)
    if start.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if start.startswith(codecs.BOM_UTF16_LE):
        return "utf-16-le"
    if start.startswith(codecs.BOM_UTF16_BE):
        return "utf-16-be"
    return "utf-8"


def decoded(content: bytes) -> str:
    """The text of `content`: UTF-16 or UTF-8 by its mark, Windows-1252 where a byte is not UTF-8.

    >>> decoded("naïve".encode("cp1252"))
    'naïve'
    """
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16", "replace")
    return content.decode("utf-8-sig", "coach-windows")


def is_unicode(path: Path, encoding: Encoding) -> bool:
    """Whether a whole file is text in `encoding`; one that is not is Windows-1252, in part at least."""
    reader = codecs.getincrementaldecoder(encoding)()
    with path.open("rb") as file:
        try:
            while chunk := file.read(_CHUNK):
                reader.decode(chunk)
            reader.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def as_written(text: str) -> str:
    """Text for a file in Windows-1252 that is written as UTF-8 with its other bytes kept.

    What that encoding lacks becomes a question mark.

    >>> as_written("naïve").encode("utf-8", "surrogateescape") == "naïve".encode("cp1252")
    True
    """
    return text.encode("cp1252", "replace").decode("utf-8", "surrogateescape")


def text_lines(path: Path, encoding: Encoding) -> Iterator[str]:
    """The physical lines of a file with their ends as they are; undecodable bytes survive a round trip."""
    with path.open("r", encoding=encoding, errors="surrogateescape", newline="") as file:
        first = True
        for line in file:
            yield line.removeprefix("\ufeff") if first else line
            first = False


class Utf8Stream(io.RawIOBase):
    """The text of a file as UTF-8 bytes, whatever it is in; `quotes` counts the quotation marks so far."""

    def __init__(self, path: Path, encoding: Encoding) -> None:
        super().__init__()
        self._file: BinaryIO = path.open("rb")
        decoder = codecs.getincrementaldecoder(encoding)
        errors = "replace" if encoding.startswith("utf-16") else "coach-windows"
        self._decoder = decoder(errors)
        self._ready = b""
        self._begun = False
        self._ended = False
        self.quotes = 0

    def readable(self) -> bool:
        """Always true."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Up to `size` bytes; fewer only at the end."""
        parts, have = [self._ready], len(self._ready)
        while not self._ended and (size < 0 or have < size):
            chunk = self._file.read(_CHUNK)
            self._ended = not chunk
            text = self._decoder.decode(chunk, final=self._ended)
            if not self._begun and text:
                text = text.removeprefix("\ufeff")
                self._begun = True
            # A lone surrogate, which only UTF-16 can hold, has no UTF-8 form.
            parts.append(text.encode("utf-8", "replace"))
            self.quotes += text.count('"')
            have += len(parts[-1])
        joined = b"".join(parts)
        if size < 0:
            self._ready = b""
            return joined
        self._ready = joined[size:]
        return joined[:size]

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        super().close()
