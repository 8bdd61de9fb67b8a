"""Reviewing: the critic beside the offline scorer, so many answers at a time as the service bears."""

import asyncio
import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from types import TracebackType
from typing import Protocol

from coach.coaching import Critic, coach, criticised
from coach.cohort.digest_index import DigestIndex
from coach.cohort.journal import Journal
from coach.cohort.privacy import scrubbed
from coach.cohort.submissions import Student, Submission
from coach.domain import Answer, Critique, Feedback, Frozen, Question, ScorerId
from coach.errors import ServiceError
from coach.scoring.scorer import Scorer

# After so many reviews in a row without a refusal one more is asked for at a time.
PATIENCE = 4
# What stops a run: more calls would meet the same answer.
_FINAL = ("budget", "full", "quota", "denied", "not_found", "unreachable", "proxy")


class ReviewWatcher(Protocol):
    """Is told how the reviews go on."""

    def reviewed(self, cost: float | None, failed: bool) -> None:
        """One more answer is reviewed, or could not be; `cost` in US dollars, None where it is unknown."""
        ...


class Reviews(Frozen):
    """How the reviews of a run went; `stopped` is why it did not ask for all, empty where it did.

    `awaited` says that a batch is under way, which a later run takes up.
    """

    done: int
    failures: dict[str, str]
    stopped: str = ""
    awaited: bool = False


@dataclass(frozen=True, slots=True)
class Waiting:
    """An answer that waits for its review; `text` is without what names the student."""

    key: str
    question: str
    text: str
    feedback: Feedback


class Slots:
    """How many calls run at once: halved when the service is busy, one more after a while without trouble."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.open = most
        self._calm = 0

    def succeeded(self) -> None:
        """A review came."""
        self._calm += 1
        if self._calm >= PATIENCE:
            self._calm = 0
            self.open = min(self.most, self.open + 1)

    def refused(self) -> None:
        """The service was too busy."""
        self._calm = 0
        self.open = max(1, self.open // 2)


class _Noting:
    """Passes one answer on to the critic and notes why there was no review."""

    def __init__(self, critic: Critic) -> None:
        self._critic = critic
        self.error: ServiceError | None = None

    async def __aenter__(self) -> object:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    async def critique(
        self, feedback: Feedback, question: Question, hear: Callable[[str], None] | None = None
    ) -> Critique:
        try:
            return await self._critic.critique(feedback, question, hear)
        except ServiceError as error:
            self.error = error
            raise


def critique_key(question: str, text: str, scorer: ScorerId, critic: str) -> str:
    """The hash (hex) of all that decides a review: the question, the scrubbed answer, scorer and critic."""
    document = json.dumps(["critique", 1, question, text, scorer.model_dump(), critic], sort_keys=True)
    return hashlib.sha256(document.encode("ascii")).hexdigest()[:32]


def sent_text(submission: Submission, student: Student) -> str:
    """What of an answer may leave the machine."""
    return scrubbed(submission.text, student)


def waiting(
    pairs: Iterator[tuple[Submission, Student]],
    graded: Callable[[Submission], Feedback | None],
    scorer: Scorer,
    journal: Journal,
    critic: str,
) -> Iterator[Waiting]:
    """The answers without a review, each wording once; `graded` finds a submission's offline feedback."""
    seen = DigestIndex()
    for submission, student in pairs:
        if submission.state != "counts":
            continue
        text = sent_text(submission, student)
        key = critique_key(submission.question, text, scorer.id, critic)
        if bytes.fromhex(key) in seen or ("critique", key) in journal:
            continue
        seen[bytes.fromhex(key)] = 1
        feedback = graded(submission)
        if feedback is None:
            continue
        if text != submission.text:
            # What the critic quotes must stand in what it was shown.
            feedback = coach(Answer(text=text, question=submission.question), scorer)
        yield Waiting(key, submission.question, text, feedback)


def spent(journal: Journal) -> float:
    """US dollars that all reviews of an output folder took, those that came to nothing among them.

    Only what is known counts: reviews without a price, or whose tokens were not counted, cost nothing here.
    """
    kinds = ("review-failed", "batch-done", "batch-probe")
    noted = sum(note["cost"] or 0.0 for note in journal.notes if note["kind"] in kinds)
    reviews = (journal.read("critique", key)["critique"] for key in journal.keys("critique"))
    return noted + sum(one["usage"]["cost"] or 0.0 for one in reviews)


async def review_all(
    answers: Iterator[Waiting],
    scorer: Scorer,
    critic: Critic,
    journal: Journal,
    watcher: ReviewWatcher,
    at_once: int,
) -> Reviews:
    """Have every waiting answer reviewed, each result in the journal as soon as it exists.

    A review that fails is a reason, and the run goes on; it stops asking where the budget or the account's
    quota is used up, and what it was given until then is kept.
    """
    progress = _Progress(Slots(at_once), journal, watcher)
    running: set[asyncio.Task[_Result]] = set()

    async def one(answer: Waiting) -> _Result:
        noting = _Noting(critic)
        return answer, await criticised(answer.feedback, scorer, noting), noting.error

    async with critic:
        try:
            while True:
                room = 0 if progress.stopped else progress.slots.open - len(running)
                running |= {asyncio.create_task(one(answer)) for answer in islice(answers, max(0, room))}
                if not running:
                    break
                finished, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
                for task in finished:
                    progress.take(*task.result())
        finally:
            for task in running:
                task.cancel()
    journal.flush()
    return Reviews(done=progress.done, failures=progress.failures, stopped=progress.stopped)


_Result = tuple[Waiting, Feedback, ServiceError | None]


class _Progress:
    """What came of the reviews so far."""

    def __init__(self, slots: Slots, journal: Journal, watcher: ReviewWatcher) -> None:
        self.slots = slots
        self.failures: dict[str, str] = {}
        self.done = 0
        self.stopped = ""
        self._journal = journal
        self._watcher = watcher

    def take(self, answer: Waiting, feedback: Feedback, error: ServiceError | None) -> None:
        """Keep one review, or the reason why there is none."""
        if feedback.critique is not None:
            self.slots.succeeded()
            self.done += 1
            record = {
                "kind": "critique",
                "key": answer.key,
                "critique": feedback.critique.model_dump(mode="json"),
            }
            self._journal.append(record)
            self._watcher.reviewed(feedback.critique.usage.cost, False)
            return
        if error is not None and error.kind == "waiting":
            return
        self.failures[answer.key] = str(error or feedback.notices[-1].text)
        cost = error.cost if error is not None else 0.0
        if cost:
            self._journal.append({"kind": "review-failed", "reason": self.failures[answer.key], "cost": cost})
        self._watcher.reviewed(cost or None, True)
        if error is not None and error.kind == "busy":
            self.slots.refused()
        if error is not None and error.kind in _FINAL:
            self.stopped = str(error)
