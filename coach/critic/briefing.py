"""Briefing: what the critic is told of a question, as the values of a prompt's variables."""

from collections.abc import Iterable, Sequence

from coach.critic.delimiting import as_data
from coach.domain import Answer, Depth, Feedback, Manipulation, Question
from coach.packs import Pack
from coach.scoring.graded import GradedAnswer

# How many references of each depth stand for a dimension: enough to show the level, few enough to be read.
_REFERENCES = {Depth.REASONED: 2, Depth.DESCRIBED: 1, Depth.NAMED: 1}
# The marks that two examples should be near to: a strong answer, and one from the middle, where models that
# grade err most.
_EXAMPLE_MARKS = (5.0, 2.5)
_NONE = "none"


def dimensions_told(pack: Pack) -> str:
    """Every dimension of the pack with what an answer must talk about."""
    return _listed(f"{one.id} ({one.title}): {one.asks}" for one in pack.dimensions)


def references_told(question: Question) -> str:
    """A few reference answers of each expected dimension with the depth that they earn."""
    lines = []
    for expectation in question.expectations:
        for depth, count in _REFERENCES.items():
            texts = [one.text for one in expectation.references if one.depth == depth][:count]
            lines += [f"{expectation.dimension}, {depth.word}: {text}" for text in texts]
    return _listed(lines)


def harmful_told(question: Question) -> str:
    """The pack's dangerous statements on a question, with the safer practice."""
    return _listed(f"{one.statement} Safer: {one.safer}" for one in question.harmful)


def attempts_told(attempts: Iterable[Manipulation]) -> str:
    """The words to the grader that were found, as data."""
    return _listed(f"“{as_data(' '.join(one.quote.split()))[:300]}”" for one in attempts)


def chosen_examples(graded: Sequence[GradedAnswer], answer: Answer) -> tuple[GradedAnswer, ...]:
    """Two graded answers to the same question: a strong one and one from the middle.

    The answer itself is never its own example; the same answer always gets the same two. A pack that has
    none for this question gives none.
    """
    own = " ".join(answer.text.split())
    left = [one for one in graded if one.question == answer.question and " ".join(one.answer.split()) != own]
    chosen: list[GradedAnswer] = []
    for mark in _EXAMPLE_MARKS:
        if left:
            best = min(
                left,
                key=lambda one: (
                    abs(one.labels.overall - mark),
                    one.channel != answer.channel,
                    -one.labels.graders,
                    one.id,
                ),
            )
            left.remove(best)
            chosen.append(best)
    return tuple(chosen)


def examples_told(examples: Sequence[GradedAnswer]) -> str:
    """Graded examples with their marks."""
    parts = []
    for number, one in enumerate(examples, start=1):
        depths = ", ".join(
            f"{id} {label.depth:g}" for id, label in one.labels.dimensions.items() if label.depth
        )
        parts.append(
            f"Example {number}: {as_data(one.answer)}\n"
            f"Graded: overall {one.labels.overall:g}, reasoning {one.labels.reasoning:g}, "
            f"depths {depths or _NONE}."
        )
    return "\n".join(parts) or _NONE


def missing_told(feedback: Feedback) -> str:
    """Every expected dimension with its depth and what is missing in it."""
    return _listed(
        f"{one.title}: {one.depth.word}. {one.missing or 'Nothing is missing.'}"
        for one in feedback.score.expected
    )


def _listed(lines: Iterable[str]) -> str:
    return "\n".join(f"- {line}" for line in lines) or _NONE
