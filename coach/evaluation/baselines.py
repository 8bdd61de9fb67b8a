"""Baselines: plain figures of an answer, turned into marks as fairly as the scorer's own."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS, TfidfVectorizer
from sklearn.isotonic import IsotonicRegression

from coach.domain import Depth
from coach.packs import Pack
from coach.scoring.bank import ReferenceBank
from coach.scoring.pack_bank import question_references

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

NAMES = ("length", "tfidf", "encoder", "keywords", "majority")
_WORD = re.compile(r"[a-z][a-z'-]+[a-z]")


@dataclass(frozen=True)
class References:
    """What the answers of a study are compared with: r texts and what each belongs to.

    `vectors` (r, width) are their embeddings, `dimension` and `question` (r,) index the pack's lists.
    `expected` (q, d) is true where a question expects a dimension.
    """

    texts: tuple[str, ...]
    vectors: NDArray[np.float32]
    dimension: Ints
    question: Ints
    expected: NDArray[np.bool_]


@dataclass(frozen=True)
class Raw:
    """One plain figure of each of a answers, for the whole answer (a,) and for each dimension (a, d)."""

    whole: Floats
    by_dimension: Floats


def references_of(pack: Pack, bank: ReferenceBank) -> References:
    """A pack's described and reasoned references; those that only name things are left out."""
    written = [reference for question in pack.questions for reference in question_references(question)]
    kept = np.flatnonzero(bank.depth >= Depth.DESCRIBED)
    ids = [dimension.id for dimension in pack.dimensions]
    return References(
        texts=tuple(written[row].text for row in kept),
        vectors=bank.vectors[kept],
        dimension=bank.dimension[kept],
        question=bank.question[kept],
        expected=np.asarray([[id in question.expects for id in ids] for question in pack.questions]),
    )


def raw_figures(
    texts: Sequence[str], vectors: NDArray[np.float32], questions: Ints, references: References
) -> dict[str, Raw]:
    """The figures of each baseline that has one, by its name; `vectors` (a, width) embed whole answers.

    `length` is the logarithm of the number of words, for every dimension alike. `tfidf` and `encoder` are
    cosines of the whole answer with references, and `keywords` the share of the references' words that the
    answer holds. A dimension is compared with the question's own references of it, or where the question
    has none with all of the pack's; a whole answer with what its question expects.
    """
    words = np.log1p([len(text.split()) for text in texts]).astype(np.float64)
    dimensions = references.expected.shape[1]
    cosines = {
        "tfidf": tfidf_cosine(texts, references.texts),
        "encoder": (vectors @ references.vectors.T).astype(np.float64),
    }
    found = {"length": Raw(words, np.repeat(words[:, None], dimensions, axis=1))}
    for name, similar in cosines.items():
        found[name] = _nearest_by_dimension(similar, questions, references)
    found["keywords"] = _keyword_shares(texts, questions, references)
    return found


def tfidf_cosine(texts: Sequence[str], references: Sequence[str]) -> Floats:
    """Cosines (a, r) of word counts weighted by how rare a word is in `texts` and `references` together."""
    vectoriser = TfidfVectorizer(sublinear_tf=True).fit([*references, *texts])
    product = vectoriser.transform(texts) @ vectoriser.transform(references).T
    return np.asarray(product.todense(), dtype=np.float64)


def keywords(texts: Sequence[str]) -> frozenset[str]:
    """The distinct words of `texts` that are not function words, lower-cased.

    >>> sorted(keywords(["We roll it back to the last release."]))
    ['release', 'roll']
    """
    words = {word for text in texts for word in _WORD.findall(text.lower())}
    return frozenset(words - ENGLISH_STOP_WORDS)


def fitted_marks(raw: Floats, labels: Floats, groups: Sequence[str]) -> Floats:
    """Marks (a,) by the best rising curve from figures (a,) to labels (a,) of all other groups.

    The curve is an isotonic regression; no answer is marked by a curve that saw a label of its group.
    Raises ValueError where there is one group only.
    """
    fitted = np.empty(len(raw))
    for rows, others in _held_out(groups):
        curve = IsotonicRegression(out_of_bounds="clip").fit(raw[others], labels[others])
        fitted[rows] = curve.predict(raw[rows])
    return fitted


def majority_marks(labels: Floats, groups: Sequence[str]) -> Floats:
    """Marks (a,): the most common label of all other groups; the lower of two that are as common."""
    fitted = np.empty(len(labels))
    for rows, others in _held_out(groups):
        values, counts = np.unique(labels[others], return_counts=True)
        fitted[rows] = values[counts.argmax()]
    return fitted


def baseline_marks(
    raw: Raw | None, labels: tuple[Floats, Floats, Floats], groups: Sequence[str]
) -> tuple[Floats, Floats, Floats]:
    """Overall (a,), reasoning (a,) and depths (a, d) of a baseline; of the majority where `raw` is None.

    `labels` are the graders' of the same shapes. Each mark, and each dimension, has a curve of its own.
    """
    overall, reasoning, depth = labels
    if raw is None:
        depths = [majority_marks(column, groups) for column in depth.T]
        return majority_marks(overall, groups), majority_marks(reasoning, groups), np.stack(depths, axis=1)
    depths = [
        fitted_marks(figure, column, groups)
        for figure, column in zip(raw.by_dimension.T, depth.T, strict=True)
    ]
    return (
        fitted_marks(raw.whole, overall, groups),
        fitted_marks(raw.whole, reasoning, groups),
        np.stack(depths, axis=1),
    )


def _held_out(groups: Sequence[str]) -> list[tuple[Ints, Ints]]:
    """For each group the rows in it, and all other rows."""
    named = np.asarray(list(groups))
    distinct = sorted(set(named.tolist()))
    if len(distinct) < 2:
        raise ValueError("there is one group only: no other to fit on")
    return [(np.flatnonzero(named == one), np.flatnonzero(named != one)) for one in distinct]


def _nearest_by_dimension(similar: Floats, questions: Ints, references: References) -> Raw:
    by_dimension = np.zeros((len(similar), references.expected.shape[1]))
    for question in np.unique(questions):
        rows = np.flatnonzero(questions == question)
        for dimension in range(by_dimension.shape[1]):
            columns = _columns(references, question, dimension)
            if len(columns):
                by_dimension[rows, dimension] = similar[np.ix_(rows, columns)].max(axis=1)
    return _with_whole(by_dimension, questions, references)


def _keyword_shares(texts: Sequence[str], questions: Ints, references: References) -> Raw:
    held = [keywords([text]) for text in texts]
    by_dimension = np.zeros((len(texts), references.expected.shape[1]))
    for question in np.unique(questions):
        for dimension in range(by_dimension.shape[1]):
            columns = _columns(references, question, dimension)
            wanted = keywords([references.texts[column] for column in columns])
            for row in np.flatnonzero(questions == question):
                by_dimension[row, dimension] = len(held[row] & wanted) / max(1, len(wanted))
    return _with_whole(by_dimension, questions, references)


def _columns(references: References, question: int, dimension: int) -> Ints:
    of_dimension = references.dimension == dimension
    own = np.flatnonzero(of_dimension & (references.question == question))
    return own if len(own) else np.flatnonzero(of_dimension)


def _with_whole(by_dimension: Floats, questions: Ints, references: References) -> Raw:
    """The whole answer's figure is the mean over the dimensions that its question expects."""
    expected = references.expected[questions]
    whole = (by_dimension * expected).sum(axis=1) / np.maximum(1, expected.sum(axis=1))
    return Raw(whole, by_dimension)
