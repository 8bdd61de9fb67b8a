"""Features on small banks whose figures can be reckoned by hand."""

import numpy as np
import pytest

from coach.scoring.assembly import CLIP, GRADED_START, RawFeatures, raw_features, standard_of, standardised
from coach.scoring.bank import GradedBank, ReferenceBank, principal_projection, stored
from coach.scoring.cues import CUE_NAMES, cues
from coach.scoring.features import (
    GRADED_SHARED_COLUMNS,
    NARROW,
    WIDE,
    PieceFeatures,
    graded_features,
    leads,
    neighbours,
    reference_features,
)


def rows(*values: list[float]) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    return np.asarray(values, dtype=np.float32)


# Unit vectors in the plane: along x, along y, between them, and against x.
X, Y, XY, LEFT = [1.0, 0.0], [0.0, 1.0], [0.6, 0.8], [-1.0, 0.0]
BANK = ReferenceBank(
    vectors=rows(X, Y, XY, Y),
    dimension=np.asarray([0, 0, 0, 1]),
    depth=np.asarray([1, 1, 2, 3]),
    question=np.asarray([0, 1, 0, 0]),
    harmful=rows(XY, Y),
    safer=rows(X, LEFT),
    harmful_question=np.asarray([0, 1]),
    questions=rows(Y, XY),
    dimensions=2,
)


def test_nearness_to_references_by_dimension_and_depth() -> None:
    found = reference_features(rows(X, XY), BANK, question=0)
    first, second = found.by_dimension
    # Dimension 0 has cosines 1 and 0 at named and 0.6 at described; nothing at reasoned.
    np.testing.assert_allclose(first[0, :9], [1, 0.6, 0, 0.5, 0.6, 0, 1, 0.6, 0], atol=1e-6)
    # Dimension 1 has one reference, at reasoned.
    np.testing.assert_allclose(first[1, :9], [0, 0, 0, 0, 0, 0, 0, 0, 0], atol=1e-6)
    np.testing.assert_allclose(second[1, :9], [0, 0, 0.8, 0, 0, 0.8, 0, 0, 0.8], atol=1e-6)
    # Only this question's own count in the third group: of question 1 there is Y alone.
    other = reference_features(rows(XY), BANK, question=1).by_dimension[0]
    np.testing.assert_allclose(other[0, 6:9], [0.8, 0, 0], atol=1e-6)
    np.testing.assert_allclose(other[0, :3], [0.8, 1.0, 0], atol=1e-6)


def test_the_kernel_shares_out_one_whole_among_all_references() -> None:
    found = reference_features(rows(XY), BANK, question=0).by_dimension[0]
    width = (NARROW + WIDE) / 2
    weight = np.exp((np.asarray([0.6, 0.8, 1.0, 0.8]) - 1) / width)
    weight /= weight.sum()
    # At least named, at least described, at least reasoned.
    np.testing.assert_allclose(found[0, 9:], [weight[:3].sum(), weight[2], 0], atol=1e-5)
    np.testing.assert_allclose(found[1, 9:], [weight[3]] * 3, atol=1e-5)


def test_nearness_to_harm_and_to_the_question() -> None:
    found = reference_features(rows(X, Y), BANK, question=0).shared
    # X: harmful 0.6 and 0, safer 1 and -1, so it leads by -0.4 and 1.
    np.testing.assert_allclose(found[0], [0.6, 1, 0.6, -0.4, 0], atol=1e-6)
    # Y: harmful 0.8 and 1, safer 0 and 0.
    np.testing.assert_allclose(found[1], [1, 1, 0.8, 0.8, 1], atol=1e-6)


def graded(*writers: int) -> GradedBank:
    return GradedBank(
        projection=np.eye(2, dtype=np.float32),
        vectors=rows(X, Y, XY),
        depth=rows([1, 0], [0, 3], [0, 0]),
        harmful=np.asarray([0, 0, 1], dtype=np.float32),
        overall=np.asarray([0.2, 1, 0.4], dtype=np.float32),
        reasoning=np.asarray([0, 1, 0.5], dtype=np.float32),
        writer=np.asarray(writers or (0, 1, 2)),
    )


def test_nearness_to_graded_pieces() -> None:
    found = graded_features(rows(X), graded())
    similar = np.asarray([1, 0, 0.6])

    def kernel(width: float) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
        weight = np.exp((similar - 1) / width)
        return np.asarray(weight / weight.sum())

    narrow, wide = kernel(NARROW), kernel(WIDE)
    zero, one = found.by_dimension[0]
    np.testing.assert_allclose(zero, [narrow[0], 0, 0, wide[0], 0, 0, 1, 0, 0, 1, 0, 0], atol=1e-5)
    np.testing.assert_allclose(one, [*[narrow[1]] * 3, *[wide[1]] * 3, 0, 0, 0, 0, 0, 0], atol=1e-5)
    harm, overall, reasoning = (
        narrow[2],
        0.2 * narrow[0] + narrow[1] + 0.4 * narrow[2],
        narrow[1] + narrow[2] / 2,
    )
    expected = [narrow[:2].sum(), narrow[1], narrow[1], harm, 0.6, overall, reasoning, 1, 0.6, 0.6]
    np.testing.assert_allclose(found.shared[0], expected, atol=1e-5)


def test_a_depth_between_two_counts_for_the_nearer_one() -> None:
    bank = graded()
    halves = GradedBank(**{**bank.__dict__, "depth": rows([1.5, 0], [0, 2.5], [0.5, 0])})
    found = graded_features(rows(Y), halves).by_dimension[0]
    # The nearest piece of depth 1, 2 and 3: medians of a half count for the step below.
    np.testing.assert_allclose(found[0, 6:9], [0, 0, 0], atol=1e-6)
    np.testing.assert_allclose(found[1, 6:9], [0, 1, 0], atol=1e-6)


def test_a_bank_without_a_writer_lacks_that_writers_pieces_alone() -> None:
    left = graded(0, 1, 1).without(1)
    np.testing.assert_array_equal(left.vectors, rows(X))
    np.testing.assert_array_equal(left.depth, rows([1, 0]))
    assert len(left.harmful) == len(left.overall) == len(left.reasoning) == len(left.writer) == 1


def test_an_empty_bank_says_nothing() -> None:
    found = graded_features(rows(X, Y), graded(0, 0, 0).without(0))
    assert not found.by_dimension.any()
    assert not found.shared.any()


def test_the_lead_is_over_the_best_other_dimension() -> None:
    columns = rows([0.5, 0.2], [0.3, 0.9], [0.1, 0.9])[None]
    np.testing.assert_allclose(leads(columns)[0], [[0.2, -0.7], [-0.2, 0], [-0.4, 0]], atol=1e-6)
    assert not leads(columns[:, :1]).any()


def test_neighbours_are_the_piece_before_and_the_piece_after() -> None:
    columns = np.arange(1, 4, dtype=np.float32).reshape(3, 1, 1)
    np.testing.assert_array_equal(neighbours(columns)[:, 0], rows([0, 2], [1, 3], [2, 0]))


def piece_features(count: int, columns: int, shared: int, seed: int) -> PieceFeatures:
    chooser = np.random.default_rng(seed)
    return PieceFeatures(
        chooser.normal(size=(count, 2, columns)).astype(np.float32),
        chooser.normal(size=(count, shared)).astype(np.float32),
    )


def test_without_a_graded_bank_its_columns_are_average_and_the_flag_says_so() -> None:
    reference, bank = piece_features(3, 12, 5, 0), piece_features(3, 12, GRADED_SHARED_COLUMNS, 1)
    counts = np.random.default_rng(2).normal(size=(3, len(CUE_NAMES))).astype(np.float32)
    full, bare = raw_features(reference, bank, counts), raw_features(reference, None, counts)
    standard = standard_of(full.near, full.shared)
    expected = np.asarray([1, 0], dtype=np.float32)
    near, shared = standardised(full, standard, expected)
    bare_near, bare_shared = standardised(bare, standard, expected)
    assert near.shape[2] == full.near.shape[2] + 2
    np.testing.assert_array_equal(near[0, :, -2:], rows([1, 1], [1, 0]))
    np.testing.assert_array_equal(bare_near[0, :, -2:], rows([0, 1], [0, 0]))
    assert near[..., GRADED_START:-2].any()
    assert not bare_near[..., GRADED_START:-2].any()
    assert not bare_shared[:, :GRADED_SHARED_COLUMNS].any()
    # All that does not come from the graded bank is the same.
    np.testing.assert_array_equal(near[..., :GRADED_START], bare_near[..., :GRADED_START])
    np.testing.assert_array_equal(shared[:, GRADED_SHARED_COLUMNS:], bare_shared[:, GRADED_SHARED_COLUMNS:])


def test_figures_are_standardised_and_cut() -> None:
    near = np.asarray([1, 2, 3, 4], dtype=np.float32).reshape(4, 1, 1)
    shared = np.asarray([[2], [2], [6], [6]], dtype=np.float32)
    standard = standard_of(near, shared)
    raw = RawFeatures(near=np.full((1, 1, 1), 1e6, dtype=np.float32), shared=rows([0.0]), graded=True)
    far, below = standardised(raw, standard, np.ones(1, dtype=np.float32))
    assert far[0, 0, 0] == CLIP
    assert below[0, 0] == pytest.approx(-2, abs=1e-4)


def test_the_projection_keeps_the_leading_directions() -> None:
    chooser = np.random.default_rng(4)
    flat = chooser.normal(size=(40, 2)) @ chooser.normal(size=(2, 6))
    vectors = (flat / np.linalg.norm(flat, axis=1, keepdims=True)).astype(np.float32)
    projection = principal_projection(vectors, 2)
    assert projection.shape == (6, 2)
    # All vectors lie in a plane, so two directions keep every cosine.
    np.testing.assert_allclose(
        (vectors @ projection) @ (vectors @ projection).T, vectors @ vectors.T, atol=1e-5
    )
    # The signs are fixed: the same vectors in another order give the same directions.
    np.testing.assert_allclose(principal_projection(vectors[::-1], 2), projection, atol=1e-5)


def test_rounding_for_storage_is_small_and_idempotent() -> None:
    vectors = np.random.default_rng(5).uniform(-0.5, 0.5, size=(20, 8)).astype(np.float32)
    rounded = stored(vectors)
    np.testing.assert_allclose(rounded, vectors, atol=1 / 500)
    np.testing.assert_array_equal(stored(rounded), rounded)


def test_cues_are_counts_and_shares_of_words() -> None:
    found = dict(zip(CUE_NAMES, cues("We test it, because labels arrive 90 days late."), strict=True))
    assert found["log words"] == pytest.approx(np.log1p(9))
    assert found["very short"] == 0
    assert found["reason"] == 1
    assert found["number"] == 1
    assert found["commas"] == pytest.approx(1 / 9)
    assert found["first person"] == pytest.approx(1 / 9)
    assert cues("no").tolist()[1] == 1


def test_case_and_other_marks_leave_no_trace_in_the_cues() -> None:
    np.testing.assert_allclose(
        cues("If it isn’t better, we stop"), cues("IF IT ISN'T BETTER, WE STOP"), atol=0.05
    )
    np.testing.assert_array_equal(cues("so we stop"), cues("So We Stop"))
