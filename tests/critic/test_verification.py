"""Verification and what samples come to: only what the answer's own words bear out."""

from typing import Any

import pytest
from made_feedback import ATTEMPT, DESCRIBED, NAMED, REASONED, TEXT, feedback, span
from reviews import claim, review

from coach.critic.replies import CritiqueReply, read_reply
from coach.critic.sampling import combined
from coach.critic.verification import Verified, verified
from coach.domain import Critique, Depth, ScorerId, Usage
from coach.errors import ServiceError

ID = ScorerId(name="critic", version="0", model="m", prompt="p", samples=1, pack="p")
USAGE = Usage(calls=1, remembered=0, prompt_tokens=1, completion_tokens=1, cost=None)


def checked(claims: list[dict[str, Any]], noticed: bool = True, **depths: int | None) -> Verified:
    reply, _ = read_reply(review(claims, depths), CritiqueReply)
    given = feedback(noticed=noticed)
    return verified(reply, given, [(one.start, one.end) for one in given.manipulation])


def whole(*replies: str, noticed: bool = False) -> Critique:
    given = feedback(noticed=noticed)
    attempts = [(one.start, one.end) for one in given.manipulation]
    samples = [verified(read_reply(one, CritiqueReply)[0], given, attempts) for one in replies]
    return combined(samples, given, ID, USAGE, attempted=noticed)


def test_a_depth_stands_where_a_located_quote_proves_it() -> None:
    found = checked([claim(f"“{REASONED.upper()}”", dimension="drift")], drift=3, monitoring=0)
    (proof,) = found.proofs["drift"]
    assert (proof.start, proof.end) == span(REASONED)
    assert proof.quote == REASONED
    assert (found.depths["drift"], found.depths["monitoring"]) == (Depth.REASONED, Depth.ABSENT)
    assert (found.unlocated, found.withdrawn) == (0, ())


@pytest.mark.parametrize(
    ("claims", "depth", "reason"),
    [
        ([], 3, "no quote"),
        ([], 1, "no quote"),
        ([claim("We roll back at once.", dimension="drift")], 3, "no quote"),
        ([claim(REASONED, dimension="monitoring")], 3, "no quote"),
        ([claim(REASONED, "filler", "drift")], 1, "no quote"),
        ([claim(NAMED, "name-drop", "drift")], 2, "no quote"),
        ([claim(ATTEMPT, dimension="drift")], 2, "no quote"),
        ([claim(NAMED, dimension="drift")], 2, "too little"),
        ([claim(DESCRIBED, dimension="drift")], 3, "too little"),
        ([claim("inputs can move", dimension="drift")], 2, "too little"),
    ],
)
def test_a_depth_without_proof_is_withdrawn_to_the_offline_one(
    claims: list[dict[str, Any]], depth: int, reason: str
) -> None:
    found = checked(claims, drift=depth, monitoring=0)
    (lost,) = found.withdrawn
    assert (lost.dimension, lost.depth) == ("drift", depth)
    assert reason in lost.reason
    assert found.depths["drift"] == Depth.DESCRIBED


def test_an_attempt_that_nobody_noticed_proves_nothing_either() -> None:
    found = checked([claim(ATTEMPT, dimension="drift")], noticed=False, drift=3)
    assert found.depths["drift"] == Depth.DESCRIBED
    assert "too little" in found.withdrawn[0].reason


@pytest.mark.parametrize(("drift", "reason"), [(None, "could not judge"), ("left out", "gave no depth")])
def test_what_the_critic_does_not_judge_is_marked(drift: Any, reason: str) -> None:
    depths = {} if drift == "left out" else {"drift": drift}
    found = checked([], monitoring=0, **depths)
    (lost,) = found.withdrawn
    assert (lost.depth, found.depths["drift"]) == (None, Depth.DESCRIBED)
    assert reason in lost.reason


def test_quotes_that_the_answer_does_not_hold_are_dropped_and_counted() -> None:
    found = checked([claim("We never said this."), claim("Nor this, ever."), claim(NAMED, "name-drop")])
    assert found.unlocated == 2
    assert [one.quote for one in found.claims] == [NAMED]


def test_every_quote_that_is_shown_stands_in_the_answer() -> None:
    found = whole(review([claim(REASONED.lower(), dimension="drift"), claim("x y z")], {"drift": 3}))
    for one in (*found.claims, *found.score.dimensions[0].evidence, *found.score.harmful):
        assert TEXT[one.start : one.end] == one.quote


def test_unknown_dimensions_are_passed_over() -> None:
    found = checked([claim(REASONED, dimension="astrology")], drift=0, monitoring=0, astrology=3)
    assert set(found.depths) == {"drift", "monitoring"}
    assert found.claims[0].dimension is None


def test_samples_come_to_their_median_with_the_spread() -> None:
    proof = claim(REASONED, dimension="drift")
    found = whole(
        *(review([proof], {"drift": d, "monitoring": 1}, mark) for d, mark in ((3, 4), (2, 1), (3, 3.5)))
    )
    assert found.score.overall == 3.5
    assert found.spread.overall == (4, 1, 3.5)
    assert found.spread.range == 3
    assert found.score.dimensions[0].depth == Depth.REASONED
    assert found.summary


def test_a_mark_is_limited_by_what_was_proved() -> None:
    found = whole(review([], {"drift": 3, "monitoring": 3}, 5, reasoning=3))
    assert found.ceiling is not None
    assert (found.ceiling.wanted, found.score.overall) == (5, 4.0)
    assert found.score.reasoning == 2


def test_an_attempt_that_was_noticed_limits_the_mark_to_half_above_the_offline_one() -> None:
    proof = [claim(REASONED, dimension="drift"), claim(REASONED, dimension="monitoring")]
    reply = review(proof, {"drift": 3, "monitoring": 3}, 5)
    assert whole(reply, noticed=False).score.overall == 5
    limited = whole(reply, noticed=True)
    assert limited.score.overall == 3.0
    assert limited.ceiling is not None
    assert "talk the grader" in limited.ceiling.reason


def test_where_the_two_are_far_apart_both_reasons_are_given() -> None:
    proof = [claim(REASONED, dimension="monitoring"), claim(REASONED, dimension="drift")]
    found = whole(review(proof, {"drift": 3, "monitoring": 3}, 4))
    by = {one.dimension: one for one in found.disagreements}
    assert set(by) == {"monitoring", None}
    assert (by["monitoring"].offline, by["monitoring"].critic) == (1, 3)
    assert by["monitoring"].critic_reason == "monitoring reads as 3"
    assert REASONED in by["monitoring"].offline_reason
    assert (by[None].offline, by[None].critic) == (2.5, 4)
    near = whole(review(proof, {"drift": 3, "monitoring": 2}, 3.9))
    assert near.disagreements == ()


def test_harmful_claims_become_findings() -> None:
    harmful = claim(DESCRIBED, "harmful", "drift", comment="Nobody checks.", better="Let two look.")
    (found,) = whole(review([harmful], {"drift": 1, "monitoring": 0}, 1)).score.harmful
    assert (found.quote, found.safer, found.why, found.probability) == (
        DESCRIBED,
        "Let two look.",
        "Nobody checks.",
        None,
    )


def test_a_model_that_cannot_judge_gives_no_number() -> None:
    with pytest.raises(ServiceError, match="cannot judge"):
        whole(review([], {"drift": 0}, None))


def test_the_scorer_is_named_and_never_taken_for_the_offline_one() -> None:
    found = whole(review([], {"drift": 0, "monitoring": 0}, 0))
    assert found.score.scorer != feedback().score.scorer
    assert str(found.score.scorer) == "critic 0 (model m, prompt p, samples 1, pack p)"
    assert found.score.confidence is None
