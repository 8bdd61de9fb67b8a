"""Batches: reviews handed in as files of requests, answered within a day at half the price."""

import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal, Self

from coach.critic.asking import Ask
from coach.critic.critic import LanguageModelCritic
from coach.critic.metering import CostMeter
from coach.critic.pricing import load_prices
from coach.critic.reading import TokenCount
from coach.critic.recording import Recorder
from coach.critic.remarks import redacted, said
from coach.critic.replies import CritiqueReply, R, Unusable, read_reply, without_bounds
from coach.critic.reply_cache import KeptReply
from coach.critic.structured import BOUNDS, in_mode
from coach.domain import Frozen
from coach.errors import ServiceError
from coach.packs import Pack
from coach.scoring.graded import load_graded
from coach.settings import Settings

# What a batch costs of the list price.
SHARE = 0.5
# Requests in one file: their replies stay well below what is read of one download.
MOST_REQUESTS = 1_000
# A request whose reply cannot be used goes into one more batch.
MOST_TRIES = 2
_LABEL = "coach_requests"
_PATH: Literal["/v1/chat/completions"] = "/v1/chat/completions"
_DONE = ("completed", "expired", "cancelled")
# What a service says of requests that it never came to.
_NOT_TRIED = ("batch_expired", "batch_cancelled")


class BatchState(Frozen):
    """Where a batch stands: `ended` when nothing more will come; `output` and `errors` are files of lines."""

    id: str
    status: str
    ended: bool
    output: str | None
    errors: str | None


class Collected(Frozen):
    """Replies of a batch that were kept, why the others cannot be used, by request, and US dollars.

    `cost` is None where it is unknown. Requests that the service never came to are in neither.
    """

    kept: int
    unusable: dict[str, str]
    cost: float | None


class BatchCritic(LanguageModelCritic):
    """Collects what a critic would ask instead of asking it, hands it in, and keeps the replies.

    A kept reply is found by every later review of the same answer, which then asks and pays nothing.
    Nothing is asked live but one request before a batch, as a probe. `unusable` holds why earlier replies
    to a request could not be used.
    """

    requests: dict[str, Ask[Any]]
    unusable: Mapping[str, tuple[str, ...]] = {}

    async def __aenter__(self) -> Self:
        """Open the connection; a batch is asked by Chat Completions, and so is its probe."""
        await super().__aenter__()
        self._ladder.without_responses()
        return self

    def collect(self, unusable: Mapping[str, tuple[str, ...]]) -> None:
        """Begin anew to collect requests by their ids; `unusable` are the reasons of those that failed."""
        self.requests = {}
        self.unusable = unusable

    @property
    def digest(self) -> str:
        """A hash (hex) of what is asked for, by which a batch is known again."""
        return hashlib.sha256("\n".join(sorted(self.requests)).encode()).hexdigest()[:32]

    async def _reply(
        self, ask: Ask[R], meter: CostMeter, hear: Callable[[str], None] | None
    ) -> tuple[R, KeptReply]:
        """A reply that was kept; ServiceError ("waiting") for one that is now among the requests."""
        found = self.remembered(ask)
        if found is not None:
            meter.remember()
            return found
        key = self.key(ask)
        reasons = self.unusable.get(key, ())
        if len(reasons) >= MOST_TRIES:
            raise ServiceError(
                f"its replies of {len(reasons)} batches cannot be used ({reasons[-1]})", "unusable"
            )
        if key not in self.requests:
            if len(self.requests) >= MOST_REQUESTS:
                raise ServiceError("the file of requests is full; the rest goes with the next one", "full")
            request = ask.request(self.settings)
            most = self.prices.most(self.client.model, request.messages, request.max_tokens)
            self.budget.reserve(None if most is None else most * SHARE)
            self.requests[key] = ask
        raise ServiceError("this review waits for its batch", "waiting")

    async def probe(self) -> float:
        """Ask one of the requests live, so that no batch is handed in that cannot be answered.

        Its reply is kept, and it is no longer among the requests. Returns US dollars as far as they are
        known; raises ServiceError.
        """
        key, ask = next(iter(self.requests.items()))
        meter = CostMeter(self.budget, self.prices, self.client.model)
        await self.asked(ask, meter)
        del self.requests[key]
        return meter.paid

    async def submit(self) -> str:
        """Hand in what was collected; returns the id of the batch. Raises ServiceError."""
        lines = [self.line(key, ask) for key, ask in self.requests.items()]
        content = "\n".join(lines).encode() + b"\n"
        file = await self.client.call(
            lambda vendor: vendor.files.create(file=("requests.jsonl", content), purpose="batch")
        )
        batch = await self.client.call(
            lambda vendor: vendor.batches.create(
                input_file_id=file.id,
                endpoint=_PATH,
                completion_window="24h",
                metadata={_LABEL: self.digest},
            )
        )
        return str(batch.id)

    def line(self, key: str, ask: Ask[Any]) -> str:
        """A request as a line of the file that is handed in."""
        schema = without_bounds(ask.schema) if BOUNDS in self.client.unsupported else ask.schema
        body = self.client.parameters(in_mode(ask.request(self.settings), self._ladder.mode, schema))
        body = {name: value for name, value in body.items() if not name.startswith("stream")}
        return json.dumps({"custom_id": key, "method": "POST", "url": _PATH, "body": body})

    async def find(self, digest: str) -> str | None:
        """The id of the batch that was handed in for that digest, if it is among the latest hundred."""
        listed = await self.client.call(lambda vendor: vendor.batches.list(limit=100))
        return next((str(one.id) for one in listed.data if (one.metadata or {}).get(_LABEL) == digest), None)

    async def state(self, id: str) -> BatchState:
        """How a batch stands. Raises ServiceError, also for a batch that the service failed."""
        batch = await self.client.call(lambda vendor: vendor.batches.retrieve(id))
        if batch.status == "failed":
            raise ServiceError(f"the service could not read the batch {id}; its own page says why", "refused")
        return BatchState(
            id=id,
            status=str(batch.status),
            ended=batch.status in _DONE,
            output=batch.output_file_id,
            errors=batch.error_file_id,
        )

    async def keep(self, state: BatchState) -> Collected:
        """Download the replies of a batch, and keep those that are whole and can be read."""
        lines = await self._lines(state.output) + await self._lines(state.errors)
        kept = 0
        unusable: dict[str, str] = {}
        cost: float | None = 0.0
        for line in lines:
            found = _BatchLine.read(line)
            if found is None or found.not_tried:
                continue
            if found.tokens is not None or found.text:
                paid = self.prices.cost(found.tokens, found.model, self.client.model)
                cost = None if cost is None or paid is None else cost + paid * SHARE
            problem = found.problem
            if problem:
                unusable[found.key] = redacted(problem, self.settings.secrets)
                continue
            self.cache.put(found.key, KeptReply(text=found.text, model=found.model))
            kept += 1
        return Collected(kept=kept, unusable=unusable, cost=cost)

    async def _lines(self, file: str | None) -> list[str]:
        if not file:
            return []
        content = await self.client.call(lambda vendor: vendor.files.content(file))
        return [line for line in content.text.splitlines() if line.strip()]


def load_batch_critic(
    settings: Settings, pack: Pack, directory: Path, *, spent: float = 0.0, recorder: Recorder | None = None
) -> BatchCritic:
    """The batch critic of a pack, as `load_critic` loads the other; it asks for no follow-up questions."""
    examples = directory / "graded" / "answers.jsonl"
    graded = load_graded(examples) if examples.is_file() else ()
    prices = load_prices(settings)
    return BatchCritic(settings, pack, graded, prices, follow_up=False, spent=spent, recorder=recorder)


class _BatchLine(Frozen):
    """One line of a batch's output: what was replied to the request `key`, and what is wrong with it."""

    key: str
    text: str = ""
    model: str = ""
    tokens: TokenCount | None = None
    failure: str = ""
    not_tried: bool = False

    @property
    def problem(self) -> str:
        """Why the reply cannot be used; empty where it can."""
        if self.failure:
            return self.failure
        try:
            read_reply(self.text, CritiqueReply)
        except Unusable as problem:
            return f"its reply does not fit: {problem}"
        return ""

    @classmethod
    def read(cls, line: str) -> "_BatchLine | None":
        """The line as it was sent; None where it names no request."""
        try:
            found: dict[str, Any] = json.loads(line)
            key = str(found["custom_id"])
        except (ValueError, LookupError, TypeError):
            return None
        error = found.get("error")
        if isinstance(error, dict) and error.get("code") in _NOT_TRIED:
            return cls(key=key, not_tried=True)
        try:
            response = found["response"]
            body = response["body"]
            if response["status_code"] != 200:
                return cls(key=key, failure=f"refused ({response['status_code']}): {said(body)}")
            usage = body.get("usage") or {}
            tokens = None
            if "prompt_tokens" in usage:
                tokens = TokenCount(prompt=usage["prompt_tokens"], completion=usage["completion_tokens"])
            choice = body["choices"][0]
            ended = choice["finish_reason"]
            return cls(
                key=key,
                text=choice["message"]["content"] or "",
                model=body.get("model", ""),
                tokens=tokens,
                failure="" if ended == "stop" else f"its reply ended early ({ended})",
            )
        except (LookupError, TypeError, ValueError, AttributeError):
            return cls(key=key, failure=said(error) or "its line in the batch is no reply")
