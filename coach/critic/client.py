"""The client: one door to OpenAI, Azure OpenAI and every server that speaks the same protocol."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from types import TracebackType
from typing import Any, Protocol, Self, TypeVar

import httpx2
import openai
from openai import AsyncAzureOpenAI, AsyncOpenAI

from coach.critic.bounded import UNPACKED, bound_reply
from coach.critic.faults import (
    FAULTS,
    PARTS,
    ROLE,
    ParameterRefused,
    never_reached,
    proxy_error,
    service_error,
)
from coach.critic.reading import ChatReply, Collector, ReplyCollector, Truncated
from coach.critic.responses import EventCollector, as_response
from coach.critic.retrying import RetryPolicy, retried
from coach.domain import Frozen
from coach.errors import ServiceError, UsageError
from coach.settings import Settings

T = TypeVar("T")
# What a keyless local server is sent; the vendor's package insists on something.
_NO_KEY = "no-key"
# Tokens that a reply may take where the service knows no limit: the largest that any lists.
_UNLIMITED = 131_072
# A model that reasons unseen was cut off by the plain limit: from then on it is given so many times as much.
PLAIN_LIMIT, ROOM_TO_THINK = "the plain length limit", 4
OPENAI_ADDRESS = "https://api.openai.com/v1"


class ChatRequest(Frozen):
    """One call: messages of a role and a content each, and how the reply is to be made.

    `response_format` is Chat Completions' own object, or None for plain text; `responses` asks by the
    Responses API instead. `max_tokens` bounds what is written; a model that reasons beside it is given more.
    """

    messages: tuple[Mapping[str, str], ...]
    response_format: Mapping[str, Any] | None = None
    responses: bool = False
    temperature: float | None = 0
    seed: int | None = 0
    max_tokens: int = 6000


class Client:
    """An open connection to the service in `settings`; use it as `async with Client(settings) as client`.

    It owns all retries (the vendor package's own are off), bounds what it reads, follows no redirect, and
    raises nothing but ServiceError. `unsupported` are parameters, and forms of messages, that the service has
    refused; they are left out of later calls. `http_client` replaces the HTTP client, for tests.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        policy: RetryPolicy | None = None,
        unsupported: Sequence[str] = (),
        http_client: Any = None,
    ) -> None:
        self.settings = settings
        self.model = settings.chosen_model
        self.address = settings.azure_endpoint or settings.base_url or OPENAI_ADDRESS
        self.unsupported = set(unsupported)
        self._policy = policy or RetryPolicy(deadline=settings.deadline)
        self._http_client = http_client
        self._open: AsyncOpenAI | None = None

    async def __aenter__(self) -> Self:
        """Open it; raise UsageError where connections are ruled out or no service is set up.

        Raises ServiceError where the proxy that the environment names cannot be used.
        """
        try:
            http_client = self._http_client or _http_client(self.settings)
        except (ImportError, ValueError, httpx2.InvalidURL) as error:
            raise proxy_error(error) from None
        self._open = _vendor_client(self.settings, http_client)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close all connections."""
        if self._open is not None:
            await self._open.close()
            self._open = None

    def deadline(self) -> float:
        """The loop's time until which calls that begin now may go on, all of them together."""
        return asyncio.get_running_loop().time() + self._policy.deadline

    async def call(
        self,
        attempt: Callable[[AsyncOpenAI], Awaitable[T]],
        policy: RetryPolicy | None = None,
        *,
        end: float | None = None,
    ) -> T:
        """Await `attempt` on the vendor's client, again after passing failures; raise ServiceError.

        `end` is a `deadline()` that several calls share.

        This is the way to every other part of the protocol, such as transcription:
        `await client.call(lambda vendor: vendor.audio.transcriptions.create(...))`.
        """
        assert self._open is not None, "used outside `async with`"
        vendor = self._open

        async def once() -> T:
            try:
                return await attempt(vendor)
            except FAULTS as error:
                raise service_error(error, self.address, self.model, self.settings) from None

        return await retried(once, policy or self._policy, end=end)

    async def chat(
        self,
        request: ChatRequest,
        hear: Callable[[str], None] | None = None,
        meter: "Meter | None" = None,
        end: float | None = None,
    ) -> ChatReply:
        """Ask, and return the whole reply; `hear` is told the text so far each time that more has come.

        `meter` is told of every attempt before it is sent, and may forbid it; `end` is a `deadline()`.
        After a cut the reply starts anew, so what `hear` is told can become shorter. Raises ServiceError;
        a refusal of `response_format` is left to the caller, as a ParameterRefused.
        """
        end = self.deadline() if end is None else end
        while True:
            parameters = self.parameters(request)
            attempt = partial(_metered, request=request, parameters=parameters, hear=hear, meter=meter)
            try:
                return await self.call(attempt, end=end)
            except ParameterRefused as refusal:
                if not self._can_leave_out(refusal.parameter, parameters):
                    raise
                self.unsupported.add(refusal.parameter)
            except _NotStreamed:
                self.unsupported.add("stream")
            except Truncated as cut:
                if not cut.thought or PLAIN_LIMIT in self.unsupported:
                    raise
                self.unsupported.add(PLAIN_LIMIT)

    def _can_leave_out(self, parameter: str, parameters: Mapping[str, Any]) -> bool:
        """Whether a call may be made again without what it was refused for; the form of reply is not ours."""
        if parameter in self.unsupported or parameter == "response_format":
            return False
        if parameter == "max_tokens" and "max_output_tokens" in parameters:
            return False
        return parameter in parameters or parameter in (ROLE, PARTS)

    def parameters(self, request: ChatRequest) -> dict[str, Any]:
        """What the protocol is to be sent for `request`, without what the service was found to refuse."""
        # OpenAI's newer models know only the first name, most other servers only the second.
        names = ["max_completion_tokens", "max_tokens"]
        if self.settings.service == "compatible":
            names.reverse()
        limit = next((name for name in names if name not in self.unsupported), names[0])
        room = ROOM_TO_THINK if PLAIN_LIMIT in self.unsupported else 1
        parameters: dict[str, Any] = {
            "model": self.model,
            "messages": self._messages(request),
            "response_format": request.response_format,
            "temperature": request.temperature,
            "seed": request.seed,
            "reasoning_effort": self.settings.reasoning_effort,
            limit: request.max_tokens * room,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        if "stream" in self.unsupported:
            del parameters["stream"], parameters["stream_options"]
        known = {
            name: value
            for name, value in parameters.items()
            if value is not None and name not in self.unsupported
        }
        return as_response(known, parameters[limit]) if request.responses else known

    def _messages(self, request: ChatRequest) -> list[dict[str, Any]]:
        """The messages, in the form that the service was found to take.

        What never changes stands first, so that services which keep what prompts begin with charge less for
        it.
        """
        messages: list[dict[str, Any]] = [dict(message) for message in request.messages]
        if ROLE in self.unsupported and messages[0]["role"] == "system" and len(messages) > 1:
            first, second, *rest = messages
            messages = [{"role": "user", "content": f"{first['content']}\n\n{second['content']}"}, *rest]
        if PARTS in self.unsupported:
            messages = [{**one, "content": [{"type": "text", "text": one["content"]}]} for one in messages]
        return messages


class Meter(Protocol):
    """Counts what attempts can cost."""

    async def admit(self, messages: tuple[Mapping[str, str], ...], max_tokens: int) -> float | None:
        """Set aside what an attempt can cost, and return it; raise ServiceError to forbid the attempt."""
        ...

    def settle(self, most: float | None, reply: ChatReply | None) -> None:
        """Put what an attempt did cost in place of `most`; None where it was turned away, for free.

        `reply` may be cut short or empty: it is paid for all the same.
        """
        ...


class _NotStreamed(ServiceError):
    """The service answered a call for a stream with something else."""


async def _metered(
    vendor: AsyncOpenAI,
    request: ChatRequest,
    parameters: dict[str, Any],
    hear: Callable[[str], None] | None,
    meter: Meter | None,
) -> ChatReply:
    collector: ReplyCollector = EventCollector() if request.responses else Collector()
    if meter is None:
        return await _heard(vendor, parameters, hear, collector)
    names = ("max_completion_tokens", "max_tokens", "max_output_tokens")
    limit = next((int(parameters[name]) for name in names if name in parameters), _UNLIMITED)
    most = await meter.admit(request.messages, limit)
    turned_away = False
    try:
        return await _heard(vendor, parameters, hear, collector)
    except (openai.APIStatusError, openai.APIConnectionError) as error:
        turned_away = isinstance(error, openai.APIStatusError) or never_reached(error)
        raise
    finally:
        meter.settle(most, None if turned_away else collector.taken)


async def _heard(
    vendor: AsyncOpenAI,
    parameters: dict[str, Any],
    hear: Callable[[str], None] | None,
    collector: ReplyCollector,
) -> ChatReply:
    create = (
        vendor.responses.create if isinstance(collector, EventCollector) else vendor.chat.completions.create
    )
    # The vendor's package goes through messages and schema at every call, for a fifth of all the time that a
    # call costs here; what stands in an extra body it sends as it is.
    large = ("messages", "response_format", "input", "text")
    as_it_is = {name: value for name, value in parameters.items() if name in large}
    asked: dict[str, Any] = {name: value for name, value in parameters.items() if name not in large}
    asked["extra_body"] = as_it_is
    if not isinstance(collector, EventCollector):
        asked["messages"] = []
    if not parameters.get("stream"):
        collector.take_whole(await create(**asked))
    else:
        async with await create(**asked) as stream:
            async for chunk in stream:
                if collector.take(chunk) and hear is not None:
                    hear(collector.text)
        if not collector.chunks:
            raise _NotStreamed("the reply was no stream", "garbage")
    return collector.reply()


def _vendor_client(settings: Settings, http_client: Any) -> AsyncOpenAI:
    if settings.offline:
        raise UsageError("connections are ruled out (--offline or COACH_OFFLINE); nothing was sent")
    if settings.service is None:
        raise UsageError("no service is set up; set OPENAI_API_KEY, or OPENAI_BASE_URL for a local server")
    shared: dict[str, Any] = {"max_retries": 0, "timeout": settings.timeout, "http_client": http_client}
    if settings.service == "azure":
        if not settings.chosen_model:
            raise UsageError(
                "AZURE_OPENAI_ENDPOINT is set without AZURE_OPENAI_DEPLOYMENT; name the deployment"
            )
        key, token = settings.azure_api_key, settings.azure_token
        if key is None and token is None:
            raise UsageError("Azure OpenAI needs AZURE_OPENAI_API_KEY or, for Entra, AZURE_OPENAI_AD_TOKEN")
        return AsyncAzureOpenAI(
            azure_endpoint=str(settings.azure_endpoint),
            azure_deployment=settings.chosen_model,
            api_version=settings.azure_api_version,
            # One principal only: a token, where there is one, is the more deliberate choice.
            api_key=None if token or key is None else key.get_secret_value(),
            azure_ad_token=token.get_secret_value() if token else None,
            **shared,
        )
    key = settings.api_key
    return AsyncOpenAI(
        api_key=key.get_secret_value() if key else _NO_KEY,
        base_url=settings.base_url or OPENAI_ADDRESS,
        **shared,
    )


def _http_client(settings: Settings) -> httpx2.AsyncClient:
    return openai.DefaultAsyncHttpxClient(
        timeout=httpx2.Timeout(settings.timeout, connect=min(settings.timeout, 10)),
        # A redirect would carry the answer to somebody whom the user did not choose.
        follow_redirects=False,
        headers=UNPACKED,
        event_hooks={"response": [bound_reply]},
    )
