"""Grading: batches of answers to results, each result in the journal as soon as it exists."""

import base64
import gc
import hashlib
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, Protocol

import numpy as np
from threadpoolctl import threadpool_limits

from coach.coaching import coach
from coach.cohort.batch_scoring import BatchScorer, Plan
from coach.cohort.journal import Journal
from coach.cohort.submissions import Submission
from coach.domain import Answer, Feedback, Frozen, ScorerId
from coach.errors import CoachError
from coach.scoring.bank import Floats

# Answers that are encoded together: enough for full batches of every length, little to repeat after a kill.
AT_ONCE = 64
# A piece this near (cosine) to a reference says what everybody may say: it tells nothing of copying.
TAKEN_FROM_REFERENCE = 0.9


class Graded(Frozen):
    """One graded answer: `feedback` as the coach gave it, or the reason why there is none.

    `vector` is the direction of what the answer says, as signed bytes in base64, for finding answers of
    like substance; empty where nothing was scored.
    """

    key: str
    feedback: Feedback | None
    vector: str = ""
    failure: str = ""


class Watcher(Protocol):
    """Is told how a run goes on."""

    def graded(self, answers: int, failures: int) -> None:
        """More answers are done, some of them without a result."""
        ...


def answer_key(question: str, text: str, scorer: ScorerId) -> str:
    """The hash (hex) of all that decides a grade: the question, the answer and the scorer."""
    document = json.dumps(["grade", 1, question, text, scorer.model_dump()], sort_keys=True)
    return hashlib.sha256(document.encode("ascii")).hexdigest()[:32]


def grade_answers(scorer: BatchScorer, answers: Sequence[Answer], wanted: Sequence[int]) -> list[Graded]:
    """Grade those of a batch of `answers` whose places are `wanted`.

    All of the batch is encoded, so that a result does not depend on which of it were graded before. An
    answer that cannot be graded is a result with its reason.
    """
    scorer.prepare(answers)
    return [_graded(scorer, answers[place]) for place in wanted]


def _graded(scorer: BatchScorer, answer: Answer) -> Graded:
    key = answer_key(answer.question, answer.text, scorer.id)
    try:
        feedback = coach(answer, scorer)
    except CoachError as error:
        return Graded(key=key, feedback=None, failure=str(error))
    except Exception as error:
        # One odd answer must not end the run of a class.
        return Graded(key=key, feedback=None, failure=f"{type(error).__name__}: {error}"[:300])
    return Graded(key=key, feedback=feedback, vector=_direction(scorer, answer))


def grade_all(
    submissions: Iterable[Submission], scorer: BatchScorer, journal: Journal, watcher: Watcher
) -> dict[str, str]:
    """Grade what the journal does not hold yet; returns the reasons of those that failed, by key.

    Answers of the same words to the same question are graded once.
    """
    failures: dict[str, str] = {}
    for batch, wanted, plan, vectors in _encoded_ahead(submissions, scorer, journal):
        failed = 0
        if plan is not None:
            scorer.adopt(plan, vectors)
        for place in wanted:
            one = _graded(scorer, batch[place])
            if one.feedback is None:
                failures[one.key] = one.failure
                failed += 1
            else:
                journal.append(record_of(one))
        watcher.graded(len(batch), failed)
    journal.flush()
    return failures


_Encoded = tuple[list[Answer], list[int], Plan | None, dict[str, Floats]]


def _encoded_ahead(
    submissions: Iterable[Submission], scorer: BatchScorer, journal: Journal
) -> Iterator[_Encoded]:
    """The batches with the places that are wanted and, where there are any, their embeddings.

    While one batch is scored the next is encoded: the encoder computes outside of Python.
    """
    waiting: tuple[list[Answer], list[int], Plan, Future[dict[str, Floats]]] | None = None
    with _side_by_side(), ThreadPoolExecutor(max_workers=1) as encoding:
        for batch in batches(submissions):
            keys = [answer_key(answer.question, answer.text, scorer.id) for answer in batch]
            wanted = [place for place, key in enumerate(keys) if ("grade", key) not in journal]
            if not wanted:
                yield batch, [], None, {}
                continue
            plan = scorer.plan(batch)
            following = encoding.submit(scorer.encode_plan, plan)
            if waiting is not None:
                yield (*waiting[:3], waiting[3].result())
            waiting = (batch, wanted, plan, following)
        if waiting is not None:
            yield (*waiting[:3], waiting[3].result())


@contextmanager
def _side_by_side() -> Iterator[None]:
    """Let answers be scored while others are encoded, without standing in each other's way.

    The encoder comes back to Python after each of its many short computations; by default it would wait there
    for 5 ms each time that answers are being scored, with the processors idle. The small products of scoring
    gain nothing from a second thread, which waits for them at full speed. What was loaded before need not be
    searched for garbage again and again.
    """
    before = sys.getswitchinterval()
    sys.setswitchinterval(0.0005)
    gc.freeze()
    try:
        with threadpool_limits(1, user_api="blas"):
            yield
    finally:
        gc.unfreeze()
        sys.setswitchinterval(before)


def batches(submissions: Iterable[Submission]) -> Iterator[list[Answer]]:
    """The answers that count, in batches that only the file decides, each answer's words once a batch."""
    batch: dict[tuple[str, str], Answer] = {}
    for submission in submissions:
        if submission.state not in ("counts", "empty"):
            continue
        words = (submission.question, submission.text)
        batch.setdefault(words, Answer(text=submission.text, question=submission.question))
        if len(batch) == AT_ONCE:
            yield list(batch.values())
            batch = {}
    if batch:
        yield list(batch.values())


def record_of(graded: Graded) -> dict[str, Any]:
    """What the journal keeps of a result."""
    return {"kind": "grade", **graded.model_dump(mode="json", exclude={"failure"})}


def from_record(record: dict[str, Any]) -> Graded:
    """The result that a record of the journal holds."""
    return Graded.model_validate({name: value for name, value in record.items() if name != "kind"})


def _direction(scorer: BatchScorer, answer: Answer) -> str:
    """The mean embedding of what an answer says of its own, less what all answers to the question share."""
    question = scorer.pack.question(answer.question)
    texts = scorer.piece_texts(answer.text, question)
    if not texts:
        return ""
    vectors = scorer.encoder.encode(texts)
    own = scorer.references.question == scorer.question_index(question)
    references = scorer.references.vectors[own]
    if len(references):
        vectors = vectors[(vectors @ references.T).max(axis=1) < TAKEN_FROM_REFERENCE]
    if not len(vectors):
        return ""
    mean = vectors.mean(axis=0)
    if len(references):
        mean = mean - references.mean(axis=0)
    return packed(mean)


def packed(vector: Floats) -> str:
    """A vector's direction as signed bytes in base64."""
    length = float(np.linalg.norm(vector))
    if length == 0:
        return ""
    # Of a unit vector of hundreds of figures none comes near 1: three times the spread keeps the precision.
    scaled = np.clip(np.rint(vector / length * 127 * np.sqrt(len(vector)) / 4), -127, 127)
    return base64.b64encode(scaled.astype(np.int8).tobytes()).decode("ascii")


def unpacked(text: str) -> Floats:
    """The direction that `packed` wrote, as a unit vector."""
    vector = np.frombuffer(base64.b64decode(text), dtype=np.int8).astype(np.float32)
    return np.asarray(vector / max(float(np.linalg.norm(vector)), 1e-9))
