"""Scores: depths, marks and the evidence for them, the same whoever scores. Import them from coach.domain."""

from enum import IntEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict


class Frozen(BaseModel):
    """Base of every type here: immutable, and unknown keys are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Depth(IntEnum):
    """How deep an answer goes in one dimension (the rubric's scale)."""

    ABSENT = 0
    NAMED = 1
    DESCRIBED = 2
    REASONED = 3

    @property
    def word(self) -> str:
        """The depth in lower-case words."""
        return self.name.lower()


class Evidence(Frozen):
    """Characters [start, end) of the answer that earned a mark; `quote` is exactly the text there."""

    start: int
    end: int
    quote: str


class NearestReference(Frozen):
    """The reference answer most like the evidence; `similarity` is a cosine in [-1, 1]."""

    text: str
    depth: Depth
    similarity: float


class DimensionScore(Frozen):
    """Depth in one dimension; `evidence` stands best first.

    `raw` is the expected depth in [0, 3] before it is cut to a whole one. `missing` says what to add,
    and is None where there is nothing to add or the question does not expect the dimension.
    `named_by_tools` marks a depth of named that only tool names earned. `nearest` is the question's reference
    answer most like the evidence, `higher` the most like it of those one depth deeper (described at the
    least), and `separates` says in one sentence, from the pack's hint, what the deeper one has; all are None
    where the question does not expect the dimension, the last two where there is nothing deeper.
    """

    dimension: str
    title: str
    expected: bool
    depth: Depth
    raw: float
    evidence: tuple[Evidence, ...] = ()
    missing: str | None = None
    nearest: NearestReference | None = None
    higher: NearestReference | None = None
    separates: str | None = None
    named_by_tools: bool = False


class HarmfulFinding(Frozen):
    """A statement of the answer that reads as harmful or false, and the safer practice nearest to it.

    `statement` is the pack's statement that it is like, empty where it is like none of them;
    `probability` is None where the scorer gives none.
    """

    start: int
    end: int
    quote: str
    statement: str
    safer: str
    why: str
    probability: float | None


class MarkPart(Frozen):
    """A part of the overall mark, in marks; all parts add up to it, harm is negative.

    `coverage`: what is said of the expected dimensions. `reasons`: why it is done. `statements`: what single
    statements add as answers to this question. `beside`: dimensions that the question does not expect.
    """

    kind: Literal["coverage", "reasons", "statements", "beside", "harm"]
    points: float


class ScorerId(Frozen):
    """Who scored, exactly: two scores compare only where this is equal.

    The offline scorer has an encoder and weights, the critic a model, a prompt and a number of samples.
    """

    name: str
    version: str
    encoder: str = ""
    weights: str = ""
    pack: str
    model: str = ""
    prompt: str = ""
    samples: int = 0

    def __str__(self) -> str:
        """One line that names every part that there is."""
        parts = {
            "encoder": self.encoder,
            "weights": self.weights,
            "model": self.model,
            "prompt": self.prompt,
            "samples": str(self.samples or ""),
            "pack": self.pack,
        }
        return f"{self.name} {self.version} ({', '.join(f'{k} {v}' for k, v in parts.items() if v)})"


class Score(Frozen):
    """The rubric's marks: `overall` in [0, 5], `reasoning` in [0, 3].

    `confidence` in [0, 1] is the probability that `overall` is within half a mark of the graders', None
    where the scorer's has not been measured. `parts` say what `overall` is made of. `doubtful` statements are
    worth a second look: they may be harmful, and cost nothing. `reads_like` is the id of another question of
    the pack that the answer seems to answer. `unlike` is true where the text is unlike all that the scorer
    learned from.
    """

    overall: float
    reasoning: float
    dimensions: tuple[DimensionScore, ...]
    harmful: tuple[HarmfulFinding, ...]
    confidence: float | None
    scorer: ScorerId
    parts: tuple[MarkPart, ...] = ()
    doubtful: tuple[Evidence, ...] = ()
    reads_like: str | None = None
    unlike: bool = False

    @property
    def expected(self) -> tuple[DimensionScore, ...]:
        """The dimensions that the question expects."""
        return tuple(dimension for dimension in self.dimensions if dimension.expected)

    @property
    def overall_word(self) -> str:
        """The overall mark in a word of the rubric, by the nearest whole mark."""
        return ("unusable", "poor", "weak", "acceptable", "good", "excellent")[int(self.overall + 0.5)]


class Notice(Frozen):
    """Something the reader must know about this feedback: what was not done, and why."""

    kind: Literal["info", "warning"]
    text: str
