"""The journal: every result on the disk as soon as it exists, found again after any kind of end."""

import json
import os
import zlib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

from coach.cohort.digest_index import DigestIndex
from coach.cohort.outputs import write_error
from coach.errors import InputError

# Records between two flushes to the disk: a power cut costs at most these, a kill costs none of them.
FLUSH_AFTER = 64
_CHECKSUM = 9


class Journal:
    """An append-only file of records, each one line: a checksum, then JSON.

    Records of kind "grade" and "critique" are found by their `key`, a hash (32 hex digits) of all that
    decides the result; the others are kept in order. What names a student is never written here.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.notes: list[dict[str, Any]] = []
        self._places: dict[str, DigestIndex] = defaultdict(DigestIndex)
        self._file: BinaryIO | None = None
        self._end = 0
        self._unflushed = 0

    def __enter__(self) -> "Journal":
        """Read what is there; a last record that was cut off is dropped. InputError where one is damaged."""
        try:
            self._file = self.path.open("a+b")
            self._load()
            self._file.truncate(self._end)
        except OSError as error:
            raise write_error(self.path, error) from None
        except InputError:
            assert self._file is not None
            self._file.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Flush and close; an error on the way out does not hide the one that led here."""
        assert self._file is not None
        try:
            self.flush()
        except Exception:
            if kind is None:
                raise
        finally:
            self._file.close()

    def __contains__(self, place: tuple[str, str]) -> bool:
        """Whether there is a record of this kind and key."""
        return bytes.fromhex(place[1]) in self._places[place[0]]

    def read(self, kind: str, key: str) -> dict[str, Any]:
        """The newest record of that kind and key; KeyError where there is none."""
        assert self._file is not None
        self._file.seek(self._places[kind][bytes.fromhex(key)])
        record = _record(self._file.readline())
        assert record is not None
        return record

    def keys(self, kind: str) -> Iterator[str]:
        """The keys that have a record of that kind."""
        return (key.hex() for key in self._places[kind].digests())

    def append(self, record: Mapping[str, Any]) -> None:
        """Write a record with the keys `kind` and, where it is to be found again, `key` (32 hex digits).

        It is with the operating system when this returns, so a kill cannot lose it, and on the disk after
        FLUSH_AFTER records or `flush`. Raises CoachError when the disk is full, leaving whole records only.
        """
        assert self._file is not None
        line = _line(record)
        try:
            self._file.write(line)
            self._file.flush()
        except OSError as error:
            self._cut()
            raise write_error(self.path, error) from None
        self._note(record, self._end)
        self._end += len(line)
        self._unflushed += 1
        if self._unflushed >= FLUSH_AFTER:
            self.flush()

    def flush(self) -> None:
        """Put everything on the disk."""
        assert self._file is not None
        if self._unflushed:
            try:
                os.fsync(self._file.fileno())
            except OSError as error:
                raise write_error(self.path, error) from None
            self._unflushed = 0

    def _cut(self) -> None:
        """Drop a half record, and what the buffer still holds of it."""
        assert self._file is not None
        descriptor = self._file.fileno()
        os.ftruncate(descriptor, self._end)
        kept = os.dup(descriptor)
        try:
            self._file.close()
        except OSError:
            pass
        os.ftruncate(kept, self._end)
        os.close(kept)
        self._file = self.path.open("a+b")

    def _load(self) -> None:
        assert self._file is not None
        self._file.seek(0)
        damaged = None
        for number, line in enumerate(self._file, start=1):
            if damaged is not None:
                # Only the last record can be cut off by a kill; before it, the disk lost something.
                raise InputError(
                    f"{self.path}:{damaged}: this record is damaged; put back the file from a copy, or "
                    "delete the line to have its answer graded again"
                )
            record = _record(line)
            if record is None:
                damaged = number
                continue
            self._note(record, self._end)
            self._end += len(line)

    def _note(self, record: Mapping[str, Any], place: int) -> None:
        if "key" in record:
            self._places[record["kind"]][bytes.fromhex(record["key"])] = place
        else:
            self.notes.append(dict(record))


def _line(record: Mapping[str, Any]) -> bytes:
    document = json.dumps(record, ensure_ascii=True, separators=(",", ":"), sort_keys=True).encode("ascii")
    return b"%08x " % zlib.crc32(document) + document + b"\n"


def _record(line: bytes) -> dict[str, Any] | None:
    """The record of a line; None where it is cut off or its checksum is wrong."""
    document = line[_CHECKSUM:-1]
    if not line.endswith(b"\n") or line[: _CHECKSUM - 1] != b"%08x" % zlib.crc32(document):
        return None
    found = json.loads(document)
    assert isinstance(found, dict)
    return found
