"""Hot state that several processes share; while it is out of reach, each holds its share of every limit by itself.

What this process lets in is noted in its own memory too, at its share of each limit: so nothing is given anew when the shared state goes
away, and when it comes back with nothing in it, everybody tells it what was taken. Requests that come together go in one batch, one batch
at a time; counts of running requests are told whole with each, so that whatever got lost is mended by the next.
"""

from __future__ import annotations

import asyncio
from functools import lru_cache
from typing import Protocol

import msgspec

from lanewise.core.clock import Clock
from lanewise.core.limiting import Limits
from lanewise.core.protocols.hot_line import HotLine, LineLost
from lanewise.core.protocols.hot_state import Claim, HotStanding, Short, Standing, Taken
from lanewise.limits.hot_batch import Answer, Asked, Batch, answered, read
from lanewise.limits.hot_memory import MemoryHotState, cost_s

LEASE_S = 6.0
"""For so long the places of a process count after it was heard of last."""

_BEATS = 4  # in a lease
_UNHURRIED_S = 0.01  # that what is given back waits for a request to go with: half as many batches
_LOOK_AGAIN_S = 0.5  # while the shared state is out of reach
_SETTLES_S = 1.0  # once it is back: in this time every process has told it what is running


class Told(Protocol):
    """Who is told what happens to the shared state."""

    def alone(self, *, alone: bool, processes: int, cause: str) -> None:
        """It is out of reach from now on, for this cause; or back, and the cause is empty."""

    def keys_changed(self) -> None:
        """Another process has made, changed or revoked keys."""


class SharedHotState:
    """Asks the shared state before anybody is let in. `start` it before, `close` it after."""

    def __init__(
        self, clock: Clock, line: HotLine, *, process: str, expected: int, told: Told, lease_s: float = LEASE_S
    ) -> None:
        """`process` is a name that no other has, before or after; `expected` how many share limits until that is known."""
        self._clock = clock
        self._line = line
        self._process = process
        self._lease_s = lease_s
        self._told = told
        self._mine = MemoryHotState(clock)
        self._next = Batch()
        self._speaking: asyncio.Task[None] | None = None
        self._later: asyncio.TimerHandle | None = None  # until what is given back goes by itself
        self._beating: asyncio.Task[None] | None = None
        self._alone = False
        self._back_s: float | None = None  # since when it has answered again
        self._processes = expected
        self._word = ""
        self._closing = False
        self._keys_changed: int | None = None
        self._held: dict[tuple[str, str], Claim] = {}  # of whom the shared state is to know
        self._untold: list[tuple[Claim, int]] = []  # with tokens: let in alone, since it has answered again

    async def take(self, claims: tuple[Claim, ...], tokens: int, *, sparing: bool = False) -> Taken | Short:
        """Take what is claimed, or nothing."""
        if all(claim.limits.unlimited for claim in claims):
            return self._mine.take_now(claims, tokens)
        if not self._alone:
            told = self._next.take(claims, tokens, sparing=sparing)
            self._speak_soon()
            try:
                answer = await told
            except asyncio.CancelledError:
                if told.done() and not told.cancelled() and isinstance(answer := told.result(), Taken):
                    self.undo(answer)
                raise
            if answer is not None:
                return answer
        return self._take_alone(claims, tokens, sparing=sparing)

    def give_back(self, taken: Taken, tokens: int) -> None:
        """Give places back, and settle tokens."""
        self._mine.give_back(taken.mirror or taken, tokens)
        if self._alone:
            return
        for claim in taken.claims:
            if taken.mirror is None:
                self._tell(claim)
            else:
                more_s = tokens * claim.limits.token_s - cost_s(claim.limits, taken.tokens)
                self._next.give_back(claim, more_s if claim.limits.token_s else 0.0)
        if self._later is None:
            self._later = asyncio.get_running_loop().call_later(_UNHURRIED_S, self._speak_at_last)

    def undo(self, taken: Taken) -> None:
        """Give everything back."""
        self._mine.undo(taken.mirror or taken)
        if self._alone:
            return
        for claim in taken.claims:
            if taken.mirror is None:
                self._tell(claim)
            else:
                self._next.undo(claim, cost_s(claim.limits, taken.tokens))
        self._speak_soon()

    def stands(self) -> HotStanding:
        """Shared, or alone for now."""
        return HotStanding(shared=True, alone=self._alone, processes=self._processes)

    async def start(self) -> None:
        """Be heard of, and go on being heard of."""
        await self._beat()
        self._beating = asyncio.create_task(self._keep_beating(), name="hot state")

    async def close(self) -> None:
        """Be heard of no more; the places of this process count no longer."""
        self._closing = True
        if self._beating is not None:
            self._beating.cancel()
            await asyncio.gather(self._beating, return_exceptions=True)
            self._beating = None
        if self._later is not None:
            self._later.cancel()
            self._later = None
        while self._speaking is not None:
            await asyncio.wait([self._speaking])
        if not self._alone:
            batch, self._next = self._next, Batch()
            await self._say(batch, lease_s=0.0)

    def _take_alone(self, claims: tuple[Claim, ...], tokens: int, *, sparing: bool) -> Taken | Short:
        taken = self._mine.take_now(self._shares(claims), tokens, sparing=sparing)
        standing = msgspec.structs.replace(taken.standing or Standing(), alone=True)
        if isinstance(taken, Taken):
            self._hold(claims)
            if self._back_s is not None:
                self._untold += [(claim, tokens) for claim in claims]
        return msgspec.structs.replace(taken, standing=standing)

    def _shares(self, claims: tuple[Claim, ...]) -> tuple[Claim, ...]:
        return tuple(claim._replace(limits=_share(claim.limits, self._processes)) for claim in claims)

    def _hold(self, claims: tuple[Claim, ...]) -> None:
        for claim in claims:
            self._held[claim[:2]] = claim

    def _tell(self, claim: Claim) -> None:
        if not claim.limits.unlimited:
            self._next.tell(claim)

    def _speak_at_last(self) -> None:
        self._later = None
        if len(self._next):
            self._speak_soon()

    def _speak_soon(self) -> None:
        if self._speaking is None:
            self._speaking = asyncio.create_task(self._speak(), name="hot state batch")

    async def _speak(self) -> None:
        try:
            while len(self._next) and not self._alone:
                batch, self._next = self._next, Batch()
                await self._say(batch)
        finally:
            self._speaking = None

    async def _say(self, batch: Batch, *, lease_s: float | None = None) -> bool:
        """Have a batch carried out; False where the shared state is out of reach."""
        packed = batch.pack(
            self._process,
            self._lease_s if lease_s is None else lease_s,
            self._word or self._process,
            self._mine.running,
        )
        try:
            answer = read(await self._line.carry_out(batch.subjects, packed))
        except (LineLost, msgspec.DecodeError, TypeError) as error:
            self._lost(batch, str(error))
            return False
        except BaseException:  # this process is ending
            _leave_to_decide_alone(batch)
            raise
        for place, asked in batch.asked.items():
            self._let_in(asked, answer.results[place])
        self._learn(answer)
        return True

    def _let_in(self, asked: Asked, result: list[float]) -> None:
        standing = answered(asked.claims, result)
        if isinstance(standing, Short):
            if not asked.told.done():
                asked.told.set_result(standing)
            return
        self._hold(asked.claims)
        mirror = self._mine.note(self._shares(asked.claims), asked.tokens)
        taken = Taken(asked.claims, asked.tokens, standing, mirror)
        if asked.told.done():  # its caller has left
            self.undo(taken)
        else:
            asked.told.set_result(taken)

    def _learn(self, answer: Answer) -> None:
        # Those who have not been heard of again yet are there all the same.
        self._processes = max(answer.processes, self._processes if self._alone else 1)
        if self._word and answer.word != self._word and not self._alone:
            self._remind()
        self._word = answer.word
        if self._keys_changed is not None and answer.keys_changed != self._keys_changed:
            self._told.keys_changed()
        self._keys_changed = answer.keys_changed

    def _remind(self) -> None:
        """The shared state has lost its memory: tell it what was taken here, each process for itself."""
        for whose, claim in self._held.items():
            requests_s, tokens_s = (ahead_s / self._processes for ahead_s in self._mine.ahead_s(*whose))
            self._next.add(claim, requests_s, tokens_s)
        if len(self._next):
            self._speak_soon()

    def _lost(self, batch: Batch, cause: str) -> None:
        following, self._next = self._next, Batch()
        if not self._alone:
            self._alone = True
            if not self._closing:
                self._told.alone(alone=True, processes=self._processes, cause=cause)
        _leave_to_decide_alone(batch)
        _leave_to_decide_alone(following)

    async def _keep_beating(self) -> None:
        while True:
            await asyncio.sleep(_LOOK_AGAIN_S if self._alone else self._lease_s / _BEATS)
            await self._beat()

    async def _beat(self) -> None:
        """Be heard of: say what is running here, and, where the shared state was out of reach, what was taken meanwhile."""
        while self._speaking is not None:
            await asyncio.wait([self._speaking])
        batch, self._next = self._next, Batch()
        processes = self._processes
        for whose, claim in list(self._held.items()):
            ahead_s = self._mine.ahead_s(*whose)
            if self._mine.running(*whose):
                batch.tell(claim)
            elif not any(ahead_s):
                del self._held[whose]
            if self._alone and self._back_s is None and any(ahead_s):
                batch.add(claim, ahead_s[0] / processes, ahead_s[1] / processes)
        self._tell_taken(batch)
        self._speaking = asyncio.current_task()  # one batch at a time
        try:
            reached = await self._say(batch)
        finally:
            self._speaking = None
        if self._alone:
            self._settle(reached=reached)
        if len(self._next):
            self._speak_soon()

    def _settle(self, *, reached: bool) -> None:
        """Share limits again, once all who do have had the time to say what is running at them."""
        now_s = self._clock.monotonic_s()
        if not reached:
            self._back_s = None
            self._untold.clear()  # it is in what all of this process is ahead by
        elif self._back_s is None:
            self._back_s = now_s
        elif now_s >= self._back_s + _SETTLES_S:
            self._alone, self._back_s = False, None
            self._told.alone(alone=False, processes=self._processes, cause="")
            for claim in self._held.values():  # what came and went while the batch was under way
                self._next.tell(claim)
            self._tell_taken(self._next)

    def _tell_taken(self, batch: Batch) -> None:
        for claim, tokens in self._untold:
            batch.add(claim, claim.limits.request_s, cost_s(claim.limits, tokens))
        self._untold.clear()


def _leave_to_decide_alone(batch: Batch) -> None:
    """Whoever asks in it is told nothing."""
    for asked in batch.asked.values():
        if not asked.told.done():
            asked.told.set_result(None)


@lru_cache(maxsize=4_096)
def _share(limits: Limits, processes: int) -> Limits:
    return limits.share(processes)
