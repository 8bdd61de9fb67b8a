"""The MLOps pack: sound, complete, and its README points to what is there."""

import json
import re
from collections import Counter

import pytest

from coach.domain import Depth
from coach.packs import Pack, check_pack, load_pack
from coach.resources import default_pack_dir


@pytest.fixture(scope="module")
def mlops() -> Pack:
    return load_pack(default_pack_dir())


def test_the_mlops_pack_is_sound(mlops: Pack) -> None:
    assert check_pack(default_pack_dir()) == ()
    assert mlops.id == "mlops"
    assert len(mlops.questions) == 19
    limits = {"beginner": 60, "intermediate": 90, "scenario": 120, "two-minute": 120}
    assert all(question.time_limit == limits[question.level] for question in mlops.questions)
    levels = Counter(question.level for question in mlops.questions)
    assert levels == {"beginner": 5, "intermediate": 5, "scenario": 5, "two-minute": 4}


def test_the_frame_of_the_mlops_pack_places_every_dimension(mlops: Pack) -> None:
    assert [step.id for step in mlops.frame] == ["problem", "process", "control", "recovery"]
    placed = [dimension for step in mlops.frame for dimension in step.dimensions]
    assert sorted(placed) == sorted(dimension.id for dimension in mlops.dimensions)
    assert len(placed) == 11


def test_the_graded_answers_fit_the_pack(mlops: Pack) -> None:
    lines = (default_pack_dir() / "graded" / "answers.jsonl").read_text(encoding="utf-8").splitlines()
    answers = [json.loads(line) for line in lines]
    assert len({answer["id"] for answer in answers}) == 684
    assert {answer["question"] for answer in answers} == {question.id for question in mlops.questions}
    for answer in answers:
        for dimension in answer["labels"]["dimensions"]:
            mlops.dimension(dimension)


def places(pack: Pack) -> dict[str, str]:
    """Name every place of a pack that its README may point to."""
    named = {f"frame/{step.id}": step.asks for step in pack.frame}
    for question in pack.questions:
        named |= {
            f"{question.id}/follow_ups #{n}": text for n, text in enumerate(question.follow_ups, start=1)
        }
        for expectation in question.expectations:
            for depth in Depth:
                at_depth = [
                    reference.text for reference in expectation.references if reference.depth == depth
                ]
                where = f"{question.id}/{expectation.dimension}/{depth.word}"
                named |= {f"{where} #{n}": text for n, text in enumerate(at_depth, start=1)}
    return named


def test_the_readme_points_to_places_that_exist(mlops: Pack) -> None:
    readme = (default_pack_dir() / "README.md").read_text(encoding="utf-8")
    table = readme.partition("## Where each lesson item went")[2]
    pointers = re.findall(r"`([^`]*/[^`]*)`", table.partition("| --- |")[2])
    assert len(pointers) > 60
    assert [pointer for pointer in pointers if pointer not in places(mlops)] == []


@pytest.mark.parametrize(
    ("section", "count"),
    [
        ("Model sentences, beginner", 5),
        ("Model sentences, intermediate", 5),
        ("Model sentences, scenarios", 5),
        ("The five-step answer frame", 5),
        ("The cure", 4),
        ("The fraud example", 9),
        ("The closing prompt", 9),
    ],
)
def test_the_readme_places_every_lesson_item(section: str, count: int) -> None:
    readme = (default_pack_dir() / "README.md").read_text(encoding="utf-8")
    rows = readme.partition(f"**{section}")[2].partition("| **")[0].splitlines()
    assert sum("`" in row for row in rows) == count
