"""The closing summary of a sitting: what all answers have in common."""

from collections.abc import Sequence

from coach.domain import Depth, Feedback, Frozen

# Below the rubric's "mixed, mostly process" answers are names or vocabulary.
_REASONED = 1.5


class DebuggingRow(Frozen):
    """One row of the lesson's debugging table."""

    title: str
    text: str


class Summary(Frozen):
    """What to take from a sitting: the marks, and either the debugging table or the weakest dimension."""

    answers: int
    mean_overall: float
    mean_reasoning: float
    headline: str
    debugging: tuple[DebuggingRow, ...] = ()
    weakest: str | None = None
    hint: str | None = None


DEBUGGING = (
    DebuggingRow(title="Symptom", text="Your answers name tools and never say why."),
    DebuggingRow(
        title="Root cause", text="Terms were memorised instead of the lifecycle and its trade-offs."
    ),
    DebuggingRow(title="Fix", text="Build every answer as problem, process, control and recovery."),
    DebuggingRow(
        title="Prevention",
        text="Rehearse scenarios in which how it operates comes first and tools come second.",
    ),
)


def summarise(feedbacks: Sequence[Feedback]) -> Summary | None:
    """Sum up the answers of a sitting; None where there were none."""
    if not feedbacks:
        return None
    overall = sum(one.score.overall for one in feedbacks) / len(feedbacks)
    reasoning = sum(one.score.reasoning for one in feedbacks) / len(feedbacks)
    named = sum(1 for one in feedbacks if one.mask_test.tools and one.score.reasoning < _REASONED)
    if named * 2 > len(feedbacks):
        return Summary(
            answers=len(feedbacks),
            mean_overall=overall,
            mean_reasoning=reasoning,
            headline=f"{named} of {len(feedbacks)} answers are tool names without reasoning.",
            debugging=DEBUGGING,
        )
    weakest, raw, asked = _weakest(feedbacks)
    hint = next(
        (
            dimension.missing
            for feedback in feedbacks
            for dimension in feedback.score.expected
            if dimension.title == weakest and dimension.missing
        ),
        None,
    )
    return Summary(
        answers=len(feedbacks),
        mean_overall=overall,
        mean_reasoning=reasoning,
        headline=f"Weakest: {weakest.lower()}, {_word(raw)} on average, asked {asked} times.",
        weakest=weakest,
        hint=hint,
    )


def _weakest(feedbacks: Sequence[Feedback]) -> tuple[str, float, int]:
    depths: dict[str, list[float]] = {}
    for feedback in feedbacks:
        for dimension in feedback.score.expected:
            depths.setdefault(dimension.title, []).append(dimension.raw)
    # Asked for more often weighs more at the same depth: it would gain more.
    title = min(depths, key=lambda one: (sum(depths[one]) / len(depths[one]), -len(depths[one])))
    return title, sum(depths[title]) / len(depths[title]), len(depths[title])


def _word(raw: float) -> str:
    return Depth(min(int(raw + 0.5), int(Depth.REASONED))).word
