"""A study: graded answers coached one by one, and how what was said agrees with their labels."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from coach.coaching import coach
from coach.domain import Answer, Frozen, Score, ScorerId
from coach.evaluation.agreement import Agreement, Overlap, agreement, overlap
from coach.evaluation.naming import normal_name
from coach.packs import Pack
from coach.scoring.graded import GradedAnswer, Span
from coach.scoring.scorer import Scorer

OVERALL_STEPS = 5
REASONING_STEPS = 3
DEPTH_STEPS = 3
# Evidence and findings count from a depth of named on; a median of one half says that graders disagreed.
LEAST_DEPTH = 1.0
# What the confidence of a score is the probability of: an overall mark this near to the graders'.
NEAR_ENOUGH = 0.5
# The most confident four in five answers, which should be clearly better than all.
CONFIDENT_SHARE = 0.8
_BINS = 5

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Progress = Callable[[str, int, int], None]


ChangeFigure = Literal[
    "largest rise of overall",
    "largest rise of reasoning",
    "dimensions raised above named",
    "mean change of overall",
    "loss of overall kappa",
    "highest overall",
    "share of dimensions lowered",
]


class Coached(Frozen):
    """What the coach said of one graded answer: its score, and the tool names it found, as written."""

    graded: GradedAnswer
    score: Score
    tools: frozenset[str]


class Marks(Frozen):
    """Agreement of one scorer on some answers: overall 0-5, reasoning 0-3, and depths 0-3.

    `dimensions` pairs every depth of every answer with its label, `expected_dimensions` those that the
    answer's question expects.
    """

    overall: Agreement
    reasoning: Agreement
    dimensions: Agreement
    expected_dimensions: Agreement


class DimensionMarks(Frozen):
    """Agreement on one dimension: over all answers, and over those whose question expects it, if any."""

    all: Agreement
    expected: Agreement | None


class ReliabilityBin(Frozen):
    """Answers of like confidence: what was claimed, and what came of it.

    `confidence` is their mean confidence, `near` the share whose overall mark is within half a mark of
    the label, `mae` the mean absolute error of the overall mark.
    """

    lowest: float
    highest: float
    answers: int
    confidence: float
    near: float
    mae: float


class Reliability(Frozen):
    """Whether confidence means something: bins of equally many answers, least confident first.

    `mae` is that of all answers, `confident_mae` that of the most confident 80 of 100.
    """

    mae: float
    confident_mae: float
    bins: tuple[ReliabilityBin, ...]


class Breakdown(Frozen):
    """The same agreement by groups of answers; the archetype is what the writer set out to write."""

    level: dict[str, Marks]
    channel: dict[str, Marks]
    dimension: dict[str, DimensionMarks]
    writer: dict[str, Marks]
    archetype: dict[str, Marks]


class Robustness(Frozen):
    """One figure of one kind of change over `cases` scores, and the limit it must keep.

    The limit is the lowest for shares and the highest for all else; marks are overall marks of 5, or
    reasoning marks of 3.
    """

    change: str
    figure: ChangeFigure
    cases: int
    value: float
    limit: float

    @property
    def kept(self) -> bool:
        """Whether the limit is kept."""
        if self.figure == "share of dimensions lowered":
            return self.value >= self.limit
        return self.value <= self.limit + 1e-9


class Generality(Frozen):
    """How well each dimension is read by heads that never saw its labels, only its reference answers.

    `mean` is the mean of the kappas by dimension.
    """

    by_dimension: dict[str, Agreement]
    mean: float


@dataclass(frozen=True)
class Labelled:
    """Labels of a answers as arrays: `overall`, `reasoning` (a,), `depth` (a, d), `expected` (a, d)."""

    overall: Floats
    reasoning: Floats
    depth: Floats
    expected: Flags


class Evaluation(Frozen):
    """How far a scorer agrees with the labels of graded answers, beside plain baselines.

    `evidence` and `harmful` are in characters, `tools` in distinct names of each answer, lower-cased and
    with white space collapsed. `seen_in_training` counts the answers that the head was trained on; it is
    None where that cannot be told. `residuals` holds (words, overall mark less label) of each answer.
    `robustness` is what changes of the answers did, and `generality` how dimensions are read that the head
    never saw, both None where they were not asked for. `notes` say what was passed over or left out.
    """

    overall: Agreement
    reasoning: Agreement
    dimensions: Agreement
    expected_dimensions: Agreement
    evidence: Overlap
    harmful: Overlap
    tools: Overlap
    baselines: dict[str, Marks]
    by: Breakdown
    confidence: Reliability
    residuals: tuple[tuple[int, float], ...]
    robustness: tuple[Robustness, ...] | None
    generality: Generality | None
    scorer: ScorerId
    answers: int
    leave_one_writer_out: bool
    seen_in_training: int | None
    notice: str
    notes: tuple[str, ...] = ()


def coached(
    answers: Sequence[GradedAnswer],
    scorer_of: Callable[[GradedAnswer], Scorer],
    progress: Progress = lambda what, done, total: None,
) -> tuple[Coached, ...]:
    """Coach every answer with the scorer that `scorer_of` gives for it; labels are not shown to it."""
    found = []
    progress("coaching", 0, len(answers))
    for done, graded in enumerate(answers, start=1):
        answer = Answer(text=graded.answer, question=graded.question, channel=graded.channel)
        feedback = coach(answer, scorer_of(graded))
        names = frozenset(tool.name for tool in feedback.mask_test.tools)
        found.append(Coached(graded=graded, score=feedback.score, tools=names))
        progress("coaching", done, len(answers))
    return tuple(found)


def labelled(answers: Sequence[GradedAnswer], pack: Pack) -> Labelled:
    """The labels as arrays, dimensions in the pack's order; one that is not listed is absent."""
    ids = [dimension.id for dimension in pack.dimensions]
    expects = {question.id: set(question.expects) for question in pack.questions}
    depths = [
        [answer.labels.dimensions[id].depth if id in answer.labels.dimensions else 0.0 for id in ids]
        for answer in answers
    ]
    return Labelled(
        overall=np.asarray([answer.labels.overall for answer in answers]),
        reasoning=np.asarray([answer.labels.reasoning for answer in answers]),
        depth=np.asarray(depths),
        expected=np.asarray([[id in expects[answer.question] for id in ids] for answer in answers]),
    )


def marks(
    overall: Floats, reasoning: Floats, depth: Floats, labels: Labelled, rows: NDArray[np.int64] | None = None
) -> Marks:
    """Compare overall and reasoning (a,) and depths (a, d) with the labels, on the answers `rows`."""
    chosen = np.arange(len(overall)) if rows is None else rows
    return Marks(
        overall=agreement(overall[chosen], labels.overall[chosen], OVERALL_STEPS),
        reasoning=agreement(reasoning[chosen], labels.reasoning[chosen], REASONING_STEPS),
        dimensions=agreement(depth[chosen], labels.depth[chosen], DEPTH_STEPS),
        expected_dimensions=agreement(
            depth[chosen], labels.depth[chosen], DEPTH_STEPS, labels.expected[chosen]
        ),
    )


def marks_given(seen: Sequence[Coached]) -> tuple[Floats, Floats, Floats]:
    """The marks that the coach gave: overall (a,), reasoning (a,), depths (a, d)."""
    return (
        np.asarray([one.score.overall for one in seen]),
        np.asarray([one.score.reasoning for one in seen]),
        np.asarray([[float(one.depth) for one in answer.score.dimensions] for answer in seen]),
    )


def breakdown(seen: Sequence[Coached], labels: Labelled, pack: Pack) -> Breakdown:
    """Agreement by level, channel, dimension, writer and archetype."""
    levels = {question.id: question.level for question in pack.questions}
    given = marks_given(seen)

    def by(keys: Iterable[str]) -> dict[str, Marks]:
        named = np.asarray(list(keys))
        return {
            str(key): marks(*given, labels, np.flatnonzero(named == key))
            for key in sorted(set(named.tolist()))
        }

    dimensions = {}
    for place, dimension in enumerate(pack.dimensions):
        depth, label, expected = given[2][:, place], labels.depth[:, place], labels.expected[:, place]
        dimensions[dimension.id] = DimensionMarks(
            all=agreement(depth, label, DEPTH_STEPS),
            expected=agreement(depth, label, DEPTH_STEPS, expected) if expected.any() else None,
        )
    return Breakdown(
        level=by(levels[one.graded.question] for one in seen),
        channel=by(one.graded.channel for one in seen),
        dimension=dimensions,
        writer=by(one.graded.writer for one in seen),
        archetype=by(one.graded.intent or "not given" for one in seen),
    )


def evidence_overlap(seen: Sequence[Coached]) -> Overlap:
    """Characters quoted as evidence against the labelled spans, dimension by dimension."""
    counts = []
    for one in seen:
        found = {
            score.dimension: [(span.start, span.end) for span in score.evidence]
            for score in one.score.dimensions
            if score.depth >= LEAST_DEPTH
        }
        true = {
            dimension: label.evidence
            for dimension, label in one.graded.labels.dimensions.items()
            if label.depth >= LEAST_DEPTH
        }
        counts.append(_shared_by_key(found, true))
    return overlap(*np.asarray(counts).T)


def harmful_overlap(seen: Sequence[Coached]) -> Overlap:
    """Characters of harmful findings against those of labelled harmful statements."""
    counts = []
    for one in seen:
        found = {"": [(finding.start, finding.end) for finding in one.score.harmful]}
        counts.append(_shared_by_key(found, {"": one.graded.labels.harmful}))
    return overlap(*np.asarray(counts).T)


def tools_overlap(seen: Sequence[Coached]) -> Overlap:
    """Distinct tool names of each answer against the labelled ones, case and white space aside."""
    counts = []
    for one in seen:
        found = {normal_name(name) for name in one.tools}
        true = {normal_name(name) for name in one.graded.labels.tools}
        counts.append((len(found), len(true), len(found & true)))
    return overlap(*np.asarray(counts).T)


def reliability(seen: Sequence[Coached]) -> Reliability:
    """What the confidence of the scores was worth."""
    confidence = np.asarray([one.score.confidence for one in seen])
    error = np.asarray([abs(one.score.overall - one.graded.labels.overall) for one in seen])
    # Ties keep the order of the file, so that the figures repeat.
    order = np.argsort(confidence, kind="stable")
    bins = []
    for rows in np.array_split(order, min(_BINS, len(order))):
        bins.append(
            ReliabilityBin(
                lowest=float(confidence[rows].min()),
                highest=float(confidence[rows].max()),
                answers=len(rows),
                confidence=float(confidence[rows].mean()),
                near=float((error[rows] <= NEAR_ENOUGH).mean()),
                mae=float(error[rows].mean()),
            )
        )
    kept = order[len(order) - max(1, round(len(order) * CONFIDENT_SHARE)) :]
    return Reliability(mae=float(error.mean()), confident_mae=float(error[kept].mean()), bins=tuple(bins))


def residuals(seen: Sequence[Coached]) -> tuple[tuple[int, float], ...]:
    """(words, overall mark less label) of each answer."""
    return tuple(
        (len(one.graded.answer.split()), one.score.overall - one.graded.labels.overall) for one in seen
    )


def _shared_by_key(
    found: Mapping[str, Sequence[Span]], true: Mapping[str, Sequence[Span]]
) -> tuple[int, int, int]:
    """Characters found, labelled and both, added over the keys; a character counts once for a key."""
    sums = [0, 0, 0]
    for key in {*found, *true}:
        mine, theirs = _characters(found.get(key, ())), _characters(true.get(key, ()))
        sums = [sums[0] + len(mine), sums[1] + len(theirs), sums[2] + len(mine & theirs)]
    return (sums[0], sums[1], sums[2])


def _characters(spans: Iterable[Span]) -> set[int]:
    return {place for start, end in spans for place in range(start, end)}
