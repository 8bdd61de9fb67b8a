"""The Responses API: the same call and the same reply as by Chat Completions, in its own words."""

from collections.abc import Mapping
from typing import Any

from coach.critic.reading import ChatReply, TokenCount, Truncated
from coach.errors import ServiceError

_MISSHAPEN = (AttributeError, TypeError, LookupError, ValueError)
# What Chat Completions is told and the Responses API has no word for.
_UNKNOWN = ("seed", "stream_options", "max_tokens", "max_completion_tokens", "reasoning_effort")


def as_response(chat: Mapping[str, Any], limit: int) -> dict[str, Any]:
    """The parameters of a call by Chat Completions as those of the Responses API; `limit` in tokens.

    Nothing is to be kept by the service (`store`), as with Chat Completions.
    """
    parameters = {name: value for name, value in chat.items() if name not in _UNKNOWN}
    form = parameters.pop("response_format", None)
    parameters["input"] = parameters.pop("messages")
    parameters["max_output_tokens"] = limit
    parameters["store"] = False
    if "reasoning_effort" in chat:
        parameters["reasoning"] = {"effort": chat["reasoning_effort"]}
    if form is not None:
        schema = form.get("json_schema", {})
        parameters["text"] = {"format": {"type": form["type"], **schema}}
    return parameters


class EventCollector:
    """Gathers a reply from events, or from one whole; `text` is what came, `chunks` how many events."""

    def __init__(self) -> None:
        self.chunks = 0
        self.text = ""
        self._refusal = ""
        self._status: str | None = None
        self._reason = ""
        self._model = ""
        self._tokens: TokenCount | None = None

    def take(self, event: Any) -> bool:
        """Take one event of a stream; return whether it brought text."""
        self.chunks += 1
        try:
            return self._taken(event)
        except _MISSHAPEN:
            raise _misshapen() from None

    def take_whole(self, response: Any) -> None:
        """Take a reply that came in one piece."""
        self.chunks += 1
        try:
            for item in response.output:
                for part in getattr(item, "content", None) or ():
                    self.text += getattr(part, "text", None) or "" if part.type == "output_text" else ""
                    self._refusal += getattr(part, "refusal", None) or ""
            self._finish(response)
        except _MISSHAPEN:
            raise _misshapen() from None

    @property
    def taken(self) -> ChatReply:
        """What has come so far, whole or not: its tokens are paid for either way."""
        return ChatReply(text=self.text, model=self._model, tokens=self._tokens)

    def reply(self) -> ChatReply:
        """The complete reply; ServiceError where it is a refusal, cut short or empty."""
        if self._refusal:
            raise ServiceError("the model refused to judge this answer", "declined")
        if self._reason == "content_filter":
            raise ServiceError("the service's content filter stopped the reply", "declined")
        if self._reason == "max_output_tokens":
            reasoned = self._tokens is not None and self._tokens.reasoning > 0
            raise Truncated(reasoned or not self.text.strip())
        if self._status != "completed":
            raise ServiceError("the reply broke off before its end", "cut", retryable=True)
        if not self.text.strip():
            raise ServiceError("the reply is empty", "empty", retryable=True)
        return self.taken

    def _taken(self, event: Any) -> bool:
        if event.type == "response.output_text.delta":
            self.text += str(event.delta)
            return True
        if event.type == "response.refusal.delta":
            self._refusal += str(event.delta)
        elif event.type in ("response.completed", "response.incomplete", "response.failed"):
            self._finish(event.response)
        elif event.type == "error":
            raise ServiceError(f"the service reported: {event.message}", "broken", retryable=True)
        return False

    def _finish(self, response: Any) -> None:
        self._status = response.status
        self._model = response.model or ""
        # Servers that imitate the API leave out what they do not count.
        self._reason = getattr(getattr(response, "incomplete_details", None), "reason", None) or ""
        usage = getattr(response, "usage", None)
        if usage is not None:
            cached = getattr(getattr(usage, "input_tokens_details", None), "cached_tokens", None)
            reasoning = getattr(getattr(usage, "output_tokens_details", None), "reasoning_tokens", None)
            self._tokens = TokenCount(
                prompt=usage.input_tokens,
                completion=usage.output_tokens,
                cached=cached or 0,
                reasoning=reasoning or 0,
            )


def _misshapen() -> ServiceError:
    return ServiceError("the service sent what is no reply of the Responses API", "garbage", retryable=True)
