"""Structured output: the strictest way to a reply of a given form that the service is found to keep."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Protocol

from coach.critic.capabilities import MODES, CapabilityMemory, Mode
from coach.critic.client import ChatRequest, Client
from coach.critic.faults import ParameterRefused
from coach.critic.reading import ChatReply
from coach.critic.replies import R, Unusable, read_reply, without_bounds
from coach.errors import ServiceError
from coach.prompts import Prompt
from coach.settings import Settings

Hear = Callable[[str], None]
# The lengths of lists in a strict schema, which not every server's strict mode knows.
BOUNDS = "maxItems"


class Chat(Protocol):
    """Asks the service once, with all retries; raises ServiceError."""

    def __call__(self, request: ChatRequest, hear: Hear | None = None) -> Awaitable[ChatReply]:
        """Return the whole reply."""
        ...


class Ladder:
    """Asks for replies of a given form: by strict schema, else in JSON mode, else as JSON in a fence.

    The schema goes to the Responses API first, where the settings let it and the server has it. Which step
    holds is found out by the result, because servers that do not know `response_format` may pass over it
    without a word; it is remembered by address and model. A reply that does not fit goes back once.
    """

    def __init__(self, client: Client, memory: CapabilityMemory, repair: Prompt) -> None:
        self._client = client
        self._modes = _allowed(client.settings)
        self._memory = memory
        self._repair = repair
        known = memory.recall(client.address, client.model)
        self._known: Mode | None = known.mode if known and known.mode in self._modes else None
        client.unsupported.update(known.unsupported if known else ())
        self._learnt = (known.mode, frozenset(known.unsupported)) if known else None

    @property
    def mode(self) -> Mode:
        """The form that the service was found to keep; the strictest of Chat Completions until it was."""
        return self._known or "json_schema"

    def without_responses(self) -> None:
        """Ask by Chat Completions alone, as what goes into a batch is."""
        self._modes = tuple(mode for mode in self._modes if mode != "responses") or ("json_schema",)
        self._known = self._known if self._known in self._modes else None

    async def ask(
        self,
        chat: Chat,
        request: ChatRequest,
        reply_type: type[R],
        schema: Mapping[str, Any],
        hear: Hear | None = None,
    ) -> tuple[R, ChatReply]:
        """A reply of `reply_type`, and the same as it was sent; ServiceError where none is to be had."""
        # Calls run side by side: what another one finds out meanwhile does not change this one's steps.
        known = self._known
        steps = self._modes[self._modes.index(known) :] if known in self._modes else self._modes
        failure: ServiceError | None = None
        for place, mode in enumerate(steps):
            last = place == len(steps) - 1
            try:
                reply = await self._asked(chat, request, mode, schema, hear)
            except ServiceError as error:
                if last or not _about_the_form(error, mode, known):
                    raise failure or error from None
                if mode != "responses":
                    failure = failure or (None if isinstance(error, ParameterRefused) else error)
                continue
            try:
                found, bare = read_reply(reply.text, reply_type)
            except Unusable as problem:
                if not last and (not problem.bare or (mode == "responses" and known is None)):
                    continue
                return await self._repaired(chat, request, reply_type, schema, hear, mode, reply, problem)
            # A server that fences a strict reply does not keep the schema; Chat Completions may do better.
            if mode == "responses" and not bare and not last:
                continue
            self._remember(mode if bare else "fenced")
            return found, reply
        raise AssertionError("the last step returns or raises")

    async def _asked(
        self, chat: Chat, request: ChatRequest, mode: Mode, schema: Mapping[str, Any], hear: Hear | None
    ) -> ChatReply:
        """One reply in a mode; asked again without lengths of lists where those are refused."""
        unsupported = self._client.unsupported
        bounded = without_bounds(schema) if BOUNDS in unsupported else schema
        try:
            return await chat(in_mode(request, mode, bounded), hear)
        except ServiceError as error:
            if error.status != 400 or BOUNDS not in str(error) or BOUNDS in unsupported:
                raise
            unsupported.add(BOUNDS)
            return await chat(in_mode(request, mode, without_bounds(schema)), hear)

    async def _repaired(
        self,
        chat: Chat,
        request: ChatRequest,
        reply_type: type[R],
        schema: Mapping[str, Any],
        hear: Hear | None,
        mode: Mode,
        reply: ChatReply,
        problem: Unusable,
    ) -> tuple[R, ChatReply]:
        told = self._repair.filled({"problems": "\n".join(f"- {one}" for one in problem.problems)})
        talk = (*request.messages, {"role": "assistant", "content": reply.text}, *told)
        longer = request.model_copy(update={"messages": talk})
        again = await self._asked(chat, longer, mode, schema, hear)
        try:
            found, bare = read_reply(again.text, reply_type)
        except Unusable as still:
            # The model behind this name may have been exchanged: the next call finds out anew.
            self._known = self._learnt = None
            self._memory.forget(self._client.address, self._client.model)
            raise ServiceError(
                f"its reply does not fit, and did not after one repair either ({_first(still.problems)})",
                "unusable",
            ) from None
        self._remember(mode if bare else "fenced")
        return found, again

    def _remember(self, mode: Mode) -> None:
        # A server that fences a strict reply does not keep the schema; one that is asked for a fence may
        # well leave it out, which says nothing of what else it can do.
        client = self._client
        learnt = (mode, frozenset(client.unsupported))
        if self._learnt != learnt:
            self._known, self._learnt = mode, learnt
            self._memory.remember(client.address, client.model, mode, client.unsupported)


def in_mode(request: ChatRequest, mode: Mode, schema: Mapping[str, Any]) -> ChatRequest:
    """`request` for a reply that fits `schema`, asked for in the way of `mode`."""
    strict = {"type": "json_schema", "json_schema": {"name": "reply", "strict": True, "schema": schema}}
    forms: dict[Mode, dict[str, Any] | None] = {
        "responses": strict,
        "json_schema": strict,
        "json_object": {"type": "json_object"},
        "fenced": None,
    }
    return request.model_copy(update={"response_format": forms[mode], "responses": mode == "responses"})


def _allowed(settings: Settings) -> tuple[Mode, ...]:
    """The steps that the settings leave; Azure's addresses by deployment have no Responses API."""
    if settings.api == "responses":
        return ("responses",)
    if settings.api == "chat" or settings.service == "azure":
        return MODES[1:]
    return MODES


def _about_the_form(error: ServiceError, mode: Mode, known: Mode | None) -> bool:
    """Whether a failure may be the server's way to say that it does not know a form of reply."""
    if mode == "responses" and known is None:
        # Whatever is wrong with the newer way, the older one tells; what both would meet is raised at once.
        return error.kind not in ("denied", "unreachable", "budget", "quota", "busy", "too_long", "timeout")
    if isinstance(error, ParameterRefused):
        return error.parameter == "response_format"
    # Some crash over a form instead of refusing it; one that has kept a form before does not.
    return error.kind != "too_long" and (
        error.status in (400, 422) or (known is None and error.status in (500, 501))
    )


def _first(problems: Sequence[str]) -> str:
    more = f", and {len(problems) - 1} more" if len(problems) > 1 else ""
    return f"{problems[0]}{more}"
