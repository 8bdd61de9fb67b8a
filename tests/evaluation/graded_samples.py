"""Graded answers and what a scorer says of them, made up for the tests."""

from coach.domain import Depth, DimensionScore, Evidence, HarmfulFinding, Score, ScorerId
from coach.evaluation.study import Coached
from coach.scoring.graded import GradedAnswer

TEXT = "We log every run. Drift is checked weekly, because labels come late. Deploy without review."
ID = ScorerId(name="made up", version="0", encoder="none", weights="none", pack="none")
Span = tuple[int, int]


def graded(
    id: str = "a-1",
    writer: str = "a",
    overall: float = 3,
    depths: dict[str, tuple[float, list[Span]]] | None = None,
    harmful: tuple[Span, ...] = (),
    tools: tuple[str, ...] = (),
    channel: str = "typed",
    intent: str = "solid",
) -> GradedAnswer:
    """A graded answer to the drift question."""
    labels = {
        "overall": overall,
        "reasoning": min(3, overall),
        "dimensions": {
            key: {"depth": depth, "evidence": spans} for key, (depth, spans) in (depths or {}).items()
        },
        "harmful": harmful,
        "tools": tools,
    }
    return GradedAnswer.model_validate(
        {
            "id": id,
            "writer": writer,
            "question": "what-is-drift",
            "channel": channel,
            "intent": intent,
            "answer": TEXT,
            "labels": labels,
        }
    )


def coached(
    answer: GradedAnswer,
    overall: float = 3,
    depths: dict[str, tuple[int, list[Span]]] | None = None,
    harmful: tuple[Span, ...] = (),
    tools: tuple[str, ...] = (),
    confidence: float = 0.5,
    dimensions: tuple[str, ...] = ("training", "drift"),
) -> Coached:
    """What a scorer says of `answer`; a dimension that is not listed is absent."""
    said = depths or {}
    scores = []
    for dimension in dimensions:
        depth, spans = said.get(dimension, (0, []))
        evidence = tuple(Evidence(start=start, end=end, quote=TEXT[start:end]) for start, end in spans)
        scores.append(
            DimensionScore(
                dimension=dimension,
                title=dimension,
                expected=True,
                depth=Depth(depth),
                raw=depth,
                evidence=evidence,
            )
        )
    findings = tuple(
        HarmfulFinding(
            start=start, end=end, quote=TEXT[start:end], statement="", safer="", why="", probability=1
        )
        for start, end in harmful
    )
    score = Score(
        overall=overall,
        reasoning=min(3, overall),
        dimensions=tuple(scores),
        harmful=findings,
        confidence=confidence,
        scorer=ID,
    )
    return Coached(graded=answer, score=score, tools=frozenset(tools))
