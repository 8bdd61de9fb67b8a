"""Coaching: the one place where an answer becomes feedback."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from copy import copy
from types import TracebackType
from typing import Protocol

from coach.domain import (
    Answer,
    AskedQuestion,
    Critique,
    Depth,
    Feedback,
    FrameCheck,
    FrameStep,
    Manipulation,
    Notice,
    Question,
    Score,
)
from coach.errors import CoachError, ServiceError
from coach.scoring.doubt import UNSURE, least_clear, mark_range
from coach.scoring.examination import Examination, manipulation_attempts
from coach.scoring.mask_test import mask_test
from coach.scoring.next_steps import next_steps
from coach.scoring.scorer import Scorer
from coach.scoring.spoken_to_grader import attempts_in_other_languages, overlooked_attempts
from coach.speech.delivery import delivery
from coach.speech.repairs import SuggestedLexicon
from coach.text.concealment import concealed
from coach.text.language import language_of
from coach.text.length import length

# The rubric's reasoning scale in words. Its lower end says names only of an answer that has some.
_REASONING = (
    "vocabulary, no content",
    "mostly vocabulary",
    "mixed, mostly process",
    "mostly process with reasons",
)
_REASONING_NAMES = ("tool names or vocabulary, no content", "mostly names or vocabulary")
# From this share of an answer's pieces on, what is harmful is what the answer says.
HARMFUL_SHARE = 0.5
MOSTLY_HARMFUL = "Mostly unsafe or false claims"


class Critic(Protocol):
    """Reviews answers beside the offline scorer; opened with `async with`."""

    async def __aenter__(self) -> object:
        """Open it."""
        ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        ...

    async def critique(
        self, feedback: Feedback, question: Question, hear: Callable[[str], None] | None = None
    ) -> Critique:
        """Review the answer of `feedback`; `hear` is told what can be read so far. Raises CoachError."""
        ...


class Watcher(Protocol):
    """Is shown feedback while it comes about."""

    def offline(self, feedback: Feedback) -> None:
        """The offline feedback is complete."""
        ...

    def partial(self, text: str) -> None:
        """The critique reads like this so far; after a cut it starts anew."""
        ...


def coach(
    answer: Answer,
    scorer: Scorer,
    critic: Critic | None = None,
    watcher: Watcher | None = None,
    notices: Sequence[Notice] = (),
) -> Feedback:
    """Score an answer and say what was good, what is missing and what to do next; a critic reviews it too.

    `notices` on how the answer came about join those of the scorer. `watcher` is shown the offline feedback
    before the critic is asked. A critic that fails leaves the offline feedback with a notice that says why.
    Raises UsageError when the scorer's pack has no such question. The same answer gets the same offline
    feedback.
    """
    feedback = _offline(answer, scorer)
    if notices:
        feedback = feedback.model_copy(update={"notices": (*feedback.notices, *notices)})
    if watcher is not None:
        watcher.offline(feedback)
    if critic is None:
        return feedback
    return asyncio.run(_opened(feedback, scorer, critic, watcher))


async def coach_many(
    answers: Iterable[Answer], scorer: Scorer, critic: Critic, at_once: int = 4
) -> AsyncIterator[tuple[int, Feedback]]:
    """Coach answers with a critic, at most `at_once` at a time; yields (place, feedback) as each is done.

    One critic serves them all and is opened here. A review that fails is a notice on its feedback.
    """
    numbered = enumerate(answers)
    running: set[asyncio.Task[tuple[int, Feedback]]] = set()

    async def one(place: int, answer: Answer) -> tuple[int, Feedback]:
        return place, await criticised(_offline(answer, scorer), scorer, critic)

    async with critic:
        try:
            while True:
                while len(running) < at_once and (following := next(numbered, None)) is not None:
                    running.add(asyncio.create_task(one(*following)))
                if not running:
                    return
                done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    yield task.result()
        finally:
            for task in running:
                task.cancel()


async def criticised(
    feedback: Feedback, scorer: Scorer, critic: Critic, watcher: Watcher | None = None
) -> Feedback:
    """Add an open critic's review to offline feedback; where it fails, a notice that says why."""
    question = scorer.pack.question(feedback.answer.question)
    attempts = (*feedback.manipulation, *hidden_attempts(feedback))
    seen = feedback.model_copy(update={"manipulation": attempts})
    try:
        critique = await critic.critique(seen, question, watcher.partial if watcher else None)
    except CoachError as error:
        return _not_reviewed(feedback, error)
    return seen.model_copy(update={"critique": critique})


def hidden_attempts(feedback: Feedback) -> tuple[Manipulation, ...]:
    """Words to the grader that an answer encodes, hides, puts in another language or spreads over sentences.

    A reader would see nonsense there, and so does the offline scorer; a language model may read them.
    """
    text = feedback.answer.text
    told = {(one.start, one.end) for one in feedback.manipulation}
    hidden = [
        Manipulation(start=one.start, end=one.end, quote=text[one.start : one.end]) for one in concealed(text)
    ]
    return tuple(one for one in (*hidden, *overlooked_attempts(text)) if (one.start, one.end) not in told)


async def _opened(feedback: Feedback, scorer: Scorer, critic: Critic, watcher: Watcher | None) -> Feedback:
    try:
        async with critic:
            return await criticised(feedback, scorer, critic, watcher)
    except CoachError as error:
        # It could not even be opened.
        return _not_reviewed(feedback, error)


def _not_reviewed(feedback: Feedback, error: CoachError) -> Feedback:
    paid = error.cost if isinstance(error, ServiceError) else 0.0
    cost = f" This cost ${paid:.4f}." if paid else ""
    text = f"Not scored by the critic: {error}.{cost} The offline score stands."
    return feedback.model_copy(update={"notices": (*feedback.notices, Notice(kind="warning", text=text))})


def _with_suggestions(scorer: Scorer, answer: Answer) -> Scorer:
    """The scorer for this answer: tool names that may have been misheard are masked as those heard right."""
    if not answer.suggestions:
        return scorer
    categories = {tool.name: tool.category for tool in scorer.pack.tools}
    hearing = copy(scorer)
    hearing.lexicon = SuggestedLexicon(scorer.lexicon, answer.text, answer.suggestions, categories)
    return hearing


def _offline(answer: Answer, scorer: Scorer) -> Feedback:
    question = scorer.pack.question(answer.question)
    notices: list[Notice] = []
    language = language_of(answer.text)
    readable = language is None
    # What the encoder cannot read is not scored as if it could: the reader is told instead.
    scorer = _with_suggestions(scorer, answer)
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
    elif score.confidence is not None and score.confidence < UNSURE:
        notices.append(
            Notice(
                kind="warning",
                text=_unsure(examination, scorer),
            )
        )
    spoken = delivery(answer, score)
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
        # The trained detector reads English; an attempt is told all the same where the text is not scored.
        manipulation=manipulation_attempts(examination)
        if readable
        else attempts_in_other_languages(answer.text),
        length=length(answer.text, question.time_limit, spoken.last_word if spoken else None),
        next_steps=next_steps(scorer, examination, score),
        follow_up=_follow_up(question, score),
        delivery=spoken,
        notices=tuple(notices),
    )


def headline(score: Score, examination: Examination) -> str:
    """The answer in one sentence: what carries it, and what it lacks most."""
    if examination.reading is None:
        return "Nothing to score yet." if not examination.attempts else "Nothing but words to the grader."
    expected = score.expected
    reached = sum(1 for dimension in expected if dimension.depth >= Depth.DESCRIBED)
    absent = [dimension.title.lower() for dimension in expected if dimension.depth == Depth.ABSENT]
    parts = [f"{_carried_by(score, examination)}; {reached} of {len(expected)} expected dimensions explained"]
    if examination.attempts:
        parts.append("words to the grader earn nothing")
    elif score.harmful and not parts[0].startswith(MOSTLY_HARMFUL):
        parts.append("something in it is unsafe")
    elif absent and len(absent) < len(expected):
        parts.append(f"{absent[0]} is missing" if len(absent) == 1 else f"{len(absent)} absent")
    return ", ".join(parts) + "."


def _carried_by(score: Score, examination: Examination) -> str:
    step = int(score.reasoning + 0.5)
    harmful = sum(
        any(finding.start <= piece.start < finding.end for finding in score.harmful)
        for piece in examination.scored
    )
    if step < len(_REASONING_NAMES):
        if harmful and harmful >= HARMFUL_SHARE * len(examination.scored):
            return MOSTLY_HARMFUL
        if not examination.mentions and not any(one.depth for one in score.expected):
            return "Nothing on what the question asks"
        words = (_REASONING_NAMES if examination.mentions else _REASONING)[step]
    else:
        words = _REASONING[step]
    return f"{words[0].upper()}{words[1:]}"


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


def _unsure(examination: Examination, scorer: Scorer) -> str:
    """Why the mark is not to be leant on: how far it may be off, and what is least clear in the answer."""
    assert examination.reading is not None
    low, high = mark_range(examination.reading)
    expects = examination.question.expects
    places = [place for place, one in enumerate(scorer.pack.dimensions) if one.id in expects]
    title = scorer.pack.dimensions[least_clear(examination.reading, places)].title
    between = f"anything from {low} to {high} of 5 is likely" if low < high else "half of such marks are off"
    return f"The scorer is unsure of this mark: {between}; least clear is how deep {title} goes."


def _follow_up(question: Question, score: Score) -> str | None:
    """The pack's follow-up for a full answer, or the other one where much is still missing."""
    if not question.follow_ups:
        return None
    thin = sum(1 for one in score.expected if one.depth < Depth.DESCRIBED) * 2 > len(score.expected)
    return question.follow_ups[0 if thin else -1]
