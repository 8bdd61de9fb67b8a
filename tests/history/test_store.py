"""The store of attempts: kept privately, found, shown, and really deleted."""

import sqlite3
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from feedback_samples import SAMPLES
from made_critique import critique

from coach.errors import HistoryError, UsageError
from coach.history.migrations import MIGRATIONS, migrate, version
from coach.history.store import (
    ATTEMPTS,
    BEGUN,
    FEEDBACK,
    FOLLOW_UP,
    FOLLOW_UP_RECORDING,
    INDEX,
    RECORDING,
    History,
    write_private,
)

START = datetime(2026, 4, 12, 18, 30, tzinfo=UTC)


@pytest.fixture
def history(tmp_path: Path) -> History:
    return History(tmp_path / "data")


def keep(history: History, name: str = "strong", minutes: int = 0) -> str:
    started = START + timedelta(minutes=minutes)
    begun = history.begin(started, SAMPLES[name].question.id)
    write_private(begun.folder / RECORDING, b"the sound of it")
    return history.keep(begun.folder, started, SAMPLES[name]).id


def test_what_was_kept_is_listed_and_shown(history: History) -> None:
    assert history.attempts() == ()
    assert history.points() == ()
    first, second = keep(history), keep(history, "name_dropping", 5)
    listed = history.attempts()
    assert [one.id for one in listed] == [first, second]
    assert listed[0].overall == SAMPLES["strong"].score.overall
    assert history.feedback(history.find(first)) == SAMPLES["strong"]
    assert [one.id for one in history.attempts(SAMPLES["name_dropping"].question.id)][-1] == second
    points = [one for one in history.points() if one.attempt == first]
    assert {one.dimension: one.depth for one in points} == {
        one.dimension: int(one.depth) for one in SAMPLES["strong"].score.dimensions
    }


def test_only_the_user_may_read_it(history: History) -> None:
    keep(history)
    for path in (history.folder, *history.folder.rglob("*")):
        mode = stat.S_IMODE(path.stat().st_mode)
        assert mode == (0o700 if path.is_dir() else 0o600), path


def test_two_attempts_in_one_second_have_folders_of_their_own(history: History) -> None:
    assert keep(history) != keep(history)
    assert len(history.attempts()) == 2


def test_an_attempt_is_found_by_how_its_id_begins(history: History) -> None:
    first = keep(history)
    keep(history, "name_dropping", 5)
    assert history.find(first).id == first
    assert history.find(first[:15]).id == first
    with pytest.raises(UsageError, match="begins 2 attempts"):
        history.find("2026")
    with pytest.raises(UsageError, match="there is no attempt"):
        history.find("nothing")


def test_deleting_leaves_nothing(history: History) -> None:
    first, second = keep(history), keep(history, "name_dropping", 5)
    history.delete([history.find(first)])
    assert [one.id for one in history.attempts()] == [second]
    assert {one.attempt for one in history.points()} == {second}
    assert not list(history.folder.rglob(f"{first}*"))
    # Nor in the free pages of the index.
    assert first.encode() not in (history.folder / INDEX).read_bytes()


def test_a_folder_outside_is_never_touched_by_deleting(history: History, tmp_path: Path) -> None:
    first = keep(history)
    other = tmp_path / "other"
    other.mkdir()
    history.delete([history.find(first)])
    assert other.is_dir()


def test_a_recording_without_feedback_is_unfinished(history: History) -> None:
    keep(history)
    assert history.unfinished() == ()
    begun = history.begin(START + timedelta(minutes=9), "what-is-drift")
    assert history.unfinished() == ()
    write_private(begun.folder / RECORDING, b"half an answer")
    (found,) = history.unfinished()
    assert (found.question, found.folder) == ("what-is-drift", begun.folder)
    (begun.folder / BEGUN).write_text("{", encoding="utf-8")
    assert history.unfinished() == ()
    history.discard(begun)
    assert not begun.folder.exists()


def test_a_follow_up_that_was_cut_off_is_unfinished(history: History) -> None:
    folder = history.folder_of(history.find(keep(history)))
    write_private(folder / FOLLOW_UP_RECORDING, b"half a follow-up")
    (found,) = history.unfinished()
    assert (found.is_follow_up, found.recording) == (True, folder / FOLLOW_UP_RECORDING)
    history.discard(found)
    assert history.unfinished() == ()
    assert (folder / FEEDBACK).exists()
    write_private(folder / FOLLOW_UP_RECORDING, b"a follow-up")
    history.keep_follow_up(folder, SAMPLES["strong"])
    assert history.unfinished() == ()
    assert history.feedback_in(folder, FOLLOW_UP) == SAMPLES["strong"]


def test_unfinished_and_damaged_attempts_are_deleted_too(history: History) -> None:
    kept = keep(history)
    begun = history.begin(START + timedelta(minutes=9), "what-is-mlops")
    write_private(begun.recording, b"half an answer")
    assert history.find_any(begun.id) == history.unfinished()[0]
    with pytest.raises(UsageError, match="no attempt"):
        history.find(begun.id)
    history.delete([history.find_any(begun.id)])
    assert [one.name for one in (history.folder / ATTEMPTS).iterdir()] == [kept]
    (history.folder / ATTEMPTS / kept / BEGUN).write_text("{", encoding="utf-8")
    history.delete_all()
    assert [path for path in history.folder.rglob("*") if path.is_file()] == []
    assert history.attempts() == ()


def test_the_mark_of_a_critic_stands_beside_the_offline_one(history: History) -> None:
    review = critique("It says why.")
    begun = history.begin(START, "what-is-drift")
    history.keep(begun.folder, START, SAMPLES["strong"].model_copy(update={"critique": review}))
    (found,) = history.attempts()
    assert (found.overall, found.scorer) == (
        SAMPLES["strong"].score.overall,
        str(SAMPLES["strong"].score.scorer),
    )
    assert (found.critic_overall, found.critic) == (review.score.overall, str(review.score.scorer))


def test_a_damaged_index_and_damaged_feedback_are_said(history: History) -> None:
    first = history.find(keep(history))
    (history.folder_of(first) / FEEDBACK).write_text("{}", encoding="utf-8")
    with pytest.raises(HistoryError, match="another version"):
        history.feedback(first)
    (history.folder / INDEX).write_bytes(b"no database at all" * 100)
    with pytest.raises(HistoryError, match="damaged"):
        history.attempts()


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    with pytest.raises(HistoryError, match="--no-keep"):
        History(tmp_path / "file").begin(START, "what-is-drift")


@pytest.mark.parametrize("steps", range(len(MIGRATIONS) + 1))
def test_every_earlier_version_reaches_the_newest(steps: int, tmp_path: Path) -> None:
    fresh = sqlite3.connect(tmp_path / "fresh", isolation_level=None)
    migrate(fresh)
    older = sqlite3.connect(tmp_path / "older", isolation_level=None)
    migrate(older, MIGRATIONS[:steps])
    assert version(older) == steps
    if steps:
        older.execute(
            "INSERT INTO attempts (id, started, question, level, folder, overall, reasoning, scorer)"
            " VALUES ('a', '2026-04-12T18:30:00+00:00', 'what-is-drift', 'beginner', 'a', 3.5, 2, 'scorer')"
        )
    migrate(older)
    assert version(older) == len(MIGRATIONS)
    schema = "SELECT type, name, sql FROM sqlite_master ORDER BY name"
    assert older.execute(schema).fetchall() == fresh.execute(schema).fetchall()
    assert older.execute("SELECT count(*) FROM attempts").fetchone()[0] == min(steps, 1)
    older.close()
    fresh.close()


def test_a_change_that_fails_leaves_the_version_before_it(tmp_path: Path) -> None:
    def broken(database: sqlite3.Connection) -> None:
        database.execute("CREATE TABLE half (x)")
        raise ValueError

    database = sqlite3.connect(tmp_path / "index", isolation_level=None)
    with pytest.raises(ValueError):
        migrate(database, (*MIGRATIONS, broken))
    assert version(database) == len(MIGRATIONS)
    assert not database.execute("SELECT name FROM sqlite_master WHERE name = 'half'").fetchall()
    database.close()


def test_an_index_of_a_newer_version_is_refused(history: History) -> None:
    keep(history)
    with sqlite3.connect(history.folder / INDEX) as database:
        database.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    database.close()
    with pytest.raises(HistoryError, match="newer coach"):
        history.attempts()
