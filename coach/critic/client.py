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
from coach.critic.faults import FAULTS, ParameterRefused, never_reached, service_error
from coach.critic.reading import ChatReply, Collector
from coach.critic.retrying import RetryPolicy, retried
from coach.domain import Frozen
from coach.errors import ServiceError, UsageError
from coach.settings import Settings

T = TypeVar("T")
# What a keyless local server is sent; the vendor's package insists on something.
_NO_KEY = "no-key"
# Tokens that a reply may take where the service knows no limit: the largest that any lists.
_UNLIMITED = 131_072
OPENAI_ADDRESS = "https://api.openai.com/v1"


class ChatRequest(Frozen):
    """One call: messages of a role and a content each, and how the reply is to be made.

    `response_format` is the protocol's own object, or None for plain text.
    """

    messages: tuple[Mapping[str, str], ...]
    response_format: Mapping[str, Any] | None = None
    temperature: float | None = 0
    seed: int | None = 0
    max_tokens: int = 6000


class Client:
    """An open connection to the service in `settings`; use it as `async with Client(settings) as client`.

    It owns all retries (the vendor package's own are off), bounds what it reads, follows no redirect, and
    raises nothing but ServiceError. `unsupported` are parameters that the service has refused; they are left
    out of later calls. `http_client` replaces the HTTP client, for tests.
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
        """Open it; raise UsageError where connections are ruled out or no service is set up."""
        self._open = _vendor_client(self.settings, self._http_client or _http_client(self.settings))
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
                raise service_error(error, self.address, self.model, self.settings.secrets) from None

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
            attempt = partial(_metered, parameters=parameters, hear=hear, meter=meter)
            try:
                return await self.call(attempt, end=end)
            except ParameterRefused as refusal:
                if refusal.parameter not in parameters or refusal.parameter == "response_format":
                    raise
                self.unsupported.add(refusal.parameter)
            except _NotStreamed:
                self.unsupported.add("stream")

    def parameters(self, request: ChatRequest) -> dict[str, Any]:
        """What the protocol is to be sent for `request`, without what the service was found to refuse."""
        # OpenAI's newer models know only the first name, most other servers only the second.
        names = ["max_completion_tokens", "max_tokens"]
        if self.settings.service == "compatible":
            names.reverse()
        limit = next((name for name in names if name not in self.unsupported), names[0])
        parameters: dict[str, Any] = {
            "model": self.model,
            "messages": [dict(message) for message in request.messages],
            "response_format": request.response_format,
            "temperature": request.temperature,
            "seed": request.seed,
            limit: request.max_tokens,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        if "stream" in self.unsupported:
            del parameters["stream"], parameters["stream_options"]
        return {
            name: value
            for name, value in parameters.items()
            if value is not None and name not in self.unsupported
        }


class Meter(Protocol):
    """Counts what attempts can cost."""

    def admit(self, messages: tuple[Mapping[str, str], ...], max_tokens: int) -> float | None:
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
    parameters: dict[str, Any],
    hear: Callable[[str], None] | None,
    meter: Meter | None,
) -> ChatReply:
    collector = Collector()
    if meter is None:
        return await _heard(vendor, parameters, hear, collector)
    limit = parameters.get("max_completion_tokens") or parameters.get("max_tokens") or _UNLIMITED
    most = meter.admit(tuple(parameters["messages"]), limit)
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
    collector: Collector,
) -> ChatReply:
    # The vendor's package goes through messages and schema at every call, for a fifth of all the time that a
    # call costs here; what stands in an extra body it sends as it is.
    as_it_is = {name: value for name, value in parameters.items() if name in ("messages", "response_format")}
    asked: dict[str, Any] = {**parameters, "messages": [], "extra_body": as_it_is}
    asked.pop("response_format", None)
    if not parameters.get("stream"):
        collector.take_whole(await vendor.chat.completions.create(**asked))
    else:
        async with await vendor.chat.completions.create(**asked) as stream:
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
