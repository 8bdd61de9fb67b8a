"""Agreement of marks with labels: kappa, correlation, errors, intervals and confusions, from arrays alone."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coach.domain import Frozen

RESAMPLES = 1000
SEED = 0
# Counts of draws that are held at a time: all of up to 4,000 answers.
_DRAWN = 4_000_000
# The interval holds the middle 95 of 100 resamples.
_TAILS = (2.5, 97.5)

Array = NDArray[np.float64]
Marks = NDArray[np.generic] | Sequence[float]
Interval = tuple[float, float]


class Agreement(Frozen):
    """How marks agree with labels; None where a figure is not defined (nothing varies).

    `qwk` is quadratic weighted kappa of marks and labels rounded half up to whole marks, `exact` and
    `adjacent` the shares of those that are equal and that differ by at most one. `pearson`, `mae`, `rmse`
    and `smd` (the mean difference, mark less label, over the root of the mean of the two variances) are of
    the marks as they are. `intervals` maps a figure to its 95% bootstrap interval, by resampling answers.
    `confusion` counts labels (rows) against marks (columns), both whole, from 0 up.
    """

    answers: int
    qwk: float | None
    pearson: float | None
    mae: float
    rmse: float
    exact: float
    adjacent: float
    smd: float | None
    intervals: dict[str, Interval]
    confusion: tuple[tuple[int, ...], ...]


class Overlap(Frozen):
    """What was found against what is labelled, in counts of one unit (characters, names).

    `both` is found and labelled. The shares are 0 where there is nothing to divide by. `intervals` are
    95% bootstrap intervals, by resampling answers.
    """

    found: int
    labelled: int
    both: int
    precision: float
    recall: float
    f1: float
    intervals: dict[str, Interval]


@dataclass(frozen=True)
class _Figures:
    """Figures of s samples, each (s,); not a number where a figure is not defined."""

    qwk: Array
    pearson: Array
    mae: Array
    rmse: Array
    exact: Array
    adjacent: Array
    smd: Array


_NAMES = ("qwk", "pearson", "mae", "rmse", "exact", "adjacent", "smd")


def whole(marks: Marks) -> NDArray[np.int64]:
    """Round half up to whole marks.

    >>> whole([0.5, 1.49, 2.5]).tolist()
    [1, 1, 3]
    """
    return np.floor(np.asarray(marks, dtype=np.float64) + 0.5).astype(np.int64)


def agreement(
    marks: Marks,
    labels: Marks,
    steps: int,
    chosen: NDArray[np.bool_] | None = None,
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> Agreement:
    """Compare marks with labels, both (a,) or (a, d) for a answers, on a scale from 0 to `steps`.

    `chosen`, of the same shape, picks what counts; a resample draws whole answers. The same input and
    seed give the same intervals; `resamples` of 0 gives none. Raises ValueError when shapes differ,
    nothing is chosen, or a mark is off the scale.
    """
    given, true = _rows(marks), _rows(labels)
    if given.shape != true.shape:
        raise ValueError(f"marks have shape {given.shape}, labels {true.shape}")
    counts = np.ones(given.shape, dtype=np.bool_) if chosen is None else _rows(chosen) > 0
    if not counts.any():
        raise ValueError("there is nothing to compare")
    for values in (given[counts], true[counts]):
        if values.min() < 0 or values.max() > steps:
            raise ValueError(f"marks lie outside the scale from 0 to {steps}")
    sums = _answer_sums(given, true, counts, steps)
    all_once = np.ones((1, len(given)))
    figures = _figures(all_once @ sums, steps)
    drawn = _figures(_resampled(sums, resamples, seed), steps) if resamples else None
    cells = sums[:, _MOMENTS:].sum(axis=0).reshape(steps + 1, steps + 1)
    return Agreement(
        answers=int(counts.any(axis=1).sum()),
        **{name: _value(getattr(figures, name)[0]) for name in _NAMES},
        intervals={} if drawn is None else _intervals({name: getattr(drawn, name) for name in _NAMES}),
        confusion=tuple(tuple(int(count) for count in row) for row in cells),
    )


def overlap(
    found: Marks, labelled: Marks, both: Marks, resamples: int = RESAMPLES, seed: int = SEED
) -> Overlap:
    """Precision, recall and F1 over all answers, from counts (a,) of each answer."""
    table = np.stack([np.asarray(one, dtype=np.float64) for one in (found, labelled, both)], axis=1)
    shares = _shares(table.sum(axis=0, keepdims=True))
    drawn = _shares(_resampled(table, resamples, seed)) if resamples and len(table) else {}
    totals = [int(count) for count in table.sum(axis=0)]
    return Overlap(
        found=totals[0],
        labelled=totals[1],
        both=totals[2],
        precision=float(shares["precision"][0]),
        recall=float(shares["recall"][0]),
        f1=float(shares["f1"][0]),
        intervals=_intervals(drawn),
    )


# Columns of what is added up for each answer before its confusion cells: number, sums of mark and label, of
# their squares and product, of the absolute and the squared difference.
_MOMENTS = 8


def _rows(values: Marks) -> Array:
    array = np.asarray(values, dtype=np.float64)
    return array if array.ndim == 2 else array.reshape(-1, 1)


def _answer_sums(given: Array, true: Array, counts: NDArray[np.bool_], steps: int) -> Array:
    """What each answer adds to every figure, (a, 8 + cells): a resample is then a weighted sum of rows."""
    # Moments about the middle of the scale lose no digits to a large mean.
    middle = steps / 2
    mark, label = np.where(counts, given - middle, 0.0), np.where(counts, true - middle, 0.0)
    gap = mark - label
    columns = [counts, mark, label, mark * mark, label * label, mark * label, np.abs(gap), gap * gap]
    cell = np.where(counts, whole(true) * (steps + 1) + whole(given), -1)
    cells = [(cell == place).sum(axis=1) for place in range((steps + 1) ** 2)]
    return np.stack([*(column.sum(axis=1) for column in columns), *cells], axis=1).astype(np.float64)


def _resampled(sums: Array, resamples: int, seed: int) -> Array:
    """The sums (a, n) of all answers in each resample, (resamples, n)."""
    random = np.random.default_rng(seed)
    answers = len(sums)
    at_once = max(1, _DRAWN // answers)
    found = []
    for first in range(0, resamples, at_once):
        drawn = np.empty((min(at_once, resamples - first), answers))
        for sample in range(len(drawn)):
            drawn[sample] = np.bincount(random.integers(0, answers, answers), minlength=answers)
        found.append(drawn @ sums)
    return np.concatenate(found)


def _figures(sums: Array, steps: int) -> _Figures:
    """All figures of samples from their sums (s, 8 + cells)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        number = sums[:, 0]
        means = sums[:, 1:_MOMENTS] / number[:, None]
        mark, label, marks_squared, labels_squared, product, absolute, squared = means.T
        variance = np.maximum(marks_squared - mark**2, 0), np.maximum(labels_squared - label**2, 0)
        spread = np.sqrt(variance[0] * variance[1])
        # Rounding leaves a trace of variance where nothing varies.
        defined = np.where(spread > 1e-12, spread, np.nan)
        both = np.sqrt((variance[0] + variance[1]) / 2)
        counted = sums[:, _MOMENTS:].reshape(-1, steps + 1, steps + 1)
        cells = counted / number[:, None, None]
        apart = np.subtract.outer(np.arange(steps + 1), np.arange(steps + 1))
        chance = np.einsum("sl,sm,lm->s", cells.sum(axis=2), cells.sum(axis=1), apart**2)
        return _Figures(
            qwk=1 - (cells * apart**2).sum(axis=(1, 2)) / np.where(chance > 1e-12, chance, np.nan),
            pearson=(product - mark * label) / defined,
            mae=absolute,
            rmse=np.sqrt(squared),
            exact=counted[:, apart == 0].sum(axis=1) / number,
            adjacent=counted[:, np.abs(apart) <= 1].sum(axis=1) / number,
            smd=(mark - label) / np.where(both > 1e-6, both, np.nan),
        )


def _shares(counts: Array) -> dict[str, Array]:
    found, labelled, both = counts.T
    return {
        "precision": both / np.maximum(found, 1),
        "recall": both / np.maximum(labelled, 1),
        "f1": 2 * both / np.maximum(found + labelled, 1),
    }


def _intervals(drawn: dict[str, Array]) -> dict[str, Interval]:
    """The middle of each figure over the resamples in which it is defined."""
    found = {}
    for name, values in drawn.items():
        defined = values[np.isfinite(values)]
        if len(defined):
            low, high = np.percentile(defined, _TAILS)
            found[name] = (float(low), float(high))
    return found


def _value(figure: float) -> float | None:
    return float(figure) if np.isfinite(figure) else None
