"""The journal: found again after a cut, refused when damaged, whole when the disk is full."""

import errno
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coach.cohort.journal import Journal
from coach.cohort.outputs import OutputLock, written
from coach.errors import CoachError, InputError, UsageError

KEYS = ["aa" * 16, "bb" * 16, "cc" * 16]


def filled(path: Path) -> Path:
    with Journal(path) as journal:
        for place, key in enumerate(KEYS):
            journal.append({"kind": "grade", "key": key, "value": "ü" * place})
        journal.append({"kind": "override", "answer": "S00001/x"})
    return path


def test_records_are_found_by_kind_and_key(tmp_path: Path) -> None:
    with Journal(filled(tmp_path / "j")) as journal:
        assert ("grade", KEYS[1]) in journal
        assert ("critique", KEYS[1]) not in journal
        assert journal.read("grade", KEYS[2])["value"] == "üü"
        assert journal.notes == [{"kind": "override", "answer": "S00001/x"}]
        assert list(journal.keys("grade")) == KEYS


@given(cut=st.integers(min_value=0))
def test_a_journal_cut_anywhere_keeps_its_whole_records(
    cut: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = filled(tmp_path_factory.mktemp("cut") / "j")
    content = path.read_bytes()
    cut %= len(content) + 1
    path.write_bytes(content[:cut])
    whole = content[:cut].count(b"\n")
    with Journal(path) as journal:
        assert len(list(journal.keys("grade"))) == min(whole, 3)
        journal.append({"kind": "grade", "key": "dd" * 16})
    with Journal(path) as journal:
        assert ("grade", "dd" * 16) in journal
        assert path.read_bytes().startswith(
            content[: path.stat().st_size][:0] + b"".join(content.splitlines(True)[:whole])
        )


def test_damage_before_the_end_is_refused_with_its_line(tmp_path: Path) -> None:
    path = filled(tmp_path / "j")
    content = bytearray(path.read_bytes())
    content[30] ^= 1
    path.write_bytes(bytes(content))
    with pytest.raises(InputError, match="j:1: this record is damaged"), Journal(path):
        pass


def test_a_full_disk_leaves_whole_records(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "j"
    with pytest.raises(CoachError, match="disk is full"), Journal(path) as journal:
        journal.append({"kind": "grade", "key": KEYS[0]})

        class Full:
            """Writes half of what it is given, and then there is no room."""

            def __init__(self, file: object) -> None:
                self.file = file

            def write(self, data: bytes) -> int:
                self.file.write(data[: len(data) // 2])  # type: ignore[attr-defined]
                self.file.flush()  # type: ignore[attr-defined]
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

            def __getattr__(self, name: str) -> object:
                return getattr(self.file, name)

        monkeypatch.setattr(journal, "_file", Full(journal._file))
        journal.append({"kind": "grade", "key": KEYS[1], "value": "x" * 100})
    with Journal(path) as journal:
        assert list(journal.keys("grade")) == KEYS[:1]


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_a_real_full_device_is_reported_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(CoachError, match="disk is full") as caught, written(tmp_path / "x.csv") as path:
        path.symlink_to("/dev/full")
        path.write_text("x" * 100_000)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "x.csv").exists()


def test_a_second_run_on_one_directory_is_refused(tmp_path: Path) -> None:
    with OutputLock(tmp_path / "out"):
        with pytest.raises(UsageError, match="another run is writing there"), OutputLock(tmp_path / "out"):
            pass
    with OutputLock(tmp_path / "out"):
        pass
