"""Thresholds and agreement, both from readings of answers whose writers were held out."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import cohen_kappa_score

from coach.scoring.bank import Floats, Ints
from coach.scoring.doubt import SIGNS, doubt
from coach.scoring.head import Reading, calibrated, sharpened, shifted
from coach.scoring.training_set import TrainingSet
from coach.scoring.weights import Thresholds

# A mark is right where it is this near to the graders', in marks.
NEAR_ENOUGH = 0.5
# A mark reaches step k from a label of k - 0.25 on: medians of gradings come in halves.
OVERALL_STEPS = (0.75, 1.75, 2.75, 3.75, 4.75)
REASONING_STEPS = (0.75, 1.75, 2.75)
# Shifts of log-odds are sought in this range; all that were found lie within 1.
FARTHEST_SHIFT = 4.0
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

    @property
    def overall(self) -> Floats:
        """The probabilities of the steps of the overall mark, (a, 5)."""
        return np.stack([reading.overall for reading in self.readings])

    @property
    def reasoning(self) -> Floats:
        """The probabilities of the steps of reasoning, (a, 3)."""
        return np.stack([reading.reasoning for reading in self.readings])

    def depths(self, cuts: tuple[float, float, float], rows: Ints | None = None) -> Ints:
        """Whole depths (a, d), with what tool names alone earn."""
        chosen = np.arange(len(self.readings)) if rows is None else rows
        expectation = np.stack([self.readings[row].depth.sum(axis=1) for row in chosen])
        depths = (expectation[..., None] >= np.asarray(cuts)).sum(axis=2)
        return np.asarray(np.maximum(depths, self.named[chosen]), dtype=np.int64)


def choose_thresholds(seen: OutOfFold, rows: Ints | None = None) -> Thresholds:
    """Choose every threshold on the answers `rows` (all of them by default)."""
    chosen = np.arange(len(seen.readings)) if rows is None else rows
    overall, reasoning = _shifts(seen, chosen)
    return Thresholds(
        depth_cuts=choose_cuts(seen, chosen),
        evidence=_evidence_threshold(seen, chosen),
        harm=_harm_threshold(seen, chosen),
        confidence=_confidence_curve(seen, chosen, (overall, reasoning)),
        overall_shift=tuple(overall),
        reasoning_shift=tuple(reasoning),
    )


def agreement(seen: OutOfFold) -> dict[str, float]:
    """Agreement with the graders, writer by writer held out.

    Quadratic weighted kappa of overall, reasoning, all dimensions and expected dimensions (figures
    rounded to whole marks), mean absolute error of overall. The depth cuts and the shifts of marks of each
    writer's answers are chosen on the other writers'.
    """
    data = seen.data
    depths = np.zeros(seen.labels.shape, dtype=np.int64)
    overall, reasoning = np.zeros(data.originals), np.zeros(data.originals)
    writers = data.writer[: data.originals]
    for writer in np.unique(writers):
        held_out, others = np.flatnonzero(writers == writer), np.flatnonzero(writers != writer)
        depths[held_out] = seen.depths(choose_cuts(seen, others), held_out)
        shifts = _shifts(seen, others)
        overall[held_out] = sharpened(shifted(seen.overall[held_out], shifts[0])).sum(axis=1)
        reasoning[held_out] = shifted(seen.reasoning[held_out], shifts[1]).sum(axis=1)
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


def choose_cuts(
    seen: OutOfFold, rows: Ints | None = None, dimensions: Ints | None = None
) -> tuple[float, float, float]:
    """The cuts that agree best, all and expected dimensions counting alike; one cut is moved at a time.

    They are chosen on the answers `rows` and the `dimensions`, all of them by default.
    """
    places = np.arange(seen.labels.shape[1]) if dimensions is None else dimensions
    chosen = np.arange(len(seen.readings)) if rows is None else rows
    labels = seen.labels[chosen][:, places]
    expected = seen.data.expected[chosen][:, places] > 0

    def quality(cuts: list[float]) -> float:
        depths = seen.depths((cuts[0], cuts[1], cuts[2]), chosen)[:, places]
        return kappa(depths, labels) + kappa(depths[expected], labels[expected])

    cuts = [0.5, 1.5, 2.5]
    for _ in range(2):
        for place, middle in enumerate((0.5, 1.5, 2.5)):
            options = [[*cuts[:place], float(middle + step), *cuts[place + 1 :]] for step in _CUT_GRID]
            cuts = max(options, key=quality)
    return (round(cuts[0], 2), round(cuts[1], 2), round(cuts[2], 2))


def _shifts(seen: OutOfFold, rows: Ints) -> tuple[list[float], list[float]]:
    """Shifts of log-odds by which each step of overall and of reasoning is as likely as graders reach it."""
    data = seen.data
    overall = zip(seen.overall[rows].T, OVERALL_STEPS, strict=True)
    reasoning = zip(seen.reasoning[rows].T, REASONING_STEPS, strict=True)
    return (
        [_shift(chance, float((data.overall[rows] >= step).mean())) for chance, step in overall],
        [_shift(chance, float((data.reasoning[rows] >= step).mean())) for chance, step in reasoning],
    )


def _shift(chance: Floats, share: float) -> float:
    """The shift of log-odds that makes `share` the mean of the probabilities `chance` (a,), by halving."""
    low, high = -FARTHEST_SHIFT, FARTHEST_SHIFT
    for _ in range(30):
        middle = (low + high) / 2
        low, high = (middle, high) if shifted(chance, [middle]).mean() < share else (low, middle)
    return round(low, 4)


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


def _confidence_curve(
    seen: OutOfFold, rows: Ints, shifts: tuple[list[float], list[float]]
) -> tuple[float, ...]:
    """Intercept and slopes of P(mark within half a mark of the graders') over the signs of doubt."""
    readings = calibrated([seen.readings[row] for row in rows], *shifts)
    marks = np.asarray([reading.overall.sum() for reading in readings])
    right = np.abs(marks - seen.data.overall[rows]) <= NEAR_ENOUGH
    if right.all() or not right.any():
        # Marks that are all near or all far teach no slope: the share alone, one seen of each kind added.
        share = (float(right.sum()) + 1.0) / (len(right) + 2.0)
        return (round(float(np.log(share / (1.0 - share))), 4), *[0.0] * SIGNS)
    curve = LogisticRegression(C=100.0, max_iter=1000).fit(np.stack([doubt(one) for one in readings]), right)
    return tuple(round(float(value), 4) for value in (curve.intercept_[0], *curve.coef_[0]))
