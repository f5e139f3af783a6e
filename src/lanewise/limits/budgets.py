"""Caps in memory, restored from the ledger at start. One process owns them; `leased` is for several."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from lanewise.core.caps import Spend
from lanewise.core.clock import Clock
from lanewise.core.protocols.budget import Alarm, Payer, Refused, Reservation, Standing
from lanewise.limits.windows import MOST_TALLIES, Entry, Purse, Purses, Restored

TellAlarm = Callable[[Alarm], None]


class MemoryBudget:
    """What is spent and set aside, per tally and period. A call costs one look-up, and two additions for each cap that applies."""

    def __init__(
        self, clock: Clock, restored: Restored, *, alarm: TellAlarm | None = None, most_tallies: int = MOST_TALLIES
    ) -> None:
        """`restored` is what the ledger says was spent; it is taken over, and emptied as it is asked for."""
        self._clock = clock
        self._purses = Purses(restored, most=most_tallies)
        self._alarm = alarm

    def reserve(self, payer: Payer, worst: Spend) -> Reservation | Refused:
        """Set the worst case of one call aside in every cap that applies, or say which one refuses it."""
        now_s = self._clock.now_s()
        purse = self._purses.of(payer, now_s)
        for cap, place, window in purse.entries:
            taken = window.taken + worst[place]
            if taken > cap.amount and taken > cap.amount + window.carried(cap):
                return self._refused(purse, worst, now_s)
        for _, place, window in purse.entries:
            window.taken += worst[place]
            window.held += worst[place]
        return Reservation(worst=worst, held=purse.entries)

    async def replenish(self, payer: Payer, worst: Spend) -> bool:  # noqa: ARG002 - of the protocol
        """There is nobody to have more from."""
        return False

    def charge(self, reservation: Reservation, spent: Spend) -> None:
        """Settle a reservation. A call that ends in a later period counts against the one it was reserved in."""
        entries: tuple[Entry, ...] = reservation.held  # type: ignore[assignment]  # ours, as `reserve` gave it away
        worst = reservation.worst
        for _, place, window in entries:
            window.held -= worst[place]
            window.taken += spent[place] - worst[place]
            if window.taken >= window.alarm_at:
                self._tell(window.alarms())

    def standings(self) -> Sequence[Standing]:
        """How every cap stands that something was spent of in its present period."""
        windows = self._purses.windows(self._clock.now_s())
        return [window.standing(window.cap) for window in windows if window.cap is not None]

    def restore(self, restored: Restored) -> None:
        """Take over what the ledger says of tallies that nothing was counted for yet: a new policy has other caps."""
        self._purses.add(restored)

    def _refused(self, purse: Purse, worst: Spend, now_s: float) -> Refused:
        """The cap that holds longest of those that refuse; whoever watches is told of each."""
        told: Refused | None = None
        for cap, place, window in purse.entries:
            amount = cap.amount + window.carried(cap)
            if window.taken + worst[place] <= amount:
                continue
            self._tell(window.alarms(refused=True))
            if told is None or window.span.ends_s - now_s > told.retry_after_s:
                told = Refused(
                    cap=cap,
                    subject=window.tally.subject or window.tally.tenant,
                    amount=amount,
                    left=max(0, amount - window.taken),
                    asked=worst[place],
                    retry_after_s=window.span.ends_s - now_s,
                )
        assert told is not None, "some cap refuses"
        return told

    def _tell(self, alarms: Iterable[Alarm]) -> None:
        for alarm in alarms:
            if self._alarm is not None:
                self._alarm(alarm)
