"""Training data: read with where it comes from, refused with the file and line of the first mistake."""

from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from made_data import TO_GRADER, graded_row, made_pack, pair_row, single_row, write_rows

from coach.errors import InputError, PackError
from coach.packs import load_pack
from coach.resources import default_pack_dir, manipulation_file
from coach.training.data import check_training_data, load_training_data

QUESTION, DIMENSION = "checkout-errors", "mitigation"


@pytest.fixture
def made(tmp_path: Path) -> tuple[Path, Path]:
    return made_pack(tmp_path)


def test_everything_is_read_and_named_by_its_hash(made: tuple[Path, Path], tmp_path: Path) -> None:
    pack, to_grader = made
    more = write_rows(tmp_path / "people.jsonl", [graded_row("w-1", "w", QUESTION, "We undo it first.")])
    found = load_training_data(pack, to_grader, (more,))
    assert (len(found.graded), len(found.pairs), len(found.singles), len(found.others)) == (25, 4, 4, 1)
    assert found.writers == ("ca", "cb", "pa", "pb", "ra", "rb", "w")
    assert found.to_grader.attempt.sum() == found.to_grader.attempt.size // 2 == 6
    assert found.outside == ("people.jsonl",)
    assert set(found.files) == {
        "answers.jsonl",
        "other_questions.jsonl",
        "pairs.jsonl",
        "statements.jsonl",
        "to_grader.yaml",
        "people.jsonl",
    }
    assert found.files["people.jsonl"] == sha256(more.read_bytes()).hexdigest()
    assert load_training_data(pack, to_grader).outside == ()


def test_a_pack_may_have_nothing_but_graded_answers(tmp_path: Path) -> None:
    write_rows(tmp_path / "graded" / "a.jsonl", [graded_row("x-1", "x", QUESTION, "We undo it first.")])
    write_rows(tmp_path / "graded" / "b.jsonl", ["", graded_row("y-1", "y", QUESTION, "We look."), ""])
    to_grader = tmp_path / "to_grader.yaml"
    to_grader.write_text(TO_GRADER, encoding="utf-8")
    found = load_training_data(tmp_path, to_grader)
    assert [one.id for one in found.graded] == ["x-1", "y-1"]
    assert (found.pairs, found.singles, found.others) == ((), (), ())


def pair(**changes: Any) -> dict[str, Any]:
    return pair_row("c-9", "ca", **{"question": QUESTION, "dimension": DIMENSION, **changes})


def single(**changes: Any) -> dict[str, Any]:
    return single_row("s-9", "ca", **{"question": QUESTION, "dimension": DIMENSION, **changes})


OTHER = {"answer": "pa-0-strong", "question": QUESTION, "overall": 1, "fits": 0}


@pytest.mark.parametrize(
    ("name", "good", "bad", "says"),
    [
        ("pairs", pair(), "{not json", "not a JSON object"),
        ("pairs", pair(), "[1]", "row"),
        ("pairs", pair(), pair(kind="funny"), "kind"),
        ("pairs", pair(), pair(sound_depth=0), "sound_depth"),
        ("pairs", pair(), pair(other_depth=2), "other_depth"),
        ("pairs", pair(), pair(colour="red"), "colour"),
        ("statements", single(), single(depth=4), "depth"),
        ("statements", single(), single(harmful="perhaps"), "harmful"),
        ("statements", single(), {key: value for key, value in single().items() if key != "text"}, "text"),
        ("other_questions", OTHER, {**OTHER, "fits": 3}, "fits"),
        ("other_questions", OTHER, {**OTHER, "overall": 5.5}, "overall"),
    ],
)
def test_a_mistake_is_named_with_file_and_line(
    name: str, good: dict[str, Any], bad: dict[str, Any] | str, says: str, made: tuple[Path, Path]
) -> None:
    path = write_rows(made[0] / "contrast" / f"{name}.jsonl", [good, "", bad, "{also not json"])
    with pytest.raises(InputError) as error:
        load_training_data(*made)
    assert str(error.value).startswith(f"{path}:3: ")
    assert says in str(error.value)
    assert "\n" not in str(error.value)


def test_a_mistake_in_a_graded_answer_is_named_too(made: tuple[Path, Path], tmp_path: Path) -> None:
    bad = graded_row("w-1", "w", QUESTION, "We undo it first.", overall=6)
    path = write_rows(tmp_path / "people.jsonl", ["", bad])
    with pytest.raises(InputError, match=r"people\.jsonl:2: labels\.overall"):
        load_training_data(*made, (path,))
    with pytest.raises(InputError, match=r"nowhere\.jsonl: no such file"):
        load_training_data(*made, (tmp_path / "nowhere.jsonl",))


def test_an_id_that_stands_in_two_files_is_refused(made: tuple[Path, Path], tmp_path: Path) -> None:
    path = write_rows(tmp_path / "more.jsonl", [graded_row("pa-0-weak", "w", QUESTION, "We undo it first.")])
    with pytest.raises(InputError, match="'pa-0-weak' stands in two files"):
        load_training_data(*made, (path,))


def test_an_answer_that_nobody_graded_cannot_be_one_to_another_question(made: tuple[Path, Path]) -> None:
    path = write_rows(made[0] / "contrast" / "other_questions.jsonl", [OTHER, {**OTHER, "answer": "z-99"}])
    with pytest.raises(InputError) as error:
        load_training_data(*made)
    assert str(path) in str(error.value) and "'z-99'" in str(error.value)


@pytest.mark.parametrize(
    ("name", "row", "says"),
    [
        (
            "graded/more",
            graded_row("w-1", "w", "what-else", "We undo it."),
            "w-1: .* no question 'what-else'",
        ),
        (
            "graded/more",
            graded_row("w-1", "w", QUESTION, "We undo it.", dimensions={"speed": {"depth": 1}}),
            "w-1: .* no dimension 'speed'",
        ),
        ("contrast/pairs", pair(question="what-else"), "c-9: .* no question"),
        ("contrast/pairs", pair(dimension="speed"), "c-9: .* no dimension"),
        ("contrast/statements", single(dimension="speed"), "s-9: .* no dimension"),
        ("contrast/other_questions", {**OTHER, "question": "what-else"}, "pa-0-strong: .* no question"),
    ],
)
def test_what_the_pack_does_not_have_is_named_with_its_row(
    name: str, row: dict[str, Any], says: str, made: tuple[Path, Path]
) -> None:
    write_rows(made[0] / f"{name}.jsonl", [row])
    with pytest.raises(InputError, match=says):
        check_training_data(load_pack(made[0]), load_training_data(*made))


def test_one_writer_is_too_few(made: tuple[Path, Path]) -> None:
    data = load_training_data(*made)
    pack = load_pack(made[0])
    check_training_data(pack, data)
    alone = replace(data, graded=tuple(one for one in data.graded if one.writer == "pa"))
    with pytest.raises(InputError, match="by 1 writer"):
        check_training_data(pack, alone)


def test_words_to_the_grader_that_are_none_are_refused(made: tuple[Path, Path]) -> None:
    made[1].write_text("attempts: [a]", encoding="utf-8")
    with pytest.raises(PackError, match=r"to_grader\.yaml"):
        load_training_data(*made)


def test_the_data_that_ship_can_be_read_and_tell_no_writer_of_another() -> None:
    found = load_training_data(default_pack_dir(), manipulation_file())
    assert len(found.graded) >= 2000 and len(found.pairs) >= 1500 and len(found.singles) >= 800
    check_training_data(load_pack(default_pack_dir()), found)
    assert len({one.id for one in (*found.pairs, *found.singles)}) == len(found.pairs) + len(found.singles)
