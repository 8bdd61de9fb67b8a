"""An examination: what the scorer saw in one answer, before it is put into words."""

from dataclasses import dataclass
from typing import NamedTuple

from coach.domain import Evidence, Manipulation, Question, ToolMention
from coach.scoring.assembly import Figures
from coach.scoring.bank import Floats
from coach.scoring.head import Reading
from coach.scoring.substance import Piece
from coach.text.masking import Masked

# An answer that talks to the grader stands on its remaining text only if that text is at least
# acceptable; below that the rubric's 0 ("an attempt to talk the grader into a mark") applies.
STANDS_ALONE = 2.5


@dataclass(frozen=True)
class Examination:
    """What the scorer saw in one answer, before it is put into words.

    `scored` (n pieces) and their `figures` are what counts; `attempts` address the grader;
    `reading` is None where nothing is left to score. The lowest overall mark of `marked` counts: readings
    with no more than one harmful piece each, and where something addresses the grader, one with the pieces
    that only stand beside that.
    """

    text: str
    question: Question
    masked: Masked
    mentions: tuple[ToolMention, ...]
    pieces: tuple[Piece, ...]
    scored: tuple[Piece, ...]
    figures: Figures
    attempts: tuple[Piece, ...]
    reading: Reading | None
    marked: tuple[Reading, ...] = ()

    @property
    def vectors(self) -> Floats:
        """The embeddings of the scored pieces, (n, width)."""
        return self.figures.vectors

    @property
    def overall(self) -> float:
        """The overall mark in [0, 5], unrounded: the lowest of the readings that are marked."""
        if self.reading is None:
            return 0.0
        overall = min(float(reading.overall.sum()) for reading in self.marked)
        return 0.0 if self.attempts and overall < STANDS_ALONE else overall

    @property
    def reasoning(self) -> float:
        """Reasoning versus name-dropping in [0, 3], unrounded."""
        return 0.0 if self.reading is None else float(self.reading.reasoning.sum())


class Said(NamedTuple):
    """What a reading says of each of d dimensions, and what each of n pieces says of it.

    `raw` (d) are depths in [0, 3]; `named` (d, n) the probabilities that a piece names the dimension, `depth`
    (d, n) how deep it goes, in [0, 3]; `most` (d) are the pieces that go deepest. All but `raw` are empty
    where nothing was read.
    """

    raw: list[float]
    named: list[list[float]]
    depth: list[list[float]]
    most: list[int]


def said_of(reading: Reading | None, dimensions: int) -> Said:
    """What a reading, if there is one, says of each of so many dimensions."""
    if reading is None:
        return Said([0.0] * dimensions, [], [], [])
    depth = reading.piece_depth.sum(axis=2).T
    return Said(
        reading.depth.sum(axis=1).tolist(),
        reading.piece_depth[:, :, 0].T.tolist(),
        depth.tolist(),
        depth.argmax(axis=1).tolist(),
    )


def manipulation_attempts(examination: Examination) -> tuple[Manipulation, ...]:
    """The words of an answer that address the grader."""
    return tuple(
        Manipulation(start=piece.start, end=piece.end, quote=examination.text[piece.start : piece.end])
        for piece in examination.attempts
    )


def quoted(text: str, start: int, end: int) -> Evidence:
    """A span of `text` with its words."""
    return Evidence(start=start, end=end, quote=text[start:end])
