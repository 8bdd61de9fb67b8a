"""Marks: parts that add up, sound statements that never lower them, harm that costs."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_head import MARKS

from coach.statements.marks import Marks, deepest, features, lead, marks, share_fitting
from coach.statements.reading import Reading
from coach.statements.weights import MarkModel

DIMENSIONS, QUESTIONS = 6, 4
EXPECTED = np.asarray([1, 4])
# Every feature has a weight here, so that none can hide.
ALL_WEIGHTED = MarkModel(
    fit=(-3.0, -1.0),
    overall={name: 0.3 for name in features(np.zeros(DIMENSIONS), np.zeros((1, 2)), 0.5, EXPECTED)},
    reasoning={"reasoned, fitting": 1.5, "reasons, fitting": 2.0},
    harm=(1.5, 0.75),
    harm_limit=3.0,
    step=2.0,
    confidence={},
)


def drawn(seed: int, rows: int) -> Reading:
    """What n sound statements that answer the question may be read as."""
    random = np.random.default_rng(seed)
    steps = np.sort(random.random((rows, DIMENSIONS, 3)), axis=2)[..., ::-1] * random.random(
        (rows, DIMENSIONS, 1)
    )
    fit = random.normal(0, 2, (rows, QUESTIONS))
    # No statement is further than a mark of log-odds from answering the question that was asked.
    fit[:, 0] = np.maximum(fit[:, 0], fit[:, 1:].max(axis=1, initial=-9) - 1)
    return Reading(
        depth=steps.astype(np.float32),
        harm=(random.random(rows) / 3).astype(np.float32),
        attempt=np.zeros(rows, dtype=np.float32),
        fit=fit.astype(np.float32),
        worth=(random.random((rows, 2)) / 2).astype(np.float32),
    )


def beside(one: Reading, other: Reading) -> Reading:
    """Two readings as one."""
    names = ("depth", "harm", "attempt", "fit", "worth")
    return Reading(*(np.concatenate([getattr(one, name), getattr(other, name)]) for name in names))


def made_of(reading: Reading, fit: float = 0.5) -> dict[str, float]:
    return features(deepest(reading), reading.worth, fit, EXPECTED)


def marked(reading: Reading, harmful: tuple[float, ...] = (), model: MarkModel = ALL_WEIGHTED) -> Marks:
    return marks(reading, 0, EXPECTED, harmful, model)


@given(st.integers(0, 10_000), st.integers(1, 12))
def test_features_lie_between_nothing_and_one(seed: int, rows: int) -> None:
    for name, value in made_of(drawn(seed, rows)).items():
        assert 0 <= value <= 1, name


@given(st.integers(0, 10_000), st.integers(1, 12))
def test_a_sound_statement_never_lowers_anything(seed: int, rows: int) -> None:
    reading = drawn(seed, rows)
    more = beside(reading, drawn(seed + 1, 1))
    after = made_of(more)
    for name, value in made_of(reading).items():
        assert after[name] >= value - 1e-6, name


@given(st.integers(0, 10_000), st.integers(1, 12))
def test_a_sound_statement_that_fits_never_lowers_a_mark(seed: int, rows: int) -> None:
    reading = drawn(seed, rows)
    more = beside(reading, drawn(seed + 1, 1))
    if not lead(more.fit, 0) >= min(-1, lead(reading.fit, 0)):
        return
    assert marked(more).overall >= marked(reading).overall - 1e-6
    assert marked(more).reasoning >= marked(reading).reasoning - 1e-6


@given(st.integers(0, 10_000), st.integers(1, 12), st.floats(0, 1), st.floats(0, 1))
def test_what_fits_better_never_earns_less(seed: int, rows: int, one: float, other: float) -> None:
    worse, better = (made_of(drawn(seed, rows), fit) for fit in sorted((one, other)))
    assert all(better[name] >= value for name, value in worse.items())


@given(st.integers(0, 10_000), st.integers(1, 8), st.integers(0, 7))
def test_a_deeper_statement_never_lowers_a_mark(seed: int, rows: int, place: int) -> None:
    reading = drawn(seed, rows)
    depth = reading.depth.copy()
    depth[place % rows] = np.minimum(1, depth[place % rows] * 1.3)
    deeper = Reading(depth, reading.harm, reading.attempt, reading.fit, reading.worth)
    assert marked(deeper).overall >= marked(reading).overall - 1e-6
    assert marked(deeper).reasoning >= marked(reading).reasoning - 1e-6


def test_the_order_of_statements_is_no_matter() -> None:
    reading = drawn(3, 9)
    one, other = marked(reading), marked(reading.take([8, 1, 5, 0, 2, 7, 3, 6, 4]))
    assert other.overall == pytest.approx(one.overall, abs=1e-6)
    np.testing.assert_allclose(other.levels, one.levels)


@pytest.mark.parametrize("model", [ALL_WEIGHTED, MARKS], ids=["all", "some"])
@given(seed=st.integers(0, 10_000), rows=st.integers(1, 12), harmful=st.integers(0, 3))
def test_the_parts_add_up_to_the_mark(model: MarkModel, seed: int, rows: int, harmful: int) -> None:
    found = marked(drawn(seed, rows), (0.9,) * harmful, model)
    # A part of less than a twentieth of a mark is left out, and there are five kinds.
    left_out = 5 - len(found.parts)
    assert abs(sum(part.points for part in found.parts) - found.overall) <= 0.05 * left_out + 1e-5
    assert len({part.kind for part in found.parts}) == len(found.parts)
    for part in found.parts:
        assert (part.points < 0) == (part.kind == "harm")
    assert ("harm" in {part.kind for part in found.parts}) <= bool(harmful)


@given(st.integers(0, 10_000), st.integers(1, 12))
def test_harm_costs_a_mark_at_least_and_more_of_it_more(seed: int, rows: int) -> None:
    reading = drawn(seed, rows)
    clean, once, twice = (marked(reading, (0.9,) * count) for count in range(3))
    assert once.overall <= max(0, clean.overall - 1.5) + 1e-6
    assert once.overall <= 3
    assert twice.overall <= max(0, once.overall - 0.75) + 1e-6 or once.overall == 3
    assert twice.overall <= once.overall
    np.testing.assert_array_equal(once.levels, clean.levels)


def test_the_best_answer_with_harm_is_held_at_its_limit() -> None:
    best = Reading(
        depth=np.ones((4, DIMENSIONS, 3), dtype=np.float32),
        harm=np.zeros(4, dtype=np.float32),
        attempt=np.zeros(4, dtype=np.float32),
        fit=np.full((4, QUESTIONS), 8, dtype=np.float32),
        worth=np.full((4, 2), 5, dtype=np.float32),
    )
    generous = ALL_WEIGHTED.model_copy(update={"overall": dict.fromkeys(ALL_WEIGHTED.overall, 1.0)})
    assert marked(best, model=generous).overall == 5
    assert sum(part.points for part in marked(best, model=generous).parts) == pytest.approx(5, abs=0.05)
    assert marked(best, (0.9,), generous).overall == 3
    assert marked(best, model=generous).reasoning == 3


def test_nothing_sound_earns_nothing() -> None:
    for harmful in ((), (0.9,), (0.9, 0.9)):
        found = marked(drawn(0, 0), harmful)
        assert (found.overall, found.reasoning, found.parts) == (0, 0, ())
        assert found.levels.tolist() == [0] * DIMENSIONS


def test_a_dimension_is_as_deep_as_its_deepest_statement() -> None:
    reading = drawn(8, 5)
    np.testing.assert_allclose(deepest(reading)[:, None].T[0], reading.depth.max(axis=0).sum(axis=1))
    for place in range(DIMENSIONS):
        without = [row for row in range(5) if row != int(reading.depth[:, place].sum(axis=1).argmax())]
        assert deepest(reading.take(without))[place] <= deepest(reading)[place]


def test_what_is_said_beside_the_question_counts_less() -> None:
    levels = np.zeros(DIMENSIONS)
    levels[EXPECTED] = 2
    on = marks_of(levels)
    levels = np.zeros(DIMENSIONS)
    levels[[0, 2]] = 2
    assert marks_of(levels) < on / 3


def marks_of(levels: np.ndarray) -> float:
    found = features(levels, np.zeros((1, 2)), 0.5, EXPECTED)
    return float(sum(weight * found[name] for name, weight in ALL_WEIGHTED.overall.items()))


def test_a_question_that_expects_nothing_is_marked_by_what_is_said() -> None:
    reading = drawn(4, 5)
    nothing = np.zeros(0, dtype=np.int64)
    assert marks(reading, 0, nothing, (), ALL_WEIGHTED).overall > 0
    every = np.arange(DIMENSIONS)
    assert marks(reading, 0, every, (), ALL_WEIGHTED).overall > 0


def test_an_answer_to_another_question_earns_what_it_names_and_no_more() -> None:
    reading = drawn(6, 5)
    away = Reading(reading.depth, reading.harm, reading.attempt, reading.fit.copy(), reading.worth)
    away.fit[:, 0] = away.fit[:, 1] - 9
    found = marked(away)
    assert 0 < found.overall < marked(reading).overall
    named = made_of(reading, 0)
    assert found.overall == pytest.approx(0.3 * (named["named"] + named["best named"]), abs=1e-5)
    np.testing.assert_array_equal(found.levels, marked(reading).levels)


def test_the_lead_is_that_over_the_next_best_question() -> None:
    fit = np.asarray([[1.0, 3, -2, 0], [3, 1, -2, 0]])
    assert lead(fit, 0) == lead(fit, 1) == 0
    assert lead(fit, 2) == -4
    assert lead(fit[:1], 1) == 2
    assert lead(fit[:, :1], 0) == float("inf")


@pytest.mark.parametrize(
    ("ahead", "share"),
    [(-9, 0), (-3, 0), (-2.5, 0.25), (-1, 1), (-1.0001, 0.99995), (4, 1), (float("inf"), 1)],
)
def test_how_well_an_answer_fits_rises_between_its_bounds(ahead: float, share: float) -> None:
    assert share_fitting(ahead, (-3, -1)) == pytest.approx(share)
