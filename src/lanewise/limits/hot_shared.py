"""Hot state that several processes share; while it is out of reach, each holds its share of every limit by itself.

What the shared state says of windows is kept here too, see `mirror.py`. Requests that come together go in one batch, one batch at a time;
places held are told whole with each, so that whatever got lost is mended by the next. Far below all limits nobody is asked: see `ahead.py`.
"""

from __future__ import annotations

import asyncio
from typing import Protocol

import msgspec
import structlog

from lanewise.core.clock import Clock
from lanewise.core.protocols.hot_line import HotLine, LineLost
from lanewise.core.protocols.hot_state import Claim, HotStanding, Short, Standing, Taken
from lanewise.limits.ahead import LOOK_S, Ahead
from lanewise.limits.hot_batch import Answer, Asked, Batch, figures_of, read, short_of
from lanewise.limits.mirror import Mirror
from lanewise.limits.sliding import LIVES

LEASE_S = 6.0
"""For so long the places of a process count after it was heard of last."""

_BEATS = 4  # in a lease
_UNHURRIED_S = 0.01  # that what is given back waits for a request to go with: half as many batches
_LOOK_AGAIN_S = 0.5  # while the shared state is out of reach
_LEAP_BUCKETS = LIVES // 4  # forward, of the server's clock: an answer that was late sets it a little too
_SETTLES_S = 1.0  # once it is back: in this time every process has told it what is running

_log = structlog.get_logger()


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
        self._mirror = Mirror(clock)
        self._ahead = Ahead(clock, self._mirror)
        self._next = Batch()
        self._speaking: asyncio.Task[None] | None = None
        self._later: asyncio.TimerHandle | None = None  # until what is given back goes by itself
        self._looking: asyncio.TimerHandle | None = None  # until what is held ahead of need is looked through
        self._beating: asyncio.Task[None] | None = None
        self._alone = False
        self._back_s: float | None = None  # since when it has answered again
        self._processes = expected
        self._fewer_s: float | None = None  # since when there seem to be fewer
        self._word = ""
        self._batches = 0
        self._closing = False
        self._keys_changed: int | None = None

    async def take(self, claims: tuple[Claim, ...], tokens: int, *, sparing: bool = False) -> Taken | Short:
        """Take what is claimed, or nothing."""
        if all(claim.limits.unlimited for claim in claims):
            return self._mirror.mine.take_now(claims, tokens)
        if self._alone:
            return await self._take_by_share(claims, tokens, sparing=sparing)
        taken = None if sparing else self._ahead.take(claims, tokens)
        if taken is not None:
            return taken
        ahead = self._ahead.ask(claims, self._next, sparing=sparing)
        answer = await self._ask(self._next.take(claims, tokens, sparing=sparing, ahead=ahead))
        return answer or await self._take_by_share(claims, tokens, sparing=sparing)

    def give_back(self, taken: Taken, tokens: int) -> None:
        """Give places back, and settle tokens."""
        self._mirror.mine.give_back(taken, tokens)
        for claim in taken.claims:
            limits = claim.limits
            more = tokens - min(taken.tokens, limits.tokens_at_once) if limits.token_s else 0
            if more and self._reachable:
                self._next.settle(claim, more, taken.at)
            elif more:
                self._mirror.settle_alone(claim, more, then=taken.at)
            self._give_up_place(claim)
        if len(self._next) and self._later is None:
            self._later = asyncio.get_running_loop().call_later(_UNHURRIED_S, self._speak_at_last)

    def undo(self, taken: Taken) -> None:
        """Give everything back."""
        self._mirror.mine.undo(taken)
        if not self._reachable:
            self._mirror.undo_alone(taken)
            return
        for claim in taken.claims:
            if taken.prepaid:
                self._ahead.undo(claim)
            elif not claim.limits.unlimited:
                self._next.undo(claim, taken)
            self._give_up_place(claim)
        if len(self._next):
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
        for timer in (self._later, self._looking):
            if timer is not None:
                timer.cancel()
        self._later = self._looking = None
        while self._speaking is not None:
            await asyncio.wait([self._speaking])
        if not self._alone:
            batch, self._next = self._next, Batch()
            self._ahead.look(batch, last=True)
            await self._say(batch, lease_s=0.0)

    @property
    def _reachable(self) -> bool:
        return not self._alone or self._back_s is not None

    async def _ask(self, told: asyncio.Future[Taken | Short | None]) -> Taken | Short | None:
        """What the shared state says; None where it is out of reach."""
        self._speak_soon()
        try:
            return await told
        except asyncio.CancelledError:
            if told.done() and not told.cancelled() and isinstance(answer := told.result(), Taken):
                self.undo(answer)
            raise

    async def _take_by_share(self, claims: tuple[Claim, ...], tokens: int, *, sparing: bool) -> Taken | Short:
        """Decide at this process's share; once it is back the shared state too, while others may not have told what they took."""
        told = self._mirror.take_alone(claims, tokens, sparing=sparing, processes=self._processes)
        if isinstance(told, Taken) and self._reachable:
            try:
                with self._mirror.asking(claims):
                    answer = await self._ask(self._next.take(claims, tokens, sparing=sparing))
            except BaseException:
                self._mirror.take_back_alone(told)
                raise
            if answer is not None:
                self._mirror.take_back_alone(told)
                told = answer
        return _marked(told)

    def _give_up_place(self, claim: Claim) -> None:
        """Keep it for the next request, or let the shared state know; of places that are not bounded the next beat tells."""
        if self._alone or claim.limits.concurrency is None:
            return
        if self._closing or not self._ahead.keep(claim):
            self._next.tell(claim[:2])
        else:
            self._look_later()

    def _look_later(self) -> None:
        if self._looking is None and not self._closing:
            self._looking = asyncio.get_running_loop().call_later(LOOK_S, self._look)

    def _look(self) -> None:
        self._looking = None
        if self._alone:
            return
        self._ahead.look(self._next)
        if len(self._next):
            self._speak_soon()
        if not self._ahead.empty:
            self._look_later()

    def _speak_at_last(self) -> None:
        self._later = None
        if len(self._next):
            self._speak_soon()

    def _speak_soon(self) -> None:
        if self._speaking is None:
            self._speaking = asyncio.create_task(self._speak(), name="hot state batch")

    async def _speak(self) -> None:
        try:
            while len(self._next) and self._reachable:
                batch, self._next = self._next, Batch()
                await self._say(batch)
        finally:
            self._speaking = None

    async def _say(self, batch: Batch, *, lease_s: float | None = None) -> bool:
        """Have a batch carried out; False where the shared state is out of reach."""
        self._batches += 1
        packed = batch.pack(
            self._process,
            self._lease_s if lease_s is None else lease_s,
            (f"{self._process}:{self._batches}", self._word),
            self._mirror.held,
        )
        said_s = self._clock.monotonic_s()
        try:
            answer = read(await self._line.carry_out(batch.subjects, packed))
        except (LineLost, msgspec.DecodeError, TypeError) as error:
            self._lost(batch, str(error))
            return False
        except BaseException:  # this process is ending
            _leave_to_decide_alone(batch)
            raise
        if self._mirror.set_clock(answer.now_us) > _LEAP_BUCKETS and self._reachable:
            self._mirror.restore(self._next)  # all that it counted is over a minute old there
        if answer.word != self._word and self._word and self._reachable:
            self._forgotten(batch, answer.word)
            return True
        for place, result in enumerate(answer.results):
            if place in batch.asked:
                self._let_in(batch.asked[place], answer, result, said_s)
            elif not self._alone:  # what others took alone, it has not been told yet
                self._mirror.agree(batch.mentioned[place], figures_of(result))
        self._learn(answer)
        return True

    def _let_in(self, asked: Asked, answer: Answer, result: list[float], said_s: float) -> None:
        claims, figures = asked.claims, [figures_of(result, index) for index in range(len(asked.claims))]
        short = short_of(claims, result)
        for claim, figure in zip(claims, figures, strict=True):
            self._mirror.hold(claim)
            if self._alone:
                continue
            self._mirror.agree(claim[:2], figure, let_in=short is None)
            if short is None:
                self._ahead.receive(claim, figure, answer.now_us, said_s)
        standing = self._mirror.standing(claims)
        if short is not None:
            self._ahead.refused(claims)
            if not asked.told.done():
                asked.told.set_result(msgspec.structs.replace(short, standing=self._mirror.standing((short.claim,))))
            return
        taken = self._mirror.note(claims, asked.tokens, standing)
        if not self._ahead.empty:
            self._look_later()
        if asked.told.done():  # its caller has left
            self.undo(taken)
        else:
            asked.told.set_result(taken)

    def _learn(self, answer: Answer) -> None:
        self._count_processes(answer.processes)
        if self._word and answer.word != self._word:  # it has lost its memory
            self._mirror.restore(self._next)
        self._word = answer.word
        if self._keys_changed is not None and answer.keys_changed != self._keys_changed:
            self._told.keys_changed()
        self._keys_changed = answer.keys_changed

    def _count_processes(self, processes: int) -> None:
        """Fewer are believed when they have been fewer for a lease: who was late, or has not come back yet, is there all the same."""
        now_s = self._clock.monotonic_s()
        if processes >= self._processes or not self._word:
            self._processes, self._fewer_s = processes, None
        elif self._alone or self._fewer_s is None:
            self._fewer_s = now_s
        elif now_s > self._fewer_s + self._lease_s:
            self._processes, self._fewer_s = processes, None

    def _lost(self, batch: Batch, cause: str) -> None:
        following, self._next = self._next, Batch()
        self._ahead.forget()
        self._back_s = None
        if not self._alone:
            self._alone = True
            if not self._closing:
                self._told.alone(alone=True, processes=self._processes, cause=cause)
        _leave_to_decide_alone(batch)
        _leave_to_decide_alone(following)

    def _forgotten(self, batch: Batch, word: str) -> None:
        """It has lost its memory, and let nobody in: tell it what is known, and settle."""
        self._lost(batch, "it has lost its memory")
        self._back_s, self._word = self._clock.monotonic_s(), word
        self._mirror.restore(self._next)

    async def _keep_beating(self) -> None:
        while not self._closing:
            await asyncio.sleep(_LOOK_AGAIN_S if self._alone else self._lease_s / _BEATS)
            try:
                await self._beat()
            except Exception:  # noqa: BLE001 - a fault of ours: of who is not heard of any more the places count no longer
                _log.exception("limits are not shared, by a fault of this program")

    async def _beat(self) -> None:
        """Be heard of: say what is running here, and, where the shared state was out of reach, what was taken meanwhile."""
        while self._speaking is not None:
            await asyncio.wait([self._speaking])
        batch, self._next = self._next, Batch()
        self._mirror.tell(batch)
        self._speaking = asyncio.current_task()  # one batch at a time
        try:
            reached = await self._say(batch)
            self._mirror.told(reached=reached)
            if reached and self._alone and len(self._next):  # it has lost its memory
                batch, self._next = self._next, Batch()
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
        elif self._back_s is None:
            self._back_s = now_s
        elif now_s >= self._back_s + _SETTLES_S:
            self._alone, self._back_s = False, None
            self._told.alone(alone=False, processes=self._processes, cause="")
            self._mirror.share_again()
            self._mirror.tell(self._next)  # what came and went while the batch was under way
            self._mirror.told(reached=True)


def _marked(told: Taken | Short) -> Taken | Short:
    """Decided by this process's share."""
    return msgspec.structs.replace(told, standing=msgspec.structs.replace(told.standing or Standing(), alone=True))


def _leave_to_decide_alone(batch: Batch) -> None:
    """Whoever asks in it is told nothing."""
    for asked in batch.asked.values():
        if not asked.told.done():
            asked.told.set_result(None)
