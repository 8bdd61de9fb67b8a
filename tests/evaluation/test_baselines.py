"""Baselines: what each looks at, and that none is fitted on what it is measured on."""

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics.pairwise import cosine_similarity

from coach.evaluation.baselines import (
    Raw,
    References,
    baseline_marks,
    fitted_marks,
    majority_marks,
    raw_figures,
    tfidf_cosine,
)

GROUPS = ["a"] * 10 + ["b"] * 10 + ["c"] * 10
TEXTS = ("We roll back to the last good version.", "Nothing to say.", "Roll back, then check the version.")


def references() -> References:
    """Two questions and two dimensions; the second question has no reference of the second dimension."""
    return References(
        texts=("roll back to a good version", "check quality before release", "roll traffic back slowly"),
        vectors=np.eye(3, 4, dtype=np.float32),
        dimension=np.array([0, 1, 0]),
        question=np.array([0, 0, 1]),
        expected=np.array([[True, True], [True, False]]),
    )


def figures(vectors: np.ndarray | None = None, questions: tuple[int, ...] = (0, 0, 1)) -> dict[str, Raw]:
    given = np.eye(3, 4, dtype=np.float32) if vectors is None else vectors
    return raw_figures(TEXTS, given, np.array(questions), references())


def test_length_is_of_words_and_the_same_for_every_dimension() -> None:
    raw = figures()["length"]
    assert raw.whole == pytest.approx(np.log1p([8, 3, 6]))
    assert raw.by_dimension.T[0] == pytest.approx(raw.whole)


def test_a_cosine_is_the_best_of_the_questions_own_references() -> None:
    vectors = np.array([[0.6, 0.0, 0.8, 0], [0, 1, 0, 0], [0, 0.6, 0.8, 0]], dtype=np.float32)
    raw = figures(vectors)["encoder"]
    # The third reference is another question's; the last answer's question has none of the second dimension.
    assert raw.by_dimension == pytest.approx(np.array([[0.6, 0], [0, 1], [0.8, 0.6]]))
    assert raw.whole == pytest.approx([0.3, 0.5, 0.8])


def test_keywords_are_shares_of_the_references_words() -> None:
    raw = figures()["keywords"]
    # "roll", "good", "version" against "check", "quality", "release"; "back" is a function word.
    assert raw.by_dimension[0] == pytest.approx([1, 0])
    assert raw.whole == pytest.approx([0.5, 0, 1 / 3])


def test_tfidf_is_the_cosine_of_weighted_counts() -> None:
    given = ("roll it back", "quality gates")
    vectoriser = TfidfVectorizer(sublinear_tf=True).fit([*given, *references().texts])
    expected = cosine_similarity(vectoriser.transform(given), vectoriser.transform(references().texts))
    assert tfidf_cosine(given, references().texts) == pytest.approx(expected)


def test_a_curve_never_saw_the_labels_of_the_group_it_marks() -> None:
    random = np.random.default_rng(0)
    raw, labels = random.random(30), random.random(30) * 5
    before = fitted_marks(raw, labels, GROUPS)
    changed = labels.copy()
    changed[:10] = 0
    after = fitted_marks(raw, changed, GROUPS)
    assert np.array_equal(before[:10], after[:10])
    assert not np.array_equal(before[10:], after[10:])
    common = majority_marks(changed, GROUPS)
    assert not (common[:10] == 0).all()
    assert (common[10:] == 0).all()


def test_a_curve_rises_and_follows_what_it_learnt() -> None:
    raw = np.tile(np.arange(10.0), 3)
    marks = fitted_marks(raw, raw / 2, GROUPS)
    assert marks == pytest.approx(raw / 2)
    against = fitted_marks(raw, 5 - raw / 2, GROUPS)
    assert np.ptp(against) == pytest.approx(0)


def test_every_dimension_has_a_curve_of_its_own() -> None:
    raw = np.tile(np.arange(10.0), 3)
    both = Raw(raw, np.stack([raw, raw], axis=1))
    depth = np.stack([raw / 3, np.full(30, 1.0)], axis=1)
    overall, reasoning, depths = baseline_marks(both, (raw / 2, raw / 3, depth), GROUPS)
    assert overall == pytest.approx(raw / 2)
    assert reasoning == pytest.approx(raw / 3)
    assert depths == pytest.approx(depth)


def test_one_group_cannot_be_held_out() -> None:
    with pytest.raises(ValueError, match="one group"):
        fitted_marks(np.arange(3.0), np.arange(3.0), ["a"] * 3)
