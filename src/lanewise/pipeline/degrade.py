"""When a whole lane cannot answer: a faster lane does, marked; or a caller who can wait is kept until a vendor may be back."""

from __future__ import annotations

import asyncio

from msgspec import structs

from lanewise.core.answer import Generation
from lanewise.core.events import Degraded, Queued
from lanewise.core.failure import Failure
from lanewise.core.policy import Lane
from lanewise.pipeline.bounding import bounded, faster_lane
from lanewise.pipeline.fall_back import fall_back
from lanewise.pipeline.reactions import OUR_LIMITS, REACTIONS
from lanewise.pipeline.run import Run

# Where nobody says when to come back; then three times as long each time, because each round costs calls.
_FIRST_WAIT_S = 2.0
_GROWTH = 3.0
_LEAST_WAIT_S = 0.1  # less is not worth asking everybody again
_JITTER = 0.25  # of a wait: those who wait together do not all come back at once


async def degrade(run: Run, why: str = "first") -> Generation:
    """The lane's answer, else that of a lane it degrades to, else the failure that says most; asked anew for who can wait.

    `why` is the first call's reason in the trace.
    """
    told = await _lane_by_lane(run, why)
    rounds = 0
    while told.failure is not None and not run.committed:
        wait_s = _wait_s(run, told.failure, rounds)
        if wait_s is None or not await _has_waited(run, told.failure, wait_s):
            break
        rounds += 1
        run.start_over()
        generation = await _lane_by_lane(run, f"waited: {told.failure.kind}")
        failure = generation.failure
        if failure is not None and failure.kind in OUR_LIMITS and not failure.may_wait:
            break
        told = generation
    return told


async def _lane_by_lane(run: Run, why: str) -> Generation:
    """The first answer on the way down from the run's lane to faster ones; the lane asked for stays the run's where nobody answers."""
    asked, been = run.lane, [run.lane.name]
    told: Generation | None = None
    while True:
        generation = await fall_back(run, why)
        failure = generation.failure
        if failure is None or run.committed:
            return generation
        told = generation if told is None else _tells_more(told, generation)
        lane = _faster_lane(run, failure)
        if lane is None or lane.name in been:
            run.lane = asked
            return told
        been.append(lane.name)
        why = f"degraded: {failure.kind}"
        await run.tell(Degraded(reason=why, from_=run.lane.name, to=lane.name, lane=lane.name))
        run.lane = lane


def _faster_lane(run: Run, failure: Failure) -> Lane | None:
    """The lane that may answer instead, while there is time for it: a budget that is used up names its own."""
    if run.remaining_s() <= 0:
        return None
    if failure.instead:
        return bounded(run.policy.lanes[failure.instead], run.bounds, run.policy)
    if run.lane.degrade_to is None or not REACTIONS[failure.kind].faster:
        return None
    return faster_lane(run.lane, run.bounds, run.policy)


def _tells_more(told: Generation, failed: Generation) -> Generation:
    """The failure of the lane that was asked for, unless only another one's will be over; with the soonest time to come back of both."""
    if told.failure is None or failed.failure is None:
        return told
    if not REACTIONS[told.failure.kind].later and REACTIONS[failed.failure.kind].later:
        return failed
    times_s = [each for each in (told.failure.retry_after_s, failed.failure.retry_after_s) if each is not None]
    if not times_s or not REACTIONS[told.failure.kind].later:
        return told
    return structs.replace(told, failure=structs.replace(told.failure, retry_after_s=min(times_s)))


def _wait_s(run: Run, failure: Failure, rounds: int) -> float | None:
    """How long to wait before everybody is asked anew; None where the caller cannot wait, or has waited long enough."""
    if run.request.hints.latency != "can_wait" or not (REACTIONS[failure.kind].later or failure.may_wait):
        return None
    usual_s = _FIRST_WAIT_S * _GROWTH**rounds * run.parts.random.uniform(1.0, 1.0 + _JITTER)
    left_s = run.policy.waiting.max_wait_s - run.waited_s
    if failure.may_wait:  # until the period ends, or a call under way gives back what it did not use
        wait_s = min(usual_s, left_s, failure.retry_after_s or usual_s)
    else:
        wait_s = max(failure.retry_after_s or 0.0, min(usual_s, left_s))
    return wait_s if _LEAST_WAIT_S <= wait_s <= left_s and run.can_wait(wait_s) else None


async def _has_waited(run: Run, failure: Failure, wait_s: float) -> bool:
    """Wait in the waiting room; False where it is full."""
    room = run.parts.waiting_room
    if not room.sit_down(run.policy.waiting.places):
        return False
    began_s = run.elapsed_s()
    try:
        await run.tell(Queued(reason=failure.kind, wait_s=wait_s))
        await asyncio.sleep(wait_s)
    finally:
        room.get_up()
        run.waited_s += run.elapsed_s() - began_s
    return True
