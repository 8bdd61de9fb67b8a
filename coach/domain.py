"""The terms of the field as frozen types: what flows between the parts."""

from typing import Literal

from pydantic import Field

from coach.critiques import (
    Calibration,
    Ceiling,
    Claim,
    ClaimKind,
    Critique,
    Disagreement,
    RewritePart,
    Spread,
    Usage,
    Withdrawal,
)
from coach.scores import (
    Depth,
    DimensionScore,
    Evidence,
    Frozen,
    HarmfulFinding,
    MarkPart,
    NearestReference,
    Notice,
    Score,
    ScorerId,
)
from coach.spoken import Delivery, NameSuggestion, Transcript

# What is defined below is exported anyway; these are passed on, so that every type has one address.
__all__ = [
    "Calibration",
    "Ceiling",
    "Claim",
    "ClaimKind",
    "Critique",
    "Depth",
    "DimensionScore",
    "Disagreement",
    "Evidence",
    "Frozen",
    "HarmfulFinding",
    "MarkPart",
    "NearestReference",
    "Notice",
    "RewritePart",
    "Score",
    "ScorerId",
    "Spread",
    "Usage",
    "Withdrawal",
]

Channel = Literal["typed", "speech"]
Level = Literal["beginner", "intermediate", "scenario", "two-minute"]


# What a question, a pack and its references are made of.


class Dimension(Frozen):
    """One lifecycle dimension that answers are judged on."""

    id: str
    title: str
    asks: str


class ReferenceAnswer(Frozen):
    """A statement that earns `depth` in `dimension`; tool-free from described up."""

    text: str
    dimension: str
    depth: Depth


class HarmfulStatement(Frozen):
    """Something candidates say that is dangerous or false, with the safer practice."""

    statement: str
    safer: str
    why: str


class Expectation(Frozen):
    """A dimension that a question expects: its references, and a hint for when it is missing."""

    dimension: str
    hint: str
    references: tuple[ReferenceAnswer, ...]


class Question(Frozen):
    """An interview question; `time_limit` in seconds."""

    id: str
    level: Level
    text: str
    time_limit: int
    expectations: tuple[Expectation, ...]
    harmful: tuple[HarmfulStatement, ...]
    follow_ups: tuple[str, ...]

    @property
    def expects(self) -> tuple[str, ...]:
        """The ids of the expected dimensions, in the pack's order for this question."""
        return tuple(expectation.dimension for expectation in self.expectations)


class FrameStep(Frozen):
    """One step of the answer frame and the dimensions that fill it."""

    id: str
    title: str
    asks: str
    dimensions: tuple[str, ...]


class Tool(Frozen):
    """A product, service or vendor that answers name.

    `aliases` are other written forms, `heard` are forms that a recogniser writes.
    An `ambiguous` name is also an ordinary word: it counts only where its context shows the product.
    """

    name: str
    category: str
    aliases: tuple[str, ...] = ()
    heard: tuple[str, ...] = ()
    ambiguous: bool = False


class ToolMention(Frozen):
    """A tool named in a text: characters [start, end), the tool's canonical name, its category.

    `guessed` marks a product-like name that the lexicon does not know.
    """

    start: int
    end: int
    text: str
    name: str
    category: str
    guessed: bool = False


# What an answer is made of.


class Answer(Frozen):
    """What the speaker said or wrote, to which question; `transcript` where it was spoken to a recogniser.

    `suggestions` are tool names that may have been misheard: masked as names are, the text left as it is.
    """

    text: str
    question: str
    channel: Channel = "typed"
    transcript: Transcript | None = None
    suggestions: tuple[NameSuggestion, ...] = ()


class Segment(Frozen):
    """A sentence or clause: characters [start, end) of the answer, and the text there."""

    start: int
    end: int
    text: str


class ToolSpan(Frozen):
    """A tool mention as shown to a reader: characters [start, end) of the answer."""

    name: str
    start: int
    end: int
    canonical: str
    category: str
    guessed: bool


class MaskedSentence(Frozen):
    """One sentence with its names blanked; `kept` says whether it still says something without them.

    `start` and `end` are characters of the answer; `kept` is false as well for a sentence that names no tool
    and says nothing on the question, and true for one that has words enough beside its names.
    `substance` in [0, 3] is the deepest raw depth that the sentence reaches in any dimension once the
    names are out.
    """

    start: int
    end: int
    masked: str
    tools: int
    substance: float
    kept: bool


class DepthChange(Frozen):
    """What taking the names out did to one dimension."""

    dimension: str
    before: Depth
    after: Depth


class MaskTest(Frozen):
    """The answer without its tool names: `before` and `after` are overall marks in [0, 5]."""

    masked: str
    before: float
    after: float
    reasoning_before: float
    reasoning_after: float
    changed: tuple[DepthChange, ...]
    sentences: tuple[MaskedSentence, ...]
    tools: tuple[ToolSpan, ...]
    verdict: str


class FrameCheck(Frozen):
    """One step of the answer frame: the deepest depth among the dimensions that fill it.

    `dimensions` are those of the step that the question expects; a step with none does not apply.
    """

    step: str
    title: str
    asks: str
    depth: Depth
    applies: bool
    dimensions: tuple[str, ...]


class Length(Frozen):
    """Words, and the seconds they take to say at the fast and the slow end of 130-150 words a minute.

    Both are the time that was measured where the answer was spoken.
    """

    words: int
    seconds_fast: float
    seconds_slow: float
    limit: int
    verdict: Literal["short", "fits", "close", "over"]


class NextStep(Frozen):
    """Something to do next; `gain` is the rise of the overall mark that the scorer expects of it."""

    action: str
    why: str
    dimension: str | None
    gain: float


class Manipulation(Frozen):
    """Words of the answer that address the grader instead of the question."""

    start: int
    end: int
    quote: str


class AskedQuestion(Frozen):
    """The question that an answer is to, without its references; `time_limit` in seconds."""

    id: str
    level: Level
    text: str
    time_limit: int
    expects: tuple[str, ...]


class Feedback(Frozen):
    """Everything the coach says about one answer."""

    question: AskedQuestion
    answer: Answer
    score: Score
    headline: str
    mask_test: MaskTest
    frame: tuple[FrameCheck, ...]
    manipulation: tuple[Manipulation, ...]
    length: Length
    next_steps: tuple[NextStep, ...]
    follow_up: str | None
    critique: Critique | None = None
    delivery: Delivery | None = None
    notices: tuple[Notice, ...] = Field(default=())
