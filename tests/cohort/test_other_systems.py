"""Gradescope and nbgrader exports with answers in them go in and come back; a gradebook without any says so."""

import csv
from pathlib import Path

import polars
import pytest
from course_files import DRIFT, REGISTRY, canvas_report, google_form, graded_answers, records
from quick_scorer import graded_into, opened, quick_scorer

from coach.cohort.batch_scoring import BatchScorer
from coach.errors import InputError

GRADESCOPE = (
    *("First Name", "Last Name", "SID", "Email", "Sections", "Total Score", "Max Points", "Status"),
    *("Submission ID", "Submission Time", "Lateness (H:M:S)", "View Count", "Submission Count"),
)
NBGRADER = (
    *("assignment", "duedate", "timestamp", "student_id", "last_name", "first_name", "email", "raw_score"),
    *("late_submission_penalty", "score", "max_score"),
)


@pytest.fixture(scope="module")
def quick() -> BatchScorer:
    return quick_scorer()


def table(path: Path, header: list[str], rows: list[list[str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return path


def test_a_gradescope_export_comes_back_with_columns_at_its_end(quick: BatchScorer, tmp_path: Path) -> None:
    asked = [f"{n}: {quick.pack.question(id).text} (4.0 pts)" for n, id in ((1, DRIFT), (2, REGISTRY))]
    answers = zip(graded_answers(DRIFT, 4), graded_answers(REGISTRY, 4), strict=True)
    rows = [
        [
            *("Zoë", f"Müller-{n}", f"00{n}", f"z{n}@example.edu", "A", "", "8.0", "Ungraded", f"90{n}"),
            *("2025-11-20 10:00:00 +0000", "00:00:00", "0", "1", first["answer"], second["answer"]),
        ]
        for n, (first, second) in enumerate(answers)
    ]
    path = table(tmp_path / "scores.csv", [*GRADESCOPE, *asked], rows)
    manifest = graded_into(tmp_path / "out", path, quick)
    assert (manifest.layout["kind"], manifest.counts["graded"]) == ("gradescope", 8)
    before, after = records(path), records(tmp_path / "out" / "graded-scores.csv")
    width = len(before[0])
    assert [row[:width] for row in after] == before
    assert after[0][width:] == [
        f"coach {what}: {question}" for what in ("mark", "feedback") for question in (DRIFT, REGISTRY)
    ]
    assert all(0 <= float(mark) <= 5 for row in after[1:] for mark in row[width : width + 2])
    key = (tmp_path / "out" / "key.csv").read_text(encoding="utf-8")
    # Leading zeros of a student's number are part of it.
    assert "Zoë Müller-3" in key
    assert "003" in key


def test_an_nbgrader_table_with_answers_comes_back(quick: BatchScorer, tmp_path: Path) -> None:
    rows = [
        [
            *("ps1", "2025-11-21 23:59:00 UTC", f"2025-11-20 1{n}:00:00 UTC", f"u{n}", "Müller", f"Zoë-{n}"),
            *(f"z{n}@example.edu", "", "0.0", "4.0" if n == 1 else "", "5.0", one["answer"]),
        ]
        for n, one in enumerate(graded_answers(DRIFT, 3))
    ]
    path = table(tmp_path / "grades.csv", [*NBGRADER, "answer"], rows)
    manifest = graded_into(tmp_path / "out", path, quick, question=DRIFT)
    assert (manifest.layout["kind"], manifest.counts["graded"]) == ("nbgrader", 3)
    before, after = records(path), records(tmp_path / "out" / "graded-grades.csv")
    assert [row[: len(before[0])] for row in after] == before
    assert after[0][-2:] == ["coach mark", "coach feedback"]
    assert all(float(row[-2]) <= 5 for row in after[1:])
    assert "z1@" not in (tmp_path / "out" / "grades.csv").read_text(encoding="utf-8")


def test_a_gradebook_without_answers_says_what_is_missing(quick: BatchScorer, tmp_path: Path) -> None:
    header = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Essay (12)"]
    rows = [["    Points Possible", "", "", "", "", "5"], ["Lee, Ann", "501", "s1", "ann", "A", "4"]]
    with pytest.raises(InputError, match=r"book\.csv.*answer"):
        opened(table(tmp_path / "book.csv", header, rows), quick.pack)


def test_the_instructors_mark_stands_on_the_students_page(quick: BatchScorer, tmp_path: Path) -> None:
    header = ["student id", "answer", "mark"]
    rows = [[f"u{n}", one["answer"], "4" if n else ""] for n, one in enumerate(graded_answers(DRIFT, 2))]
    graded_into(tmp_path / "out", table(tmp_path / "class.csv", header, rows), quick, question=DRIFT)
    grades = polars.read_parquet(tmp_path / "out" / "grades.parquet")
    assert grades["instructor_mark"].to_list() == [None, 4.0]
    pages = [(tmp_path / "out" / "feedback" / f"S0000{n}.md").read_text(encoding="utf-8") for n in (1, 2)]
    assert "given by the instructor" not in pages[0]
    assert "**The mark is 4.0 of 5, given by the instructor.**" in pages[1]
    assert "Read by your instructor." in pages[1]


def test_a_strong_answer_gets_its_follow_up_in_the_cell() -> None:
    from types import SimpleNamespace

    from coach.cohort.returned_cells import _step_lines
    from coach.scoring.next_steps import STRONG

    strong = SimpleNamespace(next_steps=(STRONG,), follow_up="What if labels come late?")
    lines = _step_lines(strong)  # type: ignore[arg-type]
    assert lines[-1] == "Try this one: What if labels come late?"
    assert not any("below" in line for line in lines)


def test_a_strong_answer_gets_its_follow_up_on_the_page() -> None:
    from made_feedback import feedback

    from coach.cohort.student_pages import StudentAnswer, student_markdown
    from coach.scoring.next_steps import STRONG

    strong = feedback().model_copy(update={"next_steps": (STRONG,), "follow_up": "What if labels come late?"})
    page = student_markdown("S00001", [StudentAnswer(question="drift", feedback=strong)])
    assert "What if labels come late?" in page
    assert "below" not in page


def test_a_quiz_report_makes_a_gradebook_that_canvas_imports(quick: BatchScorer, tmp_path: Path) -> None:
    path = canvas_report(tmp_path / "quiz.csv", quick.pack, 4)
    manifest = graded_into(tmp_path / "out", path, quick)
    assert "canvas-gradebook.csv" in manifest.outputs
    book, report = (records(tmp_path / "out" / name) for name in ("canvas-gradebook.csv", "graded-quiz.csv"))
    assert book[0] == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "quiz"]
    assert book[1] == ["    Points Possible", "", "", "", "", "10"]
    # The first student handed in twice: the newer attempt's score counts, which stands in the last row.
    newest = {row[1]: row for row in report[1:]}
    assert len(book) == 2 + 4
    for student, id, sis, _, section, score in book[2:]:
        row = newest[id]
        assert (student, sis, section, score) == (row[0], row[2], row[3], row[report[0].index("score")])
        assert float(score) == pytest.approx(float(row[9]) + float(row[11]))


def test_other_files_make_no_gradebook(quick: BatchScorer, tmp_path: Path) -> None:
    rows = [[f"u{n}", one["answer"]] for n, one in enumerate(graded_answers(DRIFT, 2))]
    path = table(tmp_path / "class.csv", ["student id", "answer"], rows)
    assert "canvas-gradebook.csv" not in graded_into(tmp_path / "out", path, quick, question=DRIFT).outputs


def test_a_form_that_nobody_marked_yet_has_no_marks_of_the_instructors(
    quick: BatchScorer, tmp_path: Path
) -> None:
    path = google_form(tmp_path / "form.csv", quick.pack, 3)
    path.write_bytes(path.read_bytes().replace(b'"0 / 5"', b'"3 / 5"', 1))
    graded_into(tmp_path / "out", path, quick)
    grades = polars.read_parquet(tmp_path / "out" / "grades.parquet")
    assert grades["instructor_mark"].to_list() == [3.0, None, None]
