"""Explanations of a depth: the reference answers nearest to it, and what the next depth has that it lacks."""

from collections.abc import Sequence

import numpy as np

from coach.domain import Depth, NearestReference, ReferenceAnswer
from coach.scoring.bank import Floats, Ints


def deeper(depth: Depth) -> tuple[Depth, ...]:
    """The depth that an answer at `depth` should reach next; none above reasoned.

    From absent it is described: a reference that only names a thing teaches nothing but the name.

    >>> deeper(Depth.ABSENT), deeper(Depth.REASONED)
    ((<Depth.DESCRIBED: 2>,), ())
    """
    if depth == Depth.REASONED:
        return ()
    return (Depth(max(Depth.DESCRIBED, depth + 1)),)


def nearest(
    references: Sequence[ReferenceAnswer], vectors: Floats, rows: Ints, piece: Floats
) -> NearestReference | None:
    """Of the references at `rows`, with embeddings in `vectors` (r, width), the nearest to `piece` (width,).

    None where there are none; where there is no piece (0,), the first of the deepest, as like as nothing.
    """
    if not len(rows):
        return None
    if not len(piece):
        first = max(rows, key=lambda row: references[row].depth)
        return NearestReference(text=references[first].text, depth=references[first].depth, similarity=0.0)
    similar = vectors[rows] @ piece
    best = references[int(rows[int(np.argmax(similar))])]
    return NearestReference(text=best.text, depth=best.depth, similarity=round(float(similar.max()), 3))


def missing(depth: Depth, hint: str) -> str | None:
    """What to add, from the pack's hint; None where nothing is missing."""
    if depth == Depth.REASONED:
        return None
    if depth == Depth.DESCRIBED:
        return f"Add why. {hint}"
    return f"Say what is done. {hint}" if depth == Depth.NAMED else hint


def separates(depth: Depth, hint: str) -> str | None:
    """One sentence on what a deeper reference has that an answer at `depth` lacks, from the pack's hint.

    >>> separates(Depth.NAMED, "Say who decides.")
    'Yours names it, the deeper one says what is done: say who decides.'
    """
    if depth == Depth.REASONED:
        return None
    asked = hint[:1].lower() + hint[1:]
    if depth == Depth.DESCRIBED:
        return f"Yours says what is done, the deeper one also why it is done: {asked}"
    if depth == Depth.NAMED:
        return f"Yours names it, the deeper one says what is done: {asked}"
    return f"Yours does not touch it: {asked}"
