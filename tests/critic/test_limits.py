"""Limits: what the graded answers say about them, and where two scorers are far apart."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coach.critic.limits import earned_overall, limited, reach, supported_overall, supported_reasoning
from coach.domain import Depth
from coach.packs import load_pack
from coach.resources import default_pack_dir
from coach.text.quotes import overlap

Row = dict[str, Any]
DEPTHS = st.lists(st.sampled_from(list(Depth)), min_size=1, max_size=11)


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    path: Path = default_pack_dir() / "graded" / "answers.jsonl"
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_the_graded_answers_stay_within_the_limits(rows: list[Row]) -> None:
    """The limits were read off these answers: they hold for 98 in 100 of them."""
    expects = {question.id: question.expects for question in load_pack(default_pack_dir()).questions}
    over: Counter[str] = Counter()
    for row in rows:
        found = row["labels"]["dimensions"]
        depths = [Depth(int(found.get(id, {"depth": 0})["depth"] + 0.5)) for id in expects[row["question"]]]
        over["overall"] += row["labels"]["overall"] > supported_overall(depths)
        harmful = row["labels"]["harmful"] or row["intent"] == "injection"
        over["earned"] += not harmful and row["labels"]["overall"] < earned_overall(depths)
        over["reasoning"] += row["labels"]["reasoning"] > supported_reasoning(depths)
    assert max(over.values()) <= 0.02 * len(rows), over


def test_in_the_graded_answers_a_passage_carries_at_most_three_dimensions(rows: list[Row]) -> None:
    over = 0
    for row in rows:
        spans = [
            (id, *span)
            for id, label in row["labels"]["dimensions"].items()
            if label["depth"] >= 2
            for span in label["evidence"]
        ]
        over += any(
            len({id for id, a, b in spans if overlap(a, b, start, end) * 2 > min(b - a, end - start)}) > 3
            for _, start, end in spans
        )
    assert over <= 0.01 * len(rows), over


def test_the_limits_are_what_they_are_said_to_be() -> None:
    assert supported_overall([Depth.ABSENT] * 2) == 1
    assert supported_overall([Depth.NAMED] * 2) == 2
    assert supported_overall([Depth.DESCRIBED] * 2) == 4
    assert supported_overall([Depth.REASONED] * 2) == 5
    assert supported_overall([Depth.REASONED] + [Depth.ABSENT] * 5) == 2
    assert supported_overall([]) == 0
    assert [earned_overall([depth] * 2) for depth in Depth] == [0, 0.5, 3, 4]
    assert earned_overall([]) == 0


@given(DEPTHS, st.integers(0, 10))
def test_a_deeper_dimension_never_lowers_a_limit(depths: list[Depth], place: int) -> None:
    place %= len(depths)
    deeper = [*depths]
    deeper[place] = Depth(min(depths[place] + 1, 3))
    assert supported_overall(deeper) >= supported_overall(depths)
    assert supported_reasoning(deeper) >= supported_reasoning(depths)
    assert earned_overall(deeper) >= earned_overall(depths)
    assert earned_overall(depths) <= supported_overall(depths)


@given(DEPTHS, st.floats(0, 5), st.floats(0, 5), st.booleans(), st.booleans(), st.booleans())
def test_what_was_limited_was_out_of_bounds(
    depths: list[Depth], wanted: float, offline: float, attempted: bool, harmful: bool, sure: bool
) -> None:
    within = 1.0 if sure else None
    found = limited(wanted, depths, offline, attempted=attempted, harmful=harmful, within=within)
    if found is None:
        assert wanted <= supported_overall(depths)
        assert not attempted or wanted <= offline + 0.5
        assert attempted or not sure or wanted <= offline + 1
        return
    assert found.wanted == wanted
    assert found.limit <= supported_overall(depths) + 0.05
    assert not attempted or found.limit <= offline + 0.55
    if found.limit > wanted:
        assert not attempted
        assert not harmful


def test_a_harsh_mark_is_raised_and_a_lenient_one_lowered_as_far_as_the_scorer_reaches() -> None:
    def limit(wanted: float, depth: Depth, offline: float, within: float | None) -> float | None:
        found = limited(wanted, [depth] * 3, offline, attempted=False, harmful=False, within=within)
        return found.limit if found else None

    assert [limit(0, Depth.DESCRIBED, 4, within) for within in (1, None)] == [3, 3]
    assert [limit(0.5, Depth.NAMED, 3, within) for within in (1, 2.5, None)] == [2, None, None]
    assert [limit(4, Depth.DESCRIBED, 2, within) for within in (1, 2, None)] == [3, None, None]


def test_what_depths_lost_an_overall_mark_loses() -> None:
    found = limited(3, [Depth.DESCRIBED] * 3, 3, attempted=False, harmful=False, within=None, lost=0.5)
    assert found is not None
    assert found.limit == 2.5
    assert "could not be proved" in found.reason


def test_a_scorer_that_is_surer_reaches_less_far() -> None:
    assert [round(reach(confidence), 1) for confidence in (0.4, 0.6, 0.8, 0.95)] == [2.9, 1.6, 0.9, 0.5]
    assert reach(0) > 5 and reach(1) > 0.3
