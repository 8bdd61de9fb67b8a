"""The Responses API: used where a server has it and keeps the schema, left alone everywhere else."""

import asyncio
import json
from functools import partial
from pathlib import Path
from typing import Any

import chat_server as serving
import pytest
from chat_server import Behaviour, ChatServer, says

from coach.critic.capabilities import CapabilityMemory
from coach.critic.client import ChatRequest, Client
from coach.critic.metering import CostMeter
from coach.critic.pricing import Budget, Price, PriceTable
from coach.critic.reading import ChatReply
from coach.critic.replies import FollowUpReply, strict_schema
from coach.critic.retrying import RetryPolicy
from coach.critic.structured import Ladder
from coach.errors import ServiceError
from coach.prompts import load_prompt
from coach.settings import Settings

GOOD = json.dumps({"quote": "", "question": "Why then?"})
SCHEMA = strict_schema(FollowUpReply)
ASK = ChatRequest(messages=({"role": "system", "content": "Ask."}, {"role": "user", "content": "Now."}))


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COACH_CACHE_DIR", str(tmp_path))


def response(text: str, status: str = "completed", reason: str | None = None) -> dict[str, Any]:
    """A response of the API as its documentation shows one."""
    part = {"type": "output_text", "text": text, "annotations": []}
    return {
        "id": "resp_1",
        "object": "response",
        "created_at": 0,
        "model": "tiny-2026",
        "status": status,
        "error": None,
        "incomplete_details": {"reason": reason} if reason else None,
        "output": [
            {"type": "reasoning", "id": "rs_1", "summary": []},
            {"type": "message", "id": "m", "role": "assistant", "status": status, "content": [part]},
        ],
        "usage": {
            "input_tokens": 100,
            "input_tokens_details": {"cached_tokens": 40},
            "output_tokens": 50,
            "output_tokens_details": {"reasoning_tokens": 30},
            "total_tokens": 150,
        },
    }


def responds(text: str, status: str = "completed", reason: str | None = None) -> Behaviour:
    """Stream the events of a response, or send it whole."""

    def behave(handler: serving.Handler, body: serving.Body) -> None:
        whole = response(text, status, reason)
        if not body.get("stream"):
            handler.whole(200, json.dumps(whole).encode())
            return
        handler.begin_stream()
        for start in range(0, len(text), 10):
            delta = {"type": "response.output_text.delta", "delta": text[start : start + 10]}
            handler.event(
                {**delta, "item_id": "m", "output_index": 1, "content_index": 0, "sequence_number": start}
            )
        handler.event({"type": f"response.{status}", "response": whole, "sequence_number": 999})
        handler.end_stream()

    return behave


def ask(
    server: ChatServer, heard: list[str] | None = None, meter: CostMeter | None = None, **more: Any
) -> ChatReply:
    settings = Settings.model_validate({"base_url": server.url, "model": "tiny", "timeout": 2, **more})

    async def asked() -> ChatReply:
        async with Client(settings, policy=RetryPolicy(deadline=5, attempts=2, first_wait=0.01)) as client:
            ladder = Ladder(client, CapabilityMemory(), load_prompt("repair.v1"))
            hear = None if heard is None else heard.append
            chat = partial(client.chat, meter=meter)
            return (await ladder.ask(chat, ASK, FollowUpReply, SCHEMA, hear))[1]

    return asyncio.run(asked())


def paths(server: ChatServer) -> list[str]:
    return [request.path.removeprefix("/v1") for request in server.requests]


def test_a_server_that_has_it_is_asked_by_it_from_then_on() -> None:
    heard: list[str] = []
    with ChatServer(says("never asked")) as server:
        server.script.responses = responds(GOOD)
        meter = CostMeter(Budget(1), PriceTable(models={"tiny": Price(input=1, output=1)}), "tiny")
        reply = ask(server, heard, meter)
        ask(server)
        assert paths(server) == ["/responses", "/responses"]
        sent = server.requests[0].body
    assert (reply.text, reply.model) == (GOOD, "tiny-2026")
    assert reply.tokens is not None
    assert (reply.tokens.prompt, reply.tokens.cached, reply.tokens.reasoning) == (100, 40, 30)
    assert meter.usage.cost == pytest.approx(150e-6)
    assert heard[-1] == GOOD and len(heard) > 2
    assert sent["text"]["format"] == {
        "type": "json_schema",
        "name": "reply",
        "strict": True,
        "schema": SCHEMA,
    }
    assert (sent["store"], sent["max_output_tokens"]) == (False, 6000)
    assert not {"seed", "messages", "response_format", "max_tokens"} & set(sent)


@pytest.mark.parametrize(
    "responses",
    [
        None,
        serving.fails(404),
        serving.fails(400, "not here"),
        serving.fails(501),
        responds("I would ask why."),
        responds(json.dumps({"question": 5})),
        lambda handler, body: handler.whole(200, b"{}"),
        serving.babbles,
    ],
)
def test_a_server_that_has_it_not_or_keeps_no_schema_is_asked_by_chat(responses: Behaviour | None) -> None:
    with ChatServer(says(GOOD)) as server:
        server.script.responses = responses
        assert ask(server).text == GOOD
        server.requests.clear()
        ask(server)
        assert paths(server) == ["/chat/completions"]


@pytest.mark.parametrize("api", ["chat", "responses"])
def test_the_settings_may_say_which(api: str) -> None:
    with ChatServer(says(GOOD)) as server:
        server.script.responses = responds(GOOD)
        ask(server, api=api)
        assert paths(server) == ["/chat/completions" if api == "chat" else "/responses"]


def test_a_key_that_is_refused_is_told_at_once() -> None:
    with ChatServer(says(GOOD)) as server:
        server.script.responses = serving.fails(401)
        with pytest.raises(ServiceError) as caught:
            ask(server)
        assert caught.value.kind == "denied"
        assert paths(server) == ["/responses"]


def test_a_response_that_ran_out_of_room_is_asked_for_again_with_more() -> None:
    cut = responds("", "incomplete", "max_output_tokens")

    def behave(handler: serving.Handler, body: serving.Body) -> None:
        (cut if body["max_output_tokens"] == 6000 else responds(GOOD))(handler, body)

    with ChatServer(says("never asked")) as server:
        server.script.responses = behave
        assert ask(server).text == GOOD
        assert [request.body["max_output_tokens"] for request in server.requests] == [6000, 24000]


def test_a_server_that_counts_less_is_read_all_the_same() -> None:
    def behave(handler: serving.Handler, body: serving.Body) -> None:
        whole = response(GOOD)
        del whole["incomplete_details"]
        whole["usage"] = {"input_tokens": 1, "output_tokens": 2, "total_tokens": 3}
        handler.begin_stream()
        handler.event({"type": "response.output_text.delta", "delta": GOOD})
        handler.event({"type": "response.completed", "response": whole})
        handler.end_stream()

    with ChatServer(says("never asked")) as server:
        server.script.responses = behave
        reply = ask(server)
    assert reply.tokens is not None
    assert (reply.tokens.prompt, reply.tokens.reasoning) == (1, 0)


def test_the_effort_goes_where_this_api_wants_it() -> None:
    with ChatServer(says(GOOD)) as server:
        server.script.responses = responds(GOOD)
        ask(server, reasoning_effort="high")
        assert server.requests[0].body["reasoning"] == {"effort": "high"}
