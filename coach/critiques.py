"""Critiques: what the critic says of an answer. Import the types from coach.domain."""

from typing import Literal

from coach.scores import Depth, Evidence, Frozen, Notice, Score

ClaimKind = Literal["reasoning", "description", "name-drop", "filler", "harmful"]


class Claim(Frozen):
    """What the critic says of one passage: characters [start, end) of the answer, whose text is `quote`.

    `better` is how to say it better, empty where nothing is to be said better.
    """

    start: int
    end: int
    quote: str
    kind: ClaimKind
    dimension: str | None
    comment: str
    better: str


class Withdrawal(Frozen):
    """A depth of the critic that does not stand, so that the offline one does.

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
    """A limit that the critic's overall mark ran into: what it `wanted`, what it got, and why."""

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

    Where `fill_in` is set it rests on none, and is a prompt to the speaker instead of something to say.
    """

    text: str
    evidence: tuple[Evidence, ...]
    fill_in: bool


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


class Critique(Frozen):
    """The critic's score on the offline scorer's scale, and the claims that prove it.

    `unlocated` counts quotes that the answer does not hold; they and what they were to prove are dropped.
    `reasons` gives the critic's reason by dimension, and under "overall" and "reasoning".
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
