"""Reading: from the vectors of an answer's statements to what each of them says. Pure numpy."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from coach.scoring.bank import Floats, Ints, ReferenceBank

Weights = Mapping[str, Floats]

# How many of a group's nearest references are averaged.
NEAREST = 3
# Cosines differ by tenths, coordinates of unit vectors by hundredths: these bring both to about one.
# They only set the scale that training starts from.
COSINES, COORDINATES, PRODUCTS = 3.0, 6.0, 6.0


@dataclass(frozen=True)
class Landmarks:
    """What statements are compared with: a pack's references and questions, by their embeddings.

    `references` (r, width); `groups` (d, 3, g) are the rows of each dimension's references at each depth,
    filled up with r; `own` (q, o) the rows of each question's described and reasoned ones, filled up with r;
    `centres` (d, width), `questions` (q, width) and `question_centres` (q, width) are unit vectors.
    """

    references: Floats
    groups: Ints
    own: Ints
    centres: Floats
    questions: Floats
    question_centres: Floats


@dataclass(frozen=True)
class Reading:
    """What n statements say, each by itself: probabilities in [0, 1].

    `depth` (n, d, 3) of reaching named, described, reasoned in each dimension; `harm` (n,) of being harmful
    or false; `attempt` (n,) of addressing the grader; `fit` (n, q) log-odds of answering each question of
    the pack; `worth` (n, 2) what each adds to the overall mark and to reasoning, at least 0.
    """

    depth: Floats
    harm: Floats
    attempt: Floats
    fit: Floats
    worth: Floats

    @property
    def levels(self) -> Floats:
        """How deep each statement goes in each dimension, in [0, 3]: (n, d)."""
        return np.asarray(self.depth.sum(axis=2))

    @property
    def questions(self) -> Floats:
        """The probability that the statements together answer each question of the pack: (q,)."""
        return softmax(self.fit.mean(axis=0))

    def take(self, rows: Sequence[int] | Ints) -> "Reading":
        """The reading of some of the statements."""
        return Reading(
            self.depth[rows], self.harm[rows], self.attempt[rows], self.fit[rows], self.worth[rows]
        )


def landmarks(bank: ReferenceBank) -> Landmarks:
    """Group a pack's references for reading."""
    rows, size = np.arange(len(bank.vectors)), len(bank.vectors)
    groups = [
        [rows[(bank.dimension == dimension) & (bank.depth == depth)] for depth in (1, 2, 3)]
        for dimension in range(bank.dimensions)
    ]
    telling = bank.depth > 1
    own = [rows[telling & (bank.question == question)] for question in range(len(bank.questions))]
    centres = [
        bank.vectors[telling & (bank.dimension == dimension)].sum(axis=0)
        for dimension in range(bank.dimensions)
    ]
    means = [
        bank.questions[question] + (bank.vectors[found].mean(axis=0) if len(found) else 0)
        for question, found in enumerate(own)
    ]
    return Landmarks(
        references=bank.vectors,
        groups=np.stack([_filled(of_depth, size) for of_depth in _even(groups)]),
        own=_filled(own, size),
        centres=unit(np.stack(centres)),
        questions=bank.questions,
        question_centres=unit(np.stack(means)),
    )


def read(
    own: Floats,
    around: Floats,
    cues: Floats,
    question: int,
    expected: Ints,
    marks: Landmarks,
    weights: Weights,
) -> Reading:
    """Read n statements of an answer to `question`, whose `expected` dimensions are given by place.

    `own` (n, width) are unit vectors of each statement by itself, from which stance is read: harm and words
    to the grader. `around` (n, width) are those of it and its neighbours in a passage, where a thought may be
    spread over sentences. `cues` (n, c) are the standardised cues of words to the grader.
    """
    both = np.concatenate([own, around], axis=1)
    similar = own @ marks.references.T, around @ marks.references.T
    depth = sigmoid(_depth(own, around, both, similar, marks, weights))
    harm = sigmoid(_two_layers(own * 8, weights, "harm")[:, 0])
    near = _question_figures(own, around, similar, marks)
    fit = (near * 4) @ weights["fit_f.weight"][0] + weights["fit_f.bias"][0]
    fit = fit + (both @ weights["fc.weight"].T) @ (marks.question_centres @ weights["fq.weight"].T).T * 4
    levels = depth.sum(axis=2)
    deepest = levels[:, expected].max(axis=1) if len(expected) else np.zeros(len(own), dtype=np.float32)
    known = np.concatenate(
        [
            own * 5,
            around * 5,
            near[:, question] * 3,
            fit[:, question, None],
            np.log(np.clip(harm, 1e-6, 1 - 1e-6) / np.clip(1 - harm, 1e-6, 1))[:, None],
            deepest[:, None],
            levels.max(axis=1, keepdims=True),
        ],
        axis=1,
    )
    worth = softplus(_two_layers(known, weights, "val") - 2)
    attempt = silu(_linear(own * COORDINATES, weights, "att1"))
    attempt = silu(_linear(np.concatenate([attempt, cues], axis=1), weights, "att2"))
    return Reading(depth, harm, sigmoid(_linear(attempt, weights, "att3")[:, 0]), fit, worth)


def _depth(
    own: Floats,
    around: Floats,
    both: Floats,
    similar: tuple[Floats, Floats],
    marks: Landmarks,
    weights: Weights,
) -> Floats:
    """Log-odds (n, d, 3) of reaching each depth in each dimension; one head for all dimensions."""
    nearest = [_nearest(one, marks.groups) for one in similar]
    central = [vectors @ marks.centres.T for vectors in (own, around)]
    columns = [
        *nearest,
        *(_lead(one) for one in nearest),
        *(one[..., None] for one in central),
        *(_lead(one[..., None]) for one in central),
        *((one - one.mean(axis=1, keepdims=True))[..., None] for one in central),
    ]
    centres = _linear(marks.centres, weights, "pd", bias=False)
    alike = [
        _linear(vectors, weights, layer, bias=False)[:, None] * centres[None]
        for vectors, layer in ((own, "pc"), (around, "pw"))
    ]
    quality = _linear(both * COORDINATES, weights, "qual")[:, None]
    joined = np.concatenate(
        [
            np.concatenate(columns, axis=2) * COSINES,
            np.concatenate(alike, axis=2) * PRODUCTS,
            np.broadcast_to(quality, (len(own), len(marks.centres), quality.shape[2])),
        ],
        axis=2,
    )
    hidden = silu(_linear(silu(_linear(joined, weights, "h1")), weights, "h2"))
    return _linear(hidden, weights, "out")


def _nearest(similar: Floats, groups: Ints) -> Floats:
    """The highest cosine and the mean of the three highest in each group: (n, d, 6); -1 and 0 for none."""
    padded = np.concatenate([similar, np.full((len(similar), 1), -1, dtype=similar.dtype)], axis=1)
    count = groups.shape[2]
    found = padded[:, groups]
    few = np.sort(np.partition(found, count - NEAREST, axis=3)[..., -NEAREST:], axis=3)
    return np.concatenate([few[..., -1], np.maximum(few, 0).mean(axis=3)], axis=2)


def _lead(values: Floats) -> Floats:
    """How far each dimension is before the second best: (n, d, f) to (n, d, f)."""
    if values.shape[1] < 2:
        return values
    return np.asarray(values - np.partition(values, -2, axis=1)[:, -2:-1])


def _question_figures(
    own: Floats, around: Floats, similar: tuple[Floats, Floats], marks: Landmarks
) -> Floats:
    """How near statements are to each question's text and to its references: (n, q, 4)."""
    columns = []
    for vectors, cosines in zip((own, around), similar, strict=True):
        padded = np.concatenate([cosines, np.full((len(cosines), 1), -1, dtype=cosines.dtype)], axis=1)
        found = np.sort(padded[:, marks.own], axis=2)[..., -NEAREST:]
        columns += [vectors @ marks.questions.T, found.mean(axis=2)]
    return np.stack(columns, axis=2)


def _even(groups: list[list[Ints]]) -> list[list[Ints]]:
    """The same groups; the first is filled up so that all are as long as the longest, three at least."""
    most = max(NEAREST, *(len(rows) for of_depth in groups for rows in of_depth))
    return [
        [np.pad(rows, (0, most - len(rows)), constant_values=-1) for rows in of_depth] for of_depth in groups
    ]


def _filled(groups: Sequence[Ints], size: int) -> Ints:
    """Groups of rows as one table, filled up with `size`; three columns at least."""
    most = max(NEAREST, *(len(rows) for rows in groups))
    table = np.stack([np.pad(rows, (0, most - len(rows)), constant_values=-1) for rows in groups])
    return np.where(table < 0, size, table)


def unit(vectors: Floats) -> Floats:
    """Rows of unit length; what is zero stays so."""
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-12))


def softmax(values: Floats) -> Floats:
    """Probabilities from log-odds along the last axis."""
    raised = np.exp(values - values.max(axis=-1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=-1, keepdims=True))


def sigmoid(values: Floats) -> Floats:
    """The logistic function."""
    return np.asarray(0.5 * (1 + np.tanh(0.5 * values)))


def silu(values: Floats) -> Floats:
    """X times its logistic function."""
    return np.asarray(values * sigmoid(values))


def softplus(values: Floats) -> Floats:
    """log(1 + exp(x)), without overflow."""
    return np.asarray(np.logaddexp(0, values))


def _two_layers(inputs: Floats, weights: Weights, name: str) -> Floats:
    return _linear(silu(_linear(inputs, weights, f"{name}1")), weights, f"{name}2")


def _linear(inputs: Floats, weights: Weights, layer: str, bias: bool = True) -> Floats:
    outputs = inputs @ weights[f"{layer}.weight"].T
    return np.asarray(outputs + weights[f"{layer}.bias"] if bias else outputs)
