"""Graded answers: read with all their labels, refused with the line of the first mistake."""

import json
from pathlib import Path
from typing import Any

import pytest

from coach.errors import InputError
from coach.resources import default_pack_dir
from coach.scoring.graded import load_graded

GRADED = default_pack_dir() / "graded" / "answers.jsonl"


def answer(**changes: Any) -> dict[str, Any]:
    """A sound graded answer of 20 characters with `changes` to it; a key of two parts is of the labels."""
    one: dict[str, Any] = {
        "id": "z-001",
        "writer": "z",
        "question": "what-is-drift",
        "channel": "typed",
        "answer": "We watch the inputs.",
        "labels": {
            "overall": 2.5,
            "reasoning": 1,
            "dimensions": {"monitoring": {"depth": 2, "evidence": [[0, 19]]}},
        },
    }
    for key, value in changes.items():
        target = one["labels"] if key in ("overall", "reasoning", "dimensions", "harmful") else one
        target[key] = value
    return one


def written(folder: Path, *lines: dict[str, Any] | str) -> Path:
    path = folder / "graded.jsonl"
    text = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    path.write_text(text, encoding="utf-8")
    return path


def test_labels_are_read(tmp_path: Path) -> None:
    first, second = load_graded(written(tmp_path, answer(), "", answer(id="z-002", harmful=[[3, 8]])))
    assert (first.id, first.labels.overall, first.labels.graders) == ("z-001", 2.5, 1)
    assert first.labels.dimensions["monitoring"].evidence == ((0, 19),)
    assert second.labels.harmful == ((3, 8),)


def test_the_graded_answers_that_ship_are_sound() -> None:
    answers = load_graded(GRADED)
    assert len(answers) == 684
    assert len({one.writer for one in answers}) == 9


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("{not json", "not a JSON object"),
        ("[1, 2]", "answer"),
        ('"text"', "answer"),
        (answer(dimensions={"monitoring": {"depth": 3.5}}), "labels.dimensions.monitoring.depth"),
        (answer(dimensions={"monitoring": {"depth": -1}}), "labels.dimensions.monitoring.depth"),
        (answer(overall=5.5), "labels.overall"),
        (answer(reasoning=4), "labels.reasoning"),
        (answer(harmful=[[0, 21]]), "span [0, 21] lies outside the answer of 20 characters"),
        (answer(harmful=[[-1, 4]]), "span [-1, 4]"),
        (answer(harmful=[[4, 4]]), "span [4, 4]"),
        (answer(dimensions={"monitoring": {"depth": 1, "evidence": [[9, 3]]}}), "span [9, 3]"),
        (answer(channel="video"), "channel"),
        (answer(colour="red"), "colour"),
        (answer(), "id 'z-001' is already used on line 1"),
    ],
)
def test_a_mistake_is_named_with_its_line(line: dict[str, Any] | str, says: str, tmp_path: Path) -> None:
    path = written(tmp_path, answer(), "", line, answer(id="z-004", overall=9))
    with pytest.raises(InputError) as error:
        load_graded(path)
    assert str(error.value).startswith(f"{path}:3: ")
    assert says in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("text", ["", "\n \n"])
def test_an_empty_file_is_refused(text: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no graded answers"):
        load_graded(written(tmp_path, text))


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere\.jsonl: no such file"):
        load_graded(tmp_path / "nowhere.jsonl")
    with pytest.raises(InputError, match="cannot be read"):
        load_graded(tmp_path)
    path = tmp_path / "latin.jsonl"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(InputError, match=r"latin\.jsonl: cannot be read as UTF-8"):
        load_graded(path)


def test_a_line_may_hold_any_line_separator_of_unicode_inside_a_string(tmp_path: Path) -> None:
    text = "We watch\u2028the\u0085inputs."
    path = tmp_path / "graded.jsonl"
    path.write_text(json.dumps(answer(answer=text), ensure_ascii=False), encoding="utf-8")
    (one,) = load_graded(path)
    assert one.answer == text
