"""Scratch: a private database for what one run holds beside its results, gone however the process ends."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from coach.errors import CoachError

# What of it stays in memory, in KB; the rest lies in a nameless temporary file.
_CACHE = 4_096


def scratch_database() -> sqlite3.Connection:
    """Open an empty database that only this process sees."""
    database = sqlite3.connect("", isolation_level=None, check_same_thread=False)
    for pragma in ("journal_mode = OFF", "synchronous = OFF", f"cache_size = -{_CACHE}", "temp_store = FILE"):
        database.execute(f"PRAGMA {pragma}")
    return database


@contextmanager
def room_told() -> Iterator[None]:
    """Tell where the folder for temporary files is full."""
    try:
        yield
    except sqlite3.OperationalError as error:
        if "full" not in str(error) and "disk I/O" not in str(error):
            raise
        raise CoachError(
            "the folder for temporary files is full: make room, or name another with TMPDIR, and run again"
        ) from None
