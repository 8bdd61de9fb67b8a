"""A slow critic: a local service of known speed, to measure what the coach adds to it."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import ClassVar
from urllib.request import urlopen

from pydantic import SecretStr

from coach import resources
from coach.cohort import slow_service
from coach.cohort.batch_scoring import BatchScorer
from coach.cohort.grading import grade_answers
from coach.cohort.journal import Journal
from coach.cohort.reviewing import Waiting, review_all
from coach.critic.critic import load_critic
from coach.domain import Answer
from coach.settings import Settings


class SlowService:
    """`with SlowService() as service` answers each call after SECONDS, AT_ONCE calls at a time.

    It is a process of its own, as every service is: what it computes must not hold up who asks it.
    """

    SECONDS: ClassVar[float] = 0.3
    AT_ONCE: ClassVar[int] = 20

    def __enter__(self) -> "SlowService":
        """Begin to serve on a free port of the loopback."""
        command = [sys.executable, "-m", slow_service.__name__, str(self.SECONDS), str(self.AT_ONCE)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self._address = f"http://127.0.0.1:{int(self._process.stdout.readline())}"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop serving."""
        self._process.communicate(timeout=10)

    @property
    def calls(self) -> int:
        """The calls answered so far."""
        with urlopen(self._address, timeout=10) as reply:
            return int(reply.read())

    def review(self, scorer: BatchScorer, answers: Sequence[Answer], folder: Path) -> float:
        """The seconds that reviewing graded answers takes, without grading them first."""
        graded = grade_answers(scorer, answers, range(len(answers)))
        waiting = iter(
            [
                Waiting(f"{place:032x}", answer.question, answer.text, one.feedback)
                for place, (answer, one) in enumerate(zip(answers, graded, strict=True))
                if one.feedback is not None
            ]
        )
        settings = Settings(
            base_url=f"{self._address}/v1",
            api_key=SecretStr("none"),
            model=f"bench-{time.time_ns()}",
            concurrency=self.AT_ONCE,
        )
        critic = load_critic(
            settings, scorer.pack, resources.default_pack_dir(), follow_up=False, refresh=True
        )
        with Journal(folder / "journal.jsonl") as journal:
            begun = time.perf_counter()
            asyncio.run(review_all(waiting, scorer, critic, journal, _Silent(), self.AT_ONCE))
            return time.perf_counter() - begun


class _Silent:
    """Watches without a word."""

    def reviewed(self, cost: float | None, failed: bool) -> None:
        """Nothing to show."""
