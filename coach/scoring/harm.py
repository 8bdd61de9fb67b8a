"""Harmful findings: pieces that read as dangerous or false, one finding a claim, with the safer practice."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np

from coach.domain import HarmfulFinding, HarmfulStatement, ReferenceAnswer
from coach.scoring.bank import Floats, ReferenceBank
from coach.text.segments import word_count

# A piece this near (cosine) to a harmful statement of the pack makes much the same claim in other words;
# below it the practice written for that statement mostly does not fit (28 findings were read for this).
LIKE_KNOWN_HARM = 0.44
# Between near equals, the statement written for this question has the fitting practice, and so has the one
# whose safer practice is about the same thing.
OWN, SAFER = 0.1, 0.5
_SENTENCE_END = (".", "!", "?")
# Words of one claim; speech that has no sentences is cut into findings of about three of its pieces.
LONGEST_CLAIM = 60


class Claim(Protocol):
    """What an answer says at characters [start, end): a piece or a statement."""

    @property
    def start(self) -> int:
        """The first character."""
        ...

    @property
    def end(self) -> int:
        """The character behind the last."""
        ...


class Harmful(NamedTuple):
    """A piece that reads as harmful, with its embedding (width) and the head's probability."""

    piece: Claim
    vector: Floats
    probability: float


class KnownHarm:
    """A pack's harmful statements and reference answers, in the order of their embeddings in `bank`."""

    def __init__(
        self,
        bank: ReferenceBank,
        statements: Sequence[HarmfulStatement],
        references: Sequence[ReferenceAnswer],
        likeness: float = LIKE_KNOWN_HARM,
    ) -> None:
        """`likeness` is the cosine from which a piece makes the claim of a harmful statement."""
        self._bank = bank
        self._likeness = likeness
        self._statements = statements
        self._references = references

    def findings(self, text: str, found: Sequence[Harmful], question: int) -> tuple[HarmfulFinding, ...]:
        """The claims that harmful pieces of `text` make, in order; `question` is its place in the pack.

        Pieces that follow each other are one finding where they are of one sentence of at most
        `LONGEST_CLAIM` words, and where they are like the same known statement.
        """
        findings: list[HarmfulFinding] = []
        likeness = surest = 0.0
        for piece, vector, probability in found:
            known, alike = self.nearest(vector, question)
            if findings and _joins(text, findings[-1], piece, known):
                last = findings[-1]
                told = last if likeness >= alike else known
                surest = max(surest, probability)
                findings[-1] = _finding(text, last.start, piece.end, told, surest)
                likeness = max(likeness, alike)
            else:
                findings.append(_finding(text, piece.start, piece.end, known, probability))
                likeness, surest = alike, probability
        return tuple(findings)

    def nearest(self, vector: Floats, question: int) -> tuple[HarmfulStatement, float]:
        """The pack's harmful statement that a piece is like, and the cosine between them.

        Where it is like none, the nearest reference answer stands in for the safer practice, with 0.
        """
        bank = self._bank
        own = bank.harmful_question == question
        similar = bank.harmful @ vector
        best = int((similar + SAFER * (bank.safer @ vector) + OWN * own).argmax()) if len(similar) else 0
        if len(similar) and similar[best] >= self._likeness:
            return self._statements[best], float(similar[best])
        rows = np.flatnonzero(bank.depth == bank.depth.max())
        own_rows = bank.question[rows] == question
        nearest = int(rows[int((bank.vectors[rows] @ vector + OWN * own_rows).argmax())])
        stand_in = HarmfulStatement(
            statement="",
            safer=self._references[nearest].text,
            why="It reads like claims that graders marked as harmful; the nearest strong answer says this.",
        )
        return stand_in, 0.0


def _joins(text: str, last: HarmfulFinding, piece: Claim, known: HarmfulStatement) -> bool:
    """Whether a piece goes on with the claim of the finding before it."""
    if text[last.end : piece.start].strip():
        return False
    if known.statement and known.statement == last.statement:
        return True
    same_sentence = not last.quote.rstrip("\"'”’)]").endswith(_SENTENCE_END)
    return same_sentence and word_count(text[last.start : piece.end]) <= LONGEST_CLAIM


def _finding(
    text: str, start: int, end: int, told: HarmfulStatement | HarmfulFinding, probability: float
) -> HarmfulFinding:
    return HarmfulFinding(
        start=start,
        end=end,
        quote=text[start:end],
        statement=told.statement,
        safer=told.safer,
        why=told.why,
        probability=round(probability, 2),
    )
