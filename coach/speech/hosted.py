"""The hosted recogniser: OpenAI's transcription, and servers that speak the same protocol."""

import asyncio
import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from coach.critic.client import Client
from coach.critic.retrying import RetryPolicy
from coach.errors import ServiceError
from coach.settings import Settings
from coach.speech.encoding import LARGEST, longest_upload, upload
from coach.speech.passages import Passage, parts
from coach.speech.recogniser import Heard
from coach.spoken import Word

DEFAULT_MODEL = "gpt-4o-mini-transcribe"
DEFAULT_COMPATIBLE_MODEL = "whisper-1"
_TIMES, _SURE = "word times", "probability of a word"
# A prompt beyond this many characters is cut by the models that take one.
_LONGEST_PROMPT = 700
_FORM_REFUSED = (400, 415, 422, 500, 501)


class HostedRecogniser:
    """Sends the speech of a recording, its silences cut out, to the service in `settings`.

    `keywords` are the names to expect. Failures are told and retried as the critic's are.
    """

    # One request for a whole answer costs no more than one for a sentence.
    by_passage = False

    def __init__(
        self,
        settings: Settings,
        model: str | None = None,
        keywords: Sequence[str] = (),
        policy: RetryPolicy | None = None,
        largest: int = LARGEST,
    ) -> None:
        usual = DEFAULT_COMPATIBLE_MODEL if settings.service == "compatible" else DEFAULT_MODEL
        self._model = model or usual
        self._settings, self._keywords, self._policy, self._largest = settings, keywords, policy, largest

    @property
    def name(self) -> str:
        """The service's address and its model."""
        address = self._settings.azure_endpoint or self._settings.base_url or "OpenAI"
        return f"hosted ({self._model} at {address})"

    def recognise(self, passage: Passage) -> Heard:
        """Recognise a passage; raises ServiceError where the service fails, UsageError offline."""
        return asyncio.run(self._recognised(passage))

    async def _recognised(self, passage: Passage) -> Heard:
        words: list[Word] = []
        forms = list(_forms(self._model))
        async with Client(self._settings, policy=self._policy) as client:
            for excerpt in parts(passage, longest_upload(self._largest)):
                reply = await self._reply(client, excerpt, forms)
                words += _words(reply, excerpt)
        sure = [word.probability for word in words if word.probability is not None]
        lacks = [
            *([_TIMES] if any(word.start is None for word in words) else []),
            *([_SURE] if len(sure) < len(words) else []),
        ]
        return Heard(
            words=tuple(words),
            confidence=sum(sure) / len(sure) if sure and len(sure) == len(words) else None,
            lacks=tuple(lacks),
        )

    async def _reply(
        self, client: Client, excerpt: Passage, forms: list[Mapping[str, Any]]
    ) -> Mapping[str, Any]:
        """Ask for the richest form that the service has; what it refuses is not asked for again."""
        file = upload(excerpt.samples, self._largest)
        while True:
            try:
                return await self._asked(client, file, forms[0])
            except ServiceError as error:
                # Servers refuse a form that they lack with any of these; the plainest form is the last.
                if error.status not in _FORM_REFUSED or len(forms) == 1:
                    raise
                forms.pop(0)

    async def _asked(
        self, client: Client, file: tuple[str, bytes], form: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        parameters = {"model": self._model, **form, **_names(self._model, self._keywords)}

        async def attempt(vendor: Any) -> Mapping[str, Any]:
            reply = await vendor.audio.transcriptions.create(file=(file[0], file[1]), **parameters)
            return _read(reply)

        return await client.call(attempt)


def _forms(model: str) -> tuple[Mapping[str, Any], ...]:
    """The forms of reply to ask a model for, richest first."""
    plain: Mapping[str, Any] = {"response_format": "json"}
    if model.startswith("gpt-"):
        return ({**plain, "include": ["logprobs"]}, plain) if "diarize" not in model else (plain,)
    verbose = {"response_format": "verbose_json"}
    return ({**verbose, "timestamp_granularities": ["word"]}, verbose, plain)


def _names(model: str, keywords: Sequence[str]) -> Mapping[str, Any]:
    """How a model is told which names to expect: a list, a sentence, or words as they would be written."""
    if "diarize" in model or not keywords:
        return {}
    if model.startswith("gpt-transcribe"):
        return {"extra_body": {"keywords": list(keywords), "languages": ["en"]}}
    listed = ", ".join(keywords)[:_LONGEST_PROMPT].rpartition(", ")[0] or keywords[0]
    if model.startswith("gpt-"):
        return {
            "prompt": f"An interview answer on operating machine learning. Names that may occur: {listed}."
        }
    return {"prompt": listed, "language": "en"}


def _read(reply: Any) -> Mapping[str, Any]:
    """The reply as a mapping, whatever form it came in; ServiceError where there is no text in it."""
    if isinstance(reply, str):
        text = reply.strip()
        try:
            found = json.loads(text) if text.startswith("{") else {"text": text}
        except json.JSONDecodeError:
            found = {"text": text}
    else:
        found = reply.model_dump(warnings=False) if hasattr(reply, "model_dump") else reply
    if not isinstance(found, Mapping) or not isinstance(found.get("text"), str):
        raise ServiceError("the service's reply holds no transcript", "garbage", retryable=True)
    return found


def _words(reply: Mapping[str, Any], excerpt: Passage) -> list[Word]:
    text = str(reply["text"])
    timed = reply.get("words")
    if isinstance(timed, list) and timed:
        words = [
            _timed(one, excerpt)
            for one in timed
            if isinstance(one, Mapping) and str(one.get("word", "")).strip()
        ]
        # A server that lists only some of its words would lose the others.
        if len(words) * 2 > len(text.split()):
            return words
    return _by_tokens(text, reply.get("logprobs"))


def _timed(word: Mapping[str, Any], excerpt: Passage) -> Word:
    start, end = word.get("start"), word.get("end")
    both = isinstance(start, int | float) and isinstance(end, int | float)
    probability = word.get("probability")
    return Word(
        text=str(word["word"]).strip(),
        start=excerpt.original(float(start)) if both and start is not None else None,
        end=excerpt.original(float(end)) if both and end is not None else None,
        probability=probability if isinstance(probability, float) and 0 <= probability <= 1 else None,
    )


def _by_tokens(text: str, tokens: Any) -> list[Word]:
    """Words without times; each as likely as its least likely token, where the tokens spell the text."""
    words = text.split()
    if not isinstance(tokens, list):
        return [Word(text=word) for word in words]
    spelled: list[tuple[str, float]] = [
        (str(one.get("token", "")), float(one.get("logprob") or 0.0))
        for one in tokens
        if isinstance(one, Mapping)
    ]
    if "".join("".join(token for token, _ in spelled).split()) != "".join(words):
        return [Word(text=word) for word in words]
    found, place = [], 0
    for word in words:
        left, least = len(word), 0.0
        while left > 0 and place < len(spelled):
            token, log = spelled[place]
            left -= len("".join(token.split()))
            least = min(least, log)
            place += 1
        found.append(Word(text=word, probability=round(math.exp(max(least, -50.0)), 4)))
    return found
