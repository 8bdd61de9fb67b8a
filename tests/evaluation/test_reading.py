"""What is handed in to be evaluated: each flaw ends with one line that names the file and the line."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from graded_samples import TEXT, graded

from coach.errors import InputError, UsageError
from coach.evaluation.reading import (
    is_short,
    labels_said,
    load_graded_for,
    load_short,
    short_spread,
    spread,
)
from coach.resources import default_pack_dir

if TYPE_CHECKING:
    from coach.packs import Pack

Row = dict[str, Any]


def rows() -> list[Row]:
    """Three graded answers by two writers."""
    found = [graded("a-1", "a"), graded("a-2", "a", depths={"drift": (2, [(0, 5)])}), graded("b-1", "b")]
    return [one.model_dump(mode="json") for one in found]


def short_rows() -> list[Row]:
    """Three short answers to two questions."""
    one = {"question": "What is a stack?", "reference": "Last in, first out.", "score": 1.0, "max_score": 2.0}
    return [
        {**one, "id": "1", "question_id": "stack", "answer": "It is last in, first out."},
        {**one, "id": "2", "question_id": "stack", "answer": "A list."},
        {**one, "id": "3", "question_id": "queue", "question": "What is a queue?", "answer": "A line."},
    ]


def written(folder: Path, found: list[Row] | str) -> Path:
    path = folder / "answers.jsonl"
    text = found if isinstance(found, str) else "\n".join(json.dumps(row) for row in found)
    path.write_text(text, encoding="utf-8")
    return path


def without(*keys: str) -> Callable[[Row], None]:
    def change(row: Row) -> None:
        for key in keys[:-1]:
            row = row[key]
        del row[keys[-1]]

    return change


def set_to(value: object, *keys: str) -> Callable[[Row], None]:
    def change(row: Row) -> None:
        for key in keys[:-1]:
            row = row[key]
        row[keys[-1]] = value

    return change


GRADED_FLAWS: list[tuple[Callable[[Row], None], list[str]]] = [
    (without("labels"), [":2:", "labels"]),
    (without("labels", "overall"), [":2:", "labels.overall"]),
    (set_to(5.5, "labels", "overall"), [":2:", "labels.overall"]),
    (set_to(-1, "labels", "reasoning"), [":2:", "labels.reasoning"]),
    (set_to(4, "labels", "dimensions", "drift", "depth"), [":2:", "labels.dimensions.drift.depth"]),
    (set_to("deep", "labels", "dimensions", "drift", "depth"), [":2:", "labels.dimensions.drift.depth"]),
    (set_to({"depth": 1}, "labels", "dimensions", "style"), [":2:", "'style'", "mlops", "drift"]),
    (set_to([[0, len(TEXT) + 1]], "labels", "harmful"), [":2:", "outside", str(len(TEXT))]),
    (set_to([[5, 5]], "labels", "dimensions", "drift", "evidence"), [":2:", "outside"]),
    (set_to([[-1, 5]], "labels", "dimensions", "drift", "evidence"), [":2:", "outside"]),
    (set_to("a-1", "id"), [":2:", "'a-1'", "line 1"]),
    (set_to("what-is-drfit", "question"), [":2:", "'what-is-drfit'", "--pack"]),
    (set_to("sung", "channel"), [":2:", "channel"]),
]


@pytest.mark.parametrize(("change", "says"), GRADED_FLAWS)
def test_a_flaw_of_a_graded_answer_is_named_with_its_line(
    change: Callable[[Row], None], says: list[str], tmp_path: Path, pack: "Pack"
) -> None:
    found = rows()
    change(found[1])
    path = written(tmp_path, found)
    assert not is_short(path)
    with pytest.raises(InputError) as error:
        load_graded_for(path, pack)
    message = str(error.value)
    assert "\n" not in message
    assert str(path) in message
    for word in says:
        assert word in message


def test_sound_graded_answers_are_read(tmp_path: Path, pack: "Pack") -> None:
    path = written(tmp_path, rows())
    answers, notes = load_graded_for(path, pack)
    assert [one.id for one in answers] == ["a-1", "a-2", "b-1"]
    assert notes == ()


def test_keys_that_are_not_known_are_passed_over_with_a_note(tmp_path: Path, pack: "Pack") -> None:
    found = rows()
    plain = load_graded_for(written(tmp_path, found), pack).answers
    found[0]["grader"] = found[1]["grader"] = "ada"
    set_to(4, "labels", "style")(found[1])
    set_to(True, "labels", "dimensions", "drift", "sure")(found[1])
    answers, notes = load_graded_for(written(tmp_path, found), pack)
    assert answers == plain
    (note,) = notes
    assert note.startswith("Keys that are not known were passed over: grader (2), ")
    assert "labels.style (1)" in note
    assert "labels.dimensions.drift.sure (1)" in note


def test_an_unknown_key_does_not_hide_a_flaw(tmp_path: Path, pack: "Pack") -> None:
    found = rows()
    found[1] |= {"grader": "ada", "channel": "sung"}
    with pytest.raises(InputError, match=r":2: channel"):
        load_graded_for(written(tmp_path, found), pack)


def test_lines_are_counted_with_the_empty_ones(tmp_path: Path, pack: "Pack") -> None:
    found = rows()
    found[2]["question"] = "nothing"
    path = written(tmp_path, "\n\n".join(json.dumps(row) for row in found))
    with pytest.raises(InputError, match=r"answers\.jsonl:5: "):
        load_graded_for(path, pack)


def test_a_file_of_one_writer_is_read(tmp_path: Path, pack: "Pack") -> None:
    answers = load_graded_for(written(tmp_path, rows()[:2]), pack).answers
    assert {one.writer for one in answers} == {"a"}


def test_what_the_labels_are_is_told_or_stands_beside_the_file(tmp_path: Path) -> None:
    path = tmp_path / "answers.jsonl"
    assert labels_said(path) == "Labels: as given in answers.jsonl."
    assert labels_said(path, "graded by two tutors.") == "Labels: graded by two tutors."
    beside = tmp_path / "answers.labels.txt"
    beside.write_text("graded by\nAda and Ben\n", encoding="utf-8")
    assert labels_said(path) == "Labels: graded by Ada and Ben."
    assert labels_said(path, "by Cem") == "Labels: by Cem."
    beside.write_bytes(b"\xff")
    with pytest.raises(InputError, match=r"answers\.labels\.txt: cannot be read"):
        labels_said(path)


def test_the_labels_of_the_pack_that_ships_are_known() -> None:
    said = labels_said(default_pack_dir() / "graded" / "answers.jsonl")
    assert said == "The answers were written and graded by language models, not by people."


@pytest.mark.parametrize("text", ["", "\n \n"])
def test_an_empty_file_is_refused(text: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"answers\.jsonl: is empty"):
        is_short(written(tmp_path, text))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", ":1: not a JSON object"),
        ("[1, 2]", ":1: not a JSON object"),
        (
            '\n{"answer": "x"}',
            ":2: neither a graded answer .*writer, labels.* nor .*reference, score, max_score",
        ),
    ],
)
def test_what_is_no_answer_is_refused(text: str, says: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=says):
        is_short(written(tmp_path, text))


def test_a_file_that_is_not_there_or_not_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        is_short(tmp_path / "none.jsonl")
    with pytest.raises(InputError, match="UTF-8"):
        (tmp_path / "binary.jsonl").write_bytes(b"\xff\xfe\x00")
        is_short(tmp_path / "binary.jsonl")
    with pytest.raises(InputError, match="cannot be read"):
        is_short(tmp_path)


def test_short_answers_are_read(tmp_path: Path) -> None:
    path = written(tmp_path, short_rows())
    assert is_short(path)
    answers, notes = load_short(path)
    assert [one.question_id for one in answers] == ["stack", "stack", "queue"]
    assert notes == ()


def test_unknown_keys_of_short_answers_are_passed_over_with_a_note(tmp_path: Path) -> None:
    found = short_rows()
    found[1]["grader"] = "x"
    answers, notes = load_short(written(tmp_path, found))
    assert len(answers) == 3
    assert notes == ("Keys that are not known were passed over: grader (1).",)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (without("reference"), [":2:", "reference"]),
        (without("score"), [":2:", "score"]),
        (set_to(" ", "reference"), [":2:", "reference is empty"]),
        (set_to(2.5, "score"), [":2:", "2.5", "max_score 2"]),
        (set_to(-1, "score"), [":2:", "score"]),
        (set_to(float("nan"), "score"), [":2:", "score"]),
        (set_to(0, "max_score"), [":2:", "max_score"]),
        (set_to("1", "id"), [":2:", "'1'", "line 1"]),
        (set_to("Another.", "reference"), [":2:", "'stack'", "another question, reference"]),
    ],
)
def test_a_flaw_of_a_short_answer_is_named_with_its_line(
    change: Callable[[Row], None], says: list[str], tmp_path: Path
) -> None:
    found = short_rows()
    change(found[1])
    with pytest.raises(InputError) as error:
        load_short(written(tmp_path, found))
    for word in says:
        assert word in str(error.value)


def test_short_answers_to_one_question_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="one question"):
        load_short(written(tmp_path, short_rows()[:2]))


def test_a_limit_takes_answers_from_first_to_last() -> None:
    letters = "aaabbbccc"
    assert "".join(spread(letters, 3)) == "abc"
    assert spread(letters, 1) == ("a",)
    assert spread(letters, None) == spread(letters, 99) == tuple(letters)
    assert len(set(enumerate(spread(range(100), 41)))) == 41


def test_short_answers_to_one_question_are_no_choice(tmp_path: Path) -> None:
    first, second, third = load_short(written(tmp_path, short_rows())).answers
    assert short_spread([first, second, third], 2) == (first, third)
    with pytest.raises(UsageError, match="--limit 2 leaves answers of one question"):
        short_spread([first, third, second], 2)
