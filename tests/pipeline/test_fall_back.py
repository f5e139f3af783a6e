"""What follows a failure: nothing better, the next deployment, or the same one after a wait; in one table."""

from __future__ import annotations

import asyncio

import pytest

from lanewise.core.events import Degraded, FellBack
from lanewise.core.failure import Failure, FailureKind
from lanewise.core.policy import Amplification
from lanewise.pipeline.fall_back import GiveUp, RetryDecision, TryAgain, TryNext, decide, fall_back
from pipeline.runs import ONE, TWO, a_run, a_walk
from walking import answers, fails, lane

TRANSIENT = [kind for kind in FailureKind if Failure(kind=kind, message="").transient]
ELSEWHERE = [FailureKind.VENDOR_ACCESS, FailureKind.UNTRANSLATABLE]
FINAL = [kind for kind in FailureKind if kind not in (*TRANSIENT, *ELSEWHERE)]


def decided(
    kind: FailureKind, *, attempt: int = 0, has_next: bool = False, retry_after_s: float | None = None
) -> RetryDecision:
    failure = Failure(kind=kind, message="no", retry_after_s=retry_after_s)
    return decide(a_run(), failure, attempt=attempt, has_next=has_next)


@pytest.mark.parametrize("kind", [*TRANSIENT, *ELSEWHERE])
def test_another_vendor_comes_before_waiting_for_the_same_one(kind: FailureKind) -> None:
    assert decided(kind, has_next=True, retry_after_s=3600.0) == TryNext()


@pytest.mark.parametrize("kind", TRANSIENT)
def test_the_last_deployment_is_asked_again_after_a_wait(kind: FailureKind) -> None:
    assert isinstance(decided(kind), TryAgain)


@pytest.mark.parametrize("kind", ELSEWHERE)
def test_what_only_another_vendor_may_take_is_not_asked_of_the_same_one_again(kind: FailureKind) -> None:
    assert decided(kind) == GiveUp()


@pytest.mark.parametrize("kind", FINAL)
def test_what_would_be_the_same_everywhere_ends_the_run(kind: FailureKind) -> None:
    assert decided(kind, has_next=True) == GiveUp()


def test_each_wait_is_about_twice_the_last_and_never_the_same_for_all() -> None:
    run, failure = a_run(), Failure(kind=FailureKind.OVERLOADED, message="no")
    for attempt in range(4):
        decisions = [decide(run, failure, attempt=attempt, has_next=False) for _ in range(20)]
        waits_s = {each.wait_s for each in decisions if isinstance(each, TryAgain)}

        assert len(waits_s) == 20
        assert min(waits_s) >= 0.125 * 2**attempt
        assert max(waits_s) <= 0.25 * 2**attempt


def test_a_vendor_s_retry_after_is_kept_to_and_one_that_is_too_long_is_told_instead() -> None:
    assert decided(FailureKind.RATE_LIMITED, retry_after_s=2.0) == TryAgain(wait_s=2.0)
    assert decided(FailureKind.RATE_LIMITED, retry_after_s=8.5) == GiveUp()


def test_no_wait_passes_the_deadline() -> None:
    walk = a_walk()
    run = a_run(walk)
    walk.clock.time_s += 59.0
    failure = Failure(kind=FailureKind.RATE_LIMITED, message="no", retry_after_s=2.0)
    assert decide(run, failure, attempt=0, has_next=False) == GiveUp()

    walk.clock.time_s += 1.0
    assert decide(run, failure, attempt=0, has_next=True) == GiveUp()


def test_nobody_takes_over_once_the_caller_has_seen_something() -> None:
    run = a_run()
    run.shown = True
    failure = Failure(kind=FailureKind.CUT_STREAM, message="no")
    assert decide(run, failure, attempt=0, has_next=True) == GiveUp()


async def test_retries_are_counted_over_all_deployments() -> None:
    down = fails(FailureKind.OVERLOADED, retry_after_s=0.0)
    walk = a_walk(TWO, {"alpha/small": [down], "beta/large": [down]}, amplification=Amplification(max_retries=1))

    generation = await fall_back(a_run(walk))

    assert walk.provider.asked() == ["alpha/small", "beta/large", "beta/large"]
    assert generation.failure is not None


async def test_each_switch_is_told_with_its_reason_and_a_retry_with_its_wait() -> None:
    down = fails(FailureKind.OVERLOADED, retry_after_s=0.0)
    walk = a_walk(TWO, {"alpha/small": [down], "beta/large": [down, answers()]})

    await fall_back(a_run(walk))

    assert walk.events == [
        Degraded(reason="fallback: overloaded", from_="alpha/small", to="beta/large"),
        FellBack(deployment="alpha/small", next="beta/large", reason="overloaded", wait_s=0.0),
        FellBack(deployment="beta/large", next="beta/large", reason="overloaded", wait_s=0.0),
    ]


async def test_a_refusal_of_our_own_does_not_hide_what_the_vendor_said() -> None:
    walk = a_walk(TWO, {"alpha/small": [fails(FailureKind.OVERLOADED)]}, amplification=Amplification(max_calls=1))

    generation = await fall_back(a_run(walk))

    assert walk.provider.asked() == ["alpha/small"]
    assert generation.failure is not None
    assert generation.failure.kind is FailureKind.OVERLOADED


async def test_a_refusal_of_our_own_at_the_first_call_is_told_as_it_is() -> None:
    walk = a_walk(lane("standard", "alpha/small", max_cost_nanousd=1))
    generation = await fall_back(a_run(walk))
    assert generation.failure is not None
    assert (generation.failure.kind, generation.failure.code) == (FailureKind.AMPLIFICATION, "max_cost")


async def test_a_caller_who_leaves_during_a_wait_is_not_kept_until_its_end() -> None:
    walk = a_walk(ONE, {"alpha/small": [fails(FailureKind.RATE_LIMITED, retry_after_s=8.0)]})
    waiting = asyncio.create_task(fall_back(a_run(walk)))
    while not walk.events:
        await asyncio.sleep(0)

    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert walk.provider.asked() == ["alpha/small"]
