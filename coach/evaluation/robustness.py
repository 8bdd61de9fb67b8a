"""Robustness: answers changed in form only, or for the worse, and what that did to their scores."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from coach.coaching import coach
from coach.domain import Answer, Depth, Score
from coach.evaluation import perturbations
from coach.evaluation.agreement import agreement
from coach.evaluation.study import ChangeFigure, Coached, Floats, Progress, Robustness
from coach.packs import Pack
from coach.scoring.graded import GradedAnswer
from coach.scoring.pack_bank import question_references
from coach.scoring.scorer import Scorer
from coach.text.segments import segments

ScorerOf = Callable[[GradedAnswer], Scorer]

# An answer's dimension is denied only where graders saw it described: there is something to deny.
LEAST_DENIED = 2.0
# Half a step of the one decimal that marks are reported with.
ROUNDING = 0.05
# How many bags of keywords are made of each question's references, with another number of words each.
BAGS = (4, 6, 10)


@dataclass(frozen=True)
class _Pair:
    """A graded answer's score before and after one change."""

    graded: GradedAnswer
    before: Score
    after: Score


def robustness(
    seen: Sequence[Coached],
    pack: Pack,
    scorer_of: ScorerOf,
    progress: Progress = lambda what, done, total: None,
) -> tuple[Robustness, ...]:
    """Change every answer in each way, score it again, and measure against the limits.

    `seen` holds the answers as coached unchanged; `scorer_of` gives the scorer of each answer.
    """
    names = [tool.name for tool in pack.tools if not tool.ambiguous]
    pairs: dict[str, list[_Pair]] = {}
    denied: list[tuple[float, float]] = []
    for place, one in enumerate(seen):
        scorer = scorer_of(one.graded)
        for change, text in _changes(one.graded, pack, names, place):
            after = _score(scorer, one.graded, text)
            pairs.setdefault(change, []).append(_Pair(one.graded, one.score, after))
        denied += _denials(one, scorer)
        progress("changing", place + 1, len(seen))
    found = [
        figure for change, limits in _LIMITS.items() for figure in _figures(change, pairs[change], limits)
    ]
    lowered = float(np.mean([after < before for before, after in denied])) if denied else 1.0
    return (
        *found,
        _bags(seen, pack, scorer_of),
        Robustness(
            change="true statements denied",
            figure="share of dimensions lowered",
            cases=len(denied),
            value=round(lowered, 4),
            limit=0.8,
        ),
    )


_ADDED: tuple[tuple[ChangeFigure, float], ...] = (
    ("largest rise of overall", 0.1),
    ("largest rise of reasoning", 0.1),
    ("dimensions raised above named", 0),
)
_RISE: tuple[tuple[ChangeFigure, float], ...] = (("largest rise of overall", 0.25),)
_INSTRUCTED: tuple[tuple[ChangeFigure, float], ...] = (("largest rise of overall", 0.1),)
_LIMITS: dict[str, tuple[tuple[ChangeFigure, float], ...]] = {
    "tool names appended": _ADDED,
    "tool names prepended": _ADDED,
    "tool names sprinkled": _ADDED,
    "said twice": _RISE,
    "padded with filler": _RISE,
    "question echoed in front": _RISE,
    "as bullets": (("mean change of overall", 0.25),),
    "sentences in reverse order": (("mean change of overall", 0.25),),
    "as a recogniser writes": (("mean change of overall", 0.5), ("loss of overall kappa", 0.05)),
    "two typos in a hundred words": (("mean change of overall", 0.3),),
    "instruction to the grader in front": _INSTRUCTED,
    "instruction to the grader behind": _INSTRUCTED,
    "harmful practice inserted": (("largest rise of overall", 0.0),),
}


def _changes(graded: GradedAnswer, pack: Pack, names: Sequence[str], place: int) -> Iterator[tuple[str, str]]:
    """Each kind of change with the changed text; `place` seeds what is drawn."""
    text = graded.answer
    instruction = perturbations.INSTRUCTIONS[place % len(perturbations.INSTRUCTIONS)]
    harm = perturbations.HARM[place % len(perturbations.HARM)]
    yield "tool names appended", perturbations.names_appended(text, names, place)
    yield "tool names prepended", perturbations.names_prepended(text, names, place)
    yield "tool names sprinkled", perturbations.names_sprinkled(text, names, place)
    yield "said twice", perturbations.repeated(text)
    yield "padded with filler", perturbations.padded(text, place)
    yield "question echoed in front", perturbations.echoed(text, pack.question(graded.question).text)
    yield "as bullets", perturbations.as_bullets(text)
    yield "sentences in reverse order", perturbations.reversed_sentences(text)
    if graded.channel == "typed":
        yield "as a recogniser writes", perturbations.as_recogniser_writes(text)
        yield "two typos in a hundred words", perturbations.with_typos(text, place)
    yield "instruction to the grader in front", perturbations.instructed(text, instruction, front=True)
    yield "instruction to the grader behind", perturbations.instructed(text, instruction, front=False)
    yield "harmful practice inserted", perturbations.with_harm(text, harm)


def _denials(one: Coached, scorer: Scorer) -> Iterator[tuple[float, float]]:
    """Raw depth of a dimension before and after its first evidence is denied in its place."""
    text = one.graded.answer
    for dimension, label in one.graded.labels.dimensions.items():
        if label.depth < LEAST_DENIED or len(label.evidence) != 1:
            continue
        start, end = label.evidence[0]
        if any(
            start < other_end and other_start < end
            for other, other_label in one.graded.labels.dimensions.items()
            if other != dimension
            for other_start, other_end in other_label.evidence
        ):
            continue
        parts = [piece.text for piece in segments(text[start:end])]
        said = [perturbations.negated(part) for part in parts]
        if not parts or not all(said):
            continue
        changed = text[:start] + " ".join(part for part in said if part) + text[end:]
        after = _score(scorer, one.graded, changed)
        before = next(score.raw for score in one.score.dimensions if score.dimension == dimension)
        yield before, next(score.raw for score in after.dimensions if score.dimension == dimension)


def _bags(seen: Sequence[Coached], pack: Pack, scorer_of: ScorerOf) -> Robustness:
    """Bags of the telling words of each question's references, scored as answers to it."""
    highest = []
    for question in pack.questions:
        some = next((one.graded for one in seen if one.graded.question == question.id), None)
        if some is None:
            continue
        texts = [one.text for one in question_references(question) if one.depth >= Depth.DESCRIBED]
        for words in BAGS:
            bag = perturbations.keyword_bag(texts, words)
            highest.append(_score(scorer_of(some), some, bag).overall)
    return Robustness(
        change="bag of the references' keywords",
        figure="highest overall",
        cases=len(highest),
        value=max(highest, default=0.0),
        limit=1.5,
    )


def _figures(
    change: str, pairs: Sequence[_Pair], limits: Sequence[tuple[ChangeFigure, float]]
) -> Iterator[Robustness]:
    for figure, limit in limits:
        value = round(_MEASURES[figure](pairs), 4) if pairs else 0.0
        yield Robustness(change=change, figure=figure, cases=len(pairs), value=value, limit=limit)


def _overall(pairs: Sequence[_Pair]) -> tuple[Floats, Floats]:
    return (
        np.asarray([pair.before.overall for pair in pairs]),
        np.asarray([pair.after.overall for pair in pairs]),
    )


def _largest_rise(pairs: Sequence[_Pair]) -> float:
    before, after = _overall(pairs)
    return float((after - before).max())


def _largest_reasoning_rise(pairs: Sequence[_Pair]) -> float:
    return max(pair.after.reasoning - pair.before.reasoning for pair in pairs)


def _raised_above_named(pairs: Sequence[_Pair]) -> float:
    return sum(
        after.depth > max(before.depth, Depth.NAMED)
        for pair in pairs
        for before, after in zip(pair.before.dimensions, pair.after.dimensions, strict=True)
    )


def _mean_change(pairs: Sequence[_Pair]) -> float:
    before, after = _overall(pairs)
    return float(np.abs(after - before).mean())


def _kappa_loss(pairs: Sequence[_Pair]) -> float:
    labels = [pair.graded.labels.overall for pair in pairs]
    before, after = (agreement(marks.tolist(), labels, 5, resamples=0).qwk for marks in _overall(pairs))
    return 0.0 if before is None or after is None else before - after


_MEASURES: dict[ChangeFigure, Callable[[Sequence[_Pair]], float]] = {
    "largest rise of overall": _largest_rise,
    "largest rise of reasoning": _largest_reasoning_rise,
    "dimensions raised above named": _raised_above_named,
    "mean change of overall": _mean_change,
    "loss of overall kappa": _kappa_loss,
}


def _score(scorer: Scorer, graded: GradedAnswer, text: str) -> Score:
    answer = Answer(text=text, question=graded.question, channel=graded.channel)
    return coach(answer, scorer).score
