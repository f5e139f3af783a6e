"""What follows a failure: nothing better, the next deployment, or the same one after a wait; in one table."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from lanewise.core.answer import Finish
from lanewise.core.events import Degraded, FellBack
from lanewise.core.failure import Failure, FailureKind
from lanewise.core.policy import Amplification, BreakerPolicy, Lane
from lanewise.pipeline.fall_back import GiveUp, RetryDecision, Row, TryAgain, TryNext, decide, fall_back, note
from lanewise.pipeline.reactions import REACTIONS
from lanewise.pipeline.run import Run
from pipeline.runs import ONE, TWO, a_run, a_timed_walk, a_walk, hold, shown, trip
from pipeline.vendors import ROLE, ended, said, streams, thought
from virtual_time import in_virtual_time
from walking import answers, fails, hangs, lane, request

AGAIN = [kind for kind, reaction in REACTIONS.items() if reaction.again]
ELSEWHERE = [kind for kind, reaction in REACTIONS.items() if reaction.elsewhere and not reaction.again]
FINAL = [kind for kind in FailureKind if kind not in (*AGAIN, *ELSEWHERE)]


def after(run: Run, *failures: Failure) -> RetryDecision:
    """What follows when the deployments of the run's lane have failed like this, each as often as it is named, in turn."""
    row = Row(run.lane.deployments, {})
    for number, failure in enumerate(failures):
        note(run, row, number % len(run.lane.deployments), failure)
    return decide(run, row, failures[-1])


def decided(kind: FailureKind, *, of: Lane = ONE, retry_after_s: float | None = None) -> RetryDecision:
    return after(a_run(a_walk(of)), Failure(kind=kind, message="no", retry_after_s=retry_after_s))


def failure(kind: FailureKind, *, retry_after_s: float | None = None) -> Failure:
    return Failure(kind=kind, message="no", retry_after_s=retry_after_s)


@pytest.mark.parametrize("kind", [*AGAIN, *ELSEWHERE])
def test_another_vendor_comes_before_waiting_for_the_same_one(kind: FailureKind) -> None:
    assert decided(kind, of=TWO, retry_after_s=3600.0) == TryNext(1)


@pytest.mark.parametrize("kind", AGAIN)
def test_the_last_deployment_is_asked_again_after_a_wait(kind: FailureKind) -> None:
    decision = decided(kind)
    assert isinstance(decision, TryAgain)
    assert decision.place == 0


@pytest.mark.parametrize("kind", ELSEWHERE)
def test_what_only_another_vendor_may_take_is_not_asked_of_the_same_one_again(kind: FailureKind) -> None:
    assert decided(kind) == GiveUp()


@pytest.mark.parametrize("kind", FINAL)
def test_what_would_be_the_same_everywhere_ends_the_lane(kind: FailureKind) -> None:
    assert decided(kind, of=TWO) == GiveUp()


def test_each_wait_is_about_twice_the_last_and_never_the_same_for_all() -> None:
    down = failure(FailureKind.OVERLOADED)
    run = a_run()
    for times in range(1, 5):
        decisions = [after(run, *[down] * times) for _ in range(20)]
        waits_s = {each.wait_s for each in decisions if isinstance(each, TryAgain)}

        assert len(waits_s) == 20
        assert min(waits_s) >= 0.125 * 2 ** (times - 1)
        assert max(waits_s) <= 0.25 * 2 ** (times - 1)


def test_a_vendor_s_retry_after_is_kept_to_and_one_that_is_too_long_is_told_instead() -> None:
    assert decided(FailureKind.RATE_LIMITED, retry_after_s=2.0) == TryAgain(0, 2.0)
    assert decided(FailureKind.RATE_LIMITED, retry_after_s=8.5) == GiveUp()


def test_who_can_be_asked_soonest_is_asked_again() -> None:
    soon, late = (
        failure(FailureKind.OVERLOADED, retry_after_s=1.0),
        failure(FailureKind.RATE_LIMITED, retry_after_s=60.0),
    )
    assert after(a_run(a_walk(TWO)), soon, late) == TryAgain(0, 1.0)
    assert after(a_run(a_walk(TWO)), late, soon) == TryAgain(1, 1.0)


def test_one_that_can_never_answer_does_not_end_the_lane_for_one_that_was_only_busy() -> None:
    busy, locked = failure(FailureKind.OVERLOADED, retry_after_s=1.0), failure(FailureKind.VENDOR_ACCESS)
    assert after(a_run(a_walk(TWO)), busy, locked) == TryAgain(0, 1.0)
    assert after(a_run(a_walk(TWO)), locked, locked) == GiveUp()


def test_no_wait_passes_the_deadline() -> None:
    walk = a_walk()
    run = a_run(walk)
    walk.clock.time_s += 59.0
    busy = failure(FailureKind.RATE_LIMITED, retry_after_s=2.0)
    assert after(run, busy) == GiveUp()

    walk = a_walk(TWO)
    run = a_run(walk)
    walk.clock.time_s += 60.0
    assert after(run, busy) == GiveUp()


def test_nobody_takes_over_once_the_caller_has_seen_something() -> None:
    run = a_run(a_walk(TWO))
    run.answered = True
    assert after(run, failure(FailureKind.CUT_STREAM)) == GiveUp()


def test_a_deployment_whose_breaker_has_opened_meanwhile_is_not_asked_again() -> None:
    walk = a_walk()
    down = failure(FailureKind.OVERLOADED, retry_after_s=0.0)
    trip(walk, ONE, "alpha/small")
    assert after(a_run(walk), down) == GiveUp()


async def test_retries_are_counted_over_all_deployments() -> None:
    down = fails(FailureKind.OVERLOADED, retry_after_s=0.0)
    walk = a_walk(TWO, {"alpha/small": [down], "beta/large": [down]}, amplification=Amplification(max_retries=1))

    generation = await fall_back(a_run(walk))

    assert walk.provider.asked() == ["alpha/small", "beta/large", "beta/large"]
    assert generation.failure is not None


@pytest.mark.parametrize(("first_s", "last_s", "told_s"), [(20.0, 40.0, 20.0), (40.0, 20.0, 20.0), (20.0, None, None)])
async def test_the_caller_is_told_when_the_first_of_them_is_back(
    first_s: float, last_s: float | None, told_s: float | None
) -> None:
    """Where the last one told nothing, it may be back at any moment."""
    first, last = (fails(FailureKind.OVERLOADED, retry_after_s=each) for each in (first_s, last_s))
    walk = a_walk(TWO, {"alpha/small": [first], "beta/large": [last]}, amplification=Amplification(max_retries=0))

    failure = (await fall_back(a_run(walk))).failure

    assert failure is not None
    assert failure.retry_after_s == told_s


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
    assert "in lane 'standard': it may cost up to $" in generation.failure.message
    assert generation.failure.message.endswith("or have the operator raise the lane's `max_cost`")


async def test_a_caller_who_leaves_during_a_wait_is_not_kept_until_its_end() -> None:
    walk = a_walk(ONE, {"alpha/small": [fails(FailureKind.RATE_LIMITED, retry_after_s=8.0)]})
    waiting = asyncio.create_task(fall_back(a_run(walk)))
    while not walk.events:
        await asyncio.sleep(0)

    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert walk.provider.asked() == ["alpha/small"]


@in_virtual_time
async def test_a_lane_that_is_only_busy_is_waited_for_a_moment() -> None:
    walk = a_timed_walk(TWO)
    hold(walk, "alpha/small", 5.0)
    hold(walk, "beta/large", 3.0)
    began_s = walk.clock.monotonic_s()

    generation = await fall_back(a_run(walk))

    assert generation.failure is None
    assert walk.clock.monotonic_s() - began_s == 3.0
    assert walk.provider.asked() == ["beta/large"]
    assert FellBack(deployment="beta/large", next="beta/large", reason="resting", wait_s=3.0) in walk.events


@in_virtual_time
async def test_a_lane_that_is_busy_for_long_says_when_to_come_back() -> None:
    walk = a_timed_walk(TWO)
    hold(walk, "alpha/small", 40.0)
    hold(walk, "beta/large", 20.0)

    failure = (await fall_back(a_run(walk))).failure

    assert failure is not None
    assert (failure.kind, failure.retry_after_s, walk.provider.calls) == (FailureKind.RESTING, 20.0, [])


@in_virtual_time
async def test_nobody_waits_for_a_breaker() -> None:
    of = replace(TWO, breaker=BreakerPolicy(open_s=2.0))
    walk = a_timed_walk(of)
    trip(walk, of, "alpha/small", "beta/large")
    began_s = walk.clock.monotonic_s()

    failure = (await fall_back(a_run(walk))).failure

    assert failure is not None
    assert failure.kind is FailureKind.RESTING
    assert walk.clock.monotonic_s() == began_s


@in_virtual_time
async def test_a_busy_deployment_is_waited_for_where_the_others_never_can() -> None:
    walk = a_timed_walk(TWO, scripts={"beta/large": [fails(FailureKind.VENDOR_ACCESS)]})
    hold(walk, "alpha/small", 4.0)

    generation = await fall_back(a_run(walk))

    assert generation.failure is None
    assert walk.provider.asked() == ["beta/large", "alpha/small"]


@in_virtual_time
async def test_the_first_deployment_is_asked_again_where_the_second_never_can() -> None:
    walk = a_timed_walk(
        TWO,
        scripts={
            "alpha/small": [fails(FailureKind.OVERLOADED), answers()],
            "beta/large": [fails(FailureKind.VENDOR_ACCESS)],
        },
    )
    run = a_run(walk)

    generation = await fall_back(run)

    assert generation.failure is None
    assert walk.provider.asked() == ["alpha/small", "beta/large", "alpha/small"]
    assert [call.reason for call in run.calls] == ["first", "fallback: overloaded", "retry: overloaded"]


@in_virtual_time
async def test_where_one_never_can_and_one_could_later_the_caller_is_told_of_the_latter() -> None:
    busy, locked = fails(FailureKind.OVERLOADED, retry_after_s=60.0), fails(FailureKind.VENDOR_ACCESS)
    for alpha, beta in ((busy, locked), (locked, busy)):
        walk = a_timed_walk(TWO, scripts={"alpha/small": [alpha], "beta/large": [beta]})
        failure = (await fall_back(a_run(walk))).failure
        assert failure is not None
        assert (failure.kind, failure.retry_after_s) == (FailureKind.OVERLOADED, 60.0)


@in_virtual_time
async def test_a_vendor_that_hangs_leaves_time_for_the_next() -> None:
    for stream in (True, False):
        walk = a_timed_walk(TWO, scripts={"alpha/small": [hangs]})
        run = a_run(walk, request(stream=stream))
        generation = await fall_back(run)
        assert generation.failure is None
        assert [call.failure for call in run.calls] == [FailureKind.LATE_START, None]


@in_virtual_time
async def test_a_switch_stays_for_the_rest_of_the_run() -> None:
    walk = a_timed_walk(TWO, scripts={"alpha/small": [fails(FailureKind.OVERLOADED), answers()]})
    run = a_run(walk)

    await fall_back(run)
    await fall_back(run)

    assert walk.provider.asked() == ["alpha/small", "beta/large", "beta/large"]
    assert len(run.degraded) == 1


@in_virtual_time
async def test_thinking_that_was_shown_of_a_call_that_failed_is_followed_by_another_s() -> None:
    cut = streams(ROLE, thought("hm"), fails=FailureKind.CONNECTION_LOST)
    walk = a_timed_walk(TWO, scripts={"alpha/small": [cut], "beta/large": [streams(thought("ah"), said("Eight."))]})

    generation = await fall_back(a_run(walk, request(stream=True)))

    assert generation.failure is None
    assert shown(walk) == "role;(hm);(ah);Eight.;"


@in_virtual_time
async def test_a_content_filter_is_final_and_nobody_shops_for_a_laxer_vendor() -> None:
    for filtered in (fails(FailureKind.CONTENT_FILTER), streams(ended(Finish.CONTENT_FILTER), empty=True)):
        walk = a_timed_walk(TWO, scripts={"alpha/small": [filtered]})
        await fall_back(a_run(walk))
        assert walk.provider.asked() == ["alpha/small"]
