"""Coaching: the one place where an answer becomes feedback."""

from coach.domain import (
    Answer,
    AskedQuestion,
    Depth,
    Feedback,
    FrameCheck,
    FrameStep,
    Notice,
    Question,
    Score,
)
from coach.scoring.mask_test import mask_test
from coach.scoring.next_steps import next_steps
from coach.scoring.scorer import Examination, Scorer, manipulation_attempts
from coach.speech.delivery import delivery
from coach.text.language import language_of
from coach.text.length import length

# The rubric's reasoning scale in words.
_REASONING = (
    "tool names or vocabulary, no content",
    "mostly names or vocabulary",
    "mixed, mostly process",
    "mostly process with reasons",
)
# Below this confidence the reader is told not to lean on the mark.
UNSURE = 0.4


def coach(answer: Answer, scorer: Scorer) -> Feedback:
    """Score an answer and say what was good, what is missing and what to do next.

    Raises UsageError when the scorer's pack has no such question. The same answer gets the same feedback.
    """
    question = scorer.pack.question(answer.question)
    notices: list[Notice] = []
    language = language_of(answer.text)
    readable = language is None
    # What the encoder cannot read is not scored as if it could: the reader is told instead.
    examination = scorer.examine(answer.text if readable else "", question)
    score = scorer.score(examination)
    if not readable:
        notices.append(
            Notice(
                kind="warning",
                text=f"Not scored: the answer reads as {language}, and this scorer reads English only.",
            )
        )
    elif examination.reading is None:
        notices.append(Notice(kind="warning", text=_nothing_to_score(examination)))
    elif score.confidence < UNSURE:
        notices.append(
            Notice(
                kind="warning",
                text="The scorer is unsure: marks like this one often miss the graders' by over half a mark.",
            )
        )
    notices.append(
        Notice(
            kind="info",
            text="Scored offline by embeddings, trained on answers that language models wrote and graded.",
        )
    )
    return Feedback(
        question=AskedQuestion(
            id=question.id,
            level=question.level,
            text=question.text,
            time_limit=question.time_limit,
            expects=question.expects,
        ),
        answer=answer,
        score=score,
        headline=headline(score, examination),
        mask_test=mask_test(scorer, examination, score),
        frame=tuple(frame_check(step, score) for step in scorer.pack.frame),
        manipulation=manipulation_attempts(examination),
        length=length(answer.text, question.time_limit),
        next_steps=next_steps(scorer, examination, score),
        follow_up=_follow_up(question, score),
        delivery=delivery(answer, score),
        notices=tuple(notices),
    )


def headline(score: Score, examination: Examination) -> str:
    """The answer in one sentence: what carries it, and what it lacks most."""
    if examination.reading is None:
        return "Nothing to score yet." if not examination.attempts else "Nothing but words to the grader."
    words = _REASONING[int(score.reasoning + 0.5)]
    expected = score.expected
    reached = sum(1 for dimension in expected if dimension.depth >= Depth.DESCRIBED)
    absent = [dimension.title.lower() for dimension in expected if dimension.depth == Depth.ABSENT]
    parts = [f"{words[0].upper()}{words[1:]}; {reached} of {len(expected)} expected dimensions explained"]
    if examination.attempts:
        parts.append("words to the grader earn nothing")
    elif score.harmful:
        parts.append("something in it is unsafe")
    elif absent:
        parts.append(f"{absent[0]} is missing" if len(absent) == 1 else f"{len(absent)} absent")
    return ", ".join(parts) + "."


def frame_check(step: FrameStep, score: Score) -> FrameCheck:
    """How deep the answer went in one step of the frame: in what the question expects of it, if anything."""
    of_step = [one for one in score.dimensions if one.dimension in step.dimensions]
    expected = [one for one in of_step if one.expected]
    counted = expected or of_step
    return FrameCheck(
        step=step.id,
        title=step.title,
        asks=step.asks,
        depth=max((one.depth for one in counted), default=Depth.ABSENT),
        applies=bool(expected),
        dimensions=tuple(one.dimension for one in expected),
    )


def _nothing_to_score(examination: Examination) -> str:
    if not examination.text.strip():
        return "Nothing to score: the answer is empty. Begin with what problem the model serves."
    if examination.attempts:
        return "Nothing to score: apart from words to the grader there is no answer."
    if any(piece.kind == "echo" for piece in examination.pieces):
        return "Nothing to score: this repeats the question. Answer it in your own words."
    if examination.mentions:
        return "Nothing to score: without its tool names nothing is left. Say what each is for, and why."
    return "Nothing to score: too few words. Two or three full sentences are enough to begin with."


def _follow_up(question: Question, score: Score) -> str | None:
    """The pack's follow-up for a full answer, or the other one where much is still missing."""
    if not question.follow_ups:
        return None
    thin = sum(1 for one in score.expected if one.depth < Depth.DESCRIBED) * 2 > len(score.expected)
    return question.follow_ups[0 if thin else -1]
