"""Reading of a chat reply: chunks, or one whole, to a text that is known to be complete."""

from abc import ABC, abstractmethod
from typing import Any, Literal

from coach.domain import Frozen
from coach.errors import ServiceError

# What reading a field of an object raises where the service sent something else.
_MISSHAPEN = (AttributeError, TypeError, LookupError, ValueError)


class TokenCount(Frozen):
    """Tokens of one call as the service counted them.

    `cached` of the `prompt` ones were billed at less; `reasoning` of the `completion` ones were never shown.
    """

    prompt: int
    completion: int
    cached: int = 0
    reasoning: int = 0


class ChatReply(Frozen):
    """A complete reply: its text, the model that says it wrote it, and the tokens where they were told."""

    text: str
    model: str
    tokens: TokenCount | None


class ReplyCollector(ABC):
    """Gathers a reply; `text` is what has come so far, `chunks` how many pieces.

    `thought` says that part of the limit went to reasoning that is not in the text. What a reply of one
    protocol holds is told by subclasses. The vendor's package builds its objects without checking them, so
    every field is looked at there.
    """

    protocol: str

    def __init__(self) -> None:
        self.chunks = 0
        self.text = ""
        self.thought = False
        self._refusal = ""
        # None as long as nothing has said how the reply ended.
        self._end: Literal["whole", "filtered", "too long"] | None = None
        self._model = ""
        self._tokens: TokenCount | None = None

    def take(self, chunk: Any) -> bool:
        """Take one piece of a stream; return whether it brought text."""
        self.chunks += 1
        try:
            return self._taken(chunk)
        except _MISSHAPEN:
            raise self._misshapen() from None

    def take_whole(self, reply: Any) -> None:
        """Take a reply that came in one piece."""
        self.chunks += 1
        try:
            self._taken_whole(reply)
        except _MISSHAPEN:
            raise self._misshapen() from None

    @property
    def taken(self) -> ChatReply:
        """What has come so far, whole or not: its tokens are paid for either way."""
        return ChatReply(text=self.text, model=self._model, tokens=self._tokens)

    def reply(self) -> ChatReply:
        """The complete reply; ServiceError where it is a refusal, cut short or empty."""
        if self._refusal:
            raise ServiceError("the model refused to judge this answer", "declined")
        if self._end == "filtered":
            raise ServiceError("the service's content filter stopped the reply", "declined")
        if self._end == "too long":
            raise Truncated(self.thought or not self.text.strip())
        if self._end is None:
            raise ServiceError("the reply broke off before its end", "cut", retryable=True)
        if not self.text.strip():
            raise ServiceError("the reply is empty", "empty", retryable=True)
        return self.taken

    @abstractmethod
    def _taken(self, chunk: Any) -> bool: ...

    @abstractmethod
    def _taken_whole(self, reply: Any) -> None: ...

    def _misshapen(self) -> ServiceError:
        return ServiceError(f"the service sent what is no {self.protocol}", "garbage", retryable=True)


class Collector(ReplyCollector):
    """Gathers a reply of Chat Completions."""

    protocol = "chat reply"

    def _taken_whole(self, completion: Any) -> None:
        self._take_facts(completion)
        choice = completion.choices[0]
        self._end = _ended(choice.finish_reason)
        self._refusal = _string(getattr(choice.message, "refusal", None))
        self.text = _string(choice.message.content)
        self._see_thought(choice.message)

    def _taken(self, chunk: Any) -> bool:
        self._take_facts(chunk)
        before = len(self.text)
        for choice in (chunk.choices or ())[:1]:
            self._end = _ended(choice.finish_reason or None) or self._end
            if choice.delta is not None:
                self._refusal += _string(getattr(choice.delta, "refusal", None))
                self.text += _string(choice.delta.content)
                self._see_thought(choice.delta)
        return len(self.text) > before

    def _see_thought(self, part: Any) -> None:
        """Note reasoning that a server shows beside the text, under either of the names in use."""
        shown = getattr(part, "reasoning_content", None) or getattr(part, "reasoning", None)
        self.thought = self.thought or bool(shown)

    def _take_facts(self, part: Any) -> None:
        self._model = _string(getattr(part, "model", None)) or self._model
        usage = getattr(part, "usage", None)
        if usage is not None and isinstance(usage.prompt_tokens, int):
            details = getattr(usage, "prompt_tokens_details", None)
            cached = getattr(details, "cached_tokens", None)
            written = getattr(usage, "completion_tokens_details", None)
            reasoning = getattr(written, "reasoning_tokens", None)
            self._tokens = TokenCount(
                prompt=usage.prompt_tokens,
                completion=int(usage.completion_tokens or 0),
                cached=cached if isinstance(cached, int) else 0,
                reasoning=reasoning if isinstance(reasoning, int) else 0,
            )
            self.thought = self.thought or self._tokens.reasoning > 0


class Truncated(ServiceError):
    """A reply that ran into its length limit; `thought` where hidden reasoning took part of it."""

    def __init__(self, thought: bool) -> None:
        used = ", most of it by reasoning that is not shown" if thought else ""
        super().__init__(
            f"the reply was cut off at its length limit{used}; raise COACH_MAX_TOKENS", "truncated"
        )
        self.thought = thought


def _string(value: Any) -> str:
    """A text, also one that comes as a list of parts; what the parts hold beside text is passed over."""
    if isinstance(value, list):
        parts = [one if isinstance(one, dict) else getattr(one, "__dict__", {}) for one in value]
        return "".join(_string(part.get("text")) for part in parts if part.get("type") in ("text", None))
    return value if isinstance(value, str) else ""


def _ended(reason: str | None) -> Literal["whole", "filtered", "too long"] | None:
    if reason == "content_filter":
        return "filtered"
    if reason == "length":
        return "too long"
    return "whole" if reason is not None else None
