"""Next steps: what to change in an answer, ordered by what the head says each change would gain."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from coach.domain import Depth, NextStep, Score
from coach.scoring.assembly import Figures
from coach.scoring.examination import Examination
from coach.scoring.scorer import Scorer

MOST_STEPS = 3
# A change that gains less than this in the overall mark is not worth a reader's time.
LEAST_GAIN = 0.05
# For an answer that has every expected dimension reasoned and nothing unsafe in it.
STRONG = NextStep(
    action="Take the follow-up below.",
    why="Nothing here costs marks; a strong answer earns a harder question.",
    dimension=None,
    gain=0.0,
)


class _Change(NamedTuple):
    """A step whose gain is to be measured: the rows of the answer that stay, and the words put beside them.

    `added` are rows of the figures of the pack's words; where there are none, nothing can be gained.
    """

    step: NextStep
    kept: list[int]
    added: list[int]


def next_steps(scorer: Scorer, examination: Examination, score: Score) -> tuple[NextStep, ...]:
    """At most three steps, best first.

    The gain of a step is measured: the answer is read again with the step taken, a reasoned reference
    of the missing dimension added or the harmful pieces replaced, and the overall marks are compared.
    """
    reasoned = scorer.reasoned(examination.question)
    safer = list(dict.fromkeys(finding.safer for finding in score.harmful))
    count = len(reasoned.dimensions)
    changes = [
        *_safer_practice(examination, score, safer, range(count, count + len(safer))),
        *_deeper_dimensions(examination, score, reasoned.dimensions),
    ]
    words = reasoned.figures
    if safer:
        safe = scorer.figures(safer, scorer.known_vectors(safer), examination.question)
        words = Figures.joined([words, safe])
    steps = _measured(scorer, examination, words, changes)
    steps.sort(key=lambda step: -step.gain)
    depths = {one.dimension: one.depth for one in score.expected}
    # One change may be too small for the head to see. What is only named or not there is still to be told,
    # after all that gains; a missing reason is not worth a reader's time then, unless nothing else is left.
    useful = [
        step
        for step in steps
        if step.gain >= LEAST_GAIN or depths.get(step.dimension or "", Depth.REASONED) < Depth.DESCRIBED
    ]
    chosen = _honesty_steps(examination) + (useful or steps[:1])
    return tuple(chosen[:MOST_STEPS]) or (STRONG,)


def _honesty_steps(examination: Examination) -> list[NextStep]:
    """Leaving out the words to the grader, which comes before everything: they can void the whole answer."""
    if not examination.attempts:
        return []
    gain = max(0.0, _read_overall(examination) - examination.overall)
    return [
        NextStep(
            action="Leave out the words to the grader.",
            why="They earn nothing, and an answer that is not acceptable without them gets no mark at all.",
            dimension=None,
            gain=round(gain, 2),
        )
    ]


def _read_overall(examination: Examination) -> float:
    """The overall mark that the answer itself earns, words to the grader left out."""
    return 0.0 if examination.reading is None else float(examination.reading.overall.sum())


def _measured(
    scorer: Scorer, examination: Examination, words: Figures, changes: list[_Change]
) -> list[NextStep]:
    """The steps with the rise of the overall mark that each would bring."""
    said = Figures.joined([examination.figures, words])
    count = len(examination.scored)
    real = [change for change in changes if change.added]
    readings = scorer.read_all(
        [
            (said.take([*change.kept, *(count + row for row in change.added)]), examination.question)
            for change in real
        ]
    )
    before = _read_overall(examination)
    gains = {
        id(change): max(0.0, float(reading.overall.sum()) - before)
        for change, reading in zip(real, readings, strict=True)
    }
    return [
        change.step.model_copy(update={"gain": round(gains.get(id(change), 0.0), 2)}) for change in changes
    ]


def _deeper_dimensions(examination: Examination, score: Score, reasoned: Sequence[str]) -> Iterator[_Change]:
    """Saying more of each expected dimension that is not reasoned yet, as a reference does."""
    hints = {one.dimension: one.hint for one in examination.question.expectations}
    everything = list(range(len(examination.scored)))
    for dimension in score.expected:
        if dimension.depth == Depth.REASONED:
            continue
        hint = hints[dimension.dimension]
        # A title may be any words of a pack's author, so it stands alone instead of inside the sentence.
        if dimension.depth == Depth.DESCRIBED:
            action, why = "give the reason.", f"You say what is done, but not why. {hint}"
        elif dimension.depth == Depth.NAMED:
            action, why = "explain it, do not only name it.", hint
        else:
            action, why = "not covered yet, add it.", hint
        step = NextStep(
            action=f"{dimension.title}: {action}", why=why, dimension=dimension.dimension, gain=0.0
        )
        yield _Change(step, everything, [row for row, of in enumerate(reasoned) if of == dimension.dimension])


def _safer_practice(
    examination: Examination, score: Score, safer: Sequence[str], rows: Sequence[int]
) -> Iterator[_Change]:
    """Saying the safer practices instead of the harmful statements."""
    if not score.harmful:
        return
    kept = [
        row
        for row, piece in enumerate(examination.scored)
        if not any(finding.start <= piece.start < finding.end for finding in score.harmful)
    ]
    several = len(score.harmful) > 1
    action = (
        f"Replace {len(score.harmful)} unsafe statements." if several else "Replace the unsafe statement."
    )
    step = NextStep(action=action, why=f"Say instead: {safer[0]}", dimension=None, gain=0.0)
    yield _Change(step, kept, list(rows))
