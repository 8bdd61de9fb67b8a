"""Real exports: who is who, which answer counts, what is no answer, how files are written; each told or read."""

import io
import os
import time
import zipfile
from pathlib import Path

import openpyxl
import pytest
from course_files import DRIFT, REGISTRY, book
from quick_scorer import opened

from coach.cohort.not_answers import points_elsewhere
from coach.cohort.run_records import RunOptions
from coach.cohort.times import DayOrder, day_order, moment
from coach.errors import InputError, UsageError
from coach.packs import Pack

ONE = RunOptions(question=DRIFT)
LONG = "We compare each input with the training window every week, because labels come late."
OTHER = "The relation of inputs and outcome changes, so we watch the error as soon as labels arrive."
CASES = Path(os.environ.get("COACH_SHARED", Path(__file__).parents[3] / "shared")) / "cases"


def read(
    path: Path, pack: Pack, content: str | bytes | None = None, **options: object
) -> list[tuple[str, str, str]]:
    """Each answer of a file: its student, its state, and what is in doubt."""
    if content is not None:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    chosen = RunOptions.model_validate({"question": DRIFT} | options)
    return [
        (one.student, one.state, " ".join(one.doubts)) for one, _ in opened(path, pack, chosen).submissions()
    ]


def texts(path: Path, pack: Pack, options: RunOptions = ONE) -> list[str]:
    return [one.text for one, _ in opened(path, pack, options).submissions()]


# Who is who.


@pytest.mark.parametrize(
    ("rows", "students", "doubted"),
    [
        # A number turned to a power of ten is nobody's.
        ("Student ID,Name,Answer\n9.87654E+9,Pia Roe,{0}\n9.87654E+9,Olu Ade,{1}\n", 2, 2),
        # One number with two names; one address with two numbers.
        ("id,name,answer\n7,Pia Roe,{0}\n7,Olu Ade,{1}\n", 2, 2),
        ("id,email,answer\n7,lab@x.org,{0}\n8,lab@x.org,{1}\n", 2, 2),
        # No address, whatever the system calls nobody.
        ("email,name,answer\nanonymous,Pia Roe,{0}\nanonymous,Olu Ade,{1}\n", 2, 0),
        ("email,answer\nanonymous,{0}\nanonymous,{1}\n", 2, 0),
        # The name alone, under an unknown column of numbers.
        ("Seat,name,answer\n14,Pia Roe,{0}\n15,Pia Roe,{1}\n", 2, 2),
        # A column of numbers in another course's words.
        ("Matrikelnummer,name,answer\n14,Pia Roe,{0}\n15,Pia Roe,{1}\n", 2, 0),
        # One student, written in two ways.
        ('id,name,answer\n7,"Röe, Pia",{0}\n7,Pia Roe,{1}\n', 1, 0),
        # One cell that all rows share names nobody.
        ("id,answer\n55,{0}\n55,{1}\n55,{0} too\n", 3, 3),
    ],
)
def test_one_cell_never_merges_people(
    rows: str, students: int, doubted: int, pack: Pack, tmp_path: Path
) -> None:
    found = read(tmp_path / "t.csv", pack, rows.format(f'"{LONG}"', f'"{OTHER}"'))
    assert len({student for student, _, _ in found}) == students
    assert sum("identity" in doubts for _, _, doubts in found) == doubted
    assert [state for _, state, _ in found].count("counts") == students


def test_a_name_joins_answers_to_different_questions(pack: Pack, tmp_path: Path) -> None:
    rows = f"name,question,answer\nPia Roe,{DRIFT},{OTHER}\nPia Roe,{REGISTRY},{OTHER}\n".replace(
        "inputs,", "inputs"
    )
    found = read(tmp_path / "t.csv", pack, rows.replace(", so", " so"), question=None)
    assert [student for student, _, _ in found] == ["S00001", "S00001"]


# Which answer counts.


@pytest.mark.parametrize(
    ("older", "newer", "rest"),
    [
        ("05/03/2025 09:00", "17/03/2025 09:00", ""),
        ("3/5/2025 9:00:00 PM", "3/17/2025 9:00:00 AM", ""),
        ("2025-03-05T23:30:00+02:00", "2025-03-05T22:00:00Z", ""),
        ("2025/03/05 11:59:00 AM GMT+1", "2025/03/05 12:01:00 PM GMT+1", ""),
        ("45721.5", "45722.25", ""),
        ("mercredi 5 mars 2025, 21:51", "jeudi 6 mars 2025, 08:10", ""),
        ("5. März 2025 21:51", "6. März 2025 08:10", ""),
        # Both readings are dates: the rows, which forms write in order, tell.
        ("05/03/2025 10:00", "06/03/2025 10:00", "07/03/2025 10:00,08/03/2025 10:00"),
    ],
)
@pytest.mark.parametrize("turned", [False, True])
def test_the_newest_answer_counts_however_times_are_written(
    older: str, newer: str, rest: str, turned: bool, pack: Pack, tmp_path: Path
) -> None:
    if turned and rest:
        pytest.skip("without the order of the rows these dates can be read both ways")
    lines = [f'{older},a@x.org,"{LONG}"', f'{newer},a@x.org,"{OTHER}"']
    others = [f'{time},o{n}@x.org,"{LONG}"' for n, time in enumerate(rest.split(",")) if time]
    header = f"Timestamp,Email Address,{pack.question(DRIFT).text}\n"
    content = header + "\n".join([*(reversed(lines) if turned else lines), *others]).replace(", 2", "; 2")
    content = content.replace(f"{older},", f'"{older}",').replace(f"{newer},", f'"{newer}",')
    path = tmp_path / "t.csv"
    path.write_text(content, encoding="utf-8")
    counting = [one.text for one, _ in opened(path, pack).submissions() if one.state == "counts"]
    assert counting[0] == OTHER
    assert len(counting) == 1 + len(others)


@pytest.mark.parametrize(
    ("first", "second"), [("yesterday", "2025-03-05 10:00"), ("2025-03-05 10:00", "soon")]
)
def test_a_time_that_cannot_be_read_is_not_the_oldest(
    first: str, second: str, pack: Pack, tmp_path: Path
) -> None:
    rows = f'id,submitted,answer\n1,{first},"{LONG}"\n1,{second},"{OTHER}"\n'
    found = read(tmp_path / "t.csv", pack, rows)
    assert [(state, doubts) for _, state, doubts in found] == [("superseded", ""), ("counts", "order")]


@pytest.mark.parametrize(
    "last", ["", "-", "Please see the attached file.", "see PDF", "https://example.org/mine.docx"]
)
def test_a_last_attempt_without_an_answer_gives_way(last: str, pack: Pack, tmp_path: Path) -> None:
    rows = f'id,attempt,answer\n1,1,"{OTHER}"\n1,2,"{LONG}"\n1,3,"{last}"\n'
    found = read(tmp_path / "t.csv", pack, rows)
    assert [state for _, state, _ in found] == ["superseded", "counts", "superseded"]
    assert "newest-empty" in found[1][2]


@pytest.mark.parametrize("text", ["We keep a file of each release, so that it can be found.", LONG, "Drift."])
def test_an_answer_is_not_taken_for_words_that_point_elsewhere(text: str) -> None:
    assert not points_elsewhere(text) or "file of each" in text and len(text.split()) > 16


@pytest.mark.parametrize("text", ["[" * 200_000, "see " * 60_000, "https://" + "." * 200_000])
def test_a_long_cell_is_looked_at_once(text: str) -> None:
    begun = time.process_time()
    assert not points_elsewhere(text)
    assert time.process_time() - begun < 1


def test_days_and_months_are_told_apart_by_the_whole_column() -> None:
    assert day_order(["01/02/2025", "25/02/2025"]).day_first
    assert not day_order(["01/02/2025", "02/25/2025"]).day_first
    assert day_order(["01/02/2025", "25/02/2025", "02/25/2025"]).contradictory
    both = moment("03/04/2025 10:00", DayOrder())
    assert both.seconds is not None and both.other not in (None, both.seconds)


# What is an answer.


@pytest.mark.parametrize(
    "row",
    [
        "Gesamtdurchschnitt,,,-",
        "Moyenne,,,3.2",
        "    Points Possible,,,5",
        '"Student, Test",901,,',
        "Std. Dev.,,,0.4",
    ],
)
def test_rows_that_stand_for_nobody_are_passed_over_and_told(row: str, pack: Pack, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text(f'name,id,answer,mark\nPia,1,"{LONG}",\n{row}\n', encoding="utf-8")
    cohort = opened(path, pack, ONE)
    assert [one.row for one, _ in cohort.submissions()] == [1]
    assert [str(one) for one in cohort.problems if one.passed_over][0].startswith("row 2: ")


def test_a_student_called_max_is_no_summary(pack: Pack, tmp_path: Path) -> None:
    assert len(read(tmp_path / "t.csv", pack, f'name,id,answer\nMax,1,\nTotal,,"{LONG}"\n')) == 2


@pytest.mark.parametrize(
    "content",
    [
        f'\ufeffsep=|\nid|answer\n1|"{LONG}"\n'.encode(),
        f'Essay 2 of the course\nexported by hand\n\nid,answer\n1,"{LONG}"\n'.encode(),
        f'id, answer\n1, "{LONG}"\n'.encode(),
        f'id,answer,\n1,"{LONG}",,,\n'.encode(),
        f'id,answer,comment,more\n1,"{LONG}"\n'.encode(),
        f'id\tanswer\n1\t"{LONG}"\n'.encode("utf-16-le"),
        f'id\tanswer\n1\t"{LONG}"\n'.encode("utf-16-be"),
        f'id;answer\r1;"{LONG}"\r'.encode(),
    ],
)
def test_a_table_is_read_however_it_is_written(content: bytes, pack: Pack, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(content)
    assert texts(path, pack) == [LONG]


def test_quotation_marks_after_a_backslash_belong_to_the_answer(pack: Pack, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text('id,answer\n1,"We say \\"drift\\", and mean inputs."\n2,"Two, three"\n', encoding="utf-8")
    assert texts(path, pack) == ['We say "drift", and mean inputs.', "Two, three"]


def test_the_sheet_with_the_answers_is_found_and_can_be_named(pack: Pack, tmp_path: Path) -> None:
    rows: list[list[object]] = [["Student ID", "Answer"], ["1", LONG]]
    path = book(
        tmp_path / "t.xlsx", {"Cover": [["Term 2"]], "A": rows, "B": [["Student ID", "Answer"], ["1", OTHER]]}
    )
    assert texts(path, pack) == [LONG]
    assert "sheet 'A' is read" in " ".join(opened(path, pack, ONE).notes)
    for sheet in ("B", "b", "3"):
        assert texts(path, pack, RunOptions(question=DRIFT, sheet=sheet)) == [OTHER]
    with pytest.raises(UsageError, match=r"no such sheet.*'Cover', 'A', 'B'"):
        opened(path, pack, RunOptions(question=DRIFT, sheet="Z"))
    with pytest.raises(UsageError, match="is no workbook"):
        (tmp_path / "t.csv").write_text("id,answer\n1,x\n")
        opened(tmp_path / "t.csv", pack, RunOptions(question=DRIFT, sheet="A"))


def test_merged_cells_are_those_of_the_sheet_that_is_read(pack: Pack, tmp_path: Path) -> None:
    path = book(
        tmp_path / "t.xlsx", {"Notes": [["a"]] * 3, "In": [["id", "answer"], ["1", LONG], ["2", OTHER]]}
    )
    made = openpyxl.load_workbook(path)
    made["Notes"].merge_cells("B1:B3")
    made.move_sheet("In", -1)
    made.save(path)
    assert texts(path, pack) == [LONG, OTHER]


def test_a_formula_that_was_never_computed_goes_to_review(pack: Pack, tmp_path: Path) -> None:
    path = book(
        tmp_path / "t.xlsx", {"In": [["id", "answer", "sum"], ["1", "=Z9", "=1+1"], ["2", LONG, "=1+1"]]}
    )
    found = read(path, pack)
    assert [(state, doubts) for _, state, doubts in found] == [("unread", "file-not-read"), ("counts", "")]


def test_line_ends_by_number_are_line_ends(pack: Pack, tmp_path: Path) -> None:
    path = book(tmp_path / "t.xlsx", {"In": [["id", "answer"], ["1", "one_x000D_\ntwo_x005F_x000D_"]]})
    assert texts(path, pack) == ["one\ntwo_x000D_"]


def test_hidden_files_and_readmes_are_no_answers(pack: Pack, tmp_path: Path) -> None:
    path = tmp_path / "t.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name in (
            "__MACOSX/._pia.txt",
            "in/.DS_Store",
            "in/~$pia.docx",
            "in/pia.txt~",
            "in/Read me first.txt",
        ):
            archive.writestr(name, "no answer at all")
        archive.writestr("in/pia.txt", LONG)
        archive.writestr("in/olu.docx", b"PK")
    cohort = opened(path, pack, ONE)
    assert [(one.state, one.text) for one, _ in cohort.submissions()] == [("unread", ""), ("counts", LONG)]
    told = " ".join(map(str, cohort.problems))
    assert (
        "4 hidden, temporary or system files" in told and "Read me first.txt" in told and "olu.docx" in told
    )


def test_all_files_of_a_submission_are_one_answer(pack: Pack, tmp_path: Path) -> None:
    path = tmp_path / "t.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("Pia Roe_31_assignsubmission_file/part2.txt", OTHER)
        archive.writestr("Pia Roe_31_assignsubmission_file/part1.md", LONG)
        archive.writestr(
            "Pia Roe_31_assignsubmission_onlinetext/onlinetext.html", "<p>My answer is in the files.</p>"
        )
        archive.writestr("Olu Ade_32_assignsubmission_file/scan.jpg", b"\xff\xd8")
    (pia, olu) = [one for one, _ in opened(path, pack, ONE).submissions()][::-1]
    assert (pia.state, olu.state) == ("counts", "unread")
    assert LONG in pia.text and OTHER in pia.text and "in the files" not in pia.text
    assert "scan.jpg" in olu.why


@pytest.mark.skipif(not CASES.exists(), reason="the small course files are not on this machine")
@pytest.mark.parametrize(
    ("name", "states"),
    [
        ("f01-macos-zip.zip", ["counts", "counts"]),
        ("f03-tabs-swapped-merge.xlsx", ["counts"] * 3),
        ("f04-form-day-first.csv", ["superseded", "counts"] * 2),
        ("f07-excel-shortened-ids.csv", ["counts", "counts"]),
        ("f08-two-files.zip", ["counts", "unread"]),
        ("f11-moodle-draft.csv", ["draft", "empty", "counts"]),
        ("f13-sep-line.csv", ["counts"]),
        ("f14-trailing-separator.csv", ["counts", "counts"]),
        ("f14b-short-rows.csv", ["counts", "counts"]),
        ("f15-x000d.xlsx", ["counts"]),
        ("f19-ms-forms.xlsx", ["counts", "counts"]),
        ("f22-strict-ooxml.xlsx", ["counts"]),
        ("f23-moodle-quiz-average-row.csv", ["counts", "empty"]),
        ("f25-latest-attempt-empty.csv", ["superseded", "counts", "superseded"]),
        ("f26-answers-on-second-sheet.xlsx", ["counts"]),
        ("f27-student-number-column.csv", ["counts", "counts"]),
        ("f28-folder-with-readme.zip", ["counts", "unread"]),
    ],
)
def test_files_that_once_went_wrong_are_read(name: str, states: list[str], pack: Pack) -> None:
    whole = {"f04-form-day-first.csv", "f19-ms-forms.xlsx", "f25-latest-attempt-empty.csv"}
    options = RunOptions(question=None if name in whole else DRIFT)
    assert [one.state for one, _ in opened(CASES / name, pack, options).submissions()] == states


def test_a_damaged_old_workbook_is_refused_in_one_line(pack: Pack, tmp_path: Path) -> None:
    for name, start in (("t.xls", b"\xd0\xcf\x11\xe0" + bytes(600)), ("t.ods", b"PK\x03\x04")):
        (tmp_path / name).write_bytes(start)
        with pytest.raises(InputError, match=name) as caught:
            opened(tmp_path / name, pack, ONE)
        assert "\n" not in str(caught.value)


_MANIFEST = (
    '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
    '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>'
)


def test_an_open_document_sheet_is_read(pack: Pack, tmp_path: Path) -> None:
    cells = "".join(
        f"<table:table-row>{''.join(_cell(text) for text in row)}</table:table-row>"
        for row in (["id", "answer"], ["1", LONG])
    )
    spaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for name in ("office", "table", "text")
    )
    content = (
        f'<office:document-content {spaces}><office:body><office:spreadsheet><table:table table:name="In">{cells}'
        "</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    with zipfile.ZipFile(tmp_path / "t.ods", "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
        archive.writestr("META-INF/manifest.xml", _MANIFEST)
    assert texts(tmp_path / "t.ods", pack) == [LONG]


def _cell(text: str) -> str:
    out = io.StringIO()
    out.write(f'<table:table-cell office:value-type="string"><text:p>{text}</text:p></table:table-cell>')
    return out.getvalue()
