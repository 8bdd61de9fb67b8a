"""Limits: how high the critic's marks may go on what was proved, and where the two scorers are far apart."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from math import log
from statistics import mean

from coach.domain import Ceiling, Depth, Disagreement, Feedback

# An attempt to talk the grader into a mark must not pay: this much above the offline mark, no more.
ATTEMPT_MARGIN = 0.5
# Where two scorers of one answer lie this far apart, a person should look.
LOOK_DEPTH, LOOK_OVERALL = 2, 1.5
# The lowest and the highest overall mark that go with a mean depth of the expected dimensions, from each of
# these means on, and the highest marks that go with the deepest one: 98 in 100 of the graded answers stay
# within (tests/critic/test_limits.py counts them).
_MEANS = (0.25, 0.5, 0.75, 1.25, 1.75, 2.0, 2.25, 2.75)
_LOWEST_BY_MEAN = (0.0, 0.0, 0.0, 0.5, 1.0, 2.5, 3.0, 4.0, 4.0)
_HIGHEST_BY_MEAN = (1.0, 1.5, 2.0, 4.0, 5.0, 5.0, 5.0, 5.0, 5.0)
_OVERALL_BY_DEEPEST = {Depth.ABSENT: 1.0, Depth.NAMED: 2.0, Depth.DESCRIBED: 4.0, Depth.REASONED: 5.0}
_REASONING_BY_DEEPEST = {Depth.ABSENT: 1.0, Depth.NAMED: 1.0, Depth.DESCRIBED: 2.0, Depth.REASONED: 3.0}
# The chance that an offline mark is further from the graders' than the critic's may be from it.
OUTSIDE = 0.05
# What an overall mark loses for each whole depth that the expected dimensions lost on average. Of 96 answers
# by two writers that the scorer had not seen, at 1.5 a perfect critic lost 0.02 and a lenient one came from
# 0.75 to 0.56 marks; at 0 neither changed. `coach evaluate --simulated-critics` shows what comes of it.
LOST_BY_DEPTH = 1.0


def supported_overall(depths: Sequence[Depth]) -> float:
    """The highest overall mark that the depths of the expected dimensions support, in [0, 5]."""
    if not depths:
        return 0.0
    return min(_OVERALL_BY_DEEPEST[max(depths)], _HIGHEST_BY_MEAN[bisect_right(_MEANS, mean(depths))])


def earned_overall(depths: Sequence[Depth]) -> float:
    """The lowest overall mark that goes with such depths where nothing harmful is said, in [0, 5]."""
    return _LOWEST_BY_MEAN[bisect_right(_MEANS, mean(depths))] if depths else 0.0


def supported_reasoning(depths: Sequence[Depth]) -> float:
    """The highest mark for reasoning that the depths support, in [0, 3]."""
    return _REASONING_BY_DEEPEST[max(depths, default=Depth.ABSENT)]


def reach(confidence: float) -> float:
    """How far (marks) the graders' mark may lie from the offline one, but for OUTSIDE of all answers.

    `confidence` is the chance that it lies within half a mark; errors are taken to fall off exponentially.

    >>> round(reach(0.8), 2)
    0.93
    """
    return 0.5 * log(OUTSIDE) / log(1 - min(max(confidence, 0.05), 0.97))


def limited(
    wanted: float,
    depths: Sequence[Depth],
    offline: float,
    *,
    attempted: bool,
    harmful: bool,
    within: float | None,
    lost: float = 0.0,
) -> Ceiling | None:
    """The limit that an overall mark of `wanted` runs into from above or below, or None.

    `depths` are the verified ones of the expected dimensions, which `lost` so much on average thereby.
    `offline` is the offline mark, which binds `within` so many marks, or not at all where that is None. An
    answer that says something `harmful`, or talks to the grader (`attempted`), may be marked as low as the
    critic likes.
    """
    above = [(supported_overall(depths), "no more is borne out by what could be proved in the answer")]
    if lost > 0:
        above.append((wanted - LOST_BY_DEPTH * lost, "depths that it rests on could not be proved"))
    if attempted:
        above.append((offline + ATTEMPT_MARGIN, "the answer tries to talk the grader into a mark"))
    elif within is not None:
        above.append((offline + within, "the offline scorer is sure of a much lower mark"))
    limit, reason = min(above)
    limit = max(limit, 0.0)
    if wanted > limit:
        return Ceiling(wanted=wanted, limit=round(limit, 1), reason=reason)
    if attempted or harmful:
        return None
    below = [(earned_overall(depths), "the depths that the critic itself gave earn more")]
    if within is not None:
        below.append((offline - within, "the offline scorer is sure of a much higher mark"))
    least, reason = max(below)
    least = min(least, limit)
    return Ceiling(wanted=wanted, limit=round(least, 1), reason=reason) if wanted < least else None


def disagreements(
    feedback: Feedback, wanted: Mapping[str, Depth], overall: float, reasons: Mapping[str, str]
) -> tuple[Disagreement, ...]:
    """Where the critic, before any limit, and the offline scorer are far apart, with both reasons."""
    found = []
    for one in feedback.score.dimensions:
        depth = wanted.get(one.dimension)
        if depth is None or abs(depth - one.depth) < LOOK_DEPTH:
            continue
        quote = f"it read “{one.evidence[0].quote}”" if one.evidence else "it found nothing said on it"
        found.append(
            Disagreement(
                dimension=one.dimension,
                offline=float(one.depth),
                critic=float(depth),
                offline_reason=f"{one.depth.word}: {quote}",
                critic_reason=reasons.get(one.dimension, ""),
            )
        )
    # Both marks are shown with one decimal; so are they compared.
    if abs(round(overall, 1) - feedback.score.overall) >= LOOK_OVERALL - 1e-9:
        found.append(
            Disagreement(
                dimension=None,
                offline=feedback.score.overall,
                critic=round(overall, 1),
                offline_reason=feedback.headline,
                critic_reason=reasons.get("overall", ""),
            )
        )
    return tuple(found)
