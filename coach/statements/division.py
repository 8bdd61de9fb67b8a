"""Division: an answer taken apart into what there is to read of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from coach.domain import Question, ToolMention
from coach.scoring.substance import Piece, pieces
from coach.statements.sentences import Statement, passages, statements
from coach.text.lexicon import Lexicon
from coach.text.masking import Masked, mask_text, mentions_in

# Fewer words than this hold no statement that could be judged.
FEWEST_WORDS = 3

# A passage: the texts of up to three neighbouring statements.
Passage = tuple[str, ...]


@dataclass(frozen=True)
class Division:
    """An answer's tool names, its pieces without them, and the statements that these make."""

    text: str
    question: Question
    masked: Masked
    mentions: tuple[ToolMention, ...]
    pieces: tuple[Piece, ...]
    statements: tuple[Statement, ...]

    @classmethod
    def of(cls, text: str, question: Question, lexicon: Lexicon) -> "Division":
        """Take an answer apart."""
        masked = mask_text(lexicon, text)
        found = pieces(text, masked.spans, question.text)
        return cls(text, question, masked, mentions_in(lexicon, text), found, statements(text, found))

    @property
    def readable(self) -> bool:
        """Whether there are words enough to judge."""
        return sum(one.words for one in self.statements) >= FEWEST_WORDS

    @property
    def everything(self) -> tuple[int, ...]:
        """The rows of all statements."""
        return tuple(range(len(self.statements)))

    def passages(self, rows: Sequence[int]) -> list[tuple[tuple[int, ...], Passage]]:
        """The passages of the statements at `rows`: places in `rows`, and the texts there."""
        return [
            (places, tuple(self.statements[rows[place]].text for place in places))
            for places in passages(len(rows))
        ]


@dataclass(frozen=True)
class Choice:
    """Rows of an answer's statements, by what comes of them: see `coach.statements.examination`."""

    attempts: tuple[int, ...] = ()
    harmful: tuple[int, ...] = ()
    sound: tuple[int, ...] = ()
