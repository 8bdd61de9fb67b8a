"""Marks and layouts: what an instructor wrote is read or told, and columns are known whoever named them."""

from pathlib import Path

import pytest
from course_files import DRIFT, REGISTRY, book
from quick_scorer import opened

from coach.cohort.column_words import role_names
from coach.cohort.given_marks import given_mark, marks_by_word, scale_word
from coach.cohort.run_records import RunOptions
from coach.errors import UsageError
from coach.packs import Pack

ONE = RunOptions(question=DRIFT)
LONG = "We compare each input with the training window every week, because labels come late."
OTHER = "The relation of inputs and outcome changes, so we watch the error as soon as labels arrive."


@pytest.mark.parametrize(
    ("cell", "mark"),
    [
        ("70%", 3.5),
        ("12/20", 3.0),
        ("3,5", 3.5),
        ("4 out of 10", 2.0),
        ("", None),
        ("-", None),
        ("Needs grading", None),
    ],
)
def test_marks_are_read_on_the_scale_of_five(cell: str, mark: float | None) -> None:
    assert given_mark(cell, 5.0, {}) == (mark, "")


@pytest.mark.parametrize("cell", ["B+", "17", "pass", "-2", "3 apples"])
def test_a_mark_that_cannot_be_read_is_told_or_mapped(cell: str, pack: Pack, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text(f'id,answer,mark\n1,"{LONG}",{cell}\n', encoding="utf-8")
    (one,) = [one for one, _ in opened(path, pack, ONE).submissions()]
    assert (one.mark, one.doubts) == (None, ("mark-not-read",))
    assert repr(cell) in " ".join(opened(path, pack, ONE).notes)
    mapped = RunOptions(question=DRIFT, mark_words=(f"{cell}=4.5",))
    assert [one.mark for one, _ in opened(path, pack, mapped).submissions()] == [4.5]


@pytest.mark.parametrize("text", ["A-", "A=9", "=3", "A=x"])
def test_a_wrong_word_for_a_mark_is_a_wrong_use(text: str) -> None:
    with pytest.raises(UsageError, match="WORD=MARK"):
        marks_by_word([text])


def test_a_scale_gets_the_highest_word_that_a_mark_reaches() -> None:
    words = marks_by_word(["Fail=0", "Pass=2.5", "Merit=4"])
    scale = "Fail   Pass   Merit"
    assert [scale_word(mark, words, scale) for mark in (0.0, 2.4, 2.5, 4.9)] == [
        "Fail",
        "Fail",
        "Pass",
        "Merit",
    ]
    assert scale_word(4.0, {}, scale) == ""


def test_an_unknown_language_of_a_moodle_worksheet_is_read_by_its_order(pack: Pack, tmp_path: Path) -> None:
    header = "Aðal,Nafn,Póstur,Staða,Einkunn,Hæst,Má breyta,Skilað,Texti,Metið,Umsögn\n"
    rows = "".join(
        f'Þátttakandi {n},P{n},p{n}@x.is,Skilað,-,"20,00",{may},miðvikudagur,<p>{text}</p>,-,\n'
        for n, may, text in ((11, "Nei", LONG.replace(",", "")), (12, "Nei", OTHER.replace(",", "")))
    )
    path = tmp_path / "t.csv"
    path.write_text(header + rows, encoding="utf-8-sig")
    layout = opened(path, pack, ONE).layout
    assert (
        layout.kind,
        layout.id,
        layout.grade,
        layout.most,
        layout.may_change,
        layout.answer,
        layout.feedback,
    ) == (*("moodle-worksheet", 0, 4, 5, 6, 8, 10),)


def test_forms_of_two_makers_name_their_marks_beside_each_question(pack: Pack, tmp_path: Path) -> None:
    asked = [pack.question(id).text for id in (DRIFT, REGISTRY)]
    microsoft = ["ID", "Start time", "Completion time", "Email", "Name"]
    for text in asked:
        microsoft += [text, f"Points - {text}", f"Feedback - {text}"]
    google = [
        "Timestamp",
        *(part for text in asked for part in (text, f"{text} [Score]", f"{text} [Feedback]")),
    ]
    for header in (microsoft, google):
        path = book(tmp_path / "t.xlsx", {"In": [list(header), [f"x{n}" for n in range(len(header))]]})
        layout = opened(path, pack, RunOptions()).layout
        assert [one.question for one in layout.answers] == [DRIFT, REGISTRY]


@pytest.mark.parametrize("role", ["id", "answer", "may_change", "graded_at", "submitted", "feedback"])
def test_words_for_columns_stand_once_under_a_role(role: str) -> None:
    names = role_names()[role]
    assert len(names) > 8
    assert "" not in names
