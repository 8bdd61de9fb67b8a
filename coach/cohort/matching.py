"""Matching: which question of the pack a question of a file is, exactly or by how alike they read."""

import re
import unicodedata
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from coach.cohort.page_text import page_text
from coach.domain import Frozen
from coach.embedding.encoder import Encoder
from coach.packs import Pack

# From this cosine on two questions count as the same, if no other of the pack comes within LEAD of it.
SAME = 0.75
LEAD = 0.04
_NUMBERING = re.compile(
    r"^\s*(?:(?:question|frage|q)\s*)?\d{1,9}\s*[:.)-]\s*|\s*\(\s*\d+(?:\.\d+)?\s*(?:pts?|points?)\s*\)\s*$",
    re.I,
)


class Match(Frozen):
    """The pack's question nearest to a text; `found` says whether it counts as the same."""

    question: str
    similarity: float
    how: Literal["exact", "similar", "named", "option"]
    found: bool


class QuestionMatcher:
    """Finds the pack's question for question texts; the encoder is loaded for the first that is not exact."""

    def __init__(self, pack: Pack, encoder: Callable[[], Encoder]) -> None:
        self._pack = pack
        self._load = encoder
        self._exact = {plain(question.text): question.id for question in pack.questions}
        self._exact |= {plain(question.id): question.id for question in pack.questions}
        self._exact |= {plain(question.id.replace("-", " ")): question.id for question in pack.questions}

    @cached_property
    def _encoder(self) -> Encoder:
        return self._load()

    @cached_property
    def _vectors(self) -> NDArray[np.float32]:
        return self._encoder.encode([question.text for question in self._pack.questions])

    def exact(self, asked: str) -> Match | None:
        """The question of exactly these words (or this id), letter case, marks and numbering aside."""
        question = self._exact.get(plain(asked))
        return Match(question=question, similarity=1.0, how="exact", found=True) if question else None

    def match(self, asked: Sequence[str]) -> tuple[Match, ...]:
        """The nearest question for each text."""
        exact = [self.exact(text) for text in asked]
        open_texts = [text for text, found in zip(asked, exact, strict=True) if found is None]
        similar = iter(self._similar(open_texts) if open_texts else ())
        return tuple(found if found is not None else next(similar) for found in exact)

    def _similar(self, asked: Sequence[str]) -> list[Match]:
        cosines = (
            self._encoder.encode([_NUMBERING.sub("", page_text(text)) for text in asked]) @ self._vectors.T
        )
        found = []
        for row in cosines:
            order = np.argsort(-row)
            best = float(row[order[0]])
            second = float(row[order[1]]) if len(order) > 1 else -1.0
            found.append(
                Match(
                    question=self._pack.questions[int(order[0])].id,
                    similarity=round(best, 3),
                    how="similar",
                    found=best >= SAME and best - second >= LEAD,
                )
            )
        return found


def plain(text: str) -> str:
    """Words alone: no markup, numbering, points, letter case or punctuation.

    >>> plain("3: What is <b>drift</b>? (5 pts)")
    'what is drift'
    """
    bare = _NUMBERING.sub("", _NUMBERING.sub("", page_text(text)))
    letters = unicodedata.normalize("NFKC", bare).casefold()
    return " ".join(re.findall(r"\w+", letters))
