"""Encodings: what bytes of unknown origin are text in, and that text as clean UTF-8."""

import codecs
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

Encoding = Literal["utf-8", "utf-8-sig", "utf-16-le", "utf-16-be"]

_CHUNK = 1 << 16
_ESCAPED = re.compile("[\udc80-\udcff]")
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
    # Text of Latin letters in UTF-16 is zero at every other byte; no text in UTF-8 is.
    zeros = [start[place::2].count(0) for place in (0, 1)]
    if max(zeros) > len(start) // 4 and min(zeros) < max(zeros) // 8:
        return "utf-16-be" if zeros[0] > zeros[1] else "utf-16-le"
    return "utf-8"


def has_mark(path: Path) -> bool:
    """Whether a file begins with a byte order mark."""
    with path.open("rb") as file:
        start = file.read(3)
    return start.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))


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
    """The physical lines of a file with their ends as they are; undecodable bytes survive a round trip.

    In UTF-16 they do not: there they become replacement characters.
    """
    errors = "replace" if encoding.startswith("utf-16") else "surrogateescape"
    with path.open("r", encoding=encoding, errors=errors, newline="") as file:
        first = True
        for line in file:
            yield line.removeprefix("\ufeff") if first else line
            first = False


def first_text(path: Path, encoding: Encoding, most: int) -> str:
    """The first `most` characters of a file, as `text_lines` reads them."""
    errors = "replace" if encoding.startswith("utf-16") else "surrogateescape"
    with path.open("r", encoding=encoding, errors=errors, newline="") as file:
        return file.read(most).removeprefix("\ufeff")


def as_text(text: str) -> str:
    r"""Text of `text_lines` for a reader: bytes that are not UTF-8 are Windows-1252.

    >>> as_text(b"na\xefve".decode("utf-8", "surrogateescape"))
    'naïve'
    """
    if not _ESCAPED.search(text):
        return text
    return _ESCAPED.sub(lambda found: _WINDOWS[ord(found[0]) - 0xDC00], text)
