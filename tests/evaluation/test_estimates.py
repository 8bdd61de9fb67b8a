"""Estimates against figures counted by hand and an independent bootstrap."""

import numpy as np
import pytest
from scipy import stats

from coach.evaluation.agreement import agreement
from coach.evaluation.estimates import agreed, bootstrap, estimated, highest, mean, share


def test_a_mean_has_its_value_by_writer_too() -> None:
    found = mean([True, False, True, True], ["x", "x", "y", "y"])
    assert (found.value, found.cases) == (0.75, 4)
    assert found.parts == {"x": 0.5, "y": 1.0}
    assert mean([1.0], ["x"]).parts == {}


def test_a_share_is_of_sums_and_not_the_mean_of_shares() -> None:
    found = share([1, 0], [1, 9], ["x", "x"])
    assert (found.value, found.cases) == (pytest.approx(0.1), 10)


def test_a_share_of_nothing_is_not_defined() -> None:
    found = share([0, 0], [0, 0], ["x", "y"])
    assert (found.value, found.interval, found.cases) == (None, None, 0)
    assert found.parts == {"x": None, "y": None}


def test_the_interval_is_that_of_scipy() -> None:
    values = np.random.default_rng(3).normal(size=80)
    found = mean(values, ["x"] * 80).interval
    theirs = stats.bootstrap((values,), np.mean, method="percentile", n_resamples=4000, rng=1)
    assert found == pytest.approx(tuple(theirs.confidence_interval), abs=0.03)


def test_rows_of_a_cluster_are_drawn_together() -> None:
    values = [1.0] * 20 + [0.0] * 20
    alone = mean(values, ["x"] * 40).interval
    together = mean(values, ["x"] * 40, ["left"] * 20 + ["right"] * 20).interval
    assert together == (0.0, 1.0)
    assert alone is not None
    assert 0.3 < alone[0] < alone[1] < 0.7


def test_the_same_rows_give_the_same_interval() -> None:
    clusters = ["a", "b", "b", "c"]
    draws = [bootstrap(lambda rows: float(rows.mean()), clusters) for _ in range(2)]
    assert draws[0] == draws[1]
    assert bootstrap(lambda rows: float("nan"), clusters) is None
    assert bootstrap(lambda rows: 1.0, []) is None


def test_a_statistic_sees_the_rows_of_each_writer() -> None:
    found = estimated(lambda rows: float(rows.max()), ["y", "x", "y"], cases=7)
    assert (found.value, found.cases, found.parts) == (2, 7, {"x": 1, "y": 2})


def test_a_worst_case_has_no_interval() -> None:
    found = highest([0.5, 2.0, 1.0], ["x", "x", "y"])
    assert (found.value, found.interval, found.parts) == (2.0, None, {"x": 2.0, "y": 1.0})
    assert highest([], []).value is None


def test_agreement_is_that_of_all_answers_and_of_each_writers() -> None:
    marks, labels = np.asarray([1.0, 2.0, 4.0, 5.0]), np.asarray([1.0, 3.0, 4.0, 4.0])
    found = agreed("mae", marks, labels, 5, ["x", "x", "y", "y"])
    whole = agreement(marks, labels, 5)
    assert (found.value, found.interval, found.cases) == (whole.mae, whole.intervals["mae"], 4)
    assert found.parts == {"x": 0.5, "y": 0.5}


def test_agreement_counts_what_is_chosen() -> None:
    marks, labels = np.asarray([[1.0, 3.0], [2.0, 0.0]]), np.asarray([[1.0, 0.0], [1.0, 0.0]])
    chosen = np.asarray([[True, False], [True, False]])
    assert agreed("mae", marks, labels, 3, ["x", "y"], chosen).value == 0.5
