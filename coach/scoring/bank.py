"""The banks that answers are compared with: written references, and pieces of graded answers."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

# From this depth (described) on a reference says something of its dimension.
SUBSTANTIAL = 2


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

    @property
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
