"""The banks that answers are compared with: written references, and pieces of graded answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

DEPTHS = (1, 2, 3)
# A graded depth counts for depth k from k - 0.25 on: medians of gradings come in halves.
DEPTH_STEPS = (0.75, 1.75, 2.75)
# From this depth (described) on a reference says something of its dimension.
SUBSTANTIAL = 2


@dataclass(frozen=True)
class Groups:
    """Groups of the rows of a bank: `places` (g, most) holds each one's rows, filled up with the bank's size.

    `counts` (g,) are their sizes.
    """

    places: Ints
    counts: Ints

    @classmethod
    def of(cls, groups: Sequence[Ints], size: int) -> "Groups":
        """Groups of the rows of a bank of `size` rows."""
        counts = np.asarray([len(group) for group in groups])
        places = np.full((len(groups), max(1, int(counts.max(initial=0)))), size)
        for row, group in enumerate(groups):
            places[row, : len(group)] = group
        return cls(places, counts)

    def nearest(self, similar: Floats) -> Floats:
        """Each group's highest column of `similar` (n, size): (n, g); 0 for an empty one."""
        filled = np.concatenate([similar, np.full((len(similar), 1), -np.inf, dtype=np.float32)], axis=1)
        highest = filled[:, self.places].max(axis=2)
        return np.asarray(np.where(self.counts > 0, highest, 0), dtype=np.float32)

    def nearest_few(self, similar: Floats, count: int) -> tuple[Floats, Floats]:
        """Each group's highest column of `similar` (n, size) and the mean of its `count` highest.

        Both (n, g); 0 for an empty group.
        """
        highest = np.zeros((len(similar), len(self.counts)), dtype=np.float32)
        mean = np.zeros_like(highest)
        for group in np.flatnonzero(self.counts):
            size = self.counts[group]
            columns = similar[:, self.places[group, :size]]
            if size > count:
                columns = np.partition(columns, size - count, axis=1)[:, -count:]
            # Sorted, so that the sum does not depend on the order that a partition leaves.
            columns = np.sort(columns, axis=1)
            highest[:, group] = columns[:, -1]
            mean[:, group] = columns.mean(axis=1)
        return highest, mean


@dataclass(frozen=True)
class ReferenceBank:
    """Encoded references of a pack.

    `vectors` (r, width) unit rows; `dimension`, `depth` (1-3) and `question` (r,) index the pack's lists.
    `harmful` and `safer` (h, width) hold the harmful statements and their safer practices, and
    `harmful_question` (h,) where each belongs. `questions` (q, width) holds the question texts.
    """

    vectors: Floats
    dimension: Ints
    depth: Ints
    question: Ints
    harmful: Floats
    safer: Floats
    harmful_question: Ints
    questions: Floats
    dimensions: int

    @cached_property
    def groups(self) -> "Groups":
        """The references by dimension and depth: groups (d, 3)."""
        return self._grouped(np.ones(len(self.vectors), dtype=np.bool_))

    @cached_property
    def own_groups(self) -> tuple["Groups", ...]:
        """The same for the references of each question alone."""
        return tuple(self._grouped(self.question == place) for place in range(len(self.questions)))

    @cached_property
    def reached(self) -> Floats:
        """Which references reach which depth of which dimension, (r, d * 3)."""
        of_dimension = self.dimension[:, None] == np.arange(self.dimensions)
        deep = self.depth[:, None] >= np.asarray(DEPTHS)
        both = (of_dimension[:, :, None] & deep[:, None, :]).astype(np.float32)
        return np.asarray(both.reshape(len(self.depth), both.shape[1] * both.shape[2]))

    def rows(self, question: int, dimension: int, depths: tuple[int, ...]) -> Ints:
        """The rows of a question's references of a dimension at one of `depths`."""
        found = self._rows.get((question, dimension, depths))
        if found is None:
            of_dimension = (self.question == question) & (self.dimension == dimension)
            found = np.flatnonzero(of_dimension & np.isin(self.depth, depths))
            self._rows[question, dimension, depths] = found
        return found

    @cached_property
    def _rows(self) -> dict[tuple[int, int, tuple[int, ...]], Ints]:
        """What `rows` has found before."""
        return {}

    def _grouped(self, kept: NDArray[np.bool_]) -> "Groups":
        return Groups.of(
            [
                np.flatnonzero(kept & (self.dimension == dimension) & (self.depth == depth))
                for dimension in range(self.dimensions)
                for depth in DEPTHS
            ],
            len(self.vectors),
        )

    @cached_property
    def everything(self) -> Floats:
        """All that the pack says: references, harmful statements, safer practices, questions (m, width)."""
        return np.concatenate([self.vectors, self.harmful, self.safer, self.questions])

    @cached_property
    def centres(self) -> Floats:
        """The mean embedding of each dimension's described and reasoned references, (d, width) unit rows."""
        rows = np.zeros((self.dimensions, self.vectors.shape[1]), dtype=np.float32)
        for dimension in range(self.dimensions):
            of_dimension = self.vectors[(self.dimension == dimension) & (self.depth >= SUBSTANTIAL)]
            if len(of_dimension):
                mean = of_dimension.mean(axis=0)
                rows[dimension] = mean / max(float(np.linalg.norm(mean)), 1e-6)
        return rows


@dataclass(frozen=True)
class GradedBank:
    """Pieces of graded answers, compressed: `vectors` (b, p) are projections of unit embeddings.

    `projection` (width, p) maps an embedding to that space, where the dot product approximates the
    cosine. `depth` (b, d) is the graded depth that a piece is evidence for, 0 elsewhere; `harmful` (b,);
    `overall` in [0, 1] and `reasoning` in [0, 1] (b,) are the marks of the answer that the piece is from;
    `writer` (b,) who wrote it.
    """

    projection: Floats
    vectors: Floats
    depth: Floats
    harmful: Floats
    overall: Floats
    reasoning: Floats
    writer: Ints

    @cached_property
    def groups(self) -> "Groups":
        """The pieces by dimension and depth, medians of a half counting for the step below: groups (d, 3)."""
        whole = np.rint(self.depth - 0.25)
        return Groups.of(
            [
                np.flatnonzero(whole[:, dimension] == depth)
                for dimension in range(self.depth.shape[1])
                for depth in DEPTHS
            ],
            len(self.vectors),
        )

    @cached_property
    def reached(self) -> Floats:
        """Which pieces reach which depth of which dimension, (b, d * 3)."""
        steps = (self.depth[:, :, None] >= np.asarray(DEPTH_STEPS)).astype(np.float32)
        return np.asarray(steps.reshape(len(self.depth), steps.shape[1] * steps.shape[2]))

    def without(self, *writers: int) -> "GradedBank":
        """The bank without the pieces of some writers."""
        keep = ~np.isin(self.writer, writers)
        return GradedBank(
            projection=self.projection,
            vectors=self.vectors[keep],
            depth=self.depth[keep],
            harmful=self.harmful[keep],
            overall=self.overall[keep],
            reasoning=self.reasoning[keep],
            writer=self.writer[keep],
        )


# Components of unit vectors stay within +-1 and mostly within a tenth of that: 254 steps keep the
# cosine to about 0.005.
STEP = np.float32(1 / 254)


def stored(vectors: Floats) -> Floats:
    """Round to the grid on which bank vectors are stored as signed bytes."""
    return np.asarray(np.clip(np.rint(vectors / STEP), -127, 127) * STEP, dtype=np.float32)


def principal_projection(vectors: Floats, width: int) -> Floats:
    """The `width` leading directions of `vectors` (uncentred, so that dot products are kept best)."""
    second_moment = vectors.T.astype(np.float64) @ vectors.astype(np.float64)
    _, directions = np.linalg.eigh(second_moment)
    leading = directions[:, ::-1][:, :width]
    # An eigenvector's sign is arbitrary: fix it, so that two trainings give the same weights.
    signs = np.sign(leading[np.abs(leading).argmax(axis=0), np.arange(leading.shape[1])])
    return np.ascontiguousarray(leading * signs).astype(np.float32)
