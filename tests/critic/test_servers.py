"""Servers of every make: what they refuse, how they say so, and what models of today need."""

import asyncio
import json
from typing import Any

import chat_server as serving
import pytest
from chat_server import Behaviour, ChatServer, says

from coach.critic.choosing import choose, model_said
from coach.critic.client import ChatRequest, Client
from coach.critic.faults import PARTS, ROLE
from coach.critic.reading import ChatReply
from coach.critic.retrying import RetryPolicy
from coach.errors import ServiceError
from coach.settings import Settings

QUICK = RetryPolicy(deadline=5, attempts=2, first_wait=0.01)
ASK = ChatRequest(
    messages=({"role": "system", "content": "Be fair."}, {"role": "user", "content": "Review this."})
)


def settings(url: str, **more: Any) -> Settings:
    return Settings.model_validate({"base_url": url, "model": "tiny", "timeout": 2, **more})


def asked(server: ChatServer, request: ChatRequest = ASK, **more: Any) -> tuple[ChatReply, Client]:
    client = Client(settings(server.url, **more), policy=QUICK)

    async def once() -> ChatReply:
        async with client:
            return await client.chat(request)

    return asyncio.run(once()), client


def refuses(status: int, body: Any, when: Any, then: Behaviour) -> Behaviour:
    """Refuse a call with this body where `when` holds of it."""

    def behave(handler: serving.Handler, body_sent: serving.Body) -> None:
        if when(body_sent):
            handler.whole(status, json.dumps(body).encode())
        else:
            then(handler, body_sent)

    return behave


def test_a_server_that_does_not_stream_is_asked_for_a_whole_reply() -> None:
    said = {"error": {"message": "Streaming is not supported by this deployment."}}
    with ChatServer(refuses(400, said, lambda body: body.get("stream"), says("Fine."))) as server:
        reply, client = asked(server)
    assert reply.text == "Fine."
    assert "stream" in client.unsupported
    assert "stream_options" not in server.requests[-1].body


@pytest.mark.parametrize(
    "said",
    [
        "System role not supported",
        "This model does not support system messages",
        "Invalid role: system is not allowed",
        "Conversation roles must alternate user/assistant/user/assistant/...",
    ],
)
def test_a_server_without_the_system_role_gets_its_words_from_the_user(said: str) -> None:
    def has_system(body: serving.Body) -> bool:
        return any(one["role"] == "system" for one in body["messages"])

    with ChatServer(refuses(400, {"error": {"message": said}}, has_system, says("Fine."))) as server:
        reply, client = asked(server)
    assert reply.text == "Fine."
    assert ROLE in client.unsupported
    assert server.requests[-1].body["messages"] == [{"role": "user", "content": "Be fair.\n\nReview this."}]


def test_a_server_that_wants_parts_gets_parts() -> None:
    said = {"detail": [{"loc": ["body", "messages", 0, "content"], "msg": "content must be a valid list"}]}
    plain = lambda body: isinstance(body["messages"][0]["content"], str)  # noqa: E731

    def whole(handler: serving.Handler, body: serving.Body) -> None:
        handler.begin_stream()
        handler.event(serving.chunk("Fine.", finish="stop"))
        handler.end_stream()

    with ChatServer(refuses(422, said, plain, whole)) as server:
        reply, client = asked(server)
    assert reply.text == "Fine."
    assert PARTS in client.unsupported
    assert server.requests[-1].body["messages"][1]["content"] == [{"type": "text", "text": "Review this."}]


@pytest.mark.parametrize("streams", [True, False])
def test_a_reply_in_parts_is_read(streams: bool) -> None:
    parts = [
        {"type": "thinking", "thinking": "hm"},
        {"type": "text", "text": "Fi"},
        {"type": "text", "text": "ne."},
    ]

    def behave(handler: serving.Handler, body: serving.Body) -> None:
        if body.get("stream") and streams:
            handler.begin_stream()
            handler.event({**serving.chunk(), "choices": [{"index": 0, "delta": {"content": parts}}]})
            handler.event(serving.chunk(finish="stop"))
            handler.end_stream()
            return
        message = {"role": "assistant", "content": parts}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        reply = {"id": "x", "object": "chat.completion", "created": 0, "model": "m", "choices": [choice]}
        handler.whole(200, json.dumps(reply).encode())

    with ChatServer(behave) as server:
        assert asked(server)[0].text == "Fine."


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (400, {"detail": "the words of FastAPI"}, "the words of FastAPI"),
        (400, {"detail": [{"loc": ["x"], "msg": "Field required"}]}, "Field required"),
        (400, {"error": "the words of Ollama"}, "the words of Ollama"),
        (400, {"message": "the words of others"}, "the words of others"),
        (400, {"error": {"message": {"detail": "deep"}}}, "deep"),
        (400, "just text", "just text"),
        (400, {"code": 7}, "(400): Bad Request"),
        (503, {"error": {"message": "Loading model", "type": "unavailable_error"}}, "(503): Loading model"),
    ],
)
def test_what_a_server_says_is_text_and_no_printed_object(status: int, body: Any, words: str) -> None:
    with (
        ChatServer(lambda handler, sent: handler.whole(status, json.dumps(body).encode())) as server,
        pytest.raises(ServiceError) as caught,
    ):
        asked(server)
    assert words in str(caught.value)
    assert "{" not in str(caught.value)
    assert "Error code" not in str(caught.value)


LLAMA = {
    "error": {
        "code": 400,
        "message": "request (7014 tokens) exceeds the available context size (4096 tokens), try increasing it",
        "type": "exceed_context_size_error",
        "n_prompt_tokens": 7014,
        "n_ctx": 4096,
    }
}
VLLM = {
    "object": "error",
    "message": "This model's maximum context length is 4096 tokens. However, you requested 7014 tokens (1014 in "
    "the messages, 6000 in the completion). Please reduce the length of the messages or completion.",
    "type": "BadRequestError",
    "code": 400,
}
OPENAI = {
    "error": {
        "message": "This model's maximum context length is 4096 tokens. However, your messages resulted in 7014 "
        "tokens. Please reduce the length of the messages.",
        "code": "context_length_exceeded",
        "param": "messages",
    }
}
PYTHON = {"error": {"message": "Requested tokens (7014) exceed context window of 4096"}}


@pytest.mark.parametrize("body", [LLAMA, VLLM, OPENAI, PYTHON])
def test_a_context_that_is_too_small_is_told_with_both_numbers(body: Any) -> None:
    with (
        ChatServer(lambda handler, sent: handler.whole(400, json.dumps(body).encode())) as server,
        pytest.raises(ServiceError) as caught,
    ):
        asked(server)
    assert caught.value.kind == "too_long"
    assert "needs 7,014 tokens" in str(caught.value)
    assert "holds 4,096" in str(caught.value)
    assert len(server.requests) == 1


def test_no_key_is_not_a_refused_key() -> None:
    with ChatServer(serving.fails(401, "no auth")) as server:
        with pytest.raises(ServiceError, match="wants a key .401., and none is set: set OPENAI_API_KEY"):
            asked(server)
        with pytest.raises(ServiceError, match="refused the key .401.; check OPENAI_API_KEY"):
            asked(server, api_key="k")


@pytest.mark.parametrize(
    ("status", "credential", "words"),
    [
        (401, {"azure_api_key": "k"}, "AZURE_OPENAI_API_KEY"),
        (401, {"azure_token": "t"}, "AZURE_OPENAI_AD_TOKEN"),
        (404, {"azure_api_key": "k"}, "no deployment 'mine' (404): no; check AZURE_OPENAI_DEPLOYMENT"),
    ],
)
def test_a_message_names_the_variable_of_azure(status: int, credential: dict[str, str], words: str) -> None:
    with ChatServer(serving.fails(status, "no")) as server, pytest.raises(ServiceError) as caught:
        asked(
            server,
            base_url=None,
            model=None,
            azure_endpoint=server.url.removesuffix("/v1"),
            azure_deployment="mine",
            **credential,
        )
    assert words in str(caught.value)
    assert "OPENAI_BASE_URL" not in str(caught.value)


@pytest.mark.parametrize(
    ("proxy", "kind"),
    [
        ("socks5://127.0.0.1:1", "proxy"),
        ("nonsense://x", "proxy"),
        ("http://[bad", "unreachable"),
        ("http://127.0.0.1:1", "unreachable"),
        ("127.0.0.1:99999", "unreachable"),
    ],
)
def test_a_proxy_that_cannot_be_used_is_told_as_such(
    proxy: str, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import builtins

    real = builtins.__import__

    def without_socks(name: str, *rest: Any) -> Any:
        if name == "socksio":
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without_socks)
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ALL_PROXY", proxy)

    async def once() -> None:
        chosen = settings("http://example.test/v1")
        async with Client(chosen, policy=RetryPolicy(deadline=5, attempts=1)) as client:
            await client.chat(ASK)

    with pytest.raises(ServiceError) as caught:
        asyncio.run(once())
    assert caught.value.kind == kind
    assert "ALL_PROXY" in str(caught.value)
    assert proxy not in str(caught.value)


def reasons(visible: str, needs: int) -> Behaviour:
    """A model that thinks unseen for `needs` tokens before it says `visible`."""

    def behave(handler: serving.Handler, body: serving.Body) -> None:
        limit = body.get("max_completion_tokens") or body.get("max_tokens")
        enough = limit > needs
        handler.begin_stream()
        handler.event(serving.chunk(visible if enough else None, finish="stop" if enough else "length"))
        used = {
            "prompt_tokens": 10,
            "completion_tokens": min(limit, needs),
            "completion_tokens_details": {"reasoning_tokens": min(limit, needs)},
            "total_tokens": 0,
        }
        handler.event({**serving.chunk(), "choices": [], "usage": used})
        handler.end_stream()

    return behave


def test_a_model_that_reasons_unseen_is_given_more_room_once() -> None:
    with ChatServer(reasons("Fine.", 9_000)) as server:
        reply, _ = asked(server)
        assert [request.body["max_tokens"] for request in server.requests] == [6000, 24000]
    assert reply.text == "Fine."
    assert reply.tokens is not None
    assert reply.tokens.reasoning == 9_000
    with ChatServer(reasons("Fine.", 90_000)) as server:
        with pytest.raises(ServiceError, match="by reasoning that is not shown; raise COACH_MAX_TOKENS"):
            asked(server)
        assert len(server.requests) == 2


def test_a_model_that_only_loops_is_not_given_more() -> None:
    with ChatServer(says("a a a", finish="length")) as server, pytest.raises(ServiceError, match="cut off"):
        asked(server)
    assert len(server.requests) == 1


def test_the_effort_of_reasoning_is_sent_where_it_was_set_and_left_out_where_it_is_refused() -> None:
    with ChatServer(says("ok")) as server:
        asked(server)
        asked(server, reasoning_effort="low")
        assert ["reasoning_effort" in one.body for one in server.requests] == [False, True]
    with ChatServer(serving.refuses_parameter("reasoning_effort", then=says("ok"))) as server:
        assert asked(server, reasoning_effort="low")[0].text == "ok"


def test_a_prompt_begins_alike_for_every_answer_to_a_question(pack: Any) -> None:
    """Services charge less for the beginning that prompts share."""
    from made_feedback import feedback
    from reviews import honest

    from coach.critic.critic import LanguageModelCritic
    from coach.critic.pricing import PriceTable

    given = feedback(noticed=False)
    others = [
        given.model_copy(
            update={"answer": given.answer.model_copy(update={"text": f"{given.answer.text} {n}."})}
        )
        for n in range(2)
    ]
    with ChatServer(says(honest)) as server:

        async def both() -> None:
            chosen = settings(server.url)
            async with LanguageModelCritic(
                chosen, pack, (), PriceTable(models={}), follow_up=False
            ) as critic:
                for one in others:
                    await critic.critique(one, pack.question("what-is-drift"))

        asyncio.run(both())
        first, second = (request.prompt for request in server.requests)
    shared = next(place for place, (a, b) in enumerate(zip(first, second, strict=False)) if a != b)
    assert first[:shared].count("Words to the grader that a detector found") == 1


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [
        (("text-embedding-3-small", "llama3.2"), "llama3.2"),
        (("whisper-1",), "default"),
        ((), "default"),
        (None, "default"),
    ],
)
def test_a_server_is_asked_what_it_offers(offered: tuple[str, ...] | None, chosen: str) -> None:
    with ChatServer(says("ok")) as server:
        server.script.models = offered
        client = Client(settings(server.url, model=None), policy=QUICK)

        async def once() -> None:
            async with client:
                await choose(client)

        asyncio.run(once())
        assert client.model == chosen
        assert chosen in model_said(client, client.settings)
        named = Client(settings(server.url), policy=QUICK)
        assert model_said(named, named.settings) == ""
