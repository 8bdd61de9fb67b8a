"""The trained head: from the features of an answer's pieces to depths, marks and doubt. Pure numpy."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from coach.scoring.bank import Floats

Weights = Mapping[str, Floats]


@dataclass(frozen=True)
class AnswerFeatures:
    """What the head reads of one answer with n pieces, in a pack of d dimensions.

    `by_dimension` (n, d, f) and `shared` (n, g) are standardised; `vectors` (n, width) are the pieces'
    embeddings; `expected` (d,) is 1 where the question expects the dimension; `centres` (d, width) are the
    centres of the dimensions' references.
    """

    by_dimension: Floats
    shared: Floats
    vectors: Floats
    expected: Floats
    centres: Floats


@dataclass(frozen=True)
class Reading:
    """What the head says: all figures are probabilities in [0, 1].

    `depth` (d, 3), `overall` (5,) and `reasoning` (3,) are the probabilities of reaching each step of
    the scale; `piece_depth` (n, d, 3) the same for each piece; `piece_harm` (n,) of being harmful.
    """

    depth: Floats
    overall: Floats
    reasoning: Floats
    piece_depth: Floats
    piece_harm: Floats

    @property
    def substance(self) -> Floats:
        """How deep each piece goes in the dimension that it says most of, in [0, 3], (n,)."""
        return np.asarray(self.piece_depth.sum(axis=2).max(axis=1))


def read(answer: AnswerFeatures, weights: Weights) -> Reading:
    """Apply one trained head to one answer with at least one piece."""
    expected = answer.expected
    shared = np.concatenate([answer.shared, _linear(answer.vectors, weights, "project")], axis=1)
    average = shared.mean(axis=0)
    meaning = _linear(answer.vectors, weights, "meaning", bias=False)
    centres = _linear(answer.centres, weights, "meaning", bias=False)
    hidden = (
        _linear(answer.by_dimension, weights, "near")
        + _linear(meaning[:, None] * centres, weights, "alike", bias=False)
        + _linear(shared, weights, "own", bias=False)[:, None, :]
        + _linear(average, weights, "whole", bias=False)
    )
    hidden = _silu(_linear(_silu(hidden), weights, "piece"))
    piece_logits = _linear(hidden, weights, "piece_depth")
    attention = _linear(hidden, weights, "attention")
    attention = np.exp(attention - attention.max(axis=0))
    attended = (attention / attention.sum(axis=0) * hidden).sum(axis=0)
    highest = hidden.max(axis=0)
    pooled = _log_sum_exp(2 * piece_logits) * np.float32(0.5)
    context = np.broadcast_to(average, (len(expected), len(average)))
    joined = np.concatenate([attended, highest, context, expected[:, None]], axis=1)
    depth = _sigmoid(pooled + _linear(_silu(_linear(joined, weights, "answer")), weights, "depth"))

    harm_logits = _linear(_silu(_linear(shared, weights, "harm_hidden")), weights, "harm")[:, 0]
    harm = _sigmoid(harm_logits)
    share = expected / expected.sum()
    summary = np.concatenate(
        [
            share @ attended,
            share @ highest,
            average,
            depth_summary(depth, expected),
            [harm.max(), harm.mean()],
        ]
    ).astype(np.float32)
    marks = _sigmoid(_linear(_silu(_linear(summary, weights, "marks_hidden")), weights, "marks"))
    return Reading(
        depth=depth,
        overall=marks[:5],
        reasoning=marks[5:],
        piece_depth=_sigmoid(piece_logits),
        piece_harm=harm,
    )


def depth_summary(depth: Floats, expected: Floats) -> Floats:
    """Depth over the expected dimensions, in figures that do not depend on how many or which they are."""
    expectation = depth.sum(axis=1)
    of_expected = expectation[expected > 0]
    others = expectation[expected == 0]
    return np.asarray(
        [
            of_expected.mean(),
            of_expected.max(),
            of_expected.min(),
            *(depth[expected > 0].mean(axis=0)),
            others.mean() if len(others) else 0.0,
            others.max() if len(others) else 0.0,
            np.log(expected.sum()),
        ],
        dtype=np.float32,
    )


def average(readings: list[Reading]) -> Reading:
    """The mean of several heads' readings of the same answer."""
    return Reading(
        depth=np.mean([reading.depth for reading in readings], axis=0),
        overall=np.mean([reading.overall for reading in readings], axis=0),
        reasoning=np.mean([reading.reasoning for reading in readings], axis=0),
        piece_depth=np.mean([reading.piece_depth for reading in readings], axis=0),
        piece_harm=np.mean([reading.piece_harm for reading in readings], axis=0),
    )


def _linear(inputs: Floats, weights: Weights, layer: str, bias: bool = True) -> Floats:
    outputs = inputs @ weights[f"{layer}.weight"].T
    return np.asarray(outputs + weights[f"{layer}.bias"] if bias else outputs)


def _silu(values: Floats) -> Floats:
    return np.asarray(values * _sigmoid(values))


def _sigmoid(values: Floats) -> Floats:
    return np.asarray(0.5 * (1 + np.tanh(0.5 * values)))


def _log_sum_exp(values: Floats) -> Floats:
    highest = values.max(axis=0)
    return np.asarray(highest + np.log(np.exp(values - highest).sum(axis=0)))
