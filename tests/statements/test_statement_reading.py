"""Reading: each statement by itself, from what it is near to, whatever the pack."""

from typing import TYPE_CHECKING

import numpy as np
import pytest
from made_bank import drawn
from made_bank import made_bank as random_bank
from scipy import special
from small_head import small_head

from coach.scoring.bank import ReferenceBank
from coach.scoring.grader_cues import CUE_NAMES
from coach.statements.reading import Reading, landmarks, read, sigmoid, silu, softmax, softplus, unit

if TYPE_CHECKING:
    from coach.scoring.bank import Floats

WIDTH = 384


def made_bank(seed: int = 0, **sizes: int) -> ReferenceBank:
    return random_bank(np.random.default_rng(seed), **sizes)


def made_reading(
    bank: ReferenceBank, own: "Floats", around: "Floats", cues: "Floats", question: int = 1
) -> Reading:
    expected = np.asarray([0, 2], dtype=np.int64)
    return read(own, around, cues, question, expected, landmarks(bank), small_head(1).arrays)


def made_statements(rows: int = 7, seed: int = 5) -> tuple["Floats", "Floats", "Floats"]:
    random = np.random.default_rng(seed)
    cues = random.normal(size=(rows, len(CUE_NAMES))).astype(np.float32)
    return drawn(random, rows), drawn(random, rows), cues


def assert_same(one: Reading, other: Reading) -> None:
    for name in ("depth", "harm", "attempt", "fit", "worth"):
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), atol=1e-5, err_msg=name)


def test_a_reading_has_its_shapes_and_bounds() -> None:
    found = made_reading(made_bank(), *made_statements())
    assert found.depth.shape == (7, 4, 3)
    assert (found.harm.shape, found.attempt.shape) == ((7,), (7,))
    assert (found.fit.shape, found.worth.shape, found.levels.shape) == ((7, 3), (7, 2), (7, 4))
    for name in ("depth", "harm", "attempt"):
        assert ((getattr(found, name) > 0) & (getattr(found, name) < 1)).all(), name
    assert (found.worth >= 0).all()
    assert found.questions.sum() == pytest.approx(1)
    # Random heads tell statements and dimensions apart; a reading that does not would prove nothing below.
    assert found.depth.std(axis=0).min() > 0.001 and found.depth.std(axis=1).min() > 0.001


def test_no_statement_changes_what_another_is_read_as() -> None:
    bank, (own, around, cues) = made_bank(), made_statements()
    whole = made_reading(bank, own, around, cues)
    for row in range(len(own)):
        one = slice(row, row + 1)
        assert_same(made_reading(bank, own[one], around[one], cues[one]), whole.take([row]))
    order = [3, 0, 6, 1, 5, 2, 4]
    assert_same(made_reading(bank, own[order], around[order], cues[order]), whole.take(order))


def test_no_statement_is_no_reading() -> None:
    found = made_reading(made_bank(), *made_statements(0))
    assert found.depth.shape == (0, 4, 3)
    assert found.worth.shape == (0, 2)


def test_the_order_of_references_is_no_matter() -> None:
    bank = made_bank()
    order = np.random.default_rng(2).permutation(len(bank.vectors))
    other = ReferenceBank(
        bank.vectors[order],
        bank.dimension[order],
        bank.depth[order],
        bank.question[order],
        bank.harmful,
        bank.safer,
        bank.harmful_question,
        bank.questions,
        bank.dimensions,
    )
    assert_same(made_reading(bank, *made_statements()), made_reading(other, *made_statements()))


@pytest.mark.parametrize("missing", [{"depth": 1}, {"depth": 3}, {"question": 0}, {"dimension": 3}])
def test_a_pack_without_references_of_a_kind_is_read(missing: dict[str, int]) -> None:
    bank = made_bank()
    ((name, value),) = missing.items()
    kept = getattr(bank, name) != value
    bank = ReferenceBank(
        bank.vectors[kept],
        bank.dimension[kept],
        bank.depth[kept],
        bank.question[kept],
        bank.harmful,
        bank.safer,
        bank.harmful_question,
        bank.questions,
        bank.dimensions,
    )
    found = made_reading(bank, *made_statements())
    for name in ("depth", "harm", "attempt", "fit", "worth"):
        assert np.isfinite(getattr(found, name)).all(), name


def test_a_pack_of_one_dimension_is_read() -> None:
    own, around, cues = made_statements()
    marks = landmarks(made_bank(dimensions=1, questions=1))
    found = read(own, around, cues, 0, np.asarray([0]), marks, small_head(1).arrays)
    assert found.depth.shape == (7, 1, 3)
    assert np.isfinite(found.worth).all()


def test_landmarks_hold_each_reference_where_it_belongs() -> None:
    bank = made_bank()
    found = landmarks(bank)
    size = len(bank.vectors)
    for dimension in range(4):
        for depth in (1, 2, 3):
            rows = [row for row in found.groups[dimension, depth - 1].tolist() if row < size]
            assert rows == [
                row for row in range(size) if (bank.dimension[row], bank.depth[row]) == (dimension, depth)
            ]
    for question in range(3):
        rows = [row for row in found.own[question].tolist() if row < size]
        assert rows == [row for row in range(size) if bank.question[row] == question and bank.depth[row] > 1]
    np.testing.assert_allclose(np.linalg.norm(found.centres, axis=1), 1, atol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(found.question_centres, axis=1), 1, atol=1e-6)


def test_what_the_question_expects_matters_to_the_worth_alone() -> None:
    bank, (own, around, cues) = made_bank(), made_statements()
    one, other = (
        read(own, around, cues, 1, np.asarray(expected), landmarks(bank), small_head(1).arrays)
        for expected in ([0, 2], [1, 3])
    )
    assert np.abs(one.worth - other.worth).max() > 1e-4
    np.testing.assert_array_equal(one.depth, other.depth)
    np.testing.assert_array_equal(one.harm, other.harm)


def test_curves_are_those_of_scipy_and_do_not_overflow() -> None:
    values = np.asarray([-800, -20, -1, 0, 0.3, 5, 90, 800], dtype=np.float64)
    np.testing.assert_allclose(sigmoid(values), special.expit(values), atol=1e-12)
    np.testing.assert_allclose(silu(values), values * special.expit(values), atol=1e-12)
    np.testing.assert_allclose(softmax(values), special.softmax(values), atol=1e-12)
    np.testing.assert_allclose(softplus(values[:5]), np.log1p(np.exp(values[:5])), atol=1e-12)
    assert softplus(np.asarray([800.0]))[0] == 800


def test_vectors_become_unit_and_zero_stays_zero() -> None:
    found = unit(np.asarray([[3, 4], [0, 0]], dtype=np.float32))
    np.testing.assert_allclose(found, [[0.6, 0.8], [0, 0]], atol=1e-6)
