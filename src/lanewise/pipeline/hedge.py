"""A call and, where it is unusually slow, its twin at another deployment: whichever shows something first is the answer."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import NamedTuple, Self

import msgspec

from lanewise.core.answer import Generation
from lanewise.core.events import Hedged
from lanewise.core.failure import Failure
from lanewise.core.policy import Deployment
from lanewise.pipeline.attempt import Attempt, attempt_at
from lanewise.pipeline.cut_short import OUTRUN
from lanewise.pipeline.generate import generate
from lanewise.pipeline.order import rests_s
from lanewise.pipeline.reactions import NOT_CALLED
from lanewise.pipeline.run import Run
from lanewise.pipeline.showing import Showing


class Beside(NamedTuple):
    """A call made at the same time as the one that counts, and how it ended."""

    deployment: Deployment
    failure: Failure


class Shown(msgspec.Struct, frozen=True):
    """A call's outcome, and what of it the caller has not seen yet."""

    generation: Generation
    showing: Showing
    beside: tuple[Beside, ...] = ()


async def hedge(run: Run, attempt: Attempt, twin: Deployment | None) -> Shown:
    """Make the call; after `hedge_after` times its usual P95 ask `twin` too. The loser is cancelled, and billed for what it had done."""
    after_s = None if twin is None else _hedge_after_s(run, attempt)
    if twin is None or after_s is None:
        showing = Showing(run, attempt.call.deployment)
        return Shown(await generate(run, attempt, showing), showing)
    async with _Race(run) as race:
        race.start(attempt)
        if not await race.is_decided(within_s=after_s) and rests_s(run, twin) <= 0:
            race.start(attempt_at(run, twin, reason="hedge"))
            await run.tell(Hedged(deployment=attempt.call.deployment.name, twin=twin.name, after_s=after_s))
        await race.is_decided()
        return await race.result()


def _hedge_after_s(run: Run, attempt: Attempt) -> float | None:
    """Seconds after which the call is slow; None where it must not be made twice, or nobody knows yet what slow is."""
    lane = attempt.lane
    if lane.hedge_after is None or run.request.vendor_tools:
        return None
    usual = run.parts.history.deployment(lane.name, attempt.call.deployment.name)
    if usual is None:
        return None
    usual_s = usual.first_token_p95_s if attempt.call.stream else usual.p95_s
    return None if usual_s is None else lane.hedge_after * usual_s


class _Entry(NamedTuple):
    """One call of a race."""

    task: asyncio.Task[Generation]
    showing: Showing


class _Race:
    """Calls made at once; the first to show something, or to be whole, is the run's. Nothing goes on after it, however it is left."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._entries: list[_Entry] = []
        self._winner: _Entry | None = None
        self._loop = asyncio.get_running_loop()
        self._moved: asyncio.Future[None] | None = None
        self._is_late = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, _: type[BaseException] | None, error: BaseException | None, __: TracebackType | None
    ) -> None:
        live = [entry.task for entry in self._entries if not entry.task.done()]
        if live:
            await _end(live, *(error.args if isinstance(error, asyncio.CancelledError) else ()))
        self._entries.clear()  # what they show knows of the race, and the race of them
        self._winner = None

    def start(self, attempt: Attempt) -> None:
        """Make one more call."""
        showing = Showing(self._run, attempt.call.deployment, on_win=self._won_by)
        task = self._loop.create_task(generate(self._run, attempt, showing))
        task.add_done_callback(self._move)
        self._entries.append(_Entry(task, showing))

    async def is_decided(self, *, within_s: float | None = None) -> bool:
        """Wait until a call has won or all have failed; False where that takes longer."""
        self._is_late = False
        timer = None if within_s is None else self._loop.call_later(within_s, self._ring)
        try:
            while self._winner is None and not all(entry.task.done() for entry in self._entries):
                if self._is_late:
                    return False
                self._moved = self._loop.create_future()
                await self._moved
        finally:
            if timer is not None:
                timer.cancel()
        return True

    async def result(self) -> Shown:
        """The winner, to its end; where all have failed, the last one that our own limits let through."""
        winner = self._winner
        if winner is None:
            return self._failed()
        losers = [entry for entry in self._entries if entry is not winner]
        if losers:
            await _end([entry.task for entry in losers])
        beside = tuple(Beside(entry.showing.deployment, _end_of(entry.task)) for entry in losers)
        return Shown(await winner.task, winner.showing, beside)

    def _failed(self) -> Shown:
        ended = [Shown(entry.task.result(), entry.showing) for entry in self._entries]
        failures = [(each, each.generation.failure) for each in ended]
        made = [(each, failure) for each, failure in failures if failure is not None and failure.kind not in NOT_CALLED]
        if not made:
            return ended[0]
        beside = tuple(Beside(each.showing.deployment, failure) for each, failure in made[:-1])
        return msgspec.structs.replace(made[-1][0], beside=beside)

    def _won_by(self, showing: Showing) -> None:
        """At the very moment: of two calls that go on in one turn of the loop, the second must not win as well."""
        for entry in self._entries:
            if entry.showing is showing:
                self._winner = entry
            else:
                entry.showing.outrun = True
        self._move()

    def _ring(self) -> None:
        self._is_late = True
        self._move()

    def _move(self, _: object = None) -> None:
        """Let whoever waits look again."""
        if self._moved is not None and not self._moved.done():
            self._moved.set_result(None)


def _end_of(loser: asyncio.Task[Generation]) -> Failure:
    """Why a call that is over did not win."""
    if loser.cancelled() or loser.exception() is not None:
        return OUTRUN
    return loser.result().failure or OUTRUN


async def _end(tasks: list[asyncio.Task[Generation]], *why: str) -> None:
    """Cancel calls and wait until each is recorded. A fault of ours in one of them is told: nobody else will hear of it."""
    for task in tasks:
        task.cancel(*why)
    for result in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(result, Exception):
            told = {"message": "a call beside the one that answers has failed", "exception": result}
            asyncio.get_running_loop().call_exception_handler(told)
