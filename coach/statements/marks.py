"""Marks: from what the statements of an answer say to its depths, overall and reasoning.

Every feature lies in [0, 1], no weight is negative, and none of what is said falls when a statement is added:
as long as an answer fits its question, a sound statement never lowers a mark. Harmful statements are read
apart: each costs, and none earns.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from coach.domain import MarkPart
from coach.scoring.bank import Floats, Ints
from coach.statements.reading import Reading
from coach.statements.weights import MarkModel

OVERALL, REASONING = 5.0, 3.0
# What an answer earns whatever question it seems to answer.
NAMED = ("named", "best named")
# Parts of less than this many marks are not told.
LEAST_PART = 0.05


@dataclass(frozen=True)
class Marks:
    """The marks of an answer: `levels` (d,) in [0, 3], `overall` in [0, 5], `reasoning` in [0, 3], unrounded.

    `parts` say what the overall mark is made of.
    """

    levels: Floats
    overall: float
    reasoning: float
    parts: tuple[MarkPart, ...]


def deepest(reading: Reading) -> Floats:
    """The level (d,) in [0, 3] that an answer reaches in each dimension: that of its deepest statement."""
    return np.asarray(reading.depth.max(axis=0).sum(axis=1))


def features(levels: Floats, worth: Floats, fit: float, expected: Ints) -> dict[str, float]:
    """What marks are made of, each in [0, 1].

    `levels` (d,) are those of the answer, `worth` (n, 2) of its statements, `fit` in [0, 1] how well it
    answers the question that was asked, `expected` the places of the dimensions that the question expects. An
    answer to another question earns what it names here; the rest counts as far as it fits.
    """
    of_expected = np.sort(levels[expected])[::-1] if len(expected) else np.sort(levels)[::-1]
    others = np.sort(np.delete(levels, expected))[::-1][:2]
    best, pair = of_expected[0], of_expected[:2].mean()
    found = {
        "named": np.clip(of_expected, 0, 1).mean(),
        "described": np.clip(of_expected - 1, 0, 1).mean(),
        "reasoned": np.clip(of_expected - 2, 0, 1).mean(),
        "best named": np.clip(best, 0, 1),
        "best described": np.clip(best - 1, 0, 1),
        "best reasoned": np.clip(best - 2, 0, 1),
        "best two": pair / 3,
        "beside": others.sum() / 6,
        "worth": 1 - np.exp(-worth[:, 0].sum()),
        "reasons": 1 - np.exp(-worth[:, 1].sum()),
    }
    asked = {f"{name}, fitting": value * fit for name, value in found.items()}
    return {name: float(value) for name, value in ({name: found[name] for name in NAMED} | asked).items()}


def lead(fit: Floats, question: int) -> float:
    """How far (log-odds) n statements answer a question better than the pack's next best: below 0 where not.

    `fit` (n, q) are the log-odds of each statement by question. Infinite where the pack has one question.
    """
    mean = fit.mean(axis=0)
    others = np.delete(mean, question)
    return float(mean[question] - others.max()) if len(others) else float("inf")


def share_fitting(ahead: float, bounds: tuple[float, float]) -> float:
    """How well an answer fits its question, in [0, 1], by its lead: 0 at the lower bound, 1 at the upper.

    >>> share_fitting(-2.0, (-3.0, -1.0)), share_fitting(float("inf"), (-3.0, -1.0))
    (0.5, 1.0)
    """
    low, high = bounds
    return float(np.clip((ahead - low) / (high - low), 0, 1))


def marks(
    reading: Reading, question: int, expected: Ints, harmful: Sequence[float], model: MarkModel
) -> Marks:
    """Mark an answer by the reading of its sound statements; `harmful` has one value for each other."""
    if not len(reading.harm):
        levels = np.zeros(reading.depth.shape[1], dtype=np.float32)
        return Marks(levels, 0.0, 0.0, _parts({}, {}, 0.0, 0.0))
    levels = deepest(reading)
    found = features(levels, reading.worth, share_fitting(lead(reading.fit, question), model.fit), expected)
    gained = {name: weight * found[name] for name, weight in model.overall.items()}
    earned = min(OVERALL, sum(gained.values()))
    overall = earned
    if harmful:
        first, further = model.harm
        overall = min(model.harm_limit, earned - first - further * (len(harmful) - 1))
        overall = min(earned, max(0.0, overall))
    reasoning = sum(weight * found[name] for name, weight in model.reasoning.items())
    return Marks(levels, overall, min(REASONING, reasoning), _parts(gained, found, earned, overall))


_KINDS: Mapping[str, tuple[str, ...]] = {
    "coverage": ("named", "described", "best named", "best described", "best two"),
    "reasons": ("reasoned", "best reasoned", "reasons"),
    "statements": ("worth",),
    "beside": ("beside",),
}


def _parts(
    gained: Mapping[str, float], found: Mapping[str, float], earned: float, overall: float
) -> tuple[MarkPart, ...]:
    """What the overall mark is made of, in marks; they add up to it."""
    sums = {kind: 0.0 for kind in _KINDS}
    for name, points in gained.items():
        plain = name.removesuffix(", fitting")
        kind = next(kind for kind, names in _KINDS.items() if plain in names)
        sums[kind] += points
    total = sum(sums.values())
    scale = earned / total if total else 0.0
    parts = [MarkPart(kind=kind, points=points * scale) for kind, points in sums.items()]
    parts.append(MarkPart(kind="harm", points=overall - earned))
    return tuple(part for part in parts if abs(part.points) >= LEAST_PART)
