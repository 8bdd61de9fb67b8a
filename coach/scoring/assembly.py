"""Assembly: one answer's pieces and banks to the standardised figures that the head reads."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from coach.scoring.bank import Floats, Ints
from coach.scoring.features import (
    GRADED_COLUMNS,
    GRADED_SHARED_COLUMNS,
    REFERENCE_COLUMNS,
    PieceFeatures,
    leads,
    neighbours,
)

# Of each bank's columns, the first three (one for each depth) are also shown for the neighbouring pieces.
NEIGHBOUR_COLUMNS = 3
# Columns of `raw_by_dimension`, in order, and which of them come from the graded bank.
_WIDTHS = (
    REFERENCE_COLUMNS,
    REFERENCE_COLUMNS,
    2 * NEIGHBOUR_COLUMNS,
    GRADED_COLUMNS,
    GRADED_COLUMNS,
    2 * NEIGHBOUR_COLUMNS,
)
GRADED_START = sum(_WIDTHS[:3])
NEAR_COLUMNS = sum(_WIDTHS)
# A standardised figure is cut here: an odd answer must not carry the head far outside what it saw.
CLIP = 4.0


@dataclass(frozen=True)
class Standard:
    """Mean and spread of every figure over the training pieces."""

    near_mean: Floats
    near_spread: Floats
    shared_mean: Floats
    shared_spread: Floats


@dataclass(frozen=True)
class RawFeatures:
    """Figures before they are standardised: `near` (n, d, f) and `shared` (n, g).

    `graded` says whether the pack has a graded bank; without one its columns count as average. So do those
    of the dimensions `ungraded`, which are read from their references alone.
    """

    near: Floats
    shared: Floats
    graded: bool
    ungraded: tuple[int, ...] = ()


@dataclass(frozen=True)
class Figures:
    """What is reckoned of each of n pieces by itself, in any order: nearness to both banks, and cues (n, c).

    `vectors` (n, width) are their embeddings; `graded` is None for a pack without a graded bank.
    """

    reference: PieceFeatures
    graded: PieceFeatures | None
    cues: Floats
    vectors: Floats

    def take(self, rows: Sequence[int] | Ints) -> "Figures":
        """The figures of some of the pieces, in the order of `rows`."""
        return Figures(
            self.reference.take(rows),
            None if self.graded is None else self.graded.take(rows),
            self.cues[rows],
            self.vectors[rows],
        )

    @classmethod
    def joined(cls, parts: Sequence["Figures"]) -> "Figures":
        """The figures of the pieces of all `parts`, at least one, behind each other."""
        graded = [part.graded for part in parts if part.graded is not None]
        return cls(
            PieceFeatures.joined([part.reference for part in parts]),
            PieceFeatures.joined(graded) if len(graded) == len(parts) else None,
            np.concatenate([part.cues for part in parts]),
            np.concatenate([part.vectors for part in parts]),
        )


def raw_features(
    reference: PieceFeatures, graded: PieceFeatures | None, cues: Floats, ends: Sequence[int] | Ints = ()
) -> RawFeatures:
    """Join the figures of one answer's pieces; the graded bank's come last in `near`, first in `shared`.

    With `ends`, they are the pieces of several answers, and these are where each of them ends.
    """
    count, dimensions = reference.by_dimension.shape[:2]
    if graded is None:
        of_graded = np.zeros((count, dimensions, GRADED_COLUMNS), dtype=np.float32)
        shared_graded = np.zeros((count, GRADED_SHARED_COLUMNS), dtype=np.float32)
    else:
        of_graded, shared_graded = graded.by_dimension, graded.shared
    near = [
        reference.by_dimension,
        leads(reference.by_dimension),
        neighbours(reference.by_dimension[..., :NEIGHBOUR_COLUMNS], ends),
        of_graded,
        leads(of_graded),
        neighbours(of_graded[..., :NEIGHBOUR_COLUMNS], ends),
    ]
    return RawFeatures(
        near=np.concatenate(near, axis=2),
        shared=np.concatenate([shared_graded, reference.shared, cues], axis=1),
        graded=graded is not None,
    )


def alone(raw: RawFeatures) -> RawFeatures:
    """The figures of the pieces as if each stood alone: nothing before it and nothing after it."""
    near = raw.near.copy()
    near[..., GRADED_START - 2 * NEIGHBOUR_COLUMNS : GRADED_START] = 0
    near[..., NEAR_COLUMNS - 2 * NEIGHBOUR_COLUMNS : NEAR_COLUMNS] = 0
    return replace(raw, near=near)


def standard_of(near: Floats, shared: Floats) -> Standard:
    """The mean and spread of figures (n, d, f) and (n, g)."""
    flat = near.reshape(-1, near.shape[-1])
    return Standard(
        near_mean=flat.mean(axis=0),
        near_spread=flat.std(axis=0) + 1e-6,
        shared_mean=shared.mean(axis=0),
        shared_spread=shared.std(axis=0) + 1e-6,
    )


def standardised(raw: RawFeatures, standard: Standard, expected: Floats) -> tuple[Floats, Floats]:
    """`near` (n, d, f + 2: presence of the graded bank, expected) and `shared` (n, g), standardised."""
    near = np.clip((raw.near - standard.near_mean) / standard.near_spread, -CLIP, CLIP)
    shared = np.clip((raw.shared - standard.shared_mean) / standard.shared_spread, -CLIP, CLIP)
    if not raw.graded:
        near[..., GRADED_START:] = 0
        shared[:, :GRADED_SHARED_COLUMNS] = 0
    count, dimensions = near.shape[:2]
    flags = np.empty((count, dimensions, 2), dtype=np.float32)
    flags[..., 0] = float(raw.graded)
    flags[..., 1] = expected
    hidden = list(raw.ungraded)
    near[:, hidden, GRADED_START:] = 0
    flags[:, hidden, 0] = 0
    return np.concatenate([near, flags], axis=2).astype(np.float32), shared.astype(np.float32)
