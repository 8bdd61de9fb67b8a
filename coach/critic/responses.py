"""The Responses API: the same call and the same reply as by Chat Completions, in its own words."""

from collections.abc import Mapping
from typing import Any, Literal

from coach.critic.reading import ReplyCollector, TokenCount
from coach.errors import ServiceError

# Why a reply is incomplete, by what the API calls it.
_REASONS: dict[str, Literal["filtered", "too long"]] = {
    "content_filter": "filtered",
    "max_output_tokens": "too long",
}
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


class EventCollector(ReplyCollector):
    """Gathers a reply from events, or from one whole."""

    protocol = "reply of the Responses API"

    def _taken_whole(self, response: Any) -> None:
        for item in response.output:
            for part in getattr(item, "content", None) or ():
                self.text += getattr(part, "text", None) or "" if part.type == "output_text" else ""
                self._refusal += getattr(part, "refusal", None) or ""
        self._finish(response)

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
        self._model = response.model or ""
        # Servers that imitate the API leave out what they do not count.
        reason = getattr(getattr(response, "incomplete_details", None), "reason", None)
        self._end = _REASONS.get(reason or "", "whole" if response.status == "completed" else None)
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
            self.thought = self._tokens.reasoning > 0
