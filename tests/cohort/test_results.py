"""Marks for other systems, and what the columns are, kept for the next file."""

import csv
import io
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from course_files import DRIFT, REGISTRY, canvas_report, moodle_worksheet, records
from quick_scorer import graded_into, opened, quick_scorer
from typer.testing import CliRunner

from coach.cli import app
from coach.cohort.batch_scoring import BatchScorer
from coach.cohort.column_maps import map_of, mapped
from coach.cohort.one_roster import write_results
from coach.cohort.run_records import RunOptions
from coach.errors import InputError, UsageError

NOW = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def quick() -> BatchScorer:
    return quick_scorer()


@pytest.fixture(scope="module")
def graded(quick: BatchScorer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("quiz")
    graded_into(folder / "out", canvas_report(folder / "quiz.csv", quick.pack, 3), quick)
    return folder / "out"


def tables(path: Path) -> dict[str, list[dict[str, str]]]:
    with zipfile.ZipFile(path) as archive:
        texts = {name: archive.read(name).decode("utf-8") for name in archive.namelist()}
    return {name: list(csv.DictReader(io.StringIO(text))) for name, text in texts.items()}


def test_results_hold_every_mark_that_counts_by_number_and_line_item(graded: Path, tmp_path: Path) -> None:
    items = {DRIFT: "line-1", REGISTRY: "line-2"}
    made = write_results(graded, items, 20.0, NOW, tmp_path / "r.zip")
    found = tables(tmp_path / "r.zip")
    rows = found["results.csv"]
    assert made.results == len(rows) == 6
    assert {row["studentSourcedId"] for row in rows} == {"500", "501", "502"}
    grades = csv.DictReader((graded / "grades.csv").read_text(encoding="utf-8").splitlines())
    marks = {
        (row["student"], row["question"]): float(row["mark"]) for row in grades if row["state"] == "graded"
    }
    first = next(
        row for row in rows if (row["studentSourcedId"], row["lineItemSourcedId"]) == ("500", "line-1")
    )
    assert float(first["score"]) == pytest.approx(marks["S00001", DRIFT] * 4)
    assert (first["status"], first["scoreStatus"], first["scoreDate"]) == (
        "active",
        "fully graded",
        "2026-03-01",
    )
    assert len({row["sourcedId"] for row in rows}) == 6
    states = {row["propertyName"]: row["value"] for row in found["manifest.csv"]}
    assert (states["file.results"], states["file.users"], states["oneroster.version"]) == (
        "delta",
        "absent",
        "1.1",
    )


def test_a_question_without_a_line_item_is_named(graded: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=f"{REGISTRY} has no line item"):
        write_results(graded, {DRIFT: "line-1"}, 5.0, NOW, tmp_path / "r.zip")
    with pytest.raises(InputError, match="holds no graded answers"):
        write_results(tmp_path, {"": "line-1"}, 5.0, NOW, tmp_path / "r.zip")


def test_moodles_stand_ins_are_no_numbers_and_addresses_can_be_taken(
    quick: BatchScorer, tmp_path: Path
) -> None:
    graded_into(tmp_path / "out", moodle_worksheet(tmp_path / "w.csv", 3), quick, question=DRIFT)
    made = write_results(tmp_path / "out", {"": "a"}, 5.0, NOW, tmp_path / "r.zip")
    assert (made.results, made.without_number) == (0, 4)
    made = write_results(tmp_path / "out", {"": "a"}, 5.0, NOW, tmp_path / "r.zip", "email")
    assert made.results == 4
    found = {row["studentSourcedId"] for row in tables(tmp_path / "r.zip")["results.csv"]}
    assert "zoe0@example.edu" in found


def test_the_command_writes_beside_the_marks(graded: Path) -> None:
    items = [f"--line-item={DRIFT}=a", f"--line-item={REGISTRY}=b"]
    done = CliRunner().invoke(app, ["results", str(graded), *items])
    assert (done.exit_code, "6 results" in done.stderr) == (0, True)
    assert (graded / "oneroster.zip").exists()
    wrong = CliRunner().invoke(app, ["results", str(graded), f"--line-item={DRIFT}="])
    assert wrong.exit_code == 2


def test_a_map_kept_of_one_file_reads_the_next(quick: BatchScorer, tmp_path: Path) -> None:
    first = moodle_worksheet(tmp_path / "first.csv")
    layout = opened(first, quick.pack, RunOptions(question=DRIFT)).layout
    lines = map_of(layout, records(first)[0])
    assert "answer=Online text" in lines
    (tmp_path / "class.map").write_text("\n".join(["# the course of 2026", "", *lines]), encoding="utf-8")
    maps = mapped([f"@{tmp_path / 'class.map'}"])
    assert set(maps) == set(lines)
    again = opened(first, quick.pack, RunOptions(question=DRIFT, maps=maps))
    assert again.layout == layout


@pytest.mark.parametrize("text", ["answer", "=Essay", "answer=", "@nosuch.map"])
def test_a_map_that_is_none_is_a_wrong_use(text: str) -> None:
    with pytest.raises(UsageError, match="--map"):
        mapped([text])
