"""Features of a piece of an answer: how near it is to the banks, by dimension and depth.

No feature knows a dimension by name. Every dimension is read through the same columns: nearness to its
own references at each depth, to its graded pieces where the pack has them, and how far it leads the
other dimensions. So a head trained on one pack scores another pack from that pack's references.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from coach.scoring.bank import DEPTH_STEPS, DEPTHS, Floats, GradedBank, Ints, ReferenceBank

# Kernel widths on the cosine: one that follows the nearest pieces, one that smooths. With frozen MiniLM,
# kernel regression of depth alone peaked at 0.03 on the training writers and fell off above 0.06.
NARROW = 0.03
WIDE = 0.06
REFERENCE_COLUMNS = 12
GRADED_COLUMNS = 12
GRADED_SHARED_COLUMNS = 10
REFERENCE_SHARED_COLUMNS = 5


@dataclass(frozen=True)
class PieceFeatures:
    """`by_dimension` (n, d, f) and `shared` (n, g) figures of n pieces."""

    by_dimension: Floats
    shared: Floats

    def take(self, rows: Sequence[int] | Ints) -> "PieceFeatures":
        """The figures of some of the pieces, in the order of `rows`."""
        return PieceFeatures(self.by_dimension[rows], self.shared[rows])

    @classmethod
    def joined(cls, parts: Sequence["PieceFeatures"]) -> "PieceFeatures":
        """The figures of the pieces of all `parts`, at least one, behind each other."""
        return cls(
            np.concatenate([part.by_dimension for part in parts]),
            np.concatenate([part.shared for part in parts]),
        )


def reference_features(vectors: Floats, bank: ReferenceBank, question: int) -> PieceFeatures:
    """Nearness of n pieces to the written references.

    By dimension and depth: the nearest, the mean of the three nearest, the nearest among this
    question's own, and the share of a kernel over all references. Shared: nearest harmful statement,
    its lead over the safer practice, the same for this question alone, and nearness to the question.
    """
    similar = vectors @ bank.vectors.T
    count = len(vectors)
    shape = (count, bank.dimensions, len(DEPTHS))
    reached = _kernel(similar, (NARROW + WIDE) / 2) @ bank.reached
    nearest, nearest_three = bank.groups.nearest_few(similar, 3)
    columns = np.concatenate(
        [
            nearest.reshape(shape),
            nearest_three.reshape(shape),
            bank.own_groups[question].nearest(similar).reshape(shape),
            reached.reshape(shape),
        ],
        axis=2,
    )
    harmful = vectors @ bank.harmful.T
    lead = harmful - vectors @ bank.safer.T
    of_question = bank.harmful_question == question
    shared = [
        _nearest(harmful, 1),
        _nearest(lead, 1),
        _nearest(harmful[:, of_question], 1),
        _nearest(lead[:, of_question], 1),
        vectors @ bank.questions[question],
    ]
    return PieceFeatures(by_dimension=columns, shared=np.stack(shared, axis=1).astype(np.float32))


def graded_features(projected: Floats, bank: GradedBank) -> PieceFeatures:
    """Nearness of n projected pieces to the graded pieces.

    By dimension: kernel estimates of reaching each depth at two widths, the nearest and the mean of the
    five nearest pieces of each depth. Shared: the same estimates over any dimension, of harm, of the
    marks of the answers nearby, and nearness to pieces that are evidence for nothing.
    """
    similar = projected @ bank.vectors.T
    shape = (len(projected), bank.depth.shape[1], len(DEPTHS))
    deepest = bank.depth.max(axis=1)
    narrow = _kernel(similar, NARROW)
    wide = _kernel(similar, WIDE)
    nearest, nearest_five = bank.groups.nearest_few(similar, 5)
    columns = np.concatenate(
        [
            (narrow @ bank.reached).reshape(shape),
            (wide @ bank.reached).reshape(shape),
            nearest.reshape(shape),
            nearest_five.reshape(shape),
        ],
        axis=2,
    )
    idle = similar[:, deepest == 0]
    shared = [narrow @ (deepest >= step).astype(np.float32) for step in DEPTH_STEPS]
    shared += [
        narrow @ bank.harmful,
        _nearest(similar[:, bank.harmful > 0], 2),
        narrow @ bank.overall,
        narrow @ bank.reasoning,
        _nearest(similar, 1),
        _nearest(idle, 1),
        _nearest(idle, 5),
    ]
    return PieceFeatures(by_dimension=columns, shared=np.stack(shared, axis=1).astype(np.float32))


def leads(columns: Floats) -> Floats:
    """How far each dimension's columns (n, d, f) are above the best other dimension's; 0 where d is 1."""
    if columns.shape[1] < 2:
        return np.zeros_like(columns)
    ordered = np.sort(columns, axis=1)
    best, second = ordered[:, -1:], ordered[:, -2:-1]
    return columns - np.where(columns == best, second, best)


def neighbours(columns: Floats, ends: Sequence[int] | Ints = ()) -> Floats:
    """The same columns (n, d, f) of the piece before and of the piece after, zero where there is none.

    `ends` are where answers end whose pieces follow each other; what stands beyond is no neighbour.
    """
    before = np.zeros_like(columns)
    after = np.zeros_like(columns)
    before[1:] = columns[:-1]
    after[:-1] = columns[1:]
    for end in ends:
        before[end : end + 1] = 0
        after[end - 1] = 0
    return np.concatenate([before, after], axis=2)


def _nearest(similar: Floats, count: int) -> Floats:
    """The mean of the `count` highest figures in each row; 0 where there are no columns."""
    if similar.shape[1] == 0:
        return np.zeros(len(similar), dtype=np.float32)
    if count == 1:
        return np.asarray(similar.max(axis=1))
    count = min(count, similar.shape[1])
    top = np.partition(similar, similar.shape[1] - count, axis=1)[:, -count:]
    return np.asarray(top.mean(axis=1))


def _kernel(similar: Floats, width: float) -> Floats:
    """Rows of weights that fall with the distance in cosine and add up to 1."""
    if similar.shape[1] == 0:
        return similar
    weights = np.exp((similar - similar.max(axis=1, keepdims=True)) / width)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True), dtype=np.float32)
