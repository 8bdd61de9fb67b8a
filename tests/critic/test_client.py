"""The client: against mocked HTTP for what is sent, against a real server for every way to fail."""

import asyncio
import logging
import traceback
from collections.abc import Callable
from typing import Any

import chat_server as serving
import httpx
import pytest
import respx
from chat_server import Behaviour, ChatServer, says

from coach.critic.client import ChatRequest, Client
from coach.critic.faults import ParameterRefused, redacted, retry_after, service_error
from coach.critic.reading import ChatReply
from coach.critic.retrying import RetryPolicy
from coach.errors import ServiceError, UsageError
from coach.settings import Settings

KEY = "sk-test-4f9a1c77e0d24b6f"
QUICK = RetryPolicy(deadline=5, attempts=3, first_wait=0.01)
ASK = ChatRequest(messages=({"role": "user", "content": "Review this."},))
COMPLETION = {
    "id": "x",
    "object": "chat.completion",
    "created": 0,
    "model": "m",
    "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "Fine."}}],
}


def settings(url: str, **more: Any) -> Settings:
    return Settings.model_validate({"base_url": url, "api_key": KEY, "model": "tiny", "timeout": 2, **more})


def ask(
    url: str,
    request: ChatRequest = ASK,
    hear: Callable[[str], None] | None = None,
    policy: RetryPolicy = QUICK,
    **more: Any,
) -> ChatReply:
    async def asked() -> ChatReply:
        async with Client(settings(url, **more), policy=policy) as client:
            return await client.chat(request, hear)

    return asyncio.run(asked())


def sent(request: ChatRequest, chosen: Settings, route: str, *, streams: bool = False) -> httpx.Request:
    """The request that the client makes, caught before it leaves."""

    async def asked() -> None:
        async with httpx.AsyncClient() as http:
            unsupported = [] if streams else ["stream"]
            async with Client(chosen, policy=QUICK, unsupported=unsupported, http_client=http) as client:
                await client.chat(request)

    with respx.mock(assert_all_called=True) as mock:
        mock.post(route).mock(return_value=httpx.Response(200, json=COMPLETION))
        asyncio.run(asked())
        return mock.calls.last.request


def test_a_compatible_server_is_sent_the_key_and_the_parameters() -> None:
    request = sent(ASK, settings("http://localhost:1/v1"), "http://localhost:1/v1/chat/completions")
    body = httpx.Response(200, content=request.content).json()
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert body == {
        "model": "tiny",
        "messages": [{"role": "user", "content": "Review this."}],
        "temperature": 0,
        "seed": 0,
        "max_tokens": 6000,
    }


def test_openai_is_asked_by_its_own_name_for_the_limit() -> None:
    chosen = Settings.model_validate({"api_key": KEY})
    request = sent(ASK, chosen, "https://api.openai.com/v1/chat/completions")
    body = httpx.Response(200, content=request.content).json()
    assert body["max_completion_tokens"] == 6000
    assert "max_tokens" not in body


@pytest.mark.parametrize(
    ("credential", "header", "value"),
    [("azure_api_key", "api-key", KEY), ("azure_token", "authorization", f"Bearer {KEY}")],
)
def test_azure_is_asked_for_its_deployment_with_a_key_or_a_token(
    credential: str, header: str, value: str
) -> None:
    chosen = Settings.model_validate(
        {
            "azure_endpoint": "https://x.openai.azure.com",
            "azure_deployment": "mine",
            "azure_api_version": "2025-01-01",
            credential: KEY,
        }
    )
    route = "https://x.openai.azure.com/openai/deployments/mine/chat/completions?api-version=2025-01-01"
    request = sent(ASK, chosen, route)
    assert request.headers[header] == value


def test_azure_without_a_deployment_or_a_credential_says_what_is_missing() -> None:
    for more, words in (
        ({}, "AZURE_OPENAI_DEPLOYMENT"),
        ({"azure_deployment": "d"}, "AZURE_OPENAI_AD_TOKEN"),
    ):
        chosen = Settings.model_validate({"azure_endpoint": "https://x.openai.azure.com", **more})
        with pytest.raises(UsageError, match=words):
            asyncio.run(Client(chosen).__aenter__())


@pytest.mark.parametrize("streams", [True, False])
@pytest.mark.parametrize("tokens", [True, False])
def test_a_reply_is_read_with_its_tokens(streams: bool, tokens: bool) -> None:
    heard: list[str] = []
    with ChatServer(says("Reasoned, with a cause.", size=5, streams=streams, tokens=tokens)) as server:
        reply = ask(server.url, hear=heard.append)
    assert (reply.text, reply.model) == ("Reasoned, with a cause.", "tiny")
    assert (reply.tokens is not None) == tokens
    if tokens:
        assert reply.tokens is not None
        assert (reply.tokens.prompt, reply.tokens.completion) == (3, 5)
    assert heard == (["Reaso", "Reasoned, ", "Reasoned, with ", "Reasoned, with a cau", reply.text] * streams)


def test_text_is_heard_before_the_reply_is_complete() -> None:
    """The server withholds its last words until the first were heard."""
    import threading

    first = threading.Event()
    seen: list[bool] = []

    def behave(handler: serving.Handler, body: serving.Body) -> None:
        handler.begin_stream()
        handler.event(serving.chunk("early"))
        seen.append(first.wait(5))
        handler.event(serving.chunk(" late", finish="stop"))
        handler.end_stream()

    with ChatServer(behave) as server:
        assert ask(server.url, hear=lambda text: first.set()).text == "early late"
    assert seen == [True]


def test_parameters_that_are_refused_are_left_out() -> None:
    behave = serving.refuses_parameter("temperature", "seed", "max_tokens", "stream_options", then=says("ok"))
    with ChatServer(behave) as server:
        assert ask(server.url).text == "ok"
        assert len(server.requests) == 5
        last = server.requests[-1].body
    assert set(last) == {"model", "messages", "max_completion_tokens", "stream"}


def test_a_refused_response_format_is_left_to_the_caller() -> None:
    request = ASK.model_copy(
        update={"response_format": {"type": "json_schema", "json_schema": {"name": "x"}}}
    )
    with (
        ChatServer(says("{}", supports=(), otherwise="refuses")) as server,
        pytest.raises(ParameterRefused) as caught,
    ):
        ask(server.url, request)
    assert caught.value.parameter == "response_format"
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("behave", "kind", "calls", "words"),
    [
        (serving.fails(400, "bad"), "refused", 1, "refused the call (400): bad"),
        (serving.fails(401, f"Incorrect API key: {KEY}"), "denied", 1, "refused the key (401)"),
        (serving.fails(403, f"{KEY} may not"), "denied", 1, "[hidden] may not"),
        (serving.fails(404, "gone"), "not_found", 1, "no model 'tiny'"),
        (serving.fails(429, "slow down"), "busy", 3, "busy (429): slow down (tried 3 times)"),
        (serving.fails(429, "pay", "insufficient_quota"), "quota", 1, "quota"),
        (serving.fails(500, "oh"), "broken", 3, "failing (500)"),
        (serving.fails(501, "never"), "broken", 1, "failing (501)"),
        (serving.fails(503, "later"), "busy", 3, "busy (503)"),
        (serving.fails(429, Retry_After="60"), "busy", 1, "asks to wait 60 s"),
        (serving.redirects("http://127.0.0.1:9/v1"), "refused", 1, "elsewhere (307)"),
        (serving.declines, "declined", 1, "refused to judge"),
        (says("x", finish="content_filter"), "declined", 1, "content filter"),
        (says("{", finish="length"), "truncated", 1, "COACH_MAX_TOKENS"),
        (says(" "), "empty", 3, "empty"),
        (serving.cuts, "cut", 3, "cut the connection"),
        (serving.ends_early, "cut", 3, "broke off"),
        (serving.babbles, "garbage", 3, "no reply of this protocol"),
        (serving.babbles_json, "garbage", 3, "no chat reply"),
        (serving.speaks_no_http, "cut", 3, "cut the connection"),
        (serving.floods, "too_large", 1, "larger than 8 MB"),
        (serving.packs, "garbage", 1, "packed"),
    ],
)
def test_every_failure_has_its_kind_and_is_tried_as_often_as_it_makes_sense(
    behave: Behaviour, kind: str, calls: int, words: str
) -> None:
    with ChatServer(behave) as server, pytest.raises(ServiceError) as caught:
        ask(server.url)
    assert caught.value.kind == kind
    assert words in str(caught.value)
    assert len(server.requests) == calls
    assert KEY not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_server_that_sends_nothing_is_given_up() -> None:
    with ChatServer(serving.hangs) as server, pytest.raises(ServiceError) as caught:
        ask(server.url, timeout=0.5)
    assert caught.value.kind == "timeout"
    assert "COACH_TIMEOUT" in str(caught.value)


def test_a_connection_that_is_never_made_is_no_slow_model() -> None:
    """What comes of a firewall that drops what it does not let through."""
    import httpx2
    import openai

    error = openai.APITimeoutError(request=httpx2.Request("POST", "http://x/v1"))
    error.__cause__ = httpx2.ConnectTimeout("")
    found = service_error(error, "http://x/v1", "tiny", Settings())
    assert (found.kind, found.retryable) == ("unreachable", True)
    error.__cause__ = httpx2.ReadTimeout("")
    assert service_error(error, "http://x/v1", "tiny", Settings()).kind == "timeout"


def test_a_slow_drip_ends_at_the_deadline() -> None:
    with ChatServer(serving.drips) as server, pytest.raises(ServiceError) as caught:
        ask(server.url, policy=RetryPolicy(deadline=0.3))
    assert caught.value.kind == "timeout"
    assert "COACH_DEADLINE" in str(caught.value)


def test_a_server_that_is_not_there_is_named() -> None:
    with ChatServer(says("")) as server:
        url = server.url
    with pytest.raises(ServiceError, match=f"{url} cannot be reached; check the address") as caught:
        ask(url)
    assert caught.value.kind == "unreachable"


@pytest.mark.parametrize("wait", ["0", "0.01"])
def test_a_passing_failure_is_waited_out(wait: str) -> None:
    with ChatServer(says("ok"), serving.fails(429, Retry_After=wait), serving.cuts) as server:
        assert ask(server.url).text == "ok"
        assert len(server.requests) == 3


def test_offline_no_client_opens() -> None:
    with pytest.raises(UsageError, match="ruled out"):
        ask("http://127.0.0.1:9/v1", offline=True)


def test_the_key_is_in_no_log_and_no_traceback(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with ChatServer(says("ok"), serving.fails(500, f"Bearer {KEY} broke it")) as server:
        assert ask(server.url).text == "ok"
        assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"
    assert caplog.text
    assert KEY not in caplog.text
    with ChatServer(serving.fails(401, f"no such key: {KEY}")) as server:
        try:
            ask(server.url)
        except ServiceError as error:
            shown = "".join(traceback.format_exception(error))
    assert "ServiceError" in shown
    assert KEY not in shown


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "3"}, 3),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after-ms": "250"}, 0.25),
        ({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0),
        ({"retry-after": "soon"}, None),
        ({"retry-after-ms": "nan"}, None),
        ({"retry-after-ms": "inf"}, None),
    ],
)
def test_the_wait_is_read_in_each_of_its_forms(headers: dict[str, str], seconds: float | None) -> None:
    import httpx2

    assert retry_after(httpx2.Headers(headers)) == seconds


def test_what_looks_like_a_key_is_taken_out_even_when_it_is_not_ours() -> None:
    found = redacted("key sk-proj-abcdef123456 and Bearer eyJhbGciOi and  mine\n here", ("mine",))
    assert found == "key [hidden] and [hidden] and [hidden] here"
    assert len(redacted("word " * 500, ())) == 200
