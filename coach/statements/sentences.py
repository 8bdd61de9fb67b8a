"""Statements: the units that are read. Whole sentences, and the passages that they are encoded in."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from coach.scoring.substance import Piece

# Clauses of one sentence join up to so many words; those of speech without punctuation up to so many.
LONGEST, LONGEST_SPOKEN = 36, 26
# So few words say nothing by themselves: they go with what follows.
FRAGMENT = 3
# Statements that are encoded together. Passages overlap by one, so that each statement has its neighbours.
PASSAGE = 3

_CLOSED = re.compile(r"[.!?…][\"'”’)\]]*$")
_PUNCTUATED = re.compile(r"[.,;]")


@dataclass(frozen=True)
class Statement:
    """A sentence of an answer: characters [start, end), and what is left of it without tool names."""

    start: int
    end: int
    text: str
    words: int
    wording: str


def statements(text: str, pieces: Sequence[Piece]) -> tuple[Statement, ...]:
    """Join the pieces of `text` to sentences, in order; what is said again word for word is left out.

    Pieces that hold something beside names are used, or, where there are none, what stands beside the names.
    """
    substance = [piece for piece in pieces if piece.kind == "substance"]
    used = substance or [piece for piece in pieces if piece.kind == "names" and piece.text]
    joined: list[Statement] = []
    for piece in used:
        if joined and _continues(text, joined[-1], piece):
            last = joined.pop()
            gap = " "
            joined.append(_statement(last.start, piece.end, last.text + gap + piece.text))
        else:
            joined.append(_statement(piece.start, piece.end, piece.text))
    first: dict[str, Statement] = {}
    for statement in joined:
        if statement.wording:
            first.setdefault(statement.wording, statement)
    return tuple(first.values())


def passages(count: int) -> tuple[tuple[int, ...], ...]:
    """The places of `count` statements in passages of three that overlap by one.

    >>> passages(6)
    ((0, 1, 2), (2, 3, 4), (4, 5))
    """
    if count <= PASSAGE:
        return (tuple(range(count)),) if count else ()
    return tuple(tuple(range(start, min(start + PASSAGE, count))) for start in range(0, count - 1, 2))


def _statement(start: int, end: int, text: str) -> Statement:
    return Statement(start, end, text, len(text.split()), " ".join(re.findall(r"\w+", text.lower())))


def _continues(text: str, last: Statement, piece: Piece) -> bool:
    """Whether a piece goes on with the sentence before it."""
    if "\n" in text[last.end : piece.start] or _CLOSED.search(text[last.start : last.end].rstrip()):
        return False
    most = LONGEST if _PUNCTUATED.search(text, last.start, piece.end) else LONGEST_SPOKEN
    return last.words + piece.words <= most or last.words < FRAGMENT
