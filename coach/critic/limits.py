"""Limits: how high the critic's marks may go on what was proved, and where the two scorers are far apart."""

from collections.abc import Mapping, Sequence
from statistics import mean

from coach.domain import Ceiling, Depth, Disagreement, Feedback

# An attempt to talk the grader into a mark must not pay: this much above the offline mark, no more.
ATTEMPT_MARGIN = 0.5
# Where two scorers of one answer lie this far apart, a person should look.
LOOK_DEPTH, LOOK_OVERALL = 2, 1.5
# The highest marks that go with the deepest dimension, and the highest overall mark with the mean depth of
# the expected ones: 98 in 100 of the graded answers stay within (tests/critic/test_limits.py counts them).
_OVERALL_BY_DEEPEST = {Depth.ABSENT: 1.0, Depth.NAMED: 2.0, Depth.DESCRIBED: 4.0, Depth.REASONED: 5.0}
_REASONING_BY_DEEPEST = {Depth.ABSENT: 1.0, Depth.NAMED: 1.0, Depth.DESCRIBED: 2.0, Depth.REASONED: 3.0}
_OVERALL_BY_MEAN = ((0.25, 1.0), (0.75, 2.0), (1.25, 4.0))


def supported_overall(depths: Sequence[Depth]) -> float:
    """The highest overall mark that the depths of the expected dimensions support, in [0, 5]."""
    if not depths:
        return 0.0
    by_mean = next((top for below, top in _OVERALL_BY_MEAN if mean(depths) < below), 5.0)
    return min(_OVERALL_BY_DEEPEST[max(depths)], by_mean)


def supported_reasoning(depths: Sequence[Depth]) -> float:
    """The highest mark for reasoning that the depths support, in [0, 3]."""
    return _REASONING_BY_DEEPEST[max(depths, default=Depth.ABSENT)]


def ceiling(wanted: float, depths: Sequence[Depth], offline: float, attempted: bool) -> Ceiling | None:
    """The limit that an overall mark of `wanted` runs into, or None where it runs into none."""
    limits = [(supported_overall(depths), "no more is borne out by what could be proved in the answer")]
    if attempted:
        limits.append((offline + ATTEMPT_MARGIN, "the answer tries to talk the grader into a mark"))
    limit, reason = min(limits)
    return Ceiling(wanted=wanted, limit=round(limit, 1), reason=reason) if wanted > limit else None


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
