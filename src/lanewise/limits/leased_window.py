"""A process's part in one period of a cap: what it holds by its lease, and what it would have. What is set aside counts as taken."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Literal

from lanewise.core.caps import Cap, Tally
from lanewise.core.periods import Span
from lanewise.core.protocols.budget import Alarm, Standing
from lanewise.core.protocols.leases import Asked, Granted

Keep = Literal["all", "some", "none"]
"""What of a lease is kept at a trade, beside what calls under way may need: all, what may be needed soon, or nothing."""

_AHEAD = 2  # times the most that was taken at once since the last trade: so much is held ahead of need
_FORGETS = 4  # how many times less of an earlier one counts at each trade
_SHARE = 8  # of what is left, the part of it that may be held ahead of need
# Of what is left, the part that who spends now and then holds all the same: else each call would wait.
_LEAST_SHARE = 1024
_LINGERS = 8  # trades without any use, until that is given back
# A lease that was given back for so long is never taken up again, so that the store may forget it.
_UNUSED_AFTER_S = 86_400.0


class LeasedWindow:
    """`taken` and `held` are this process's own, counted from its lease's beginning; `ceiling` is how far that may go."""

    __slots__ = (
        "_burst",
        "_earlier",
        "_mark",
        "_quiet",
        "_told_held",
        "_told_spent",
        "alarm_at",
        "asked_at_s",
        "cap",
        "ceiling",
        "granted",
        "held",
        "is_asking",
        "lease",
        "least",
        "peak",
        "raised",
        "rests_from_s",
        "span",
        "taken",
        "tally",
        "waiting",
    )

    def __init__(self, tally: Tally, span: Span, lease: str) -> None:
        self.tally = tally
        self.span = span
        self.held = 0
        self.cap: Cap | None = None  # as it was last looked up
        self.raised = -1.0  # the highest share that was told
        self._earlier = (-1, -1.0)  # the amount of the cap before this one, and what was told of that
        self.alarm_at: float = math.inf  # taken amount of the next one
        self.granted: Granted | None = None
        self.asked_at_s = -math.inf  # when the last trade that was answered began
        self.waiting = 0  # what those need together who wait for more
        self.least = 0  # what the most modest of them needs
        self.rests_from_s = 0.0  # since when nothing is held by it
        self.begin(lease)

    def begin(self, lease: str) -> None:
        """Count from nothing, by another lease."""
        self.lease = lease
        self.taken = self.ceiling = 0
        self.peak = 0  # of `taken`, since the last trade
        self._quiet = 0  # trades, since anything was taken
        self._told_spent = self._told_held = 0
        self._burst = self._mark = 0
        self.is_asking = False  # the store may know less or more than was answered

    def hold_to(self, cap: Cap) -> None:
        """Count against this cap from now on; by a lower one the store has to be asked anew before anything is spent.

        Of another amount other shares are reached, which are told though those of the one before were.
        """
        before = self.cap
        if before is not None and (cap.amount < before.amount or cap.terms.roll_over < before.terms.roll_over):
            self.ceiling, self.is_asking = min(self.ceiling, self.taken), True
        if before is not None and cap.amount != before.amount:
            amount, raised = self._earlier
            self._earlier = (before.amount, self.raised)
            self.raised = raised if cap.amount == amount else -1.0
        self.cap = cap
        self._await_next()

    @property
    def room(self) -> int:
        """What may be set aside without asking anybody; negative where too much was billed."""
        return self.ceiling - self.taken

    @property
    def free(self) -> int:
        """What nobody holds of the cap, as it was at the last trade; negative where more is spent or held than the cap is."""
        granted, cap = self.granted, self.cap
        return 0 if granted is None or cap is None else granted.left_of(cap, self._told_spent)

    @property
    def settled(self) -> bool:
        """Whether the store knows all there is to know, and holds nothing for it."""
        return not (self.has_news or self.held or self.room)

    @property
    def has_news(self) -> bool:
        """Whether a trade would tell anything, or somebody waits for it."""
        spent = self.taken - self.held
        told = self.held == self._told_held and spent == self._told_spent
        return not told or self.is_asking or bool(self.waiting)

    def is_due(self, spare_s: float, now_s: float) -> bool:
        """Whether it is to be traded: it has news, or has held something ahead of need, unused since `spare_s` or past its period."""
        return self.has_news or (bool(self.room) and (self.asked_at_s <= spare_s or self.span.ends_s <= now_s))

    @property
    def taken_by_all(self) -> int:
        """What every process has spent and set aside, as far as this one knows."""
        granted = self.granted
        if granted is None:
            return self.taken
        return granted.settled + granted.others_held + self.taken - self._told_spent

    @property
    def left(self) -> int:
        """What was neither spent nor set aside at the last trade, in whoever's hands."""
        idle = 0 if self.granted is None else self.granted.others_idle
        return max(0, self.room + self.free + idle)

    def ask(self, keep: Keep = "some") -> Asked:
        """What to say and ask for; from now on nothing is spent beyond what is kept."""
        assert self.cap is not None, "a cap was looked up"
        peak = max(self.peak, self.taken)
        self._quiet = self._quiet + 1 if peak == self._mark and not self.waiting else 0
        self._burst = max(self._burst // _FORGETS, peak - self._mark)
        self._mark = self.peak = self.taken
        room = max(0, self.room)
        ahead = max(_AHEAD * self._burst, self._usual(room))
        if keep == "none":
            kept = ahead = 0
        elif keep == "all" or self.waiting:
            kept = room
        else:
            most = max(0, self.free + room) // _SHARE
            kept = min(room, ahead, most)
            self._burst = min(self._burst, most)  # what could not be kept need not be forgotten step by step
        self.ceiling = self.taken + kept
        self.is_asking = True
        return Asked(
            lease=self.lease,
            tally=self.tally,
            span=self.span,
            cap=self.cap,
            spent=self.taken - self.held,
            held=self.held,
            keep=kept,
            least=max(0, self.least - kept),
            need=max(0, self.waiting - kept),
            wish=max(0, ahead - kept),
        )

    def _usual(self, room: int) -> int:
        """What is held by who spends now and then."""
        if self._quiet >= _LINGERS or self.cap is None:
            return 0
        return max(0, self.cap.amount if self.granted is None else self.free + room) // _LEAST_SHARE

    def take(self, asked: Asked, granted: Granted, asked_at_s: float) -> None:
        """Go by what the store says."""
        assert self.cap is not None, "a cap was looked up"
        self.granted, self.asked_at_s = granted, asked_at_s
        over = granted.left_of(self.cap, asked.spent) < 0  # then what calls under way did not use is nobody's
        self.ceiling = asked.spent if over else granted.ceiling
        self.is_asking = False
        self._told_spent, self._told_held = asked.spent, asked.held

    def take_up(self, lease: str, now_s: float) -> None:
        """Use it again: by another lease where it was not used for a day."""
        if self.settled and now_s - self.rests_from_s > _UNUSED_AFTER_S:
            self.begin(lease)

    @property
    def carried(self) -> int:
        """What the period before left over for this one, as the store said last."""
        return 0 if self.granted is None else self.granted.carried

    def alarms(self, *, refused: bool = False) -> Iterator[Alarm]:
        """What is to be told now, each share of the cap once in a period; all of them where a call was refused."""
        cap = self.cap
        if cap is None:
            return
        amount, taken = cap.amount + self.carried, self.taken_by_all
        shares = [*cap.terms.alarm_at, 1.0] if refused else cap.terms.alarm_at
        for share in shares:
            if share > self.raised and (refused or taken >= amount * share):
                self.raised = share
                yield Alarm(cap=cap, tally=self.tally, span=self.span, share=share, taken=taken, amount=amount)
        self._await_next()

    def standing(self, cap: Cap) -> Standing:
        """How the cap stands, with what every process has spent and holds, as far as this one knows."""
        granted = self.granted or Granted(ceiling=0, carried=0, settled=0, others_held=0, others_idle=0)
        return Standing(
            cap=cap,
            tally=self.tally,
            span=self.span,
            amount=cap.amount + granted.carried,
            carried=granted.carried,
            spent=granted.settled + self.taken - self.held - self._told_spent,
            held=self.held + granted.others_held,
            leased=max(0, self.room) + granted.others_idle,
            unaccounted=granted.unaccounted,
        )

    def _await_next(self) -> None:
        assert self.cap is not None, "a cap was looked up"
        amount = self.cap.amount + self.carried
        self.alarm_at = next((amount * share for share in self.cap.terms.alarm_at if share > self.raised), math.inf)
