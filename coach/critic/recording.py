"""Recordings: what a model was asked and replied, in a file that gives the same reviews again."""

import json
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from coach.critic.asking import Ask
from coach.critic.private_files import touch_privately
from coach.critic.reading import TokenCount
from coach.critic.remarks import without_secrets
from coach.critic.replies import R
from coach.critic.reply_cache import KeptReply
from coach.domain import Frozen
from coach.errors import InputError, ServiceError
from coach.settings import Settings

FORMAT = 1


class Exchange(Frozen):
    """One request and what came of it: a `reply`, or the `failure` and its `kind`.

    `trace` is what it is found by, `prompt` the prompt's name and digest, `model` who replied. `messages` are
    those that were sent, with a fixed word in place of the unguessable one; `answer` is what they were about.
    It holds no key and no name.
    """

    format: int = FORMAT
    trace: str
    prompt: str
    model: str
    sample: int = 0
    answer: str
    messages: tuple[dict[str, str], ...] = ()
    reply: str | None = None
    failure: str = ""
    kind: str = ""
    tokens: TokenCount | None = None


class Recorder:
    """Appends exchanges to a file of JSON lines that its owner alone can read."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._kept = {one.trace for one in _exchanges(path)} if path.exists() else set()

    def keep(self, ask: Ask[R], settings: Settings, model: str, outcome: KeptReply | ServiceError) -> None:
        """Keep one exchange, once; InputError where the file cannot be written."""
        if ask.trace in self._kept:
            return
        cleaned = partial(without_secrets, secrets=settings.secrets)
        told = {"failure": cleaned(str(outcome)), "kind": getattr(outcome, "kind", "")}
        if isinstance(outcome, KeptReply):
            told = {"reply": cleaned(outcome.text)}
        exchange = Exchange.model_validate(
            {
                "trace": ask.trace,
                "prompt": str(ask.prompt),
                "model": model,
                "sample": ask.sample,
                "answer": cleaned(ask.answer),
                "messages": tuple(
                    {"role": one["role"], "content": cleaned(one["content"])}
                    for one in ask.told(settings).messages
                ),
                **told,
            }
        )
        try:
            touch_privately(self._path)
            with self._path.open("a", encoding="utf-8") as file:
                file.write(exchange.model_dump_json(exclude_defaults=True) + "\n")
        except OSError as error:
            raise InputError(
                f"{self._path}: cannot be written ({error.strerror}); give another --record"
            ) from None
        self._kept.add(ask.trace)


class Replay:
    """Gives the replies of a recording again, to the same questions on the same answers."""

    def __init__(self, exchanges: tuple[Exchange, ...], name: str) -> None:
        self._by_trace = {one.trace: one for one in exchanges}
        self._answers = {one.answer for one in exchanges}
        self.name = name
        self.model = exchanges[0].model

    @classmethod
    def from_file(cls, path: Path) -> "Replay":
        """Read a recording; InputError with the line that is none, or where there is none at all."""
        found = tuple(_exchanges(path))
        if not found:
            raise InputError(f"{path}: holds no exchange; give a file that --record wrote")
        models = sorted({one.model for one in found})
        if len(models) > 1:
            raise InputError(f"{path}: holds replies of {', '.join(models)}; give each model its own file")
        return cls(found, path.name)

    def holds(self, answer: str) -> bool:
        """Whether a review of these words was recorded."""
        return answer in self._answers

    def reply(self, ask: Ask[R]) -> KeptReply:
        """The recorded reply; ServiceError where it failed, or was never asked for."""
        found = self._by_trace.get(ask.trace)
        if found is None:
            raise ServiceError(
                f"{self.name} holds no reply to this answer with {ask.prompt.name}", "unrecorded"
            )
        if found.reply is None:
            raise ServiceError(found.failure, found.kind or "broken")
        return KeptReply(text=found.reply, model=found.model)

    def differs(self, ask: Ask[R], settings: Settings) -> bool:
        """Whether the model was sent other words than this version of the coach would send."""
        found = self._by_trace.get(ask.trace)
        now = tuple(dict(one) for one in ask.told(settings).messages)
        return found is not None and bool(found.messages) and found.messages != now


def _exchanges(path: Path) -> list[Exchange]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read ({error}); give a file that --record wrote") from None
    found = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            value: Any = json.loads(line)
            exchange = Exchange.model_validate_json(json.dumps(value))
        except (ValueError, ValidationError, RecursionError) as error:
            problem = error.errors()[0]["msg"] if isinstance(error, ValidationError) else "not a JSON object"
            raise InputError(f"{path}:{number}: is no exchange of a recording ({problem})") from None
        if exchange.format != FORMAT:
            raise InputError(f"{path}:{number}: is of format {exchange.format}; this coach reads {FORMAT}")
        found.append(exchange)
    return found
