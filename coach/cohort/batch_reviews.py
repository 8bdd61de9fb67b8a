"""Batch reviews: handed in, left alone, and taken up again days later, without paying twice."""

from collections.abc import Iterator, Mapping
from typing import Protocol

from coach.coaching import Critic
from coach.cohort.journal import Journal
from coach.cohort.reviewing import Reviews, ReviewWatcher, Waiting, review_all
from coach.critic.batching import BatchState, Collected
from coach.errors import ServiceError
from coach.scoring.scorer import Scorer


class BatchingCritic(Critic, Protocol):
    """A critic that notes what it would ask, and can hand that in as a batch."""

    @property
    def requests(self) -> Mapping[str, object]:
        """What was noted, by the id of the request."""
        ...

    @property
    def digest(self) -> str:
        """A hash of the noted requests."""
        ...

    def collect(self, unusable: Mapping[str, tuple[str, ...]]) -> None:
        """Begin anew to note requests; `unusable` says why earlier replies could not be used."""
        ...

    async def probe(self) -> float:
        """Ask one of the noted requests live, and keep its reply; returns US dollars."""
        ...

    async def submit(self) -> str:
        """Hand in the noted requests; returns the id of the batch."""
        ...

    async def find(self, digest: str) -> str | None:
        """The id of a batch that was handed in with that digest."""
        ...

    async def state(self, id: str) -> BatchState:
        """How a batch stands."""
        ...

    async def keep(self, state: BatchState) -> Collected:
        """Keep the replies of a batch."""
        ...


async def review_by_batch(
    answers: Iterator[Waiting],
    scorer: Scorer,
    critic: BatchingCritic,
    journal: Journal,
    watcher: ReviewWatcher,
    at_once: int,
) -> Reviews:
    """Take up batches that have ended, review what they answered, and hand in the next.

    What was handed in is in the journal, so that the same command takes it up on any later day; `stopped` of
    the result says what is waited for. Raises ServiceError where the service cannot be asked.
    """
    async with critic:
        open_batches = await _taken_up(critic, journal)
    if open_batches:
        return Reviews(done=0, failures={}, stopped=f"waiting for {', '.join(open_batches)}", awaited=True)
    critic.collect(_unusable(journal))
    reviews = await review_all(answers, scorer, critic, journal, watcher, at_once)
    if not critic.requests:
        return reviews
    try:
        async with critic:
            paid = await critic.probe()
    except ServiceError as error:
        # What one call meets, a thousand would meet a day later.
        journal.append({"kind": "batch-probe", "cost": error.cost})
        return reviews.model_copy(update={"stopped": f"no batch was handed in, as one call failed: {error}"})
    journal.append({"kind": "batch-probe", "cost": paid})
    if not critic.requests:
        asked = "the one review that was left was asked for at once"
        return reviews.model_copy(update={"stopped": asked, "awaited": True})
    # Noted before it is sent: should this run end in between, the next one looks for it before it pays again.
    journal.append({"kind": "batch-begun", "digest": critic.digest})
    journal.flush()
    async with critic:
        id = await critic.submit()
    journal.append({"kind": "batch", "digest": critic.digest, "id": id})
    journal.flush()
    handed = f"batch {id} of {len(critic.requests):,} requests is handed in; it is answered within a day"
    return reviews.model_copy(update={"stopped": handed, "awaited": True})


def batch_failures(journal: Journal) -> tuple[int, int, str]:
    """How many replies of a run's batches could not be used, of how many, and the newest reason."""
    done = [note for note in journal.notes if note["kind"] == "batch-done"]
    reasons = [reason for note in done for reason in note.get("unusable", {}).values()]
    replies = sum(note["kept"] for note in done) + len(reasons)
    return len(reasons), replies, reasons[-1] if reasons else ""


def _unusable(journal: Journal) -> dict[str, tuple[str, ...]]:
    """Why the replies to a request could not be used, oldest first, by its id."""
    found: dict[str, tuple[str, ...]] = {}
    for note in journal.notes:
        if note["kind"] == "batch-done":
            for key, reason in note.get("unusable", {}).items():
                found[key] = (*found.get(key, ()), str(reason))
    return found


async def _taken_up(critic: BatchingCritic, journal: Journal) -> list[str]:
    """Keep the replies of every batch that has ended; returns how the others stand."""
    known = {note["digest"] for note in journal.notes if note["kind"] == "batch"}
    for digest in [note["digest"] for note in journal.notes if note["kind"] == "batch-begun"]:
        if digest not in known and (id := await critic.find(digest)) is not None:
            journal.append({"kind": "batch", "digest": digest, "id": id})
    done = {note["id"] for note in journal.notes if note["kind"] == "batch-done"}
    waiting = []
    for id in [note["id"] for note in journal.notes if note["kind"] == "batch"]:
        if id in done:
            continue
        state = await critic.state(id)
        if not state.ended:
            waiting.append(f"batch {id} ({state.status})")
            continue
        collected = await critic.keep(state)
        journal.append({"kind": "batch-done", "id": id, **collected.model_dump(mode="json")})
    journal.flush()
    return waiting
