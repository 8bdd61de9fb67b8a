"""The reviews of a run: who reviews, what is left, and what becomes of a service that is not there."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from coach.coaching import Critic
from coach.cohort.batch_reviews import BatchingCritic, review_by_batch
from coach.cohort.grading import answer_key, from_record
from coach.cohort.journal import Journal
from coach.cohort.reading import Cohort
from coach.cohort.reviewing import Reviews, ReviewWatcher, Waiting, review_all, spent, waiting
from coach.cohort.submissions import Submission
from coach.domain import Feedback, ScorerId
from coach.errors import ServiceError
from coach.scoring.scorer import Scorer


@dataclass(frozen=True)
class Reviewer:
    """The critic of a run: `name` tells it apart from every other (model, address, prompt, samples).

    `batch` is the critic again where its questions are handed in as batches. `spent` is told the US dollars
    that earlier runs into the same folder took, which share the limit.
    """

    critic: Critic
    name: str
    watcher: ReviewWatcher
    at_once: int
    batch: BatchingCritic | None = None
    spent: Callable[[float], None] = lambda dollars: None


def critic_name(journal: Journal) -> str:
    """Who reviewed last; empty where nobody did."""
    return next((str(note["name"]) for note in reversed(journal.notes) if note["kind"] == "critic"), "")


def review(cohort: Cohort, scorer: Scorer, first: ScorerId, journal: Journal, reviewer: Reviewer) -> Reviews:
    """Have the critic review what it has not reviewed yet."""
    if critic_name(journal) != reviewer.name:
        journal.append({"kind": "critic", "name": reviewer.name})

    def graded(submission: Submission) -> Feedback | None:
        key = answer_key(submission.question, submission.text, first)
        return from_record(journal.read("grade", key)).feedback if ("grade", key) in journal else None

    answers = waiting(cohort.submissions(), graded, scorer, journal, reviewer.name)
    reviewer.spent(spent(journal))
    try:
        return asyncio.run(_reviewed(reviewer, answers, scorer, journal))
    except ServiceError as error:
        # The service could not be asked at all; what was graded offline is written all the same.
        return Reviews(done=0, failures={}, stopped=str(error))


async def _reviewed(
    reviewer: Reviewer, answers: Iterator[Waiting], scorer: Scorer, journal: Journal
) -> Reviews:
    watcher, at_once = reviewer.watcher, reviewer.at_once
    if reviewer.batch is not None:
        return await review_by_batch(answers, scorer, reviewer.batch, journal, watcher, at_once)
    return await review_all(answers, scorer, reviewer.critic, journal, watcher, at_once)
