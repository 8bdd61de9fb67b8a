"""Retries: how often, how long, and when not."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coach.critic.retrying import RetryPolicy, retried
from coach.errors import ServiceError

BUSY = {"kind": "busy", "retryable": True}


def failing(*errors: ServiceError) -> tuple[Callable[[], Awaitable[str]], list[int]]:
    """A call that fails with each of `errors` and then succeeds, and how often it was made."""
    left, calls = list(errors), []

    async def attempt() -> str:
        calls.append(1)
        if left:
            raise left.pop(0)
        return "done"

    return attempt, calls


def run(attempt: Callable[[], Awaitable[str]], policy: RetryPolicy) -> tuple[str, list[float]]:
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    done = asyncio.run(retried(attempt, policy, sleep=sleep, draw=lambda: 1.0))
    return done, waits


def test_a_passing_failure_is_tried_again_with_doubling_waits() -> None:
    attempt, calls = failing(*(ServiceError("busy", **BUSY) for _ in range(3)))
    done, waits = run(attempt, RetryPolicy(first_wait=0.5))
    assert (done, len(calls), waits) == ("done", 4, [0.5, 1, 2])


def test_what_will_not_pass_is_not_tried_again() -> None:
    attempt, calls = failing(ServiceError("no", "denied"))
    with pytest.raises(ServiceError, match=r"^no$") as caught:
        run(attempt, RetryPolicy())
    assert (caught.value.kind, len(calls)) == ("denied", 1)


def test_it_gives_up_and_says_how_often_it_tried() -> None:
    attempt, calls = failing(*(ServiceError("busy", **BUSY) for _ in range(9)))
    with pytest.raises(ServiceError, match=r"busy \(tried 3 times\)"):
        run(attempt, RetryPolicy(attempts=3))
    assert len(calls) == 3


def test_the_wait_that_was_asked_for_is_kept() -> None:
    attempt, _ = failing(ServiceError("busy", retry_after=7, **BUSY))
    _, (wait,) = run(attempt, RetryPolicy(first_wait=0.5))
    assert 7 <= wait <= 7.5


def test_a_wait_longer_than_the_deadline_is_not_begun() -> None:
    attempt, calls = failing(ServiceError("busy", retry_after=60, **BUSY))
    with pytest.raises(ServiceError, match="asks to wait 60 s, longer"):
        run(attempt, RetryPolicy(deadline=30))
    assert len(calls) == 1


def test_an_attempt_is_stopped_at_the_deadline() -> None:
    stopped = []

    async def attempt() -> str:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            stopped.append(1)
            raise
        return "late"

    with pytest.raises(ServiceError, match="within 0.05 s") as caught:
        asyncio.run(retried(attempt, RetryPolicy(deadline=0.05)))
    assert (caught.value.kind, stopped) == ("timeout", [1])


@given(st.integers(1, 40), st.floats(0, 1, exclude_max=True))
def test_a_wait_is_never_longer_than_it_may_be(failures: int, drawn: float) -> None:
    policy = RetryPolicy(first_wait=0.5, longest_wait=20)
    wait = policy.wait(failures, ServiceError("busy", **BUSY), lambda: drawn)
    assert 0 <= wait <= min(0.5 * 2 ** (failures - 1), 20)


def test_a_call_that_shares_a_deadline_ends_with_it() -> None:
    async def late() -> float:
        loop = asyncio.get_running_loop()
        begun = loop.time()
        with pytest.raises(ServiceError, match="no complete reply within 60 s"):
            await retried(lambda: asyncio.sleep(60, "late"), RetryPolicy(deadline=60), end=begun - 1)
        return loop.time() - begun

    assert asyncio.run(late()) < 30


def test_what_came_before_the_deadline_is_told_with_its_number() -> None:
    attempt, _ = failing(ServiceError("busy", **BUSY))

    async def slow() -> str:
        await attempt()
        await asyncio.sleep(60)
        return "late"

    with pytest.raises(ServiceError, match=r"before that: busy \(tried once\)"):
        asyncio.run(retried(slow, RetryPolicy(deadline=0.2, first_wait=0)))
