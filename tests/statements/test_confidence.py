"""Confidence: how unlike the training texts an answer is, and how far its mark may be off."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special, stats
from small_head import MARKS
from test_marks import EXPECTED, drawn, marked

from coach.statements.confidence import chance, familiarity, least_clear, mark_range, signs


def units(rows: int, seed: int = 0) -> np.ndarray:
    vectors = np.random.default_rng(seed).normal(size=(rows, 384)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def test_familiarity_is_the_mean_of_the_three_nearest() -> None:
    vectors, known = units(4), units(9, 1)
    by_hand = [sorted(float(vector @ other) for other in known)[-3:] for vector in vectors]
    assert familiarity(vectors, known) == pytest.approx(float(np.mean(by_hand)), abs=1e-6)
    assert familiarity(known, np.concatenate([known, known, known])) == pytest.approx(1, abs=1e-6)


def test_few_known_texts_or_none_are_no_mistake() -> None:
    vectors, known = units(4), units(2, 1)
    assert familiarity(vectors, known) == pytest.approx(float((vectors @ known.T).mean()), abs=1e-6)
    assert familiarity(vectors, known[:0]) == familiarity(vectors[:0], known) == 0


def test_what_was_learned_from_is_more_familiar_than_what_was_not() -> None:
    known = units(20)
    near = known[:5] + 0.2 * units(5, 3)
    near /= np.linalg.norm(near, axis=1, keepdims=True)
    assert familiarity(near, known) > familiarity(units(5, 4), known) + 0.1


def test_signs_of_doubt_say_what_they_mean() -> None:
    reading, known = drawn(0, 4), units(9)
    found = signs(marked(reading), reading, units(4, 2), known, EXPECTED)
    deepest = reading.depth.max(axis=0)[EXPECTED]
    assert found["spread"] == pytest.approx(float((deepest * (1 - deepest)).sum() / len(EXPECTED)))
    assert found["strangeness"] == pytest.approx(1 - familiarity(units(4, 2), known))
    assert found["short"] == 0.25
    assert 0 <= found["middle"] <= 1
    assert set(found) == set(MARKS.confidence) - {"intercept"}
    nothing = np.zeros(0, dtype=np.int64)
    assert signs(marked(reading), reading, units(4), known, nothing)["spread"] == 0


def test_the_chance_is_a_logistic_curve() -> None:
    slopes = {"intercept": 0.5, "one": -2.0, "other": 1.0}
    assert chance({"one": 0.5, "other": 0.25}, slopes) == pytest.approx(special.expit(-0.25))


@given(st.floats(0, 5), st.floats(0.02, 0.98))
def test_four_in_five_true_marks_lie_in_the_range(overall: float, confidence: float) -> None:
    # Errors that fall off exponentially, of which the share `confidence` is within half a mark.
    scale = 0.5 / stats.expon.ppf(confidence)
    reach = stats.expon.ppf(0.8, scale=scale)
    low, high = mark_range(overall, confidence)
    assert low == pytest.approx(max(0, overall - reach), abs=0.5 + 1e-6) or overall - reach > 5
    assert high == pytest.approx(min(5, overall + reach), abs=0.5 + 1e-6)
    assert 0 <= low <= high <= 5


@pytest.mark.parametrize("overall", [0, 2.5, 5])
def test_the_range_is_wide_without_and_narrow_with_confidence(overall: float) -> None:
    assert mark_range(overall, 0.0) == mark_range(overall, 0.004) == (0, 5)
    low, high = mark_range(overall, 1.0)
    assert high - low <= 1


def test_the_least_clear_dimension_is_the_one_in_the_middle() -> None:
    reading = drawn(0, 3)
    reading.depth[:] = 0.999
    reading.depth[:, 4] = 0.5
    reading.depth[:, 2] = 0.4
    assert least_clear(reading, [0, 1, 2, 4]) == 4
    assert least_clear(reading, [0, 1, 2]) == 2
