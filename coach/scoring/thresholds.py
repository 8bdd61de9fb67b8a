"""Thresholds and agreement, both from readings of answers whose writers were held out."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import cohen_kappa_score

from coach.scoring.bank import Floats, Ints
from coach.scoring.doubt import doubt
from coach.scoring.head import Reading
from coach.scoring.training_set import TrainingSet
from coach.scoring.weights import Thresholds

# A mark is right where it is this near to the graders', in marks.
NEAR_ENOUGH = 0.5
_CUT_GRID = np.arange(-0.4, 0.41, 0.05)
_EVIDENCE_GRID = np.arange(0.1, 0.71, 0.025)
_HARM_GRID = np.arange(0.1, 0.91, 0.025)


@dataclass(frozen=True)
class OutOfFold:
    """a answers as read by heads that never saw their writers.

    `labels` (a, d) are the graded depths of whole answers; `named` (a, d) is true where tool names
    stand for a dimension; `references` (r, width) are the written references.
    """

    data: TrainingSet
    readings: tuple[Reading, ...]
    labels: Floats
    named: NDArray[np.bool_]
    references: Floats

    def depths(self, cuts: tuple[float, float, float], rows: Ints | None = None) -> Ints:
        """Whole depths (a, d), with what tool names alone earn."""
        chosen = np.arange(len(self.readings)) if rows is None else rows
        expectation = np.stack([self.readings[row].depth.sum(axis=1) for row in chosen])
        depths = (expectation[..., None] >= np.asarray(cuts)).sum(axis=2)
        return np.asarray(np.maximum(depths, self.named[chosen]), dtype=np.int64)


def choose_thresholds(seen: OutOfFold, rows: Ints | None = None) -> Thresholds:
    """Choose every threshold on the answers `rows` (all of them by default)."""
    chosen = np.arange(len(seen.readings)) if rows is None else rows
    cuts = _depth_cuts(seen, chosen)
    return Thresholds(
        depth_cuts=cuts,
        evidence=_evidence_threshold(seen, chosen),
        harm=_harm_threshold(seen, chosen),
        confidence=_confidence_curve(seen, chosen),
    )


def agreement(seen: OutOfFold) -> dict[str, float]:
    """Agreement with the graders, writer by writer held out.

    Quadratic weighted kappa of overall, reasoning, all dimensions and expected dimensions (figures
    rounded to whole marks), mean absolute error of overall. The depth cuts of each writer's answers are
    chosen on the other writers'.
    """
    data = seen.data
    depths = np.zeros(seen.labels.shape, dtype=np.int64)
    writers = data.writer[: data.originals]
    for writer in np.unique(writers):
        held_out = np.flatnonzero(writers == writer)
        depths[held_out] = seen.depths(_depth_cuts(seen, np.flatnonzero(writers != writer)), held_out)
    overall = np.asarray([reading.overall.sum() for reading in seen.readings])
    reasoning = np.asarray([reading.reasoning.sum() for reading in seen.readings])
    expected = data.expected[: data.originals] > 0
    graded = data.overall[: data.originals]
    return {
        "overall_kappa": kappa(overall, graded),
        "overall_mean_absolute_error": float(np.abs(overall - graded).mean()),
        "reasoning_kappa": kappa(reasoning, data.reasoning[: data.originals]),
        "dimensions_kappa": kappa(depths, seen.labels),
        "expected_dimensions_kappa": kappa(depths[expected], seen.labels[expected]),
    }


def kappa(marks: NDArray[np.generic], labels: NDArray[np.generic]) -> float:
    """Quadratic weighted kappa of two arrays of one shape, each rounded half up to whole marks."""
    whole = [
        np.floor(np.asarray(values, dtype=np.float64).ravel() + 0.5).astype(int) for values in (marks, labels)
    ]
    return float(cohen_kappa_score(whole[0], whole[1], weights="quadratic"))


def _depth_cuts(seen: OutOfFold, rows: Ints) -> tuple[float, float, float]:
    """The cuts that agree best, all and expected dimensions counting alike; one cut is moved at a time."""
    labels, expected = seen.labels[rows], seen.data.expected[rows] > 0

    def quality(cuts: list[float]) -> float:
        depths = seen.depths((cuts[0], cuts[1], cuts[2]), rows)
        return kappa(depths, labels) + kappa(depths[expected], labels[expected])

    cuts = [0.5, 1.5, 2.5]
    for _ in range(2):
        for place, middle in enumerate((0.5, 1.5, 2.5)):
            options = [[*cuts[:place], float(middle + step), *cuts[place + 1 :]] for step in _CUT_GRID]
            cuts = max(options, key=quality)
    return (round(cuts[0], 2), round(cuts[1], 2), round(cuts[2], 2))


def _evidence_threshold(seen: OutOfFold, rows: Ints) -> float:
    """The piece probability whose pieces overlap best (F1 in words) with the labelled evidence."""
    data, bounds = seen.data, seen.data.bounds
    probability, label, words = [], [], []
    for row in rows:
        start, end = bounds[row]
        reached = seen.readings[row].depth.sum(axis=1) >= 0.5
        probability.append(seen.readings[row].piece_depth[:, reached, 0].ravel())
        label.append((data.piece_depth[start:end][:, reached] > 0).ravel())
        lengths = np.asarray([piece.words for piece in data.pieces[row]])
        words.append(np.repeat(lengths, int(reached.sum())))
    return _best_threshold(
        np.concatenate(probability), np.concatenate(label), np.concatenate(words), _EVIDENCE_GRID
    )


def _harm_threshold(seen: OutOfFold, rows: Ints) -> float:
    """The probability at which harmful pieces are found best (F1 in pieces)."""
    bounds = seen.data.bounds
    probability = np.concatenate([seen.readings[row].piece_harm for row in rows])
    label = np.concatenate([seen.data.piece_harm[slice(*bounds[row])] > 0 for row in rows])
    return _best_threshold(probability, label, np.ones(len(label)), _HARM_GRID)


def _best_threshold(
    probability: Floats, label: NDArray[np.bool_], weight: NDArray[np.generic], grid: NDArray[np.float64]
) -> float:
    def f1(threshold: float) -> float:
        found = probability >= threshold
        both = float(weight[found & label].sum())
        return 2 * both / max(1.0, float(weight[found].sum()) + float(weight[label].sum()))

    return round(float(max(grid, key=f1)), 3)


def _confidence_curve(seen: OutOfFold, rows: Ints) -> tuple[float, float, float, float]:
    """Intercept and slopes of P(mark within half a mark of the graders') over the signs of doubt."""
    data = seen.data
    signs = np.stack(
        [doubt(seen.readings[row], data.vectors[slice(*data.bounds[row])], seen.references) for row in rows]
    )
    marks = np.asarray([seen.readings[row].overall.sum() for row in rows])
    right = np.abs(marks - data.overall[rows]) <= NEAR_ENOUGH
    if right.all() or not right.any():
        # Marks that are all near or all far teach no slope: the share alone, one seen of each kind added.
        share = (float(right.sum()) + 1.0) / (len(right) + 2.0)
        return (round(float(np.log(share / (1.0 - share))), 4), 0.0, 0.0, 0.0)
    curve = LogisticRegression(C=10.0).fit(signs, right)
    slopes = [round(float(slope), 4) for slope in curve.coef_[0]]
    return (round(float(curve.intercept_[0]), 4), slopes[0], slopes[1], slopes[2])
