"""The reply cache: replies by a hash of all that led to them, in SQLite, for their owner alone."""

import hashlib
import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from typing import Any

from coach.critic.private_files import private_folder, touch_privately
from coach.domain import Frozen

_FILE = "replies.sqlite3"
# A reply takes a few kilobytes, so that this stays under about 100 MB.
_MOST = 20_000
_TABLE = "CREATE TABLE IF NOT EXISTS replies (key TEXT PRIMARY KEY, reply TEXT NOT NULL)"


class KeptReply(Frozen):
    """A reply that was found usable: its text and the model that wrote it."""

    text: str
    model: str


class ReplyCache:
    """Keeps usable replies. It holds no key; a file that is locked, damaged or read-only is passed over.

    Between `hold` and `release` one connection serves all calls, which must come from one thread.
    """

    def __init__(self) -> None:
        self._held: sqlite3.Connection | None = None

    def hold(self) -> None:
        """Open the file once for many calls."""
        try:
            self._held = _open()
        except (OSError, sqlite3.Error):
            self._held = None

    def release(self) -> None:
        """Close the file that is held."""
        if self._held is not None:
            self._held.close()
            self._held = None

    def get(self, key: str) -> KeptReply | None:
        """The reply that was kept under `key`, or None."""
        try:
            with self._database() as database:
                row = database.execute("SELECT reply FROM replies WHERE key = ?", (key,)).fetchone()
            return KeptReply.model_validate_json(row[0]) if row else None
        except (OSError, sqlite3.Error, ValueError):
            return None

    def put(self, key: str, reply: KeptReply) -> None:
        """Keep `reply` under `key`, in place of what was there; the oldest beyond 20,000 are dropped."""
        try:
            with self._database() as database, database:
                database.execute(
                    "INSERT OR REPLACE INTO replies VALUES (?, ?)", (key, reply.model_dump_json())
                )
                database.execute(
                    "DELETE FROM replies WHERE rowid <= (SELECT max(rowid) FROM replies) - ?", (_MOST,)
                )
        except (OSError, sqlite3.Error):
            pass

    @contextmanager
    def _database(self) -> Iterator[sqlite3.Connection]:
        if self._held is not None:
            yield self._held
            return
        with closing(_open()) as database:
            yield database


def _open() -> sqlite3.Connection:
    path = private_folder() / _FILE
    touch_privately(path)
    database = sqlite3.connect(path, timeout=5)
    try:
        # To write each reply through to the disk would take longer than all else that is done with it; a
        # loss of power may cost the last replies, but not the file.
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = NORMAL")
        database.execute(_TABLE)
    except sqlite3.Error:
        database.close()
        raise
    return database


def reply_key(parts: Mapping[str, Any]) -> str:
    """The tagged SHA-256 of `parts` as canonical JSON, in hex."""
    canonical = json.dumps(parts, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(b"coach critic reply 1\n" + canonical.encode("ascii")).hexdigest()
