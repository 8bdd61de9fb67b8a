"""The store of attempts: one private folder for each, and an index in SQLite."""

import os
import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from coach.domain import Feedback, Frozen
from coach.errors import HistoryError, UsageError
from coach.history.migrations import MIGRATIONS, migrate, version

DATA_VARIABLE = "COACH_DATA_DIR"
INDEX = "history.sqlite3"
ATTEMPTS = "attempts"
FEEDBACK, TRANSCRIPT, RECORDING, BEGUN = "feedback.json", "transcript.json", "recording.wav", "attempt.json"
FOLLOW_UP, FOLLOW_UP_RECORDING = "follow-up.json", "follow-up.wav"
_PRIVATE_FOLDER, _PRIVATE_FILE = 0o700, 0o600
_SHORTEST_ID = 4


class Attempt(Frozen):
    """One kept attempt: `started` is local time with its offset, `seconds` the length of the recording.

    `overall` and `reasoning` are the offline marks of `scorer`; `critic_overall` is the mark of the `critic`,
    where one reviewed the answer.
    """

    id: str
    started: datetime
    question: str
    level: str
    overall: float
    reasoning: float
    scorer: str
    seconds: float | None
    recogniser: str | None
    critic_overall: float | None = None
    critic: str | None = None


class Begun(Frozen):
    """An attempt that was begun, or the follow-up to it; `folder` is where its recording lies."""

    question: str
    started: datetime
    folder: Path
    is_follow_up: bool = False

    @property
    def id(self) -> str:
        """The attempt's id: its folder's name."""
        return self.folder.name

    @property
    def recording(self) -> Path:
        """Where what is said to it is recorded."""
        return self.folder / (FOLLOW_UP_RECORDING if self.is_follow_up else RECORDING)

    @property
    def followed_up(self) -> "Begun":
        """The follow-up to it."""
        return self.model_copy(update={"is_follow_up": True})


class DimensionPoint(Frozen):
    """The depth that one attempt reached in one dimension."""

    attempt: str
    started: datetime
    question: str
    dimension: str
    title: str
    expected: bool
    depth: int
    raw: float
    scorer: str


_A = TypeVar("_A", bound=Attempt | Begun)


def data_folder() -> Path:
    """Where attempts are kept: COACH_DATA_DIR, else the user's data folder."""
    from platformdirs import user_data_path

    chosen = os.environ.get(DATA_VARIABLE)
    return Path(chosen).expanduser() if chosen else user_data_path("mlops-answer-coach", appauthor=False)


class History:
    """Attempts below one folder, which only its user may read."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def begin(self, started: datetime, question: str) -> Begun:
        """Make the private folder of a new attempt; its name is the attempt's id."""
        name = f"{started:%Y%m%d-%H%M%S}-{question}"
        try:
            private_folder(self.folder)
            private_folder(self.folder / ATTEMPTS)
        except OSError as error:
            raise HistoryError(f"{self.folder}: cannot be made ({error.strerror}); {ELSEWHERE}") from None
        for number in range(1, 1000):
            path = self.folder / ATTEMPTS / (name if number == 1 else f"{name}-{number}")
            try:
                path.mkdir(mode=_PRIVATE_FOLDER)
                begun = Begun(question=question, started=started, folder=path)
                write_private(path / BEGUN, begun.model_dump_json().encode())
            except FileExistsError:
                continue
            except OSError as error:
                raise HistoryError(f"{path}: cannot be made ({error.strerror}); {ELSEWHERE}") from None
            return begun
        raise HistoryError(f"{self.folder}: too many attempts in one second")

    def unfinished(self) -> tuple[Begun, ...]:
        """The attempts and follow-ups with a recording and no feedback: a crash or a refusal ended them.

        Oldest first.
        """
        found = []
        for path in sorted((self.folder / ATTEMPTS).glob(f"*/{BEGUN}")):
            folder = path.parent
            try:
                begun = Begun.model_validate_json(path.read_bytes())
            except (OSError, ValueError):
                continue
            is_follow_up = (folder / FEEDBACK).exists()
            begun = begun.model_copy(update={"folder": folder, "is_follow_up": is_follow_up})
            done = is_follow_up and (folder / FOLLOW_UP).exists()
            if begun.recording.exists() and not done:
                found.append(begun)
        return tuple(found)

    def keep_follow_up(self, folder: Path, feedback: Feedback) -> None:
        """Write the feedback on a follow-up beside that of its question; it counts in no progress."""
        _write(folder / FOLLOW_UP, feedback.model_dump_json(indent=2).encode())

    def discard(self, begun: Begun) -> None:
        """Delete an attempt that was begun with all its files, or only the recording of its follow-up."""
        if begun.is_follow_up:
            begun.recording.unlink(missing_ok=True)
        else:
            _remove(begun.folder)

    def keep(self, folder: Path, started: datetime, feedback: Feedback) -> Attempt:
        """Write feedback and transcript into an attempt's folder and index it."""
        transcript, critique = feedback.answer.transcript, feedback.critique
        attempt = Attempt(
            id=folder.name,
            started=started,
            question=feedback.question.id,
            level=feedback.question.level,
            overall=feedback.score.overall,
            reasoning=feedback.score.reasoning,
            scorer=str(feedback.score.scorer),
            seconds=transcript.duration if transcript else None,
            recogniser=transcript.recogniser if transcript else None,
            critic_overall=critique.score.overall if critique else None,
            critic=str(critique.score.scorer) if critique else None,
        )
        if transcript is not None:
            _write(folder / TRANSCRIPT, transcript.model_dump_json(indent=2).encode())
        _write(folder / FEEDBACK, feedback.model_dump_json(indent=2).encode())
        with self._index() as index, index:
            index.execute("BEGIN IMMEDIATE")
            index.execute(
                "INSERT INTO attempts (id, started, question, level, folder, overall, reasoning, scorer,"
                " seconds, recogniser, critic_overall, critic) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    attempt.id,
                    attempt.started.isoformat(),
                    attempt.question,
                    attempt.level,
                    folder.name,
                    attempt.overall,
                    attempt.reasoning,
                    attempt.scorer,
                    attempt.seconds,
                    attempt.recogniser,
                    attempt.critic_overall,
                    attempt.critic,
                ),
            )
            index.executemany(
                "INSERT INTO dimensions (attempt, dimension, title, expected, depth, raw)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                [
                    (attempt.id, one.dimension, one.title, one.expected, int(one.depth), one.raw)
                    for one in feedback.score.dimensions
                ],
            )
        return attempt

    def attempts(self, question: str | None = None) -> tuple[Attempt, ...]:
        """All attempts, or those at one question, oldest first."""
        if not (self.folder / INDEX).exists():
            return ()
        with self._index() as index:
            rows = index.execute(
                "SELECT id, started, question, level, overall, reasoning, scorer, seconds, recogniser,"
                " critic_overall, critic FROM attempts WHERE ? IS NULL OR question = ? ORDER BY started, id",
                (question, question),
            ).fetchall()
        return tuple(Attempt.model_validate(dict(row)) for row in rows)

    def points(self) -> tuple[DimensionPoint, ...]:
        """The depth of every dimension in every attempt, oldest first."""
        if not (self.folder / INDEX).exists():
            return ()
        with self._index() as index:
            rows = index.execute(
                "SELECT attempt, started, question, dimension, title, expected, depth, raw, scorer"
                " FROM dimensions JOIN attempts ON attempts.id = attempt ORDER BY started, attempt"
            ).fetchall()
        return tuple(DimensionPoint.model_validate(dict(row)) for row in rows)

    def find(self, id: str) -> Attempt:
        """The attempt whose id is, or begins with, `id`; UsageError where there is none or several."""
        return _found(id, self.attempts())

    def find_any(self, id: str) -> Attempt | Begun:
        """As `find`, among the unfinished ones too."""
        among: list[Attempt | Begun] = [*self.attempts()]
        among += [one for one in self.unfinished() if not one.is_follow_up]
        return _found(id, among)

    def feedback(self, attempt: Attempt) -> Feedback:
        """The feedback of an attempt; HistoryError where it is missing or of another version."""
        return self.feedback_in(self.folder_of(attempt))

    def feedback_in(self, folder: Path, name: str = FEEDBACK) -> Feedback:
        """The feedback in an attempt's folder, or that on its follow-up; HistoryError as for `feedback`."""
        path = folder / name
        try:
            return Feedback.model_validate_json(path.read_bytes())
        except OSError as error:
            raise HistoryError(f"{path}: cannot be read ({error.strerror})") from None
        except ValueError:
            raise HistoryError(
                f"{path}: was written by another version of coach and cannot be shown; its files are there"
            ) from None

    def folder_of(self, attempt: Attempt) -> Path:
        """The folder of an attempt."""
        return self.folder / ATTEMPTS / attempt.id

    def delete(self, attempts: Sequence[Attempt | Begun]) -> None:
        """Delete attempts with all their files; nothing of them stays in the index either."""
        for attempt in attempts:
            _remove(self.folder / ATTEMPTS / attempt.id)
            with self._index() as index:
                index.execute("DELETE FROM attempts WHERE id = ?", (attempt.id,))
        with self._index() as index:
            # Deleted rows would otherwise stay readable in the file's free pages.
            index.execute("VACUUM")

    def delete_all(self) -> None:
        """Delete every attempt, finished or not, damaged or not, and the index."""
        _remove(self.folder / ATTEMPTS)
        try:
            (self.folder / INDEX).unlink(missing_ok=True)
        except OSError as error:
            raise HistoryError(
                f"{self.folder / INDEX}: cannot be deleted ({error.strerror}); close what uses it"
            ) from None

    @contextmanager
    def _index(self) -> Iterator[sqlite3.Connection]:
        path = self.folder / INDEX
        try:
            private_folder(self.folder)
            if not path.exists():
                write_private(path, b"")
            index = sqlite3.connect(path, isolation_level=None)
        except (OSError, sqlite3.Error) as error:
            raise HistoryError(f"{path}: cannot be opened ({error}); {ELSEWHERE}") from None
        try:
            index.row_factory = sqlite3.Row
            index.execute("PRAGMA foreign_keys = ON")
            index.execute("PRAGMA secure_delete = ON")
            if version(index) > len(MIGRATIONS):
                raise HistoryError(f"{path}: was written by a newer coach; install the newest version")
            migrate(index)
            yield index
        except sqlite3.Error as error:
            raise HistoryError(
                f"{path}: is damaged or locked ({error}); move it away and try again"
            ) from None
        finally:
            index.close()


def _found(id: str, among: Sequence[_A]) -> _A:
    found = [one for one in among if one.id == id]
    found = found or [one for one in among if len(id) >= _SHORTEST_ID and one.id.startswith(id)]
    if len(found) == 1:
        return found[0]
    if found:
        raise UsageError(f"{id!r} begins {len(found)} attempts; give more of it")
    raise UsageError(f"there is no attempt {id[:60]!r}; coach history lists them")


def _remove(folder: Path) -> None:
    try:
        shutil.rmtree(folder)
    except FileNotFoundError:
        pass
    except OSError as error:
        raise HistoryError(f"{folder}: cannot be deleted ({error.strerror})") from None


def private_folder(path: Path) -> None:
    """Make a folder, and those above it that are missing, that only its user may enter."""
    path.mkdir(mode=_PRIVATE_FOLDER, parents=True, exist_ok=True)
    path.chmod(_PRIVATE_FOLDER)


def _write(path: Path, content: bytes) -> None:
    try:
        write_private(path, content)
    except OSError as error:
        path.unlink(missing_ok=True)
        raise HistoryError(f"{path}: cannot be written ({error.strerror}); {ELSEWHERE}") from None


def write_private(path: Path, content: bytes) -> None:
    """Write a file that only its user may read, whatever the process's mask."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _PRIVATE_FILE)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    path.chmod(_PRIVATE_FILE)


ELSEWHERE = f"set {DATA_VARIABLE} to a folder that you may write to, or give --no-keep"
