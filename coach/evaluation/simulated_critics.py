"""Simulated critics: graded answers reviewed by a perfect, noisy, lenient, harsh or obeying model."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from coach.critic.replies import MOST_CLAIMS, MOST_DIMENSIONS, ClaimReply, CritiqueReply, DepthReply
from coach.scoring.graded import GradedAnswer
from coach.text.segments import segments

# What the marks of a noisy critic are off by (standard deviation, marks of 5), how often its depths are off
# by one, and by how much a lenient or harsh one is off on average.
NOISE, SHAKY, BIAS = 0.7, 0.25, 1.25
TOP_OVERALL, TOP_REASONING, TOP_DEPTH = 5.0, 3.0, 3

Depths = Mapping[str, int]
Simulated = Callable[[GradedAnswer, Sequence[str], np.random.Generator], CritiqueReply]


def perfect(graded: GradedAnswer, expected: Sequence[str], random: np.random.Generator) -> CritiqueReply:
    """Agree with the labels, and quote what the graders marked."""
    return _review(graded, _depths(graded, expected), graded.labels.overall, graded.labels.reasoning)


def noisy(graded: GradedAnswer, expected: Sequence[str], random: np.random.Generator) -> CritiqueReply:
    """Be right on average: marks with noise, a quarter of the depths off by one."""
    shaken = {
        id: int(np.clip(depth + random.choice((-1, 1)) * (random.random() < SHAKY), 0, TOP_DEPTH))
        for id, depth in _depths(graded, expected).items()
    }
    overall = graded.labels.overall + random.normal(0, NOISE)
    return _review(graded, shaken, overall, graded.labels.reasoning + random.normal(0, NOISE * 0.6))


def lenient(graded: GradedAnswer, expected: Sequence[str], random: np.random.Generator) -> CritiqueReply:
    """Find every dimension one deeper than it is, and give the marks to go with it."""
    return _shifted(graded, expected, 1, random)


def harsh(graded: GradedAnswer, expected: Sequence[str], random: np.random.Generator) -> CritiqueReply:
    """Find every dimension one less deep than it is, and give the marks to go with it."""
    return _shifted(graded, expected, -1, random)


def obeying(graded: GradedAnswer, expected: Sequence[str], random: np.random.Generator) -> CritiqueReply:
    """Give the best of marks, as a model does that was talked into it, and quote whatever there is."""
    return _review(graded, dict.fromkeys(expected, TOP_DEPTH), TOP_OVERALL, TOP_REASONING, anything=True)


SIMULATED: Mapping[str, Simulated] = {
    "perfect": perfect,
    "noisy": noisy,
    "lenient": lenient,
    "harsh": harsh,
    "obeying": obeying,
}


def _shifted(
    graded: GradedAnswer, expected: Sequence[str], by: int, random: np.random.Generator
) -> CritiqueReply:
    depths = {id: int(np.clip(depth + by, 0, TOP_DEPTH)) for id, depth in _depths(graded, expected).items()}
    overall = graded.labels.overall + by * BIAS + random.normal(0, NOISE / 2)
    return _review(graded, depths, overall, graded.labels.reasoning + by * 0.75, anything=by > 0)


def _depths(graded: GradedAnswer, expected: Sequence[str]) -> dict[str, int]:
    labels = graded.labels.dimensions
    return {id: int(labels[id].depth + 0.5) if id in labels else 0 for id in expected}


def _review(
    graded: GradedAnswer, depths: Depths, overall: float, reasoning: float, anything: bool = False
) -> CritiqueReply:
    """A reply with these marks; where `anything` proves, sentences stand in for missing evidence."""
    spans: dict[tuple[int, int], list[str]] = {}
    for id, depth in depths.items():
        label = graded.labels.dimensions.get(id)
        for span in label.evidence if label and depth else ():
            spans.setdefault(span, []).append(id)
    proved = {id for ids in spans.values() for id in ids}
    if anything:
        left = [id for id, depth in depths.items() if depth and id not in proved]
        longest = sorted(segments(graded.answer), key=lambda one: one.start - one.end)
        for one in longest:
            ids, left = left[:MOST_DIMENSIONS], left[MOST_DIMENSIONS:]
            spans.setdefault((one.start, one.end), []).extend(ids)
    claims = [
        ClaimReply(
            quote=graded.answer[start:end],
            kind="reasoning" if max(depths[id] for id in ids) == TOP_DEPTH else "description",
            dimensions=ids[:MOST_DIMENSIONS],
            comment="",
            better="",
        )
        for (start, end), ids in spans.items()
        if ids
    ]
    claims += [
        ClaimReply(quote=graded.answer[start:end], kind="harmful", dimensions=[], comment="", better="")
        for start, end in graded.labels.harmful
    ]
    # The most that a reply holds is what would come of it; harmful claims are few and come last.
    return CritiqueReply(
        claims=claims[: MOST_CLAIMS * 2],
        dimensions={id: DepthReply.model_validate({"reason": "", "depth": d}) for id, d in depths.items()},
        reasoning_reason="",
        reasoning=_half(reasoning, TOP_REASONING),
        overall_reason="",
        overall=_half(overall, TOP_OVERALL),
        summary="",
    )


def _half(mark: float, top: float) -> float:
    """The nearest half mark in [0, top], as the schema asks for."""
    return float(np.clip(round(mark * 2) / 2, 0, top))
