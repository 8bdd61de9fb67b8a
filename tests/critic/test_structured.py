"""Structured output over a real connection: three ways to ask, found out by the result and remembered."""

import asyncio
import json
from functools import partial
from typing import Any

import chat_server as serving
import pytest
from chat_server import Behaviour, ChatServer, says

from coach.critic.capabilities import CapabilityMemory
from coach.critic.client import ChatRequest, Client
from coach.critic.metering import CostMeter
from coach.critic.pricing import Budget, Price, PriceTable
from coach.critic.replies import FollowUpReply, strict_schema
from coach.critic.retrying import RetryPolicy
from coach.critic.structured import Ladder
from coach.errors import ServiceError
from coach.prompts import load_prompt
from coach.settings import Settings

GOOD = json.dumps({"quote": "", "question": "Why then?"})
BAD = json.dumps({"quote": "", "question": 5})
SCHEMA = strict_schema(FollowUpReply)
ASK = ChatRequest(messages=({"role": "system", "content": "Ask."}, {"role": "user", "content": "Now."}))


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COACH_CACHE_DIR", str(tmp_path))


def ask(server: ChatServer, memory: CapabilityMemory | None = None) -> str:
    settings = Settings.model_validate({"base_url": server.url, "model": "tiny", "timeout": 2})
    policy = RetryPolicy(deadline=5, attempts=2, first_wait=0.01)

    async def asked() -> str:
        async with Client(settings, policy=policy) as client:
            ladder = Ladder(client, memory or CapabilityMemory(), load_prompt("repair.v1"))
            found, _ = await ladder.ask(partial(client.chat), ASK, FollowUpReply, SCHEMA)
            return found.question

    return asyncio.run(asked())


def modes(server: ChatServer) -> list[str | None]:
    return [request.mode for request in server.requests]


@pytest.mark.parametrize(
    ("behave", "first", "then"),
    [
        (says(GOOD), ["json_schema"], ["json_schema"]),
        (
            says(GOOD, supports=("json_object",), otherwise="refuses"),
            ["json_schema", "json_object"],
            ["json_object"],
        ),
        (
            says(GOOD, supports=("json_object",), otherwise="fails"),
            ["json_schema", "json_schema", "json_object"],
            ["json_object"],
        ),
        (says(GOOD, supports=(), otherwise="refuses"), ["json_schema", "json_object", None], [None]),
        # Passed over in silence: the reply is in a fence, which is good enough, and asked for from then on.
        (says(GOOD, supports=(), otherwise="ignores"), ["json_schema"], [None]),
    ],
)
def test_what_a_server_can_do_is_found_out_once_and_remembered(
    behave: Behaviour, first: list[str | None], then: list[str | None]
) -> None:
    with ChatServer(behave) as server:
        assert ask(server) == "Why then?"
        assert modes(server) == first
        server.requests.clear()
        assert ask(server) == "Why then?"
        assert modes(server) == then


def test_the_strict_schema_is_sent_as_the_protocol_wants_it() -> None:
    with ChatServer(says(GOOD)) as server:
        ask(server)
        sent = server.requests[0].body["response_format"]
    assert sent["json_schema"]["strict"] is True
    assert sent["json_schema"]["schema"] == {
        "properties": {"quote": {"type": "string"}, "question": {"type": "string"}},
        "required": ["quote", "question"],
        "type": "object",
        "additionalProperties": False,
    }


def test_a_server_that_answers_in_prose_is_asked_more_plainly() -> None:
    with ChatServer(says(GOOD, supports=()), says("I would ask why.", supports=())) as server:
        assert ask(server) == "Why then?"
        assert modes(server) == ["json_schema", "json_object"]


def test_a_reply_that_does_not_fit_is_sent_back_once_with_what_is_wrong() -> None:
    with ChatServer(says(GOOD), says(BAD)) as server:
        assert ask(server) == "Why then?"
        again = server.requests[1].body["messages"]
    assert [message["role"] for message in again] == ["system", "user", "assistant", "user"]
    assert again[2]["content"] == BAD
    assert "question: Input should be a valid string" in again[3]["content"]


@pytest.mark.parametrize("bad", [BAD, "{", "[]", "null", "no JSON at all", '{"question": NaN}'])
def test_after_one_repair_it_is_given_up(bad: str) -> None:
    with ChatServer(says(bad)) as server, pytest.raises(ServiceError, match="after one repair") as caught:
        ask(server)
    assert caught.value.kind == "unusable"
    assert len(server.requests) <= 4


def test_a_server_that_is_down_is_not_taken_for_one_that_knows_no_form() -> None:
    with ChatServer(serving.fails(503)) as server, pytest.raises(ServiceError) as caught:
        ask(server)
    assert caught.value.kind == "busy"
    assert modes(server) == ["json_schema"] * 2


def test_a_server_that_always_crashes_is_reported_as_such() -> None:
    with (
        ChatServer(serving.fails(500, "oh")) as server,
        pytest.raises(ServiceError, match="failing \\(500\\): oh"),
    ):
        ask(server)


def test_what_was_remembered_is_found_out_anew_after_a_month() -> None:
    with ChatServer(says(GOOD, supports=(), otherwise="refuses")) as server:
        ask(server, CapabilityMemory(clock=lambda: 0))
        server.requests.clear()
        ask(server, CapabilityMemory(clock=lambda: 29 * 24 * 3600))
        assert modes(server) == [None]
        ask(server, CapabilityMemory(clock=lambda: 31 * 24 * 3600))
        assert modes(server)[1:] == ["json_schema", "json_object", None]


def test_refused_parameters_are_remembered_too() -> None:
    with ChatServer(serving.refuses_parameter("temperature", "seed", then=says(GOOD))) as server:
        ask(server)
        assert len(server.requests) == 3
        ask(server)
        assert len(server.requests) == 4


def test_a_parameter_that_is_refused_later_is_remembered_as_well() -> None:
    with ChatServer(says(GOOD)) as server:
        ask(server)
        server.script.always = serving.refuses_parameter("temperature", then=says(GOOD))
        server.requests.clear()
        ask(server)
        ask(server)
        assert ["temperature" in request.body for request in server.requests] == [True, False, False]


def test_all_forms_and_the_repair_share_one_deadline() -> None:
    """Each call alone is quick enough, so that it would end with a reply that does not fit."""

    def slowly(handler: serving.Handler, body: serving.Body) -> None:
        handler.wait(0.8)
        says("no JSON", supports=())(handler, body)

    async def asked(url: str) -> None:
        settings = Settings.model_validate({"base_url": url, "model": "tiny", "timeout": 2})
        async with Client(settings, policy=RetryPolicy(deadline=2)) as client:
            ladder = Ladder(client, CapabilityMemory(), load_prompt("repair.v1"))
            chat = partial(client.chat, end=client.deadline())
            await ladder.ask(chat, ASK, FollowUpReply, SCHEMA)

    with ChatServer(slowly) as server, pytest.raises(ServiceError, match="no complete reply within 2 s"):
        asyncio.run(asked(server.url))


@pytest.mark.parametrize(
    ("behave", "usage"),
    [
        (says("12345678", finish="length"), (1, 2, 2)),
        (serving.cuts, (2, None, None)),
        (serving.fails(401), (0, 0, 0)),
    ],
    ids=["truncated", "cut", "denied"],
)
def test_a_reply_that_cannot_be_used_is_paid_for_all_the_same(
    behave: Behaviour, usage: tuple[int, int | None, int | None]
) -> None:
    meter = CostMeter(Budget(None), PriceTable(models={"tiny": Price(input=1, output=1)}), "tiny")
    short = ASK.model_copy(update={"messages": ({"role": "user", "content": "Ask why."},)})

    async def asked(url: str) -> None:
        settings = Settings.model_validate({"base_url": url, "model": "tiny", "timeout": 2})
        policy = RetryPolicy(deadline=5, attempts=2, first_wait=0.01)
        async with Client(settings, policy=policy) as client:
            await client.chat(short, meter=meter)

    with ChatServer(behave) as server, pytest.raises(ServiceError):
        asyncio.run(asked(server.url))
    found = meter.usage
    assert (found.calls, found.prompt_tokens, found.completion_tokens) == usage
    assert (found.cost is None) == (usage[1] is None)


def test_a_damaged_memory_is_passed_over(tmp_path: Any) -> None:
    (tmp_path / "critic").mkdir()
    (tmp_path / "critic" / "capabilities.json").write_text('{"x": 5', encoding="utf-8")
    with ChatServer(says(GOOD)) as server:
        assert ask(server) == "Why then?"
