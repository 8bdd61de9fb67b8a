"""Naming: how well tool names are found, and how far naming them moves a score."""

from collections.abc import Callable, Iterable, Sequence

from coach.domain import Depth, Frozen
from coach.evaluation.perturbations import names_appended, names_prepended, names_sprinkled
from coach.scoring.graded import GradedAnswer
from coach.scoring.scorer import Scorer
from coach.text.lexicon import Lexicon

# From this reasoning on an answer counts as reasoned (the rubric's "mostly process with reasons").
REASONED = 2.5


class NamesFound(Frozen):
    """Tool names of some answers found against labelled: distinct names an answer, case and space aside."""

    answers: int
    found_right: int
    found_wrong: int
    missed: int

    @property
    def precision(self) -> float:
        """The share of what was found that is labelled."""
        return self.found_right / max(1, self.found_right + self.found_wrong)

    @property
    def recall(self) -> float:
        """The share of what is labelled that was found."""
        return self.found_right / max(1, self.found_right + self.missed)


class NamesAdded(Frozen):
    """What adding tool names to answers did: the largest rises of overall and reasoning, in marks.

    `deepened` counts the dimensions that rose above named.
    """

    way: str
    answers: int
    overall_rise: float
    reasoning_rise: float
    deepened: int


class NamesRemoved(Frozen):
    """The mean absolute change of the overall mark when reasoned answers lose every tool name."""

    answers: int
    overall_change: float


def names_found(lexicon: Lexicon, answers: Iterable[GradedAnswer]) -> NamesFound:
    """Compare the mentions that `lexicon` finds with the labelled names."""
    right = wrong = missed = count = 0
    for answer in answers:
        labelled = {normal_name(name) for name in answer.labels.tools}
        found = {normal_name(mention.text) for mention in lexicon.find(answer.answer)}
        right += len(labelled & found)
        wrong += len(found - labelled)
        missed += len(labelled - found)
        count += 1
    return NamesFound(answers=count, found_right=right, found_wrong=wrong, missed=missed)


def names_added(
    scorer: Scorer, answers: Sequence[GradedAnswer], progress: Callable[[int], None] = lambda done: None
) -> tuple[NamesAdded, ...]:
    """Append, prepend and sprinkle names of the pack's tools, and score again."""
    names = [tool.name for tool in scorer.pack.tools if not tool.ambiguous]
    ways = {"appended": names_appended, "prepended": names_prepended, "sprinkled": names_sprinkled}
    rises: dict[str, list[tuple[float, float, int]]] = {way: [] for way in ways}
    for place, answer in enumerate(answers):
        question = scorer.pack.question(answer.question)
        before = scorer.score(scorer.examine(answer.answer, question))
        for way, change in ways.items():
            after = scorer.score(scorer.examine(change(answer.answer, names, place), question))
            deepened = sum(
                1
                for one, other in zip(before.dimensions, after.dimensions, strict=True)
                if other.depth > max(one.depth, Depth.NAMED)
            )
            rises[way].append((after.overall - before.overall, after.reasoning - before.reasoning, deepened))
        progress(place + 1)
    return tuple(
        NamesAdded(
            way=way,
            answers=len(found),
            overall_rise=round(max(rise for rise, _, _ in found), 3),
            reasoning_rise=round(max(rise for _, rise, _ in found), 3),
            deepened=sum(count for _, _, count in found),
        )
        for way, found in rises.items()
    )


def names_removed(scorer: Scorer, answers: Sequence[GradedAnswer]) -> NamesRemoved:
    """Take the labelled names out of the text of reasoned answers, and score again."""
    changes = []
    for answer in answers:
        if answer.labels.reasoning < REASONED or not answer.labels.tools:
            continue
        question = scorer.pack.question(answer.question)
        text = answer.answer
        for name in sorted(set(answer.labels.tools), key=len, reverse=True):
            text = text.replace(name, "")
        change = scorer.examine(text, question).overall - scorer.examine(answer.answer, question).overall
        changes.append(abs(change))
    mean = sum(changes) / len(changes) if changes else 0.0
    return NamesRemoved(answers=len(changes), overall_change=round(mean, 3))


def normal_name(name: str) -> str:
    """A tool's name in lower case and with single spaces, as names are compared."""
    return " ".join(name.lower().split())
