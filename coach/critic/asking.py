"""Asking: all that decides one reply, as a request to a service and as the key that the reply is kept by."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic

from coach.critic.client import ChatRequest
from coach.critic.delimiting import new_fence
from coach.critic.replies import R, strict_schema
from coach.critic.reply_cache import reply_key
from coach.prompts import Prompt
from coach.settings import Settings

# Stands for the unguessable word wherever two prompts are compared.
_ANY_FENCE = "answer-fence"


@dataclass(frozen=True)
class Ask(Generic[R]):
    """One thing to ask: a prompt with its values, on the very words `answer`, for a reply of `reply_type`.

    `dimensions` are the ids that the reply must give a depth for; `sample` numbers the replies to one ask.
    """

    prompt: Prompt
    values: Mapping[str, str]
    answer: str
    reply_type: type[R]
    dimensions: Sequence[str] = ()
    sample: int = 0

    @property
    def schema(self) -> dict[str, Any]:
        """The strict JSON schema of the reply."""
        return strict_schema(self.reply_type, self.dimensions)

    def request(self, settings: Settings) -> ChatRequest:
        """The request, with the answer between lines that nobody can guess: no two are the same."""
        return self._request(settings, new_fence())

    @property
    def trace(self) -> str:
        """What a recording knows it by (hex): prompt, question, answer and sample, whoever was asked."""
        return reply_key(
            {
                "prompt": self.prompt.name,
                "question": self.values["question"],
                "answer": self.answer,
                "sample": self.sample,
            }
        )

    def key(self, settings: Settings, address: str, model: str) -> str:
        """The hash (hex) of all that leads to the reply of `model` at `address`."""
        request = self.told(settings)
        return reply_key(
            {
                "address": address,
                "model": model,
                "messages": [dict(message) for message in request.messages],
                "schema": self.schema,
                "temperature": request.temperature,
                "seed": request.seed,
                "max_tokens": request.max_tokens,
                "reasoning_effort": settings.reasoning_effort,
                "answer": self.answer,
            }
        )

    def told(self, settings: Settings) -> ChatRequest:
        """The request with a fixed word in place of the unguessable one, to be kept and compared."""
        return self._request(settings, _ANY_FENCE)

    def _request(self, settings: Settings, fence: str) -> ChatRequest:
        given = {**self.values, "schema": json.dumps(self.schema), "fence": fence}
        return ChatRequest(
            messages=self.prompt.filled(given),
            # Samples of one temperature and seed would be copies of one another.
            temperature=0 if settings.samples == 1 else 1,
            seed=self.sample,
            max_tokens=settings.max_tokens,
        )
