"""Agreement and overlap against scikit-learn, scipy and a plain loop."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn import metrics

from coach.evaluation.agreement import Agreement, agreement, overlap, whole

STEPS = 5


def some_marks(answers: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Labels in halves and marks that follow them, both from 0 to 5."""
    random = np.random.default_rng(seed)
    labels = random.integers(0, 2 * STEPS + 1, answers) / 2
    marks = np.clip(labels + random.normal(0.3, 1.1, answers), 0, STEPS)
    return marks, labels


def half_up(values: np.ndarray) -> np.ndarray:
    return np.array([int(value) + (value - int(value) >= 0.5) for value in values])


@pytest.mark.parametrize("seed", range(8))
def test_the_figures_are_those_of_scikit_learn_and_scipy(seed: int) -> None:
    marks, labels = some_marks(60 + 20 * seed, seed)
    found = agreement(marks, labels, STEPS, resamples=0)
    whole_marks, whole_labels = half_up(marks), half_up(labels)
    assert found.answers == len(marks)
    assert found.qwk == pytest.approx(
        metrics.cohen_kappa_score(whole_labels, whole_marks, weights="quadratic")
    )
    assert found.pearson == pytest.approx(stats.pearsonr(marks, labels).statistic)
    assert found.mae == pytest.approx(metrics.mean_absolute_error(labels, marks))
    assert found.rmse == pytest.approx(metrics.root_mean_squared_error(labels, marks))
    assert found.exact == pytest.approx(metrics.accuracy_score(whole_labels, whole_marks))
    assert found.adjacent == pytest.approx(np.mean(np.abs(whole_labels - whole_marks) <= 1))
    pooled = np.sqrt((np.var(marks) + np.var(labels)) / 2)
    assert found.smd == pytest.approx((marks.mean() - labels.mean()) / pooled)
    expected = metrics.confusion_matrix(whole_labels, whole_marks, labels=range(STEPS + 1))
    assert np.array_equal(found.confusion, expected)


def test_dimensions_count_as_if_they_stood_in_one_row() -> None:
    marks, labels = some_marks(90, 3)
    chosen = np.random.default_rng(1).random(90) < 0.6
    table = agreement(marks.reshape(30, 3), labels.reshape(30, 3), STEPS, chosen.reshape(30, 3), resamples=0)
    row = agreement(marks[chosen], labels[chosen], STEPS, resamples=0)
    assert table.answers == 30 - int((~chosen.reshape(30, 3)).all(axis=1).sum())
    assert table.confusion == row.confusion
    for name in ("qwk", "pearson", "mae", "rmse", "exact", "adjacent", "smd"):
        assert getattr(table, name) == pytest.approx(getattr(row, name))


def looped(marks: np.ndarray, labels: np.ndarray, seed: int) -> dict[str, tuple[float, float]]:
    """Intervals from resamples that are drawn and measured one by one."""
    random = np.random.default_rng(seed)
    drawn: dict[str, list[float]] = {"qwk": [], "pearson": [], "mae": []}
    for _ in range(1500):
        rows = random.choice(len(marks), len(marks))
        one, other = marks[rows], labels[rows]
        kappa = metrics.cohen_kappa_score(
            half_up(other).ravel(), half_up(one).ravel(), weights="quadratic", labels=range(STEPS + 1)
        )
        drawn["qwk"].append(kappa)
        drawn["pearson"].append(np.corrcoef(one.ravel(), other.ravel())[0, 1])
        drawn["mae"].append(np.abs(one - other).mean())
    return {name: tuple(np.percentile(values, [2.5, 97.5])) for name, values in drawn.items()}


def test_the_intervals_are_those_of_a_plain_bootstrap() -> None:
    marks, labels = some_marks(120, 5)
    found = agreement(marks, labels, STEPS)
    for name, (low, high) in looped(marks, labels, 99).items():
        assert found.intervals[name] == pytest.approx((low, high), abs=0.02)
    scipy_interval = stats.bootstrap(
        (marks, labels),
        lambda x, y: stats.pearsonr(x, y).statistic,
        paired=True,
        vectorized=False,
        n_resamples=600,
        method="percentile",
        rng=4,
    ).confidence_interval
    assert found.intervals["pearson"] == pytest.approx(tuple(scipy_interval), abs=0.03)


def test_a_resample_draws_whole_answers() -> None:
    # Twenty copies of each mark are no more evidence than one, as they come and go together.
    marks, labels = some_marks(40, 7)
    once = agreement(marks, labels, STEPS)
    copied = agreement(np.repeat(marks[:, None], 20, axis=1), np.repeat(labels[:, None], 20, axis=1), STEPS)
    for name, interval in once.intervals.items():
        assert copied.intervals[name] == pytest.approx(interval)
    apart = agreement(np.repeat(marks, 20), np.repeat(labels, 20), STEPS)
    width = {one: np.diff(one_of.intervals["mae"])[0] for one, one_of in (("once", once), ("apart", apart))}
    assert width["apart"] < width["once"] / 3


def test_the_same_seed_gives_the_same_intervals() -> None:
    marks, labels = some_marks(50, 2)
    assert agreement(marks, labels, STEPS) == agreement(marks, labels, STEPS)
    assert agreement(marks, labels, STEPS) != agreement(marks, labels, STEPS, seed=1)


def test_what_is_not_defined_is_none() -> None:
    found = agreement([2, 2, 2], [2, 2, 2], STEPS)
    assert (found.qwk, found.pearson, found.smd) == (None, None, None)
    assert (found.mae, found.exact) == (0, 1)
    assert not {"qwk", "pearson", "smd"} & found.intervals.keys()
    constant = agreement([3, 3, 3], [1, 2, 3], STEPS)
    assert constant.pearson is None
    assert constant.qwk == pytest.approx(0)
    Agreement.model_validate_json(found.model_dump_json())


@given(st.lists(st.floats(0, STEPS), min_size=1, max_size=30))
@settings(max_examples=30)
def test_a_mark_agrees_with_itself(marks: list[float]) -> None:
    found = agreement(marks, marks, STEPS, resamples=0)
    assert found.exact == 1
    assert found.mae == 0
    assert found.qwk is None or found.qwk == pytest.approx(1)


@pytest.mark.parametrize(
    ("marks", "labels", "says"),
    [
        ([1.0], [1.0, 2.0], "shape"),
        ([], [], "nothing"),
        ([5.6], [5.0], "scale"),
        ([-0.1], [0.0], "scale"),
    ],
)
def test_what_cannot_be_compared_is_refused(marks: list[float], labels: list[float], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        agreement(marks, labels, STEPS)


def test_halves_are_rounded_up() -> None:
    assert whole([0.5, 1.5, 2.5, 2.4999]).tolist() == [1, 2, 3, 2]


def test_overlap_is_precision_and_recall_over_all_characters() -> None:
    random = np.random.default_rng(0)
    found = random.random((40, 100)) < 0.3
    true = (random.random((40, 100)) < 0.2) | (found & (random.random((40, 100)) < 0.5))
    measured = overlap(found.sum(axis=1), true.sum(axis=1), (found & true).sum(axis=1))
    precision, recall, f1, _ = metrics.precision_recall_fscore_support(
        true.ravel(), found.ravel(), average="binary"
    )
    assert (measured.precision, measured.recall, measured.f1) == pytest.approx((precision, recall, f1))
    assert (measured.found, measured.labelled, measured.both) == (
        found.sum(),
        true.sum(),
        (found & true).sum(),
    )
    low, high = measured.intervals["f1"]
    assert low < f1 < high
    assert high - low < 0.1


def test_overlap_with_nothing_is_zero() -> None:
    assert overlap([0], [0], [0]).f1 == 0
    assert overlap([3], [0], [0]).precision == 0
