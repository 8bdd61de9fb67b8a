"""The trained head: from the features of an answer's pieces to depths, marks and doubt. Pure numpy."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from coach.scoring.bank import Floats, Ints

Weights = Mapping[str, Floats]

# Probabilities are kept this far from 0 and 1 before their log-odds are taken.
EDGE = 1e-4
# A mark that is a mean of steps sits between two whole marks wherever the head wavers, and graders give whole
# ones. Log-odds times this took the mean error of overall from 0.42 to 0.39 marks on writers held out, and
# kappa from 0.925 to 0.923; more took little off the error and made marks jumpier.
SHARPNESS = 1.75


@dataclass(frozen=True)
class AnswerFeatures:
    """What the head reads of an answer with n pieces, or of k answers with n in all; d dimensions.

    `by_dimension` (n, d, f) and `shared` (n, g) are standardised; `vectors` (n, width) are the pieces'
    embeddings; `expected` (d,) or, by answer, (k, d) is 1 where the question expects the dimension; `centres`
    (d, width) are the centres of the dimensions' references.
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
    def harm(self) -> Floats:
        """The probability that each piece is harmful, (n,)."""
        return self.piece_harm

    @property
    def substance(self) -> Floats:
        """How deep each piece goes in the dimension that it says most of, in [0, 3], (n,)."""
        return np.asarray(self.piece_depth.sum(axis=2).max(axis=1))


def stacked(networks: Sequence[Weights]) -> Weights:
    """The weights of s networks of one form as arrays with a leading axis of s."""
    return {name: np.stack([network[name] for network in networks]) for name in networks[0]}


def read(answer: AnswerFeatures, weights: Weights) -> Reading:
    """Apply one trained head to one answer with at least one piece."""
    return read_each(answer, [len(answer.shared)], stacked([weights]))[0]


def read_each(answers: AnswerFeatures, sizes: Sequence[int], networks: Weights) -> list[Reading]:
    """The mean of what s `stacked` heads say of several answers.

    Their pieces follow each other in `answers`; `sizes` are the numbers of them, each at least one. Figures
    differ from those of an answer that is read by itself in the last digits at most.
    """
    expected = np.broadcast_to(answers.expected, (len(sizes), answers.expected.shape[-1]))
    counts = np.asarray(sizes, dtype=np.int64)
    starts = np.asarray(np.cumsum(counts) - counts, dtype=np.int64)
    pooling = _Pooling(starts, np.repeat(np.arange(len(counts)), counts))
    shared = _joint(answers, networks)
    average = pooling.total(shared) / counts.astype(np.float32)[:, None]
    hidden = _hidden(answers, shared, average, networks, pooling.owner)
    piece_logits = _linear(hidden, networks, "piece_depth")
    attention = _linear(hidden, networks, "attention")
    attention = np.exp(attention - pooling.highest(attention)[:, pooling.owner])
    attended = pooling.total(attention / pooling.total(attention)[:, pooling.owner] * hidden)
    highest = pooling.highest(hidden)
    steepest = pooling.highest(2 * piece_logits)
    summed = pooling.total(np.exp(2 * piece_logits - steepest[:, pooling.owner]))
    pooled = (steepest + np.log(summed)) * np.float32(0.5)
    shape = attended.shape[:3]
    context = np.broadcast_to(average[:, :, None, :], (*shape, average.shape[2]))
    flags = np.broadcast_to(expected[:, :, None], (*shape, 1))
    joined = np.concatenate([attended, highest, context, flags], axis=3)
    depth = _sigmoid(pooled + _linear(_silu(_linear(joined, networks, "answer")), networks, "depth"))

    harm = _harm(shared, networks)
    share = (expected / expected.sum(axis=1, keepdims=True))[:, None]
    summary = np.concatenate(
        [
            (share @ attended)[:, :, 0],
            (share @ highest)[:, :, 0],
            average,
            depth_summary(depth, expected),
            np.stack([pooling.highest(harm), pooling.total(harm) / counts], axis=2),
        ],
        axis=2,
    ).astype(np.float32)
    marks = _sigmoid(_linear(_silu(_linear(summary, networks, "marks_hidden")), networks, "marks"))
    depth, marks, harm = depth.mean(axis=0), marks.mean(axis=0), harm.mean(axis=0)
    piece_depth = _sigmoid(piece_logits).mean(axis=0)
    return [
        Reading(
            depth=depth[row],
            overall=marks[row, :5],
            reasoning=marks[row, 5:],
            piece_depth=piece_depth[start : start + size],
            piece_harm=harm[start : start + size],
        )
        for row, (size, start) in enumerate(zip(sizes, starts, strict=True))
    ]


@dataclass(frozen=True)
class _Pooling:
    """Figures (s, n, ...) of pieces to those (s, k, ...) of answers.

    `starts` (k,) are where the answers start, and `owner` (n,) is each piece's answer.
    """

    starts: Ints
    owner: Ints

    def total(self, values: Floats) -> Floats:
        return np.asarray(np.add.reduceat(values, self.starts, axis=1))

    def highest(self, values: Floats) -> Floats:
        return np.asarray(np.maximum.reduceat(values, self.starts, axis=1))


def read_alone(answer: AnswerFeatures, networks: Weights) -> tuple[Floats, Floats]:
    """The mean of what s `stacked` heads say of each of n pieces as if it were the whole answer.

    Returns `piece_depth` (n, d, 3) and `piece_harm` (n,); the figures must be those of `assembly.alone`.
    """
    shared = _joint(answer, networks)
    hidden = _hidden(answer, shared, shared, networks, np.arange(len(answer.shared)))
    depth = _sigmoid(_linear(hidden, networks, "piece_depth"))
    return depth.mean(axis=0), _harm(shared, networks).mean(axis=0)


def _joint(answer: AnswerFeatures, networks: Weights) -> Floats:
    """What is known of each piece whatever the dimension, with its projected embedding: (s, n, g)."""
    projected = _linear(answer.vectors, networks, "project")
    return np.concatenate(
        [np.broadcast_to(answer.shared, (*projected.shape[:2], answer.shared.shape[1])), projected], axis=2
    )


def _hidden(answer: AnswerFeatures, shared: Floats, around: Floats, networks: Weights, owner: Ints) -> Floats:
    """The hidden layer (s, n, d, h) of the pieces.

    `around` (s, k, g) is the mean of `shared` (s, n, g) over each answer, `owner` (n,) each piece's answer.
    """
    meaning = _linear(answer.vectors, networks, "meaning", bias=False)
    centres = _linear(answer.centres, networks, "meaning", bias=False)
    of_piece = _linear(shared, networks, "own", bias=False)
    of_answer = _linear(around, networks, "whole", bias=False)
    hidden = (
        _linear(answer.by_dimension[None], networks, "near")
        + _linear(meaning[:, :, None] * centres[:, None], networks, "alike", bias=False)
        + (of_piece + of_answer[:, owner])[:, :, None]
    )
    return _silu(_linear(_silu(hidden), networks, "piece"))


def _harm(shared: Floats, networks: Weights) -> Floats:
    return _sigmoid(_linear(_silu(_linear(shared, networks, "harm_hidden")), networks, "harm")[..., 0])


def depth_summary(depth: Floats, expected: Floats) -> Floats:
    """Depth (..., d, 3) over the dimensions that are `expected` (d,) or (..., d), in figures (..., 9).

    They do not depend on how many dimensions there are, or which they are.
    """
    expectation = depth.sum(axis=-1)
    wanted = np.broadcast_to(expected > 0, expectation.shape)
    number = wanted.sum(axis=-1)
    others = np.where(wanted, 0, expectation)
    figures = [
        np.where(wanted, expectation, 0).sum(axis=-1) / number,
        np.where(wanted, expectation, -np.inf).max(axis=-1),
        np.where(wanted, expectation, np.inf).min(axis=-1),
        *np.moveaxis(np.where(wanted[..., None], depth, 0).sum(axis=-2) / number[..., None], -1, 0),
        others.sum(axis=-1) / np.maximum(wanted.shape[-1] - number, 1),
        others.max(axis=-1),
        np.log(number),
    ]
    return np.stack(figures, axis=-1).astype(np.float32)


def average(readings: list[Reading]) -> Reading:
    """The mean of several heads' readings of the same answer."""
    return Reading(
        depth=np.mean([reading.depth for reading in readings], axis=0),
        overall=np.mean([reading.overall for reading in readings], axis=0),
        reasoning=np.mean([reading.reasoning for reading in readings], axis=0),
        piece_depth=np.mean([reading.piece_depth for reading in readings], axis=0),
        piece_harm=np.mean([reading.piece_harm for reading in readings], axis=0),
    )


def calibrated(
    readings: Sequence[Reading], overall: Sequence[float], reasoning: Sequence[float]
) -> list[Reading]:
    """The readings with the log-odds of the steps of overall (5) and of reasoning (3) shifted by so much.

    The steps of overall are sharpened too.
    """
    if not readings:
        return []
    marks = sharpened(shifted(np.stack([reading.overall for reading in readings]), overall))
    reasons = shifted(np.stack([reading.reasoning for reading in readings]), reasoning)
    return [
        replace(reading, overall=mark, reasoning=reason)
        for reading, mark, reason in zip(readings, marks, reasons, strict=True)
    ]


def shifted(probability: Floats, shift: Sequence[float]) -> Floats:
    """Probabilities (..., k) with their log-odds shifted by k figures.

    >>> shifted(np.asarray([0.5, 0.5]), (0.0, 2.0)).round(2).tolist()
    [0.5, 0.88]
    """
    return np.asarray(_sigmoid(_log_odds(probability) + np.asarray(shift)))


def sharpened(probability: Floats, sharpness: float = SHARPNESS) -> Floats:
    """Probabilities with their log-odds multiplied.

    >>> sharpened(np.asarray([0.5, 0.75]), 2).round(2).tolist()
    [0.5, 0.9]
    """
    return np.asarray(_sigmoid(sharpness * _log_odds(probability)))


def _log_odds(probability: Floats) -> Floats:
    sure = np.clip(probability, EDGE, 1 - EDGE)
    return np.asarray(np.log(sure / (1 - sure)))


def _linear(inputs: Floats, networks: Weights, layer: str, bias: bool = True) -> Floats:
    """Apply a layer of s networks to inputs (n, i), the same for all, or (s, ..., i): outputs (s, ..., o)."""
    weights = networks[f"{layer}.weight"]
    flat = inputs if inputs.ndim == 2 else inputs.reshape(len(inputs), -1, inputs.shape[-1])
    outputs = flat @ weights.swapaxes(1, 2)
    if bias:
        outputs = outputs + networks[f"{layer}.bias"][:, None]
    between = inputs.shape[1:-1] if inputs.ndim > 2 else inputs.shape[:1]
    return np.asarray(outputs.reshape(len(weights), *between, weights.shape[1]))


def _silu(values: Floats) -> Floats:
    return np.asarray(values * _sigmoid(values))


def _sigmoid(values: Floats) -> Floats:
    return np.asarray(0.5 * (1 + np.tanh(0.5 * values)))
