"""The critic itself: reviews an answer by a language model, several calls side by side."""

import asyncio
import json
from collections.abc import Callable, Mapping
from functools import cached_property, partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from coach import __version__
from coach.critic import briefing
from coach.critic.capabilities import CapabilityMemory
from coach.critic.client import ChatRequest, Client
from coach.critic.delimiting import as_data, new_fence
from coach.critic.metering import CostMeter
from coach.critic.pricing import Budget, PriceTable, load_prices
from coach.critic.replies import (
    CritiqueReply,
    FollowUpReply,
    R,
    RewriteReply,
    Unusable,
    read_reply,
    strict_schema,
)
from coach.critic.reply_cache import KeptReply, ReplyCache, reply_key
from coach.critic.rewriting import kept_to_the_answer
from coach.critic.sampling import combined
from coach.critic.structured import Ladder
from coach.critic.unfinished import readable
from coach.critic.verification import verified
from coach.domain import Critique, Feedback, Notice, Question, ScorerId
from coach.errors import ServiceError
from coach.packs import Pack
from coach.prompts import Prompt, load_prompt
from coach.scoring.graded import GradedAnswer, load_graded
from coach.settings import Settings
from coach.text.lexicon import Lexicon

# Words a minute of a speaker who is easy to follow.
_WORDS_A_MINUTE = 140
# Stands for the unguessable word wherever two prompts are compared.
_ANY_FENCE = "answer-fence"


class LanguageModelCritic:
    """Reviews answers to one pack's questions with the model in `settings`; use it within `async with`.

    `rewrite` asks for a better version too, `follow_up` for a question on what is thinnest, `refresh` passes
    over kept replies. All that one critic does shares one budget (`settings.max_cost`), and at most
    `settings.concurrency` calls run at once.
    """

    def __init__(
        self,
        settings: Settings,
        pack: Pack,
        graded: tuple[GradedAnswer, ...],
        prices: PriceTable,
        *,
        rewrite: bool = False,
        follow_up: bool = True,
        refresh: bool = False,
    ) -> None:
        self.settings = settings
        self._pack = pack
        self._graded = graded
        self._prices = prices
        self._rewrite = rewrite
        self._follow_up = follow_up
        self._refresh = refresh
        self._budget = Budget(settings.max_cost)
        self._cache = ReplyCache()
        self._prompts = {name: load_prompt(f"{name}.v1") for name in ("critique", "follow_up", "rewrite")}
        self._client = Client(settings)
        self._ladder = Ladder(self._client, CapabilityMemory(), load_prompt("repair.v1"))
        self._slots = asyncio.Semaphore(settings.concurrency)

    async def __aenter__(self) -> Self:
        """Open the connection; UsageError where there may be none."""
        await self._client.__aenter__()
        self._slots = asyncio.Semaphore(self.settings.concurrency)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        await self._client.__aexit__(kind, error, trace)

    async def critique(
        self, feedback: Feedback, question: Question, hear: Callable[[str], None] | None = None
    ) -> Critique:
        """Review the answer of `feedback`, which holds the offline score that the review is held against.

        `hear` is told what can be read of the first review while it comes in. Raises ServiceError where no
        review is to be had; a follow-up or rewrite that fails is a notice.
        """
        meter = CostMeter(self._budget, self._prices, self._client.model)
        reviewing = [
            self._reviewed(feedback, question, sample, meter, hear if sample == 0 else None)
            for sample in range(self.settings.samples)
        ]
        beside = [self._followed_up(feedback, question, meter), self._rewritten(feedback, question, meter)]
        reviews = asyncio.gather(*reviewing, return_exceptions=True)
        extras = asyncio.gather(*beside, return_exceptions=True)
        samples, (follow_up, rewrite) = await reviews, await extras
        notices: list[Notice] = []
        failures = [_as_failure(one) for one in samples if isinstance(one, BaseException)]
        kept = [one for one in samples if not isinstance(one, BaseException)]
        if not kept:
            raise failures[0]
        if failures:
            notices.append(_notice(f"{len(failures)} of {len(samples)} samples failed: {failures[0]}"))
        if isinstance(follow_up, BaseException):
            notices.append(_notice(f"No follow-up by the critic: {_as_failure(follow_up)}"))
        if isinstance(rewrite, BaseException):
            notices.append(_notice(f"No rewrite: {_as_failure(rewrite)}"))
        attempts = [(one.start, one.end) for one in feedback.manipulation]
        model = kept[0][1].model or self._client.model
        return combined(
            [verified(reply, feedback, attempts) for reply, _ in kept],
            feedback,
            self._id(model, len(kept)),
            meter.usage,
            attempted=bool(attempts),
            follow_up=follow_up.question.strip() if isinstance(follow_up, FollowUpReply) else None,
            rewrite=kept_to_the_answer(rewrite, feedback.answer.text, self._lexicon)
            if isinstance(rewrite, RewriteReply)
            else (),
            notices=tuple(notices),
        )

    @cached_property
    def _lexicon(self) -> Lexicon:
        """The pack's tool names: to build it takes longer than all else that is done for an answer."""
        return Lexicon(self._pack.tools, self._pack.sounds, frozenset(self._pack.not_tools))

    def _id(self, model: str, samples: int) -> ScorerId:
        return ScorerId(
            name="critic",
            version=__version__,
            model=f"{model} at {self._client.address}",
            prompt=str(self._prompts["critique"]),
            samples=samples,
            pack=str(self._pack),
        )

    async def _reviewed(
        self,
        feedback: Feedback,
        question: Question,
        sample: int,
        meter: CostMeter,
        hear: Callable[[str], None] | None,
    ) -> tuple[CritiqueReply, KeptReply]:
        answer = feedback.answer
        ids = [one.id for one in self._pack.dimensions]
        values = {
            "dimensions": briefing.dimensions_told(self._pack),
            "level": question.level,
            "seconds": str(question.time_limit),
            "question": question.text,
            "expected": ", ".join(question.expects),
            "references": briefing.references_told(question),
            "harmful": briefing.harmful_told(question),
            "examples": briefing.examples_told(briefing.chosen_examples(self._graded, feedback)),
            "attempts": briefing.attempts_told(feedback.manipulation),
            "channel": answer.channel,
            "answer": as_data(answer.text),
        }
        shown = None if hear is None else lambda text: hear(readable(text, answer.text))
        prompt = self._prompts["critique"]
        return await self._asked(prompt, values, answer.text, CritiqueReply, ids, sample, meter, shown)

    async def _followed_up(
        self, feedback: Feedback, question: Question, meter: CostMeter
    ) -> FollowUpReply | None:
        """A question on the expected dimension that the offline scorer finds thinnest."""
        if not self._follow_up or not feedback.score.expected:
            return None
        weakest = min(feedback.score.expected, key=lambda one: one.raw)
        asks = self._pack.dimension(weakest.dimension).asks
        values = {
            "question": question.text,
            "dimension": f"{weakest.title}: {asks}",
            "depth": weakest.depth.word,
            "examples": "\n".join(f"- {one}" for one in question.follow_ups) or "none",
            "answer": as_data(feedback.answer.text),
        }
        prompt = self._prompts["follow_up"]
        reply, _ = await self._asked(prompt, values, feedback.answer.text, FollowUpReply, (), 0, meter)
        return reply if reply.question.strip() else None

    async def _rewritten(
        self, feedback: Feedback, question: Question, meter: CostMeter
    ) -> RewriteReply | None:
        if not self._rewrite:
            return None
        values = {
            "words": str(round(question.time_limit / 60 * _WORDS_A_MINUTE)),
            "question": question.text,
            "missing": briefing.missing_told(feedback),
            "answer": as_data(feedback.answer.text),
        }
        prompt = self._prompts["rewrite"]
        reply, _ = await self._asked(prompt, values, feedback.answer.text, RewriteReply, (), 0, meter)
        return reply

    async def _asked(
        self,
        prompt: Prompt,
        values: Mapping[str, str],
        answer: str,
        reply_type: type[R],
        dimensions: tuple[str, ...] | list[str],
        sample: int,
        meter: CostMeter,
        hear: Callable[[str], None] | None = None,
    ) -> tuple[R, KeptReply]:
        """A usable reply, kept from before or new."""
        schema = strict_schema(reply_type, dimensions)
        request = self._request(prompt, values, schema, new_fence(), sample)
        key = self._key(prompt, values, schema, answer, sample)
        kept = None if self._refresh else self._cache.get(key)
        if kept is not None:
            try:
                found, _ = read_reply(kept.text, reply_type)
            except Unusable:
                pass
            else:
                meter.remember()
                if hear is not None:
                    hear(kept.text)
                return found, kept
        async with self._slots:
            chat = partial(self._client.chat, meter=meter)
            found, reply = await self._ladder.ask(chat, request, reply_type, schema, hear)
        kept = KeptReply(text=reply.text, model=reply.model or self._client.model)
        self._cache.put(key, kept)
        return found, kept

    def _request(
        self, prompt: Prompt, values: Mapping[str, str], schema: Mapping[str, Any], fence: str, sample: int
    ) -> ChatRequest:
        given = {**values, "schema": json.dumps(schema), "fence": fence}
        return ChatRequest(
            messages=prompt.filled(given),
            # Samples of one temperature and seed would be copies of one another.
            temperature=0 if self.settings.samples == 1 else 1,
            seed=sample,
            max_tokens=self.settings.max_tokens,
        )

    def _key(
        self, prompt: Prompt, values: Mapping[str, str], schema: Mapping[str, Any], answer: str, sample: int
    ) -> str:
        request = self._request(prompt, values, schema, _ANY_FENCE, sample)
        return reply_key(
            {
                "address": self._client.address,
                "model": self._client.model,
                "messages": [dict(message) for message in request.messages],
                "schema": schema,
                "temperature": request.temperature,
                "seed": request.seed,
                "max_tokens": request.max_tokens,
                "answer": answer,
            }
        )


def load_critic(
    settings: Settings,
    pack: Pack,
    directory: Path,
    *,
    rewrite: bool = False,
    follow_up: bool = True,
    refresh: bool = False,
) -> LanguageModelCritic:
    """The critic of a pack, with the graded examples in the pack's `directory` where it has any.

    Raises SettingsError for a price file, InputError for graded answers that cannot be read.
    """
    examples = directory / "graded" / "answers.jsonl"
    graded = load_graded(examples) if examples.is_file() else ()
    return LanguageModelCritic(
        settings,
        pack,
        graded,
        load_prices(settings),
        rewrite=rewrite,
        follow_up=follow_up,
        refresh=refresh,
    )


def _as_failure(error: BaseException) -> ServiceError:
    """The failure of a call; anything else is no failure of the service, and is raised."""
    if isinstance(error, ServiceError):
        return error
    raise error


def _notice(text: str) -> Notice:
    return Notice(kind="warning", text=text)
