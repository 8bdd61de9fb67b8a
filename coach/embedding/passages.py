"""Passages as tokens: how a text or neighbouring statements are laid out for the encoder."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

# Of BERT's vocabulary: what opens and closes everything that it reads.
OPENING, CLOSING = 101, 102
# Tokens of a text read alone, those two included, as sentence-transformers cuts it for all-MiniLM-L6-v2.
LONGEST_TEXT = 256
# Tokens of a passage, those two included: three statements of ordinary length have room.
LONGEST_PASSAGE = 160
# Tokens that a statement keeps where its passage is cut.
LEAST = 8


class Layout(NamedTuple):
    """The token ids of one text or passage, and the spans (start, end) of tokens that are averaged."""

    ids: list[int]
    spans: list[tuple[int, int]]


def text_layout(tokens: Sequence[int]) -> Layout:
    """Lay out a text by itself: one span over all.

    >>> text_layout([7, 8])
    Layout(ids=[101, 7, 8, 102], spans=[(0, 4)])
    """
    ids = [OPENING, *tokens[: LONGEST_TEXT - 2], CLOSING]
    return Layout(ids, [(0, len(ids))])


def passage_layout(statements: Sequence[Sequence[int]]) -> Layout:
    """Lay out m neighbouring statements: m spans of each statement alone, then m of each with its neighbours.

    The opening token counts to the neighbourhood of the first statement, the closing one to that of the last.
    A statement without tokens stands for its neighbourhood.

    >>> passage_layout([[7, 8], [9]])
    Layout(ids=[101, 7, 8, 9, 102], spans=[(1, 3), (3, 4), (0, 5), (0, 5)])
    """
    ids, own = [OPENING], []
    for tokens in _cut(statements, LONGEST_PASSAGE - 2):
        own.append((len(ids), len(ids) + len(tokens)))
        ids += tokens
    ids.append(CLOSING)
    last = len(own) - 1
    around = []
    for place in range(len(own)):
        start = 0 if place <= 1 else own[place - 1][0]
        end = len(ids) if place >= last - 1 else own[place + 1][1]
        around.append((start, end) if end > start else (0, len(ids)))
    own = [span if span[1] > span[0] else near for span, near in zip(own, around, strict=True)]
    return Layout(ids, own + around)


def _cut(statements: Sequence[Sequence[int]], room: int) -> list[list[int]]:
    """Cut each statement to its share of `room` tokens where together they have more."""
    total = sum(map(len, statements))
    if total <= room:
        return [list(tokens) for tokens in statements]
    least = min(LEAST, room // len(statements))
    kept = [list(tokens[: max(least, len(tokens) * room // total)]) for tokens in statements]
    while (over := sum(map(len, kept)) - room) > 0:
        # What short statements keep beyond their share is taken from the longest.
        longest = max(kept, key=len)
        del longest[max(least, len(longest) - over) :]
    return kept


def equal_batches(lengths: Sequence[int], most: int) -> Iterator[list[int]]:
    """Batches of places whose `lengths` are equal, the longest first, of `most` tokens together or one place.

    Nothing has to be filled up in such a batch, so that what comes of a text does not depend on the others.

    >>> list(equal_batches([4, 3, 4, 4], 8))
    [[0, 2], [3], [1]]
    """
    places: dict[int, list[int]] = {}
    for place, length in enumerate(lengths):
        places.setdefault(length, []).append(place)
    for length in sorted(places, reverse=True):
        size = max(1, most // length)
        for start in range(0, len(places[length]), size):
            yield places[length][start : start + size]
