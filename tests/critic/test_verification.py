"""Verification and what samples come to: only what the answer's own words bear out."""

from typing import Any

import pytest
from made_feedback import ATTEMPT, DESCRIBED, NAMED, REASONED, TEXT, feedback, span
from reviews import claim, review

from coach.critic.replies import CritiqueReply, read_reply
from coach.critic.sampling import combined
from coach.critic.verification import Verified, verified
from coach.domain import Critique, Depth, Feedback, ScorerId, Usage
from coach.errors import ServiceError

ID = ScorerId(name="critic", version="0", model="m", prompt="p", samples=1, pack="p")
USAGE = Usage(calls=1, remembered=0, prompt_tokens=1, completion_tokens=1, cost=None)


def checked(
    claims: list[dict[str, Any]], noticed: bool = True, given: Feedback | None = None, **depths: int | None
) -> Verified:
    reply, _ = read_reply(review(claims, depths), CritiqueReply)
    given = given or feedback(noticed=noticed)
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
        ([claim("We roll back at once.", dimension="monitoring")], 3, "no quote"),
        ([claim(REASONED, dimension="drift")], 3, "no quote"),
        ([claim(REASONED, "filler", "monitoring")], 2, "no quote"),
        ([claim(ATTEMPT, dimension="monitoring")], 2, "no quote"),
        ([claim(NAMED, "name-drop", "monitoring")], 2, "once tool names are out"),
        ([claim(DESCRIBED, dimension="monitoring")], 3, "the offline scorer finds too little"),
        ([claim("inputs can move", dimension="monitoring")], 2, "fewer than 4 words"),
    ],
)
def test_a_depth_without_proof_falls_to_the_offline_one_for_the_true_reason(
    claims: list[dict[str, Any]], depth: int, reason: str
) -> None:
    found = checked(claims, monitoring=depth, drift=0)
    (lost,) = found.withdrawn
    assert (lost.dimension, lost.depth) == ("monitoring", depth)
    assert reason in lost.reason
    assert found.depths["monitoring"] == Depth.NAMED


@pytest.mark.parametrize("depth", [0, 1, 2])
def test_an_unproved_depth_is_never_more_than_the_critic_said_and_needs_no_proof_below(depth: int) -> None:
    found = checked([], drift=depth, monitoring=0)
    assert found.depths["drift"] == depth
    assert found.withdrawn == ()


def test_quotes_of_several_claims_prove_a_depth_together() -> None:
    halves = REASONED[: REASONED.index(", ")], REASONED[REASONED.index("because") :]
    apart = [
        claim(half, kind, "monitoring")
        for half, kind in zip(halves, ("description", "name-drop"), strict=True)
    ]
    found = checked(apart, monitoring=3, drift=0)
    assert (found.depths["monitoring"], len(found.proofs["monitoring"])) == (Depth.REASONED, 2)
    short = [claim("inputs can", dimension="monitoring"), claim("move without harm", dimension="monitoring")]
    assert checked(short, monitoring=2, drift=0).depths["monitoring"] == Depth.DESCRIBED


def test_a_claim_may_speak_of_several_dimensions_and_a_passage_prove_three() -> None:
    found = checked([claim(REASONED, dimension=["drift", "monitoring"])], drift=3, monitoring=3)
    assert set(found.depths.values()) == {Depth.REASONED}
    ids = ("drift", "monitoring", "data", "training")
    given = feedback(data=Depth.ABSENT, training=Depth.ABSENT)
    proof = [claim(REASONED, dimension=ids[:3]), claim(REASONED, dimension=ids[3])]
    lost = checked(proof, given=given, **dict.fromkeys(ids, 3)).withdrawn
    assert [(one.dimension, "three other dimensions" in one.reason) for one in lost] == [("training", True)]


@pytest.mark.parametrize("doubt", [{"confidence": 0.39}, {"unlike": True}])
def test_where_the_scorer_is_no_witness_a_quote_is_enough(doubt: dict[str, Any]) -> None:
    given = feedback()
    doubted = given.model_copy(update={"score": given.score.model_copy(update=doubt)})
    proof = [claim(DESCRIBED, dimension="monitoring")]
    assert checked(proof, monitoring=3, drift=0).depths["monitoring"] == Depth.NAMED
    assert checked(proof, given=doubted, monitoring=3, drift=0).depths["monitoring"] == Depth.REASONED
    assert checked([], given=doubted, monitoring=3, drift=0).depths["monitoring"] == Depth.NAMED


def test_an_attempt_that_nobody_noticed_proves_nothing_either() -> None:
    found = checked([claim(ATTEMPT, dimension="monitoring")], noticed=False, monitoring=3, drift=0)
    assert found.depths["monitoring"] == Depth.NAMED
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
    assert found.claims[0].dimensions == ()


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
    assert (found.ceiling.wanted, found.score.overall) == (5, 3.5)
    assert found.score.reasoning == 2


def test_a_mark_keeps_within_the_reach_of_the_offline_one_where_that_scorer_is_sure() -> None:
    proof = [claim(REASONED, dimension=["drift", "monitoring"])]
    high = whole(review(proof, {"drift": 3, "monitoring": 3}, 5))
    low = whole(review([], {"drift": 1, "monitoring": 0}, 0))
    # A confidence of 0.6 reaches 1.6 marks from 2.5.
    assert (high.score.overall, low.score.overall) == (4.1, 0.9)
    assert high.ceiling is not None and "sure of a much lower" in high.ceiling.reason
    assert low.ceiling is not None and "sure of a much higher" in low.ceiling.reason


def test_a_harmful_statement_that_was_found_may_cost_all() -> None:
    harmful = claim(DESCRIBED, "harmful", "drift")
    assert whole(review([harmful], {"drift": 1, "monitoring": 0}, 0)).score.overall == 0
    invented = claim("We never look at it.", "harmful", "drift")
    assert whole(review([invented], {"drift": 1, "monitoring": 0}, 0)).score.overall == 0.9


def test_an_attempt_that_was_noticed_limits_the_mark_to_half_above_the_offline_one() -> None:
    proof = [claim(REASONED, dimension="drift"), claim(REASONED, dimension="monitoring")]
    reply = review(proof, {"drift": 3, "monitoring": 3}, 5)
    assert whole(reply, noticed=False).score.overall == 4.1
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
