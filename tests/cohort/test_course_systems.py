"""Exports of course and form systems as public fixtures and documents show them (docs/course-systems.md)."""

import csv
import io
import json
import zipfile
from pathlib import Path

import polars
import pytest
from course_exports import (
    ARCHIVES,
    ONE,
    TABLES,
    THREE,
    TWO,
    Table,
    asked,
    blackboard_test,
    edx_responses,
    moodle_responses,
    prairielearn,
    short_answers,
)
from course_files import DRIFT, REGISTRY, records
from quick_scorer import graded_into, opened, quick_scorer

from coach import resources
from coach.cohort.batch_scoring import BatchScorer
from coach.cohort.run_records import RunOptions
from coach.errors import InputError
from coach.packs import Pack, load_pack


@pytest.fixture(scope="module")
def pack() -> Pack:
    return load_pack(resources.default_pack_dir())


@pytest.fixture(scope="module")
def quick() -> BatchScorer:
    return quick_scorer()


def written(path: Path, rows: Table, separator: str = ",", encoding: str = "utf-8") -> Path:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=separator).writerows(rows)
    path.write_bytes(text.getvalue().encode(encoding))
    return path


def counting(path: Path, pack: Pack, question: str = "") -> list[str]:
    """The answers that count, in the order of the students' names."""
    cohort = opened(path, pack, RunOptions(question=question or None))
    pairs = [
        (one, who) for one, who in cohort.submissions() if one.state == "counts" and one.question == DRIFT
    ]
    assert not any("identity" in one.doubts for one, _ in pairs)
    return [one.text for one, who in sorted(pairs, key=lambda pair: pair[1].name or pair[1].id)]


@pytest.mark.parametrize(("make", "question", "kind"), TABLES, ids=[one[0].__name__ for one in TABLES])
def test_the_answers_of_a_table_are_found(
    make: "object", question: str, kind: str, pack: Pack, tmp_path: Path
) -> None:
    path = written(tmp_path / "export.csv", make(pack))  # type: ignore[operator]
    texts = [" ".join(text.split()) for text in counting(path, pack, question)]
    assert [text.replace(" because", ", because").replace(",,", ",") for text in texts] == [ONE, TWO]
    assert opened(path, pack, RunOptions(question=question or None)).layout.kind == kind


def test_blackboards_spreadsheet_is_a_table_of_tabs_in_two_byte_letters(pack: Pack, tmp_path: Path) -> None:
    path = written(tmp_path / "test.xls", blackboard_test(pack), "\t", "utf-16")
    assert counting(path, pack) == [ONE, TWO]


def test_tabs_tell_columns_apart_as_commas_do(pack: Pack, tmp_path: Path) -> None:
    path = written(tmp_path / "answers.tsv", short_answers(pack), "\t")
    assert counting(path, pack, DRIFT) == [ONE, TWO]


def test_a_survey_without_names_makes_a_student_of_each_row(pack: Pack, tmp_path: Path) -> None:
    head = ["Section #", "Q #", "Q Type", "Q Title", "Q Text", "Bonus?", "Difficulty", "Answer"]
    row = ["", "1", "LA", "Q1", asked(pack), "FALSE", "1"]
    table = [[*head, "Answer Match", "# Responses"], [*row, ONE, "", "1"], [*row, ONE, "", "1"]]
    cohort = opened(written(tmp_path / "survey.csv", table), pack)
    assert (cohort.students, cohort.superseded) == (2, 0)


def test_a_mark_beside_an_answer_is_read_on_its_own_scale(pack: Pack, tmp_path: Path) -> None:
    cohort = opened(written(tmp_path / "test.csv", blackboard_test(pack)), pack)
    assert [one.mark for one, _ in cohort.submissions()] == [None, 3.75]


def test_questions_drawn_at_random_are_each_graded_as_asked(
    quick: BatchScorer, pack: Pack, tmp_path: Path
) -> None:
    table = moodle_responses(pack)[:3]
    table[2][8:10] = [asked(pack, REGISTRY), THREE]
    table.append(
        [*table[1][:2], "cem@x.org", *table[1][3:8], "What is a pipeline made of, in short?", THREE, ""]
    )
    table[3][0] = "Cem"
    manifest = graded_into(tmp_path / "out", written(tmp_path / "quiz.csv", table), quick)
    grades = polars.read_parquet(tmp_path / "out" / "grades.parquet")
    assert grades["question"].to_list() == [DRIFT, REGISTRY]
    assert any("is no question of the pack" in problem for problem in manifest.problems)
    back = records(tmp_path / "out" / "graded-quiz.csv")
    assert back[0][-2:] == ["coach mark: Response 1", "coach feedback: Response 1"]
    assert [bool(row[-1]) for row in back[1:]] == [True, True, False]


@pytest.mark.parametrize(
    "cell", ["[" * 100_000, '{"ans": ', '{"ans": NaN}', "{}", '{"ans": {"a": [1, null]}}']
)
def test_an_object_that_holds_no_words_stops_nothing(cell: str, pack: Pack, tmp_path: Path) -> None:
    table = prairielearn(pack)
    table[1][8] = cell
    cohort = opened(written(tmp_path / "pl.csv", table), pack)
    assert [one.text for one, _ in cohort.submissions()][1] == TWO


def test_files_beside_an_object_of_answers_go_to_review(pack: Pack, tmp_path: Path) -> None:
    table = prairielearn(pack)
    table[1][8] = json.dumps({"_files": [{"name": "a.pdf", "contents": "JVBERi0="}]})
    cohort = opened(written(tmp_path / "pl.csv", table), pack)
    first, second = (one for one, _ in cohort.submissions())
    assert (first.state, first.doubts) == ("unread", ("file-not-read",))
    assert (second.state, second.doubts) == ("counts", ())


def test_another_name_for_the_one_question_is_that_question(pack: Pack, tmp_path: Path) -> None:
    table = edx_responses(pack)
    table[2][2] = "Second essay"
    path = written(tmp_path / "ora.csv", table)
    with pytest.raises(InputError, match="names 2 questions.*none of them is what-is-drift"):
        opened(path, pack, RunOptions(question=DRIFT))


def archive(path: Path, files: dict[str, str]) -> Path:
    with zipfile.ZipFile(path, "w") as made:
        for name, text in files.items():
            made.writestr(name, text)
    return path


@pytest.mark.parametrize("system", ARCHIVES)
def test_the_answers_of_an_archive_are_found(system: str, pack: Pack, tmp_path: Path) -> None:
    path = archive(tmp_path / "submissions.zip", ARCHIVES[system])
    assert counting(path, pack, DRIFT) == [ONE, TWO]
    cohort = opened(path, pack, RunOptions(question=DRIFT))
    assert cohort.students == 2
    assert (cohort.layout.kind == "moodle-submissions") == system.startswith("moodle")


def test_marks_of_files_come_back_with_the_names_of_the_files(quick: BatchScorer, tmp_path: Path) -> None:
    path = archive(tmp_path / "submissions.zip", ARCHIVES["canvas"])
    graded_into(tmp_path / "out", path, quick, question=DRIFT)
    back = records(tmp_path / "out" / "graded-submissions.csv")
    assert back[0][:2] == ["file", "student"]
    assert [row[:2] for row in back[1:]] == [
        ["leeann_501_90001_text.html", "501"],
        ["roeben_LATE_502_90002_answer-1.txt", "502"],
    ]


def test_the_newest_handing_in_gives_way_where_it_holds_nothing(pack: Pack, tmp_path: Path) -> None:
    files = dict(ARCHIVES["blackboard"])
    newest = "Drift_ann1_attempt_2025-11-20-10-22-33.txt"
    files[newest] = files[newest].replace(f"<p>{ONE}</p>", "See the attached file.")
    cohort = opened(archive(tmp_path / "s.zip", files), pack, RunOptions(question=DRIFT))
    ann = [one for one, who in cohort.submissions() if who.id == "ann1" and one.state == "counts"]
    assert [(one.text, one.doubts) for one in ann] == [(TWO, ("newest-empty",))]


@pytest.mark.parametrize(
    "header",
    [
        ["OrgDefinedId", "Username", "Last Name", "First Name", "Email", "End-of-Line Indicator"],
        [
            "github_username",
            "roster_identifier",
            "student_repository_name",
            "points_awarded",
            "points_available",
        ],
        ["Student", "ID", "SIS Login ID", "section", "Module 1: Assignment 1 (101)"],
        ["id", "submitdate", "lastpage", "startlanguage", "seed", "G01Q01"],
    ],
    ids=["brightspace", "github classroom", "canvas", "limesurvey codes"],
)
def test_a_table_without_answers_says_so_in_one_line(header: list[str], pack: Pack, tmp_path: Path) -> None:
    path = written(tmp_path / "book.csv", [header, ["1"] * len(header)])
    with pytest.raises(InputError, match=r"book\.csv: no column is known to hold answers") as caught:
        opened(path, pack, RunOptions(question=DRIFT))
    assert "\n" not in str(caught.value)
