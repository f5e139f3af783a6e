"""What was spent in one period, and the purse: all windows that a payer's calls draw on, looked up once."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, MutableMapping

from lanewise.core.caps import UNITS, Cap, Tally
from lanewise.core.periods import Span, span_at, span_before
from lanewise.core.protocols.budget import Alarm, Payer, Standing, caps_of

MOST_TALLIES = 200_000
"""Tallies that are counted one by one; who comes later shares one with all others that do."""

OTHERS = "(others)"
_MOST_PURSES = 20_000  # looked up once each; then all are looked up anew

Restored = MutableMapping[tuple[Tally, str], int]
"""What the ledger says was spent, by tally and the name of the period."""

_PLACES = {unit: place for place, unit in enumerate(UNITS)}


class Window:
    """One tally's spending in one period. What is set aside counts as taken until it is settled."""

    __slots__ = ("alarm_at", "before", "cap", "held", "raised", "span", "taken", "tally")

    def __init__(self, tally: Tally, span: Span, taken: int = 0, before: Window | None = None) -> None:
        self.tally = tally
        self.span = span
        self.taken = taken  # spent and held
        self.held = 0
        self.before = before  # the same tally's period before, for what it left over
        self.cap: Cap | None = None  # as it was last looked up
        self.raised = -1.0  # the highest share that was told
        self.alarm_at: float = math.inf  # taken amount of the next one

    @property
    def taken_by_all(self) -> int:
        """What every process has spent and set aside, as far as this one knows."""
        return self.taken

    def carried(self, cap: Cap) -> int:
        """What the period before left over for this one. A period in which nothing was counted has left everything over."""
        if not cap.terms.roll_over or self.span.ends_s == math.inf:
            return 0
        unspent = cap.amount if self.before is None else cap.amount - self.before.taken
        return max(0, min(int(cap.amount * cap.terms.roll_over), unspent))

    def hold_to(self, cap: Cap) -> None:
        """Count against this cap from now on."""
        self.cap = cap
        self._await_next()

    def alarms(self, *, refused: bool = False) -> Iterator[Alarm]:
        """What is to be told now, each share once in a period; all of them where a call was refused."""
        cap = self.cap
        if cap is None:
            return
        amount, taken = cap.amount + self.carried(cap), self.taken_by_all
        shares = [*cap.terms.alarm_at, 1.0] if refused else cap.terms.alarm_at
        for share in shares:
            if share > self.raised and (refused or taken >= amount * share):
                self.raised = share
                yield Alarm(cap=cap, tally=self.tally, span=self.span, share=share, taken=taken, amount=amount)
        self._await_next()

    def standing(self, cap: Cap) -> Standing:
        """How it stands."""
        carried = self.carried(cap)
        return Standing(
            cap=cap,
            tally=self.tally,
            span=self.span,
            amount=cap.amount + carried,
            carried=carried,
            spent=self.taken - self.held,
            held=self.held,
        )

    def is_idle(self, now_s: float) -> bool:
        """Whether nothing would be forgotten with it: nothing is taken in it, or what was does not even count as left over."""
        if self.held:
            return False
        if now_s < self.span.ends_s:
            return not self.taken and (self.before is None or not self.before.taken)
        earlier = span_before(self.tally.period, span_at(self.tally.period, now_s))
        return earlier is not None and self.span.ends_s <= earlier.begins_s

    def _await_next(self) -> None:
        assert self.cap is not None
        amount = self.cap.amount + self.carried(self.cap)
        self.alarm_at = next((amount * share for share in self.cap.terms.alarm_at if share > self.raised), math.inf)


Entry = tuple[Cap, int, Window]
"""A cap, the place of its unit in a spend, and its window."""


class Purse:
    """The windows that apply to a payer, good until one of them ends or the caps are others."""

    __slots__ = ("caps", "daily", "ends_s", "entries", "lane_caps", "terms")

    def __init__(self, payer: Payer, entries: tuple[Entry, ...]) -> None:
        tenant = payer.tenant
        self.daily, self.terms, self.caps = tenant.daily_cap_nanousd, tenant.daily_terms, tenant.caps
        self.lane_caps = None if payer.lane is None else payer.lane.caps
        self.entries = entries
        self.ends_s = min((window.span.ends_s for _, _, window in entries), default=math.inf)

    def serves(self, payer: Payer, now_s: float) -> bool:
        """Whether it is still what the policy says, in the periods of this moment."""
        tenant, lane = payer.tenant, payer.lane
        return (
            now_s < self.ends_s
            and self.daily == tenant.daily_cap_nanousd
            and self.caps is tenant.caps
            and self.lane_caps is (None if lane is None else lane.caps)
            and self.terms is tenant.daily_terms
        )


_Name = tuple[str, str, str | None, str | None, str]


class Purses:
    """Finds the purse of a payer, and keeps every window of the present periods."""

    def __init__(self, restored: Restored, *, most: int = MOST_TALLIES, make: Callable[..., Window] = Window) -> None:
        self._restored = restored
        self._most = most
        self._make = make
        self._windows: dict[Tally, Window] = {}
        self._purses: dict[_Name, Purse] = {}

    def of(self, payer: Payer, now_s: float) -> Purse:
        """All windows that this payer's calls draw on now."""
        lane = payer.lane
        name = (payer.tenant.name, payer.key_id, payer.user, payer.feature, "" if lane is None else lane.name)
        purse = self._purses.get(name)
        if purse is None or not purse.serves(payer, now_s):
            if len(self._purses) >= _MOST_PURSES:
                self._purses.clear()
            purse = self._purses[name] = Purse(payer, tuple(self._entries(payer, now_s)))
        return purse

    def windows(self, now_s: float) -> Iterator[Window]:
        """Every window of a present period that a cap holds."""
        return (each for each in self._windows.values() if each.cap is not None and now_s < each.span.ends_s)

    def add(self, restored: Restored) -> None:
        """Take over what the ledger says of tallies that are not counted yet; the others know better."""
        for (tally, span), taken in restored.items():
            if tally not in self._windows:
                self._restored[tally, span] = taken

    def _entries(self, payer: Payer, now_s: float) -> Iterator[Entry]:
        for cap, tally in tallies_of(payer):
            window = self._window(tally, now_s)
            window.hold_to(cap)
            yield cap, _PLACES[cap.unit], window

    def _window(self, tally: Tally, now_s: float) -> Window:
        window = self._windows.get(tally)
        if window is not None and now_s < window.span.ends_s:
            return window
        span = span_at(tally.period, now_s)
        earlier = span_before(tally.period, span)
        if window is not None:
            before = window if window.span == earlier else None
            window.before = None  # of the one before, only its own remainder counts
        else:
            if tally.subject not in ("", OTHERS) and self._is_crowded(tally, span, now_s):
                return self._window(tally._replace(subject=OTHERS), now_s)
            left = None if earlier is None else self._restored.pop((tally, earlier.name), None)
            before = None if left is None or earlier is None else self._make(tally, earlier, left)
        made = self._windows[tally] = self._make(tally, span, self._restored.pop((tally, span.name), 0), before)
        return made

    def _is_crowded(self, tally: Tally, span: Span, now_s: float) -> bool:
        """Whether there is no room for an tally that was not counted by itself before."""
        if len(self._windows) + len(self._restored) < self._most or (tally, span.name) in self._restored:
            return False
        idle = [each.tally for each in self._windows.values() if each.is_idle(now_s)]
        for forgotten in idle:
            del self._windows[forgotten]
        self._purses.clear()
        return len(self._windows) + len(self._restored) >= self._most


def tallies_of(payer: Payer) -> Iterator[tuple[Cap, Tally]]:
    """Every cap that applies to a payer, and the tally it counts: of several that hold for the same, the one that names it."""
    found: dict[Tally, Cap] = {}
    tenant, lane = payer.tenant, payer.lane
    subjects = {"tenant": "", "key": payer.key_id, "user": payer.user or "", "feature": payer.feature or ""}
    for cap in caps_of(tenant):
        subject = subjects[cap.scope]
        if cap.of is not None and cap.of != subject:
            continue
        tally = Tally(cap.scope, tenant.name, subject, cap.unit, cap.period)
        if cap.of is not None or tally not in found:
            found[tally] = cap
    if lane is not None:
        found |= {Tally("lane", "", lane.name, cap.unit, cap.period): cap for cap in lane.caps}
    yield from ((cap, tally) for tally, cap in found.items())
