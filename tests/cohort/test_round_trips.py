"""Course files go in and come back: marks and feedback filled in, all else to the byte as it was."""

import csv
import io
import json
import zipfile
from pathlib import Path

import openpyxl
import polars
import pytest
from course_files import (
    DRIFT,
    REGISTRY,
    canvas_report,
    google_form,
    graded_answers,
    moodle_worksheet,
    records,
)
from pyarrow import parquet as arrow_parquet
from quick_scorer import graded_into, quick_scorer

from coach.cohort.batch_scoring import BatchScorer


@pytest.fixture(scope="module")
def quick() -> BatchScorer:
    return quick_scorer()


def test_a_moodle_worksheet_comes_back_with_grades_and_comments(quick: BatchScorer, tmp_path: Path) -> None:
    path = moodle_worksheet(tmp_path / "worksheet.csv")
    graded_into(tmp_path / "out", path, quick, question=DRIFT)
    back = tmp_path / "out" / "graded-worksheet.csv"
    before, after = records(path), records(back)
    assert back.read_bytes().startswith(b'\xef\xbb\xbfIdentifier,"Full name"')
    assert after[0] == before[0]
    grade, comment = before[0].index("Grade"), before[0].index("Feedback comments")
    for place, (old, new) in enumerate(zip(before[1:], after[1:], strict=True)):
        kept = [cell for column, cell in enumerate(new) if column not in (grade, comment)]
        assert kept == [cell for column, cell in enumerate(old) if column not in (grade, comment)]
        if place in (1, 2, 6):
            # Marked by the instructor, locked, and nothing handed in: not touched.
            assert new == old
        else:
            assert 0 <= float(new[grade]) <= 100
            assert new[comment].startswith("<p>")


def test_cells_that_are_not_filled_keep_their_bytes(quick: BatchScorer, tmp_path: Path) -> None:
    path = moodle_worksheet(tmp_path / "worksheet.csv")
    graded_into(tmp_path / "out", path, quick, question=DRIFT)
    back = (tmp_path / "out" / "graded-worksheet.csv").read_bytes()
    locked = path.read_bytes().split(b"Participant 7002")[1].split(b"Participant 7003")[0]
    assert locked in back
    assert (
        b'"Participant 7000","Zo\xc3\xab M\xc3\xbcller-0",u0000,zoe0@example.edu,"Submitted for grading - ",'
        in back
    )


def test_a_canvas_quiz_report_comes_back_with_points_and_score(quick: BatchScorer, tmp_path: Path) -> None:
    path = canvas_report(tmp_path / "report.csv", quick.pack)
    graded_into(tmp_path / "out", path, quick)
    before, after = records(path), records(tmp_path / "out" / "graded-report.csv")
    extra = [f"coach feedback: {DRIFT}", f"coach feedback: {REGISTRY}"]
    assert after[0] == before[0] + extra
    assert after[1][:9] == before[1][:9]
    # The student's first attempt is not the one that counts.
    assert after[1] == [*before[1], "", ""]
    # Four points were given by the instructor and stay; the score is the sum.
    assert after[2][11] == "4.0"
    assert float(after[2][14]) == pytest.approx(float(after[2][9]) + 4.0)
    assert after[5][:8] == before[5][:8]
    assert 0 <= float(after[5][9]) <= 5
    assert after[5][15]


def test_a_google_form_comes_back_with_columns_at_its_end(quick: BatchScorer, tmp_path: Path) -> None:
    path = google_form(tmp_path / "form.csv", quick.pack)
    graded_into(tmp_path / "out", path, quick)
    back = tmp_path / "out" / "graded-form.csv"
    before, after = records(path), records(back)
    assert after[0] == [*before[0], f"coach mark: {DRIFT}", f"coach feedback: {DRIFT}"]
    assert [row[:4] for row in after[1:]] == [row[:4] for row in before[1:]]
    assert after[1][4] == "'=1+1"
    assert all(0 <= float(row[5]) <= 5 for row in after[1:])
    assert b"\r\n" in back.read_bytes()


def test_a_returned_file_can_be_graded_again(quick: BatchScorer, tmp_path: Path) -> None:
    path = google_form(tmp_path / "form.csv", quick.pack)
    graded_into(tmp_path / "one", path, quick)
    again = tmp_path / "one" / "graded-form.csv"
    graded_into(tmp_path / "two", again, quick)
    assert records(tmp_path / "two" / "graded-graded-form.csv") == records(again)


@pytest.mark.parametrize(
    ("separator", "encoding", "end"),
    [(";", "utf-8", "\r\n"), ("\t", "utf-16", "\n"), (",", "cp1252", "\n"), ("|", "utf-8-sig", "\n")],
)
def test_separator_encoding_and_line_ends_are_kept(
    separator: str, encoding: str, end: str, quick: BatchScorer, tmp_path: Path
) -> None:
    answer = graded_answers(DRIFT, 1)[0]["answer"]
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=separator, lineterminator=end)
    writer.writerows([["id", "answer", "Notiz"], ["1", answer, "naïve Größe"], ["2", "kurz", ""]])
    path = tmp_path / "table.csv"
    path.write_bytes(text.getvalue().encode(encoding))
    told = {"overrides": {f"S00001/{DRIFT}": 3.0}, "reason": "read", "note": "Die “Größe” stimmt."}
    graded_into(tmp_path / "out", path, quick, question=DRIFT, **told)
    back = (tmp_path / "out" / "graded-table.csv").read_bytes().decode(encoding)
    rows = list(csv.reader(io.StringIO(back, newline=""), delimiter=separator))
    assert rows[0] == ["id", "answer", "Notiz", "coach mark", "coach feedback"]
    assert rows[1][:3] == ["1", answer, "naïve Größe"]
    # What was added is in the file's own encoding too: quotation marks are, in all of these.
    assert "Die “Größe” stimmt." in rows[1][4]
    assert back.count(end) >= 3


def test_a_workbook_comes_back_with_its_other_sheets_and_formulas(quick: BatchScorer, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["student", "question", "answer", "weight"])
    answers = graded_answers(DRIFT, 2)
    sheet.append(["ann", DRIFT, answers[0]["answer"], "=1+1"])
    sheet.append([None, REGISTRY, "Because a registry keeps versions and who approved them.", 3])
    sheet.merge_cells("A2:A3")
    book.create_sheet("notes")["A1"] = "keep me"
    path = tmp_path / "class.xlsx"
    book.save(path)
    graded_into(tmp_path / "out", path, quick)
    back = openpyxl.load_workbook(tmp_path / "out" / "graded-class.xlsx")
    cells = list(back.worksheets[0].iter_rows(values_only=True))
    assert cells[0] == ("student", "question", "answer", "weight", "coach mark", "coach feedback")
    assert cells[1][:4] == ("ann", DRIFT, answers[0]["answer"], "=1+1")
    assert isinstance(cells[1][4], int | float)
    assert back["notes"]["A1"].value == "keep me"
    grades = polars.read_parquet(tmp_path / "out" / "grades.parquet")
    # The merged name counts for both rows.
    assert grades["student"].to_list() == ["S00001", "S00001"]


def test_json_lines_keep_their_text_and_gain_keys(quick: BatchScorer, tmp_path: Path) -> None:
    rest = '"answer": "We watch inputs and act.", "n": 1e3, "x": [1, {"y": null}]}'
    line = f'{{"id": "a",  "question": "{DRIFT}", {rest}'
    path = tmp_path / "class.jsonl"
    path.write_text(f"{line}\nnot json\n\n", encoding="utf-8")
    manifest = graded_into(tmp_path / "out", path, quick)
    back = (tmp_path / "out" / "graded-class.jsonl").read_text(encoding="utf-8").splitlines()
    assert back[0].startswith(line[:-1])
    assert json.loads(back[0])["coach mark"]
    assert back[1] == "not json"
    assert [one for one in manifest.problems if one.startswith("row 2: is no JSON")]


def test_parquet_keeps_its_types_and_nested_columns(quick: BatchScorer, tmp_path: Path) -> None:
    table = polars.DataFrame(
        {
            "id": [1, 2],
            "question": [DRIFT, "no such question"],
            "answer": ["We compare inputs daily.", "x"],
            "tags": [["a"], []],
        }
    )
    path = tmp_path / "class.parquet"
    table.write_parquet(path)
    graded_into(tmp_path / "out", path, quick)
    back = arrow_parquet.read_table(tmp_path / "out" / "graded-class.parquet")
    assert back.column_names == ["id", "question", "answer", "tags", "coach mark", "coach feedback"]
    assert back.column("tags").to_pylist() == [["a"], []]
    assert back.column("coach mark").to_pylist()[0] is not None
    assert back.column("coach mark").to_pylist()[1] is None


def test_moodle_submissions_make_a_worksheet(quick: BatchScorer, tmp_path: Path) -> None:
    path = tmp_path / "submissions.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(
            "Ann Lee_7001_assignsubmission_onlinetext_/onlinetext.html", "<p>We watch <b>inputs</b>.</p>"
        )
        archive.writestr("Bo Ray_7002_assignsubmission_file_/answer.txt", "We compare outcomes each week.")
        archive.writestr("Bo Ray_7002_assignsubmission_file_/slides.pdf", b"%PDF")
    manifest = graded_into(tmp_path / "out", path, quick, question=DRIFT)
    rows = records(tmp_path / "out" / "graded-submissions.csv")
    assert [row[:2] for row in rows[1:]] == [["Participant 7001", "Ann Lee"], ["Participant 7002", "Bo Ray"]]
    assert "slides.pdf" in manifest.problems[0]


def test_a_folder_is_read_by_student_and_question(quick: BatchScorer, tmp_path: Path) -> None:
    folder = tmp_path / "answers"
    (folder / "ann").mkdir(parents=True)
    (folder / "ann" / f"{DRIFT}.md").write_text("We watch the inputs.", encoding="utf-8")
    (folder / f"bo_{REGISTRY}.txt").write_text("So that a version can be found again.", encoding="utf-8")
    (folder / "link.txt").symlink_to("/etc/hostname")
    manifest = graded_into(tmp_path / "out", folder, quick)
    grades = polars.read_parquet(tmp_path / "out" / "grades.parquet")
    assert set(grades["question"]) == {DRIFT, REGISTRY}
    assert "symbolic link" in manifest.problems[0]
