"""Caps: a call is set aside in memory, from leases that are traded in the store now and then.

Read `core.protocols.leases` and `leased_window` first. A process never spends beyond what the store has written down as its lease, so a cap
holds however late, stopped or dead a process is; whoever finds it gone counts what it held as spent. One that serves alone from its store
has leases that never end: it tells what it spent while it spends, and is still where nothing changes.
"""

from __future__ import annotations

import asyncio
import itertools
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress

import structlog

from lanewise.core.caps import Cap, Spend, Tally
from lanewise.core.clock import Clock
from lanewise.core.errors import StoreError
from lanewise.core.periods import Span
from lanewise.core.protocols.budget import Alarm, Payer, Refused, Reservation, Standing
from lanewise.core.protocols.leases import LeaseBook
from lanewise.limits.leased_window import Keep, LeasedWindow
from lanewise.limits.purses import MOST_TALLIES, Entry, Purse, Purses

_TRADES_PER_TERM = 10  # at least so often it is told what is spent, and given back what is idle
_TICK_S = 1.0  # at most so long after it
_LINGERS_S = 60.0  # nothing was spent for so long: then who is alone gives back what it holds ahead of need
_TRUSTED = 0.8  # of its term a lease is spent from: clocks may go at different speeds
_AT_ONCE = 400  # leases of one transaction, so that it stays short
_AT_ONCE_ALONE = 100  # rows of the ledger wait meanwhile
_ROUNDS = 12  # that somebody waits for others to give back, each a quarter of the time between two trades
_LONGEST_TRADE_S = 3.0  # then whoever waits is told that nobody knows

_WATCHED = ("tenant", "lane")  # whose caps are looked at now and then though nothing is spent here

TellAlarm = Callable[[Alarm], None]
_log = structlog.get_logger()


class LeasedBudget:
    """What this process may spend of each cap, and what it has set aside of that; used on the loop that started it."""

    def __init__(
        self,
        clock: Clock,
        book: LeaseBook,
        process: str,
        *,
        term_s: float,
        alarm: TellAlarm | None = None,
        most_tallies: int = MOST_TALLIES,
    ) -> None:
        """`process` is a name that no other one has or will have; leases are good for `term_s` after a trade, or for good: it is alone."""
        self._clock = clock
        self._book = book
        self._alarm = alarm
        self._term_s = term_s
        self._alone = math.isinf(term_s)
        self._tick_s = min(term_s / _TRADES_PER_TERM, _TICK_S)
        self._names = (f"{process}/{number}" for number in itertools.count())
        self._purses = Purses(self._window, most=most_tallies)
        self.holding: dict[LeasedWindow, None] = {}  # windows that the store has to hear of
        self._figures: dict[Tally, LeasedWindow] = {}  # what everybody watches: of tenants and lanes
        self._looked_at_s = -math.inf
        self._good_until_s = math.inf if self._alone else -math.inf  # by the monotonic clock
        self._asked_at_s = -math.inf  # when the last trade that was answered began
        self._failed_at_s = -math.inf
        self._wake = asyncio.Event()
        self._next: asyncio.Future[bool] | None = None  # whoever waits for the next trade
        self._trading: asyncio.Task[None] | None = None
        self.reachable = True  # whether the store answered the last time

    async def close(self) -> None:
        """Tell what was spent, and give back what is left."""
        if self._trading is not None:
            self._trading.cancel()
            await asyncio.gather(self._trading, return_exceptions=True)  # and it is not begun again
            await self._trade(keep="none")

    def reserve(self, payer: Payer, worst: Spend) -> Reservation | Refused:
        """Set the worst case of one call aside in every cap that applies, or say which one refuses it, or is short of what is leased."""
        now_s = self._clock.now_s()
        purse = self._purses.of(payer, now_s)
        entries = purse.entries
        stale = not self._alone and self._is_stale()
        for _, place, window in entries:
            amount = worst[place]
            if (stale or window.taken + amount > window.ceiling) and amount:
                return self._refused(purse, worst, now_s)
        for _, place, window in entries:
            amount = worst[place]
            window.held += amount
            window.taken = taken = window.taken + amount
            if taken > window.peak:  # noqa: PLR1730 - `max` costs as much as the rest
                window.peak = taken
        return Reservation(worst=worst, held=entries)

    async def replenish(self, payer: Payer, worst: Spend) -> bool:
        """Have more leased, for all who wait at once; whether trying again is worth it."""
        entries = self._purses.of(payer, self._clock.now_s()).entries
        waits = [(window, worst[place]) for _, place, window in entries if worst[place]]
        for window, amount in waits:
            self._hold(window)
            window.least = min(window.least, amount) if window.waiting else amount
            window.waiting += amount
        try:
            for _ in range(_ROUNDS):
                if not await self._next_trade():
                    return False
                if next(_lacking(entries, worst), None) is None:
                    return True
                if any(amount > window.left for window, amount in waits):
                    return False
                await asyncio.sleep(self._tick_s / 4)
            for _, _, window in _lacking(entries, worst):
                self._tell(window.alarms(refused=True))
            return False
        finally:
            for window, amount in waits:
                window.waiting -= amount

    def charge(self, reservation: Reservation, spent: Spend) -> None:
        """Settle a reservation. A call that ends in a later period counts against the one it was reserved in."""
        entries: tuple[Entry, ...] = reservation.held  # type: ignore[assignment]  # ours, as `reserve` gave it away
        worst = reservation.worst
        for _, place, window in entries:
            window.held -= worst[place]
            window.taken += spent[place] - worst[place]
            if spent[place] > worst[place]:
                self._hold(window)

    def standings(self) -> Sequence[Standing]:
        """How every cap stands that this process has drawn on in its present period; of other processes, what they said last."""
        windows = self._purses.windows(self._clock.now_s())
        return [each.standing(each.cap) for each in windows if each.cap is not None and each.granted is not None]

    # Refusing

    def _refused(self, purse: Purse, worst: Spend, now_s: float) -> Refused:
        """The cap that holds longest of those that refuse; `short` where none of them is known to have been reached.

        Who is alone asks about those that it does not know of first: once told, it knows for as long as it refuses.
        """
        stale, told = self._is_stale(), None
        asks_first = self._alone and self.reachable
        for cap, place, window in _lacking(purse.entries, worst, stale=stale):
            amount = worst[place]
            reached = not stale and amount > window.left and self._knows(window, cap)
            if reached and amount <= cap.amount + window.carried:  # else it is the call that is too large
                self._tell(window.alarms(refused=True))
            refused = Refused(
                cap=cap,
                subject=window.tally.subject or window.tally.tenant,
                amount=cap.amount + window.carried,
                left=window.left if reached else min(window.left, max(0, window.room + window.free)),
                asked=amount,
                retry_after_s=window.span.ends_s - now_s,
                short=not reached,
                unknown=stale or not self.reachable,
            )
            rank = (refused.short is asks_first, refused.retry_after_s)
            if told is None or rank > (told.short is asks_first, told.retry_after_s):
                told = refused
        assert told is not None, "some cap refuses"
        return told

    def _knows(self, window: LeasedWindow, cap: Cap) -> bool:
        """Whether what is left of a cap is as it was last told: others spend of it, and of a period before something may come back."""
        if window.is_asking or window.granted is None:
            return False
        settled = self._alone and not cap.terms.roll_over
        return settled or window.asked_at_s > self._clock.monotonic_s() - self._tick_s / 2

    def _tell(self, alarms: Iterable[Alarm]) -> None:
        for alarm in alarms:
            if self._alarm is not None:
                self._alarm(alarm)

    # Trading

    def _window(self, tally: Tally, span: Span) -> LeasedWindow:
        made = LeasedWindow(tally, span, next(self._names))
        if tally.scope in _WATCHED:
            self._figures[tally] = made
        return made

    def _hold(self, window: LeasedWindow) -> None:
        if self._trading is None:
            self._trading = asyncio.create_task(self._trade_on(), name="leases")
        if window not in self.holding:
            window.take_up(next(self._names), self._clock.monotonic_s())
            if self._alone and not self.holding:
                self._wake.set()
            self.holding[window] = None

    async def _next_trade(self) -> bool:
        """Have one begin as soon as may be, with all who came until then; whether the store answered."""
        if self._clock.monotonic_s() - self._failed_at_s < self._tick_s / 2:
            return False  # it was just asked, and does not answer
        if self._next is None:
            self._next = asyncio.get_running_loop().create_future()
            self._wake.set()
        done, _ = await asyncio.wait((self._next,), timeout=_LONGEST_TRADE_S)
        if not done:
            self.reachable = False  # until it answers after all
        return any(each.result() for each in done)

    async def _trade_on(self) -> None:
        while True:
            await self._until_due()
            waiting, self._next = self._next, None
            answered = False
            try:
                answered = await self._trade()
            finally:
                if waiting is not None and not waiting.done():
                    waiting.set_result(answered)

    async def _until_due(self) -> None:
        """Until somebody waits, or it is time to tell. Who is alone and holds nothing has nothing to tell."""
        still = self._alone and not self.holding
        with suppress(TimeoutError):
            async with asyncio.timeout(None if still else self._tick_s):
                await self._wake.wait()
        self._wake.clear()

    async def _trade(self, keep: Keep = "some") -> bool:
        """Tell the store what is new of every lease, and take what it gives; whether it answered."""
        began_s = self._clock.monotonic_s()
        spare_s, now_s = began_s - _LINGERS_S if self._alone and keep != "none" else math.inf, self._clock.now_s()
        news = sorted((each for each in self.holding if each.is_due(spare_s, now_s)), key=_waits, reverse=True)
        if began_s - self._looked_at_s > self._term_s:
            self._looked_at_s = began_s
            news += [each for each in self._figures.values() if each not in self.holding and each.granted is not None]
        many = _AT_ONCE_ALONE if self._alone else _AT_ONCE
        chunks = [news[begin : begin + many] for begin in range(0, len(news), many)]
        if not chunks and self.holding and began_s - self._asked_at_s > self._term_s / 3:
            chunks = [[]]  # only to renew
        for windows in chunks:
            try:
                await self._trade_for(windows, "all" if not self.reachable and keep == "some" else keep)
            except StoreError as error:
                if self.reachable:
                    _log.warning("leases cannot be traded: what is leased is spent, no more", cause=str(error))
                self.reachable, self._failed_at_s = False, self._clock.monotonic_s()
                return False
            except Exception:  # noqa: BLE001 - a fault of ours: who trades no more spends no more, and everybody is refused
                _log.exception("leases cannot be traded, by a fault of this program")
                self.reachable, self._failed_at_s = False, self._clock.monotonic_s()
                return False
            self.reachable = True
        for window in [each for each in self.holding if each.settled]:
            window.rests_from_s = began_s
            del self.holding[window]
        return True

    async def _trade_for(self, windows: Sequence[LeasedWindow], keep: Keep) -> None:
        began_s = self._clock.monotonic_s()
        now_s = self._clock.now_s()
        asked = [each.ask("none" if self._is_spare(each, now_s) else keep) for each in windows]
        granted = await self._book.trade(asked)
        self._asked_at_s, self._good_until_s = began_s, began_s + _TRUSTED * self._term_s
        for window, said, got in zip(windows, asked, granted, strict=True):
            window.take(said, got, began_s)
            if window.taken_by_all >= window.alarm_at:
                self._tell(window.alarms())

    def _is_spare(self, window: LeasedWindow, now_s: float) -> bool:
        """Whether nothing of it is kept ahead of need: its period is over, or there was no need for long."""
        return window.span.ends_s <= now_s or (self._alone and not window.has_news)

    def _is_stale(self) -> bool:
        return self._clock.monotonic_s() >= self._good_until_s


def _lacking(entries: tuple[Entry, ...], worst: Spend, *, stale: bool = False) -> Iterator[Entry]:
    """Where the worst case does not fit into what is leased."""
    for entry in entries:
        amount, window = worst[entry[1]], entry[2]
        if amount and (stale or window.taken + amount > window.ceiling):
            yield entry


def _waits(window: LeasedWindow) -> int:
    return window.waiting
