"""The purse: all windows that a payer's calls draw on, looked up once."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

from lanewise.core.caps import UNITS, Cap, Tally
from lanewise.core.periods import Span, span_at
from lanewise.core.protocols.budget import Payer, caps_of
from lanewise.limits.leased_window import LeasedWindow

MOST_TALLIES = 200_000
"""Tallies that are counted one by one; who comes later shares one with all others that do."""

OTHERS = "(others)"
_MOST_PURSES = 20_000  # looked up once each; then all are looked up anew

_PLACES = {unit: place for place, unit in enumerate(UNITS)}


Entry = tuple[Cap, int, LeasedWindow]
"""A cap, the place of its unit in a spend, and its window."""


class Purse:
    """The windows that apply to a payer, good until one of them ends or the caps are others."""

    __slots__ = ("begins_s", "caps", "daily", "ends_s", "entries", "lane_caps", "terms")

    def __init__(self, payer: Payer, entries: tuple[Entry, ...]) -> None:
        tenant = payer.tenant
        self.daily, self.terms, self.caps = tenant.daily_cap_nanousd, tenant.daily_terms, tenant.caps
        self.lane_caps = None if payer.lane is None else payer.lane.caps
        self.entries = entries
        self.begins_s = max((window.span.begins_s for _, _, window in entries), default=-math.inf)
        self.ends_s = min((window.span.ends_s for _, _, window in entries), default=math.inf)

    def serves(self, payer: Payer, now_s: float) -> bool:
        """Whether it is still what the policy says, in the periods of this moment."""
        tenant, lane = payer.tenant, payer.lane
        return (
            self.begins_s <= now_s < self.ends_s  # a clock that was wrong may go back
            and self.daily == tenant.daily_cap_nanousd
            and self.caps is tenant.caps
            and self.lane_caps is (None if lane is None else lane.caps)
            and self.terms is tenant.daily_terms
        )


_Name = tuple[str, str, str | None, str | None, str]


class Purses:
    """Finds the purse of a payer, and keeps every window of the present periods."""

    def __init__(self, make: Callable[[Tally, Span], LeasedWindow], *, most: int = MOST_TALLIES) -> None:
        self._most = most
        self._make = make
        self._windows: dict[Tally, LeasedWindow] = {}
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

    def windows(self, now_s: float) -> Iterator[LeasedWindow]:
        """Every window of a present period that a cap holds."""
        return (each for each in self._windows.values() if each.cap is not None and now_s < each.span.ends_s)

    def _entries(self, payer: Payer, now_s: float) -> Iterator[Entry]:
        for cap, tally in tallies_of(payer):
            window = self._window(tally, now_s)
            window.hold_to(cap)
            yield cap, _PLACES[cap.unit], window

    def _window(self, tally: Tally, now_s: float) -> LeasedWindow:
        window = self._windows.get(tally)
        if window is not None and window.span.begins_s <= now_s < window.span.ends_s:
            return window
        if window is None and tally.subject not in ("", OTHERS) and self._is_crowded(now_s):
            return self._window(tally._replace(subject=OTHERS), now_s)
        made = self._windows[tally] = self._make(tally, span_at(tally.period, now_s))
        return made

    def _is_crowded(self, now_s: float) -> bool:
        """Whether there is no room for a tally that was not counted by itself before. Those that are over or told are forgotten."""
        if len(self._windows) < self._most:
            return False
        for forgotten in [each.tally for each in self._windows.values() if each.settled or each.span.ends_s <= now_s]:
            del self._windows[forgotten]
        self._purses.clear()
        return len(self._windows) >= self._most


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
