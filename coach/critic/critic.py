"""The critic itself: reviews an answer by a language model, several calls side by side."""

import asyncio
from collections.abc import Callable
from functools import cached_property, partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from coach import __version__
from coach.critic import briefing
from coach.critic.asking import Ask
from coach.critic.calibrations import calibration_for
from coach.critic.capabilities import CapabilityMemory
from coach.critic.choosing import choose, model_said
from coach.critic.client import Client
from coach.critic.delimiting import as_data
from coach.critic.metering import CostMeter
from coach.critic.pricing import Budget, PriceTable, load_prices
from coach.critic.recording import Recorder, Replay
from coach.critic.replies import (
    CritiqueReply,
    FollowUpReply,
    R,
    RewriteReply,
    Unusable,
    read_reply,
)
from coach.critic.reply_cache import KeptReply, ReplyCache
from coach.critic.rewriting import kept_to_the_answer
from coach.critic.sampling import combined
from coach.critic.structured import Ladder
from coach.critic.unfinished import Unfinished
from coach.critic.verification import verified
from coach.domain import Critique, Feedback, Notice, Question, ScorerId
from coach.errors import ServiceError
from coach.packs import Pack
from coach.prompts import load_prompt
from coach.scoring.graded import GradedAnswer, load_graded
from coach.settings import Settings
from coach.text.lexicon import Lexicon
from coach.text.quotes import locate

# Failures of ours, before anything was asked: they say nothing of the model.
_NOT_ASKED = ("budget", "waiting", "full")
# Words a minute of a speaker who is easy to follow.
_WORDS_A_MINUTE = 140
T = TypeVar("T")


class LanguageModelCritic:
    """Reviews answers to one pack's questions with the model in `settings`; use it within `async with`.

    `rewrite` asks for a better version too, `follow_up` for a question on what is thinnest, `refresh` passes
    over kept replies. All that one critic does shares one budget (`settings.max_cost`, of which `spent` is
    gone already), and at most `settings.concurrency` calls run at once. What is asked and replied goes to
    `recorder`, where there is one; with a `replay`, replies come from there and nothing is asked.
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
        spent: float = 0.0,
        recorder: Recorder | None = None,
        replay: Replay | None = None,
    ) -> None:
        self.settings = settings
        self._pack = pack
        self._graded: dict[str, list[GradedAnswer]] = {}
        for one in graded:
            self._graded.setdefault(one.question, []).append(one)
        self.prices = prices
        self._rewrite = rewrite
        self._follow_up = follow_up
        self._refresh = refresh
        self.budget = Budget(settings.max_cost, spent)
        self.cache = ReplyCache()
        self._recorder = recorder
        self._replay = replay
        self.differing = 0
        self._prompts = {name: load_prompt(f"{name}.v2") for name in ("critique", "follow_up", "rewrite")}
        self.client = Client(settings)
        if replay is not None:
            self.client.model, self.client.address = replay.model, f"the recording {replay.name}"
        self._ladder = Ladder(self.client, CapabilityMemory(), load_prompt("repair.v1"))
        self._slots = asyncio.Semaphore(settings.concurrency)

    async def __aenter__(self) -> Self:
        """Open the connection, and choose a model if none was named; UsageError where there may be none."""
        if self._replay is None:
            await self.client.__aenter__()
            await choose(self.client)
            self._ladder = Ladder(self.client, CapabilityMemory(), load_prompt("repair.v1"))
        self.cache.hold()
        self._slots = asyncio.Semaphore(self.settings.concurrency)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        self.cache.release()
        await self.client.__aexit__(kind, error, trace)

    async def critique(
        self, feedback: Feedback, question: Question, hear: Callable[[str], None] | None = None
    ) -> Critique:
        """Review the answer of `feedback`, which holds the offline score that the review is held against.

        `hear` is told what can be read of the first review while it comes in. Raises ServiceError, with what
        was paid, where no review is to be had; a follow-up or rewrite that fails is a notice.
        """
        meter = CostMeter(self.budget, self.prices, self.client.model)
        try:
            return await self._critique(feedback, question, hear, meter)
        except ServiceError as error:
            error.cost = meter.paid
            raise

    async def _critique(
        self,
        feedback: Feedback,
        question: Question,
        hear: Callable[[str], None] | None,
        meter: CostMeter,
    ) -> Critique:
        # A task each, the reviews first, so that what is beside them cannot take their part of the budget.
        reviews = [
            asyncio.create_task(self._reviewed(feedback, question, sample, meter, None if sample else hear))
            for sample in range(self.settings.samples)
        ]
        follow_up = asyncio.create_task(self._followed_up(feedback, question, meter))
        rewrite = asyncio.create_task(self._rewritten(feedback, question, meter))
        try:
            samples = await _outcomes(*reviews)
            kept = [one for one in samples if not isinstance(one, ServiceError)]
            failures = [one for one in samples if isinstance(one, ServiceError)]
            if not kept:
                raise failures[0]
            (asked,), (rewritten,) = await _outcomes(follow_up), await _outcomes(rewrite)
        finally:
            # Nobody waits any longer for what is left of them.
            await _ended(*reviews, follow_up, rewrite)
        notices: list[Notice] = []
        if failures:
            notices.append(_notice(f"{len(failures)} of {len(samples)} samples failed: {failures[0]}"))
        if isinstance(asked, ServiceError):
            notices.append(_notice(f"No follow-up by the critic: {asked}"))
        if isinstance(rewritten, ServiceError):
            notices.append(_notice(f"No rewrite: {rewritten}"))
        chosen = "" if self._replay is not None else model_said(self.client, self.settings)
        if chosen:
            notices.append(Notice(kind="info", text=chosen))
        attempts = [(one.start, one.end) for one in feedback.manipulation]
        model = kept[0][1].model or self.client.model
        return combined(
            [verified(reply, feedback, attempts) for reply, _ in kept],
            feedback,
            self._id(model, len(kept)),
            meter.usage,
            attempted=bool(attempts),
            follow_up=_follow_up(asked, feedback.answer.text) if isinstance(asked, FollowUpReply) else None,
            rewrite=kept_to_the_answer(rewritten, feedback.answer.text, self._lexicon)
            if isinstance(rewritten, RewriteReply)
            else (),
            notices=tuple(notices),
            calibration=calibration_for(self.client.model, self._prompts["critique"], len(kept)),
        )

    @cached_property
    def _lexicon(self) -> Lexicon:
        """The pack's tool names: to build it takes longer than all else that is done for an answer."""
        return Lexicon(self._pack.tools, self._pack.sounds, frozenset(self._pack.not_tools))

    def _id(self, model: str, samples: int) -> ScorerId:
        return ScorerId(
            name="critic",
            version=__version__,
            model=f"{model} at {self.client.address}",
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
        graded = self._graded.get(question.id, ())
        values = {
            "dimensions": briefing.dimensions_told(self._pack),
            "level": question.level,
            "seconds": str(question.time_limit),
            "question": question.text,
            "expected": ", ".join(question.expects),
            "references": briefing.references_told(question),
            "harmful": briefing.harmful_told(question),
            "examples": briefing.examples_told(briefing.chosen_examples(graded, answer)),
            "attempts": briefing.attempts_told(feedback.manipulation),
            "channel": answer.channel,
            "answer": as_data(answer.text),
        }
        coming = Unfinished(answer.text)
        shown = None if hear is None else lambda text: hear(coming.readable(text))
        ask = Ask(self._prompts["critique"], values, answer.text, CritiqueReply, question.expects, sample)
        return await self.reply(ask, meter, shown)

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
        ask = Ask(self._prompts["follow_up"], values, feedback.answer.text, FollowUpReply)
        reply, _ = await self.reply(ask, meter)
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
        ask = Ask(self._prompts["rewrite"], values, feedback.answer.text, RewriteReply)
        reply, _ = await self.reply(ask, meter)
        return reply

    async def reply(
        self, ask: Ask[R], meter: CostMeter, hear: Callable[[str], None] | None = None
    ) -> tuple[R, KeptReply]:
        """A usable reply, recorded, kept or new, and the same as it was sent. Raises ServiceError."""
        if self._replay is not None:
            return self._replayed(ask, self._replay, meter)
        try:
            found, kept = await self._reply(ask, meter, hear)
        except ServiceError as error:
            if self._recorder is not None and error.kind not in _NOT_ASKED:
                self._recorder.keep(ask, self.settings, self.client.model, error)
            raise
        if self._recorder is not None:
            self._recorder.keep(ask, self.settings, self.client.model, kept)
        return found, kept

    def _replayed(self, ask: Ask[R], replay: Replay, meter: CostMeter) -> tuple[R, KeptReply]:
        kept = replay.reply(ask)
        self.differing += replay.differs(ask, self.settings)
        meter.remember()
        try:
            return read_reply(kept.text, ask.reply_type)[0], kept
        except Unusable as problem:
            raise ServiceError(f"its recorded reply does not fit ({problem})", "unusable") from None

    async def _reply(
        self, ask: Ask[R], meter: CostMeter, hear: Callable[[str], None] | None
    ) -> tuple[R, KeptReply]:
        found = None if self._refresh else self.remembered(ask)
        if found is not None:
            meter.remember()
            if hear is not None:
                hear(found[1].text)
            return found
        async with self._slots:
            return await self.asked(ask, meter, hear)

    def remembered(self, ask: Ask[R]) -> tuple[R, KeptReply] | None:
        """The reply that was kept from before, where there is one that can be used."""
        kept = self.cache.get(self.key(ask))
        if kept is None:
            return None
        try:
            return read_reply(kept.text, ask.reply_type)[0], kept
        except Unusable:
            return None

    async def asked(
        self, ask: Ask[R], meter: CostMeter, hear: Callable[[str], None] | None = None
    ) -> tuple[R, KeptReply]:
        """Ask the service, and keep the reply. Raises ServiceError."""
        # One deadline for all forms of reply that are tried, and for the repair.
        chat = partial(self.client.chat, meter=meter, end=self.client.deadline())
        request = ask.request(self.settings)
        found, reply = await self._ladder.ask(chat, request, ask.reply_type, ask.schema, hear)
        kept = KeptReply(text=reply.text, model=reply.model or self.client.model)
        self.cache.put(self.key(ask), kept)
        return found, kept

    def key(self, ask: Ask[R]) -> str:
        """What the reply to `ask` is kept by."""
        return ask.key(self.settings, self.client.address, self.client.model)


def load_critic(
    settings: Settings,
    pack: Pack,
    directory: Path,
    *,
    rewrite: bool = False,
    follow_up: bool = True,
    refresh: bool = False,
    spent: float = 0.0,
    recorder: Recorder | None = None,
    replay: Replay | None = None,
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
        spent=spent,
        recorder=recorder,
        replay=replay,
    )


async def _outcomes(*tasks: asyncio.Task[T]) -> list[T | ServiceError]:
    """What came of `tasks`; anything but a failure of the service is raised."""
    await asyncio.wait(tasks)
    return [_outcome(task) for task in tasks]


def _outcome(task: asyncio.Task[T]) -> T | ServiceError:
    try:
        return task.result()
    except ServiceError as error:
        return error


async def _ended(*tasks: asyncio.Task[Any]) -> None:
    """Stop `tasks` that still run, and wait until they have let go of their connections."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _follow_up(reply: FollowUpReply, text: str) -> str | None:
    """The question, after the speaker's own words that it takes up, where they stand in the answer."""
    asked = reply.question.strip()
    taken_up = locate(reply.quote, text)
    if not asked or taken_up is None or taken_up.quote.lower() in asked.lower():
        return asked or None
    return f"You said “{' '.join(taken_up.quote.split())}”. {asked}"


def _notice(text: str) -> Notice:
    return Notice(kind="warning", text=text)
