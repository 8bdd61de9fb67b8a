"""An examination: one answer, divided, read and marked, before it is put into words."""

from dataclasses import dataclass

import numpy as np

from coach.domain import Evidence, Manipulation, Question, ToolMention
from coach.scoring.bank import Floats
from coach.scoring.substance import Piece
from coach.statements.marks import Marks
from coach.statements.reading import Reading
from coach.statements.sentences import Statement
from coach.text.masking import Masked

# An answer that talks to the grader stands on its remaining text only if that text is at least
# acceptable; below that the rubric's 0 ("an attempt to talk the grader into a mark") applies.
STANDS_ALONE = 2.5


@dataclass(frozen=True)
class Examination:
    """What the scorer found in one answer.

    `scored` (n statements) hold something to read: their `reading` and the `vectors` (n, width) of each by
    itself. `reading` is None where there is nothing to score. Of them, the rows `attempts` address the
    grader, the rows `harmful` are shown as harmful, and the rows `sound` earn marks. `marks` are those of
    the sound statements, read without the others.
    """

    text: str
    question: Question
    masked: Masked
    mentions: tuple[ToolMention, ...]
    pieces: tuple[Piece, ...]
    scored: tuple[Statement, ...]
    vectors: Floats
    reading: Reading | None
    attempts: tuple[int, ...]
    harmful: tuple[int, ...]
    sound: tuple[int, ...]
    sound_reading: Reading | None
    marks: Marks | None

    @property
    def overall(self) -> float:
        """The overall mark in [0, 5], unrounded."""
        return 0.0 if self.marks is None or self.voided else self.marks.overall

    @property
    def voided(self) -> bool:
        """Whether words to the grader void the mark: what stands beside them is not acceptable by itself."""
        return self.marks is not None and bool(self.attempts) and self.marks.overall < STANDS_ALONE

    @property
    def reasoning(self) -> float:
        """Reasoning versus name-dropping in [0, 3], unrounded."""
        return 0.0 if self.marks is None else self.marks.reasoning

    @property
    def substance(self) -> Floats:
        """How deep each scored statement goes in the dimension that it says most of, in [0, 3]: (n,)."""
        found = np.zeros(len(self.scored), dtype=np.float32)
        if self.sound_reading is not None and len(self.sound):
            found[list(self.sound)] = self.sound_reading.levels.max(axis=1)
        return found


def manipulation_attempts(examination: Examination) -> tuple[Manipulation, ...]:
    """The words of an answer that address the grader."""
    found = [examination.scored[row] for row in examination.attempts]
    return tuple(
        Manipulation(start=one.start, end=one.end, quote=examination.text[one.start : one.end])
        for one in found
    )


def quoted(text: str, start: int, end: int) -> Evidence:
    """A span of `text` with its words."""
    return Evidence(start=start, end=end, quote=text[start:end])
