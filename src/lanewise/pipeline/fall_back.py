"""Retry and fallback: one loop over the lane's deployments until an answer is whole or nothing is left to try."""

from __future__ import annotations

import asyncio
from math import inf

import msgspec

from lanewise.core.answer import Generation
from lanewise.core.events import Degraded, FellBack
from lanewise.core.failure import Failure, FailureKind
from lanewise.core.policy import Deployment
from lanewise.pipeline.attempt import attempt_at
from lanewise.pipeline.hedge import Shown
from lanewise.pipeline.order import awake, broken_s, in_order, rests_s
from lanewise.pipeline.reactions import NOT_CALLED, REACTIONS
from lanewise.pipeline.run import Run
from lanewise.pipeline.widen import widen

_FIRST_WAIT_S = 0.25
_LONGEST_WAIT_S = 8.0  # what takes longer is not waited for: the caller is told it
_RESTING = f"fallback: {FailureKind.RESTING}"


class GiveUp(msgspec.Struct, frozen=True):
    """Nothing better can be tried in this lane."""


class TryNext(msgspec.Struct, frozen=True):
    """Ask a deployment of the lane that was not asked yet."""

    place: int
    wait_s: float = 0.0  # it asked to be left alone for so long


class TryAgain(msgspec.Struct, frozen=True):
    """Ask a deployment again that has failed, after a wait."""

    place: int
    wait_s: float


RetryDecision = GiveUp | TryNext | TryAgain


class Tried(msgspec.Struct, frozen=True):
    """What came of asking one deployment."""

    failure: Failure
    times: int
    again_at_s: float  # after the run's start: not before may it be asked again


class Row(msgspec.Struct, frozen=True):
    """A lane's deployments in the order of this run, and what came of those that were asked, by place."""

    deployments: tuple[Deployment, ...]
    tried: dict[int, Tried]


async def fall_back(run: Run, why: str = "first") -> Generation:
    """The first whole answer of the lane's deployments, else the failure that says most. `why` is the first call's reason in the trace."""
    deployments = in_order(run)
    places = awake(run, deployments) or await _first_free(run, deployments)  # who is asked, then who else could be
    if not places:
        return _all_rest(run, deployments)
    if places[0]:
        why = _RESTING
        await _switch(run, deployments[0], deployments[places[0]], why)
    row = Row(deployments, {})
    told: Generation | None = None
    while True:
        other = deployments[places[1]] if len(places) > 1 else None
        attempt = attempt_at(run, deployments[places[0]], reason=why, has_next=other is not None)
        shown = await widen(run, attempt, other)
        failure = shown.generation.failure
        if failure is None:
            if shown.showing.holds:
                await shown.showing.release()
            return _answered(run, shown)
        if told is not None and failure.kind in NOT_CALLED:
            return told
        told = shown.generation if told is None else _tells_more(told, shown.generation)
        for beside in shown.beside:
            note(run, row, deployments.index(beside.deployment), beside.failure)
        failed = deployments.index(shown.showing.deployment)
        note(run, row, failed, failure)
        decision = decide(run, row, failure)
        if isinstance(decision, GiveUp):
            return _come_back_soonest(told, row)
        why = await _follow(run, row, failed, decision)
        places = [decision.place, *awake(run, deployments, {decision.place, *row.tried})]


def decide(run: Run, row: Row, failure: Failure) -> RetryDecision:
    """What follows a failure. Somebody who was not asked yet comes before waiting; then whoever can be asked soonest."""
    left_s = run.remaining_s()
    if run.committed or left_s <= 0 or not REACTIONS[failure.kind].elsewhere:
        return GiveUp()
    untried = awake(run, row.deployments, row.tried)
    if untried:
        return TryNext(untried[0])
    last = next(reversed(row.tried))
    wait_s, _, place = min(
        (_wait_s(run, each, row.tried.get(place)), place != last, place) for place, each in enumerate(row.deployments)
    )
    if wait_s > min(_LONGEST_WAIT_S, left_s):
        return GiveUp()
    return TryAgain(place, wait_s) if place in row.tried else TryNext(place, wait_s)


def _wait_s(run: Run, deployment: Deployment, tried: Tried | None) -> float:
    """How long until a deployment may be asked, again or for the first time; endless where it must not be."""
    if broken_s(run, deployment) > 0:
        return inf
    if tried is None:
        return rests_s(run, deployment)
    if not REACTIONS[tried.failure.kind].again or not _may_retry(run):
        return inf
    return max(0.0, tried.again_at_s - run.elapsed_s(), rests_s(run, deployment))


def _may_retry(run: Run) -> bool:
    """Whether a deployment may be asked again: a call is kept for each deployment of the faster lane, which may be well."""
    faster = run.lane.degrade_to
    kept = 0 if faster is None else len(run.policy.lanes[faster].deployments)
    return run.allowance.retries >= 1 and run.allowance.calls > kept


def note(run: Run, row: Row, place: int, failure: Failure) -> None:
    """Remember that a deployment has failed, and when it may be asked again: after Retry-After, else after a wait that doubles."""
    earlier = row.tried.pop(place, None)  # the last failure stands last
    times = 1 if earlier is None else earlier.times + 1
    wait_s = failure.retry_after_s
    if wait_s is None:
        wait_s = run.parts.random.uniform(0.5, 1.0) * _FIRST_WAIT_S * 2 ** (times - 1)
    row.tried[place] = Tried(failure, times, run.elapsed_s() + wait_s)


async def _follow(run: Run, row: Row, failed: int, decision: TryNext | TryAgain) -> str:
    """Tell what follows, and wait for it; the next call's reason in the trace."""
    failure, place = row.tried[failed].failure, decision.place
    from_, to = row.deployments[failed], row.deployments[place]
    if place != failed:
        await _switch(run, from_, to, f"fallback: {failure.kind}")
    await run.tell(FellBack(deployment=from_.name, next=to.name, reason=failure.kind, wait_s=decision.wait_s))
    if decision.wait_s:
        await asyncio.sleep(decision.wait_s)
    if isinstance(decision, TryNext):
        return f"fallback: {failure.kind}"
    run.allowance.retries -= 1
    return f"retry: {row.tried[place].failure.kind}"


async def _switch(run: Run, from_: Deployment, to: Deployment, why: str) -> None:
    """Another deployment than the preferred one answers, and stays with this run."""
    run.switched[run.lane.name] = to.name
    await run.tell(Degraded(reason=why, from_=from_.name, to=to.name))


def _answered(run: Run, shown: Shown) -> Generation:
    lane = run.lane
    if len(lane.deployments) > 1:
        name = shown.showing.deployment.name
        usual = not lane.weights and name == lane.deployments[0].name
        run.parts.affinity.keep(run.request, run.caller, lane.name, None if usual else name)
    return shown.generation


def _tells_more(told: Generation, failed: Generation) -> Generation:
    """The last failure, but what will be over soon says more than what this deployment can never do."""
    if told.failure is None or failed.failure is None:
        return failed
    last = REACTIONS[failed.failure.kind]
    return told if REACTIONS[told.failure.kind].later and last.elsewhere and not last.later else failed


def _come_back_soonest(told: Generation, row: Row) -> Generation:
    """The failure, with the soonest time to come back that anybody told: the lane is back with the first of its deployments."""
    failure = told.failure
    if failure is None or failure.retry_after_s is None:
        return told
    times_s = [each.failure.retry_after_s for each in row.tried.values() if each.failure.retry_after_s is not None]
    soonest_s = min(times_s, default=failure.retry_after_s)  # a deployment's later failure may have told nothing
    return msgspec.structs.replace(told, failure=msgspec.structs.replace(failure, retry_after_s=soonest_s))


async def _first_free(run: Run, deployments: tuple[Deployment, ...]) -> list[int]:
    """Wait a moment for a deployment whose vendor is only busy; nobody where that takes longer, or all are broken."""
    patience_s = min(_LONGEST_WAIT_S, run.remaining_s())
    while True:
        wait_s, place = min((_wait_s(run, each, None), place) for place, each in enumerate(deployments))
        patience_s -= wait_s
        if patience_s < 0:
            return []
        name = deployments[place].name
        await run.tell(FellBack(deployment=name, next=name, reason=FailureKind.RESTING, wait_s=wait_s))
        await asyncio.sleep(wait_s)
        places = awake(run, deployments)
        if places:
            return places


def _all_rest(run: Run, deployments: tuple[Deployment, ...]) -> Generation:
    """Nobody of the lane is to be asked now."""
    wait_s = min(rests_s(run, each) for each in deployments)
    failure = Failure(
        kind=FailureKind.RESTING,
        message=f"Every deployment of lane {run.lane.name!r} is left alone for now; the next may be asked in {wait_s:.0f} s",
        retry_after_s=wait_s,
    )
    return Generation(dialect=deployments[0].provider.dialect, failure=failure)
