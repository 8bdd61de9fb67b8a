"""Selection: from which of an answer's pieces its marks are read, so that what adds nothing moves nothing."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from coach.scoring.bank import Floats
from coach.scoring.substance import Piece

# A piece is filler where it is near to nothing in the pack (mean cosine with the five nearest texts) and,
# read by itself, comes near to nothing: of graded pieces one in ten is; without them kappa loses 0.003.
FILLER_NEAR, FILLER_SUBSTANCE = 0.35, 0.1
NEAREST = 5
# From this probability a piece may be harmful, though it is shown as such only from a higher one.
UNSAFE = 0.25


def likeness(vectors: Floats, known: Floats) -> Floats:
    """The mean cosine of n pieces (n, width) with the five nearest of m known texts (m, width)."""
    similar = vectors @ known.T
    count = min(NEAREST, similar.shape[1])
    return np.asarray(np.partition(similar, similar.shape[1] - count, axis=1)[:, -count:].mean(axis=1))


def filler(near: Floats, substance: Floats, harm: Floats) -> NDArray[np.bool_]:
    """Which of n pieces are filler, by their likeness to the pack, and their substance and harm alone."""
    return np.asarray((near < FILLER_NEAR) & (substance < FILLER_SUBSTANCE) & (harm < UNSAFE))


def first_said(found: Sequence[Piece]) -> list[int]:
    """The places of pieces without those that say again, word for word, what was said before."""
    said: dict[str, int] = {}
    for place, piece in enumerate(found):
        said.setdefault(piece.wording, place)
    return list(said.values())


def sides(rows: list[int], harm: Floats, otherwise: list[int]) -> list[list[int]]:
    """The rows with none of those that may be harmful, and with one of them at a time.

    The lowest mark over these cannot rise when another harmful piece is added: that only adds to them.
    `otherwise` is what there is to read where no row is left.
    """
    unsafe = [row for row, probability in zip(rows, harm, strict=True) if probability >= UNSAFE]
    choices = [[row for row in rows if row not in unsafe or row == kept] for kept in (None, *unsafe)]
    return [choice or otherwise for choice in choices if choice or otherwise]
