"""Several calls for one answer: what becomes of the others when one fails, and what all of them took."""

import asyncio
import json
from pathlib import Path

import chat_server as serving
import pytest
from chat_server import Behaviour, ChatServer, says
from made_feedback import feedback
from reviews import honest, is_about

from coach.critic.batching import BatchCritic
from coach.critic.critic import LanguageModelCritic
from coach.critic.pricing import PriceTable
from coach.domain import Critique
from coach.errors import ServiceError
from coach.packs import Pack
from coach.settings import Settings


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COACH_CACHE_DIR", str(tmp_path))


def settings(server: ChatServer) -> Settings:
    return Settings.model_validate({"base_url": server.url, "model": "tiny", "deadline": 600, "timeout": 30})


def reviewed(server: ChatServer, pack: Pack) -> Critique:
    async def asked() -> Critique:
        async with LanguageModelCritic(settings(server), pack, (), PriceTable(models={})) as critic:
            return await critic.critique(feedback(), pack.question("what-is-drift"))

    return asyncio.run(asyncio.wait_for(asked(), 60))


def beside(review: Behaviour, follow_up: Behaviour) -> Behaviour:
    return lambda handler, body: (review if is_about(body) == "critique" else follow_up)(handler, body)


def test_what_is_beside_a_review_that_failed_is_not_waited_for(pack: Pack) -> None:
    """The follow-up alone would go on until the deadline."""

    def forever(handler: serving.Handler, body: serving.Body) -> None:
        handler.begin_stream()
        while not handler.server.script.stopped.is_set():
            handler.event(serving.chunk("."))
            handler.wait(0.02)

    with (
        ChatServer(beside(serving.declines, forever)) as server,
        pytest.raises(ServiceError, match="refused to judge"),
    ):
        reviewed(server, pack)


def test_a_follow_up_that_broke_off_is_a_notice_and_is_counted(pack: Pack) -> None:
    with ChatServer(beside(says(honest), says(honest, finish="length"))) as server:
        found = reviewed(server, pack)
        tokens = [len(request.prompt) // 4 for request in server.requests]
    assert [one.text for one in found.notices] == [
        "No follow-up by the critic: the reply was cut off at its length limit; raise COACH_MAX_TOKENS"
    ]
    assert found.follow_up is None
    assert found.usage.calls == len(tokens) == 2
    assert found.usage.prompt_tokens == pytest.approx(sum(tokens), abs=4)


def test_a_batch_asks_for_what_a_call_would_ask_for(pack: Pack) -> None:
    """Kept replies are found by either, and a request in the file is the call's own, but for the stream."""

    async def collected(server: ChatServer) -> list[dict[str, object]]:
        async with BatchCritic(settings(server), pack, (), PriceTable(models={})) as critic:
            critic.collect({})
            with pytest.raises(ServiceError, match="waits for its batch"):
                await critic.critique(feedback(), pack.question("what-is-drift"))
            return [json.loads(critic.line(key, ask))["body"] for key, ask in critic.requests.items()]

    with ChatServer(says(honest)) as server:
        bodies = asyncio.run(collected(server))
        assert server.requests == []
        reviewed(server, pack)
        called = [request.body for request in server.requests]
        assert asyncio.run(kept(server, pack)) == 2
    assert len(bodies) == len(called) == 2
    # Calls that run side by side may come in any order.
    for body, call in zip(sorted(bodies, key=str), sorted(called, key=str), strict=True):
        streamed = {"stream": True, "stream_options": {"include_usage": True}}
        assert {**call, "messages": 0} == {**body, "messages": 0, **streamed}


async def kept(server: ChatServer, pack: Pack) -> int:
    """How many replies a batch finds that calls have left."""
    async with BatchCritic(settings(server), pack, (), PriceTable(models={})) as critic:
        critic.collect({})
        found = await critic.critique(feedback(), pack.question("what-is-drift"))
        return found.usage.remembered
