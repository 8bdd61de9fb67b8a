"""Retries: the one layer that repeats a failed call, with backoff, inside a total deadline."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from coach.errors import ServiceError

T = TypeVar("T")


@dataclass(frozen=True)
class RetryPolicy:
    """How often and how long: `deadline`, `first_wait` and `longest_wait` in seconds.

    The wait before retry n is drawn evenly from [0, first_wait * 2**n] ("full jitter"), so that many clients
    that were refused together do not come back together; a service's Retry-After is waited out in full.
    """

    deadline: float = 180
    attempts: int = 5
    first_wait: float = 0.5
    longest_wait: float = 20

    def wait(self, failures: int, error: ServiceError, draw: Callable[[], float]) -> float:
        """Seconds to wait after `failures` failures, the last being `error`; `draw` gives [0, 1)."""
        backoff = draw() * min(self.first_wait * 2.0 ** (failures - 1), self.longest_wait)
        return backoff if error.retry_after is None else error.retry_after + min(backoff, self.first_wait)


async def retried(
    attempt: Callable[[], Awaitable[T]],
    policy: RetryPolicy,
    *,
    end: float | None = None,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    draw: Callable[[], float] = random.random,
) -> T:
    """Await `attempt` until it succeeds, fails for good, or the policy's deadline or attempts are used up.

    `end` is the loop's time when the deadline is over, for calls that share one; without it, it begins now.
    Raises the last ServiceError, saying how often it was tried. An attempt still running at the deadline is
    cancelled, however slowly its bytes drip in.
    """
    failures = 0
    last: ServiceError | None = None
    loop = asyncio.get_running_loop()
    end = loop.time() + policy.deadline if end is None else end
    try:
        async with asyncio.timeout_at(end):
            while True:
                try:
                    return await attempt()
                except ServiceError as error:
                    failures += 1
                    last = error
                    wait = policy.wait(failures, error, draw)
                    if not error.retryable or failures >= policy.attempts or loop.time() + wait >= end:
                        raise _given_up(error, failures) from None
                await sleep(wait)
    except TimeoutError:
        raise _too_slow(policy.deadline, last, failures) from None


def _given_up(error: ServiceError, failures: int) -> ServiceError:
    """The same error, so that its kind stays, with how often it was tried in its message."""
    if failures > 1:
        error.args = (f"{error} ({_tried(failures)})",)
    elif error.retry_after is not None:
        error.args = (
            f"{error} (it asks to wait {error.retry_after:g} s, longer than COACH_DEADLINE allows)",
        )
    return error


def _tried(failures: int) -> str:
    return "tried once" if failures == 1 else f"tried {failures} times"


def _too_slow(deadline: float, last: ServiceError | None, failures: int) -> ServiceError:
    before = f"; before that: {last} ({_tried(failures)})" if last else ""
    return ServiceError(
        f"no complete reply within {deadline:g} s; raise COACH_DEADLINE for a slow model{before}",
        "timeout",
        retryable=True,
    )
