"""Critiques: what the critic says of an answer. Import the types from coach.domain."""

from typing import Any, Literal

from pydantic import model_validator

from coach.scores import Depth, Evidence, Frozen, Notice, Score

ClaimKind = Literal["reasoning", "description", "name-drop", "filler", "harmful"]


class Claim(Frozen):
    """What the critic says of one passage: characters [start, end) of the answer, whose text is `quote`.

    `dimensions` are those that it speaks of; `better` is how to say it better, empty where nothing is to be
    said better.
    """

    start: int
    end: int
    quote: str
    kind: ClaimKind
    dimensions: tuple[str, ...]
    comment: str
    better: str

    @model_validator(mode="before")
    @classmethod
    def _of_one_dimension(cls, value: Any) -> Any:
        """Read a claim that was kept when each spoke of one dimension at most."""
        if isinstance(value, dict) and "dimension" in value:
            one = value["dimension"]
            kept = {name: part for name, part in value.items() if name != "dimension"}
            return {**kept, "dimensions": () if one is None else (one,)}
        return value


class Withdrawal(Frozen):
    """A depth of the critic that does not stand, so that the offline one does, which is lower.

    `depth` is None where the critic gave none.
    """

    dimension: str
    depth: Depth | None
    reason: str


class Disagreement(Frozen):
    """Marks of the two scorers that lie far apart; `dimension` is None for the overall mark."""

    dimension: str | None
    offline: float
    critic: float
    offline_reason: str
    critic_reason: str


class Ceiling(Frozen):
    """A limit, upper or lower, of the critic's overall mark: what it `wanted`, what it got, why."""

    wanted: float
    limit: float
    reason: str


class Spread(Frozen):
    """The overall and reasoning marks of every sample, before any limit; what is shown is their median."""

    overall: tuple[float, ...]
    reasoning: tuple[float, ...]

    @property
    def range(self) -> float:
        """The largest difference between two samples' overall marks."""
        return max(self.overall) - min(self.overall) if self.overall else 0.0


class RewritePart(Frozen):
    """A piece of the better version, and the speaker's words that it rests on.

    Where `fill_in` is set it rests on none, and is a prompt to the speaker, or a sentence to be confirmed;
    `unsaid` are the numbers, names or other words that such a sentence brings and the answer does not hold.
    """

    text: str
    evidence: tuple[Evidence, ...]
    fill_in: bool
    unsaid: tuple[str, ...] = ()


class Usage(Frozen):
    """What a critique took: calls made and calls answered from the cache, tokens, and US dollars.

    Calls that broke off count too. Tokens are None where the service did not count those of every call,
    `cost` where a token count or a price is unknown.
    """

    calls: int
    remembered: int
    prompt_tokens: int | None
    completion_tokens: int | None
    cost: float | None


class Calibration(Frozen):
    """How far a model with a prompt was from graded answers, beside the offline scorer on the same ones.

    Errors are mean absolute ones in marks of 5: of the offline scorer, of the critic as it said and once
    verified, and of both blended. `weight` in [0, 1] is the critic's part of the blend, fitted on those
    answers; the blend's error is of each answer with the weight fitted on the others. `labels` says whose
    marks they were.
    """

    model: str
    prompt: str
    samples: int
    answers: int
    labels: str
    offline: float
    said: float
    verified: float
    blended: float
    weight: float

    def blend(self, offline: float, critic: float) -> float:
        """One mark of both judges."""
        return self.weight * critic + (1 - self.weight) * offline


class Critique(Frozen):
    """The critic's score on the offline scorer's scale, and the claims that prove it.

    `unlocated` counts quotes that the answer does not hold; they and what they were to prove are dropped.
    `reasons` gives the critic's reason by dimension, and under "overall" and "reasoning". `calibration` is
    what was measured of this model with this prompt, and `blended` the overall mark of both judges by it;
    None where nothing was measured, or the answer talks to the grader.
    """

    score: Score
    summary: str
    claims: tuple[Claim, ...]
    unlocated: int
    withdrawn: tuple[Withdrawal, ...]
    ceiling: Ceiling | None
    disagreements: tuple[Disagreement, ...]
    reasons: dict[str, str]
    spread: Spread
    follow_up: str | None
    rewrite: tuple[RewritePart, ...]
    usage: Usage
    notices: tuple[Notice, ...]
    calibration: Calibration | None = None
    blended: float | None = None
