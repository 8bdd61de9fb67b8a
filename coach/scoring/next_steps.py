"""Next steps: what to change in an answer, ordered by what the head says each change would gain."""

import numpy as np

from coach.domain import Depth, NextStep, Question, Score
from coach.scoring.bank import Floats
from coach.scoring.scorer import Examination, Scorer, question_references

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


def next_steps(scorer: Scorer, examination: Examination, score: Score) -> tuple[NextStep, ...]:
    """At most three steps, best first.

    The gain of a step is measured: the answer is read again with the step taken, a reasoned reference
    of the missing dimension added or the harmful pieces replaced, and the overall marks are compared.
    """
    steps = _harm_steps(scorer, examination, score) + _dimension_steps(scorer, examination, score)
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


def _dimension_steps(scorer: Scorer, examination: Examination, score: Score) -> list[NextStep]:
    hints = {one.dimension: one.hint for one in examination.question.expectations}
    steps = []
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
        gain = _gain(scorer, examination, dimension.dimension)
        steps.append(
            NextStep(
                action=f"{dimension.title}: {action}",
                why=why,
                dimension=dimension.dimension,
                gain=round(gain, 2),
            )
        )
    return steps


def _gain(scorer: Scorer, examination: Examination, dimension: str) -> float:
    """The rise of the overall mark if a reasoned reference of `dimension` were part of the answer."""
    texts, vectors = _reasoned(scorer, examination.question, dimension)
    if not texts:
        return 0.0
    pieces = [piece.text for piece in examination.scored] if examination.reading else []
    joined = np.concatenate([examination.vectors[: len(pieces)], vectors[:1]])
    reading = scorer.read([*pieces, texts[0]], joined, examination.question)
    return max(0.0, float(reading.overall.sum()) - _read_overall(examination))


def _reasoned(scorer: Scorer, question: Question, dimension: str) -> tuple[list[str], Floats]:
    """The reasoned references of a dimension of a question, with their embeddings."""
    place = scorer.question_index(question)
    rows = np.flatnonzero(scorer.references.question == place)
    chosen = [
        (reference.text, int(row))
        for reference, row in zip(question_references(question), rows, strict=True)
        if reference.dimension == dimension and reference.depth == Depth.REASONED
    ]
    return [text for text, _ in chosen], scorer.references.vectors[[row for _, row in chosen]]


def _harm_steps(scorer: Scorer, examination: Examination, score: Score) -> list[NextStep]:
    """Saying the safer practices instead of the harmful statements."""
    if not score.harmful:
        return []
    kept = [
        row
        for row, piece in enumerate(examination.scored)
        if not any(finding.start <= piece.start < finding.end for finding in score.harmful)
    ]
    safer = list(dict.fromkeys(finding.safer for finding in score.harmful))
    texts = [*(examination.scored[row].text for row in kept), *safer]
    vectors = np.concatenate([examination.vectors[kept], scorer.encoder.encode(safer)])
    reading = scorer.read(texts, vectors, examination.question)
    gain = max(0.0, float(reading.overall.sum()) - _read_overall(examination))
    several = len(score.harmful) > 1
    action = (
        f"Replace {len(score.harmful)} unsafe statements." if several else "Replace the unsafe statement."
    )
    return [NextStep(action=action, why=f"Say instead: {safer[0]}", dimension=None, gain=round(gain, 2))]
