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
    `named_by_tools` marks a depth of named that only tool names earned.
    """

    dimension: str
    title: str
    expected: bool
    depth: Depth
    raw: float
    evidence: tuple[Evidence, ...] = ()
    missing: str | None = None
    nearest: NearestReference | None = None
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
    where the scorer's has not been measured.
    """

    overall: float
    reasoning: float
    dimensions: tuple[DimensionScore, ...]
    harmful: tuple[HarmfulFinding, ...]
    confidence: float | None
    scorer: ScorerId

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
