"""The history database's changes, numbered by their place; once released, a change is never altered."""

import sqlite3
from collections.abc import Callable

Migration = Callable[[sqlite3.Connection], None]


def _attempts(database: sqlite3.Connection) -> None:
    database.execute(
        """
        CREATE TABLE attempts (
            id TEXT PRIMARY KEY,
            started TEXT NOT NULL,
            question TEXT NOT NULL,
            level TEXT NOT NULL,
            folder TEXT NOT NULL,
            overall REAL NOT NULL,
            reasoning REAL NOT NULL,
            scorer TEXT NOT NULL
        )
        """
    )
    database.execute("CREATE INDEX attempts_by_start ON attempts (started)")


def _dimensions(database: sqlite3.Connection) -> None:
    database.execute(
        """
        CREATE TABLE dimensions (
            attempt TEXT NOT NULL REFERENCES attempts (id) ON DELETE CASCADE,
            dimension TEXT NOT NULL,
            title TEXT NOT NULL,
            expected INTEGER NOT NULL,
            depth INTEGER NOT NULL,
            raw REAL NOT NULL,
            PRIMARY KEY (attempt, dimension)
        )
        """
    )


def _speech(database: sqlite3.Connection) -> None:
    # Attempts kept before this were not measured: they have neither.
    database.execute("ALTER TABLE attempts ADD COLUMN seconds REAL")
    database.execute("ALTER TABLE attempts ADD COLUMN recogniser TEXT")


def _critic(database: sqlite3.Connection) -> None:
    # Beside the offline mark, never in its place: marks of two scorers do not compare.
    database.execute("ALTER TABLE attempts ADD COLUMN critic_overall REAL")
    database.execute("ALTER TABLE attempts ADD COLUMN critic TEXT")


MIGRATIONS: tuple[Migration, ...] = (_attempts, _dimensions, _speech, _critic)


def migrate(database: sqlite3.Connection, migrations: tuple[Migration, ...] = MIGRATIONS) -> None:
    """Bring a database from whatever version it has to the newest, each step in a transaction of its own."""
    for number in range(version(database) + 1, len(migrations) + 1):
        with database:
            database.execute("BEGIN IMMEDIATE")
            migrations[number - 1](database)
            database.execute(f"PRAGMA user_version = {number}")


def version(database: sqlite3.Connection) -> int:
    """How many of the changes a database has had."""
    return int(database.execute("PRAGMA user_version").fetchone()[0])
