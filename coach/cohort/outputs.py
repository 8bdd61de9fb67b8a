"""The output directory: one run at a time in it, and every file whole or not there."""

import contextlib
import errno
import os
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import IO

from coach.errors import CoachError, UsageError

LOCK = ".lock"
JOURNAL = "journal.jsonl"
KEY_FILE = "key.csv"


class OutputLock:
    """Holds an output directory for one run; the system lets go of it however the process ends."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._file: IO[str] | None = None

    def __enter__(self) -> "OutputLock":
        """Make the directory where it is missing and take it; UsageError where another run has it."""
        try:
            self.directory.mkdir(parents=True, exist_ok=True)
            # What is kept here names students: nobody else on the machine needs to read it.
            with contextlib.suppress(OSError):
                self.directory.chmod(0o700)
            self._file = (self.directory / LOCK).open("a+", encoding="utf-8")
        except OSError as error:
            raise UsageError(
                f"{self.directory}: cannot be written ({error.strerror}); give another --out"
            ) from None
        if not _locked(self._file):
            self._file.close()
            raise UsageError(
                f"{self.directory}: another run is writing there; wait for it, or give another --out"
            )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let go of the directory."""
        if self._file is not None:
            self._file.close()


@contextlib.contextmanager
def written(path: Path) -> Iterator[Path]:
    """Give a name beside `path` to write to, and put it in place when all is written and on the disk.

    A run that is killed leaves the old file, or none. Raises CoachError when the disk is full.
    """
    beside = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield beside
        with beside.open("rb") as file:
            os.fsync(file.fileno())
        os.replace(beside, path)
    except OSError as error:
        with contextlib.suppress(OSError):
            beside.unlink()
        raise write_error(path, error) from None
    except BaseException:
        with contextlib.suppress(OSError):
            beside.unlink()
        raise


def write_error(path: Path, error: OSError) -> CoachError:
    """What to tell when `path` could not be written."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return CoachError(
            f"{path}: the disk is full; what is graded is kept: make room and run the same command again"
        )
    return CoachError(
        f"{path}: cannot be written ({error.strerror or error}); then run the same command again"
    )


def _locked(file: IO[str]) -> bool:
    try:
        import fcntl
    except ImportError:
        import msvcrt

        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
        except OSError:
            return False
        return True
    try:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
