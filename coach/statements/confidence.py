"""Confidence: how far a mark is to be trusted, and how unlike the training texts an answer is."""

from collections.abc import Mapping, Sequence

import numpy as np

from coach.scoring.bank import Floats, Ints
from coach.statements.marks import Marks
from coach.statements.reading import Reading, sigmoid

# Of the training texts nearest to a statement, so many are averaged.
NEAREST = 3
# Below this confidence the reader is told not to lean on the mark.
UNSURE = 0.4
# A mark that is told as a range: this share of the true ones lies within it.
WITHIN = 0.8


def familiarity(vectors: Floats, known: Floats) -> float:
    """How near (cosine) an answer's n statements are to the training texts: the mean over the statements.

    `vectors` (n, width) and `known` (k, width) are unit rows.
    """
    if not len(vectors) or not len(known):
        return 0.0
    similar = vectors @ known.T
    count = min(NEAREST, similar.shape[1])
    return float(np.partition(similar, similar.shape[1] - count, axis=1)[:, -count:].mean())


def signs(marks: Marks, reading: Reading, vectors: Floats, known: Floats, expected: Ints) -> dict[str, float]:
    """Signs of doubt in the reading of an answer's sound statements.

    `spread`: the variance that depths of expected dimensions are read with. `strangeness`: one less the
    familiarity. `middle`: marks near neither end of the scale are harder. `short`: few statements say less.
    """
    deepest = reading.depth.max(axis=0)[expected]
    return {
        "spread": float((deepest * (1 - deepest)).sum(axis=1).mean()) if len(expected) else 0.0,
        "strangeness": 1 - familiarity(vectors, known),
        "middle": marks.overall * (5 - marks.overall) / 6.25,
        "short": 1 / len(reading.harm),
    }


def chance(found: Mapping[str, float], slopes: Mapping[str, float]) -> float:
    """The chance in [0, 1] that the mark is within half a mark: a logistic curve over the signs."""
    total = slopes["intercept"] + sum(slopes[name] * value for name, value in found.items())
    return float(sigmoid(np.asarray(total)))


def mark_range(overall: float, confidence: float) -> tuple[int, int]:
    """The whole marks between which four in five true marks lie, for errors that fall off exponentially.

    >>> mark_range(2.6, 0.4)
    (1, 4)
    """
    scale = -0.5 / np.log(np.clip(1 - confidence, 1e-3, 1 - 1e-3))
    reach = -scale * np.log(1 - WITHIN)
    return int(np.clip(np.rint(overall - reach), 0, 5)), int(np.clip(np.rint(overall + reach), 0, 5))


def least_clear(reading: Reading, places: Sequence[int]) -> int:
    """Which of the dimensions at `places` is read with the least certainty."""
    deepest = reading.depth.max(axis=0)
    spread = (deepest * (1 - deepest)).sum(axis=1)
    return max(places, key=lambda place: float(spread[place]))
