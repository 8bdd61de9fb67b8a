"""Batches: reviews handed in as files of requests, answered within a day at half the price."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

from coach.critic.asking import Ask
from coach.critic.critic import LanguageModelCritic
from coach.critic.metering import CostMeter
from coach.critic.pricing import load_prices
from coach.critic.reading import TokenCount
from coach.critic.replies import R
from coach.critic.reply_cache import KeptReply
from coach.critic.structured import in_mode
from coach.domain import Frozen
from coach.errors import ServiceError
from coach.packs import Pack
from coach.scoring.graded import load_graded
from coach.settings import Settings

# What a batch costs of the list price.
SHARE = 0.5
# Requests in one file: their replies stay well below what is read of one download.
MOST_REQUESTS = 1_000
_LABEL = "coach_requests"
_PATH: Literal["/v1/chat/completions"] = "/v1/chat/completions"
_DONE = ("completed", "expired", "cancelled")


class BatchState(Frozen):
    """Where a batch stands: `ended` when nothing more will come; `output` and `errors` are files of lines."""

    id: str
    status: str
    ended: bool
    output: str | None
    errors: str | None


class Collected(Frozen):
    """Replies of a batch that were kept, how many requests failed, and US dollars, None where unknown."""

    kept: int
    failed: int
    cost: float | None


class BatchCritic(LanguageModelCritic):
    """Collects what a critic would ask instead of asking it, hands it in, and keeps the replies.

    A kept reply is found by every later review of the same answer, which then asks and pays nothing.
    """

    requests: dict[str, str]

    def collect(self) -> None:
        """Begin anew to collect requests: one JSON line by its id."""
        self.requests = {}

    @property
    def digest(self) -> str:
        """A hash (hex) of what is asked for, by which a batch is known again."""
        return hashlib.sha256("\n".join(sorted(self.requests)).encode()).hexdigest()[:32]

    async def reply(
        self, ask: Ask[R], meter: CostMeter, hear: Callable[[str], None] | None = None
    ) -> tuple[R, KeptReply]:
        """A reply that was kept; ServiceError ("waiting") for one that is now among the requests."""
        key = self.key(ask)
        if self.cache.get(key) is not None:
            return await super().reply(ask, meter, hear)
        if key not in self.requests:
            if len(self.requests) >= MOST_REQUESTS:
                raise ServiceError("the file of requests is full; the rest goes with the next one", "full")
            request = in_mode(ask.request(self.settings), "json_schema", ask.schema)
            most = self.prices.most(self.client.model, request.messages, request.max_tokens)
            self.budget.reserve(None if most is None else most * SHARE)
            body = self.client.parameters(request)
            body = {name: value for name, value in body.items() if not name.startswith("stream")}
            line = {"custom_id": key, "method": "POST", "url": _PATH, "body": body}
            self.requests[key] = json.dumps(line)
        raise ServiceError("this review waits for its batch", "waiting")

    async def submit(self) -> str:
        """Hand in what was collected; returns the id of the batch. Raises ServiceError."""
        content = "\n".join(self.requests.values()).encode() + b"\n"
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
        """Download the replies of a batch and keep those that are whole."""
        lines = await self._lines(state.output) + await self._lines(state.errors)
        kept = failed = 0
        cost: float | None = 0.0
        for line in lines:
            reply = _kept(line)
            if reply is None:
                failed += 1
                continue
            key, found, tokens = reply
            self.cache.put(key, found)
            kept += 1
            paid = self.prices.cost(tokens, found.model, self.client.model)
            cost = None if cost is None or paid is None else cost + paid * SHARE
        return Collected(kept=kept, failed=failed, cost=cost)

    async def _lines(self, file: str | None) -> list[str]:
        if not file:
            return []
        content = await self.client.call(lambda vendor: vendor.files.content(file))
        return [line for line in content.text.splitlines() if line.strip()]


def load_batch_critic(settings: Settings, pack: Pack, directory: Path) -> BatchCritic:
    """The batch critic of a pack, as `load_critic` loads the other; it asks for no follow-up questions."""
    examples = directory / "graded" / "answers.jsonl"
    graded = load_graded(examples) if examples.is_file() else ()
    return BatchCritic(settings, pack, graded, load_prices(settings), follow_up=False)


def _kept(line: str) -> tuple[str, KeptReply, TokenCount | None] | None:
    """The id, reply and tokens of a line of a batch's output; None where the request failed."""
    try:
        found: dict[str, Any] = json.loads(line)
        body = found["response"]["body"]
        choice = body["choices"][0]
        if found["response"]["status_code"] != 200 or choice["finish_reason"] != "stop":
            return None
        reply = KeptReply(text=choice["message"]["content"], model=body.get("model", ""))
        usage = body.get("usage") or {}
        tokens = None
        if "prompt_tokens" in usage:
            tokens = TokenCount(prompt=usage["prompt_tokens"], completion=usage["completion_tokens"])
        return str(found["custom_id"]), reply, tokens
    except (ValueError, LookupError, TypeError):
        return None
