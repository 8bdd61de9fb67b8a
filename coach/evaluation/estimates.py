"""Estimates: a figure over texts with its bootstrap interval, and the same figure by writer."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from coach.evaluation.agreement import RESAMPLES, SEED, Agreement, Interval, agreement
from coach.evaluation.figure import Estimate

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]
Values = NDArray[np.generic] | Sequence[float] | Sequence[bool]
Statistic = Callable[[Rows], float]

# The interval holds the middle 95 of 100 resamples.
_TAILS = (2.5, 97.5)


def estimated(
    statistic: Statistic,
    writers: Sequence[str],
    clusters: Sequence[str] | None = None,
    cases: int | None = None,
) -> Estimate:
    """The statistic of all n rows, its interval, and its value for the rows of each writer.

    `statistic` takes rows and gives a figure, not a number where that is not defined. Rows of one cluster
    (n ids; each row its own if not given) are drawn together. `cases` is n if not given.
    """
    everything = np.arange(len(writers))
    named = np.asarray(writers)
    distinct = sorted(set(writers))
    return Estimate(
        value=_defined(statistic(everything)),
        cases=len(writers) if cases is None else cases,
        interval=bootstrap(statistic, clusters or [str(row) for row in everything]),
        parts={one: _defined(statistic(np.flatnonzero(named == one))) for one in distinct}
        if len(distinct) > 1
        else {},
    )


def share(
    hits: Values, of: Values, writers: Sequence[str], clusters: Sequence[str] | None = None
) -> Estimate:
    """The sum of `hits` (n,) over the sum of `of` (n,): a share where hits are at most of, else a mean.

    Not defined where `of` sums to nought; the cases are that sum.
    """
    above, below = np.asarray(hits, dtype=np.float64), np.asarray(of, dtype=np.float64)

    def ratio(rows: Rows) -> float:
        total = float(below[rows].sum())
        return float(above[rows].sum()) / total if total else np.nan

    return estimated(ratio, writers, clusters, cases=int(below.sum()))


def mean(values: Values, writers: Sequence[str], clusters: Sequence[str] | None = None) -> Estimate:
    """The mean of `values` (n,)."""
    return share(values, np.ones(len(values)), writers, clusters)


def highest(values: Values, writers: Sequence[str]) -> Estimate:
    """The highest of `values` (n,); a worst case has no interval."""
    found = np.asarray(values, dtype=np.float64)
    named = np.asarray(writers)
    distinct = sorted(set(writers)) if len(set(writers)) > 1 else []
    return Estimate(
        value=float(found.max()) if len(found) else None,
        cases=len(found),
        parts={one: float(found[named == one].max()) for one in distinct},
    )


def agreed(
    name: str,
    marks: Floats,
    labels: Floats,
    steps: int,
    writers: Sequence[str],
    chosen: NDArray[np.bool_] | None = None,
) -> Estimate:
    """One figure of `Agreement` ("qwk", "pearson", "mae") of marks and labels, both (n,) or (n, d)."""

    def of(rows: Rows, resamples: int) -> Agreement:
        picked = None if chosen is None else chosen[rows]
        return agreement(marks[rows], labels[rows], steps, picked, resamples)

    named = np.asarray(writers)
    distinct = sorted(set(writers)) if len(set(writers)) > 1 else []
    whole = of(np.arange(len(writers)), RESAMPLES)
    return Estimate(
        value=getattr(whole, name),
        cases=whole.answers,
        interval=whole.intervals.get(name),
        parts={one: getattr(of(np.flatnonzero(named == one), 0), name) for one in distinct},
    )


def bootstrap(
    statistic: Statistic, clusters: Sequence[str], resamples: int = RESAMPLES, seed: int = SEED
) -> Interval | None:
    """The 95% interval of a statistic of rows, by drawing whole clusters with replacement.

    The same input and seed give the same interval; None where the statistic is defined in no draw.
    """
    _, places = np.unique(np.asarray(clusters), return_inverse=True)
    members = [np.flatnonzero(places == place) for place in range(int(places.max(initial=-1)) + 1)]
    if not members:
        return None
    random = np.random.default_rng(seed)
    drawn = np.asarray(
        [
            statistic(
                np.concatenate([members[one] for one in random.integers(0, len(members), len(members))])
            )
            for _ in range(resamples)
        ]
    )
    defined = drawn[np.isfinite(drawn)]
    if not len(defined):
        return None
    low, high = np.percentile(defined, _TAILS)
    return float(low), float(high)


def _defined(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
