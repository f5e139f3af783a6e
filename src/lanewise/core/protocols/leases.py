"""Leases: how processes share a cap, and how what a killed one spent is not forgotten.

Each spends from slices of its own, and trades them in the store now and then.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec

from lanewise.core.caps import Cap, Tally
from lanewise.core.periods import Span


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What a process says of one lease, and what it would have. Amounts are in the cap's unit.

    Until there is an answer, it must not spend beyond `spent + held + keep`.
    """

    lease: str  # its name: never used for another one
    tally: Tally
    span: Span
    cap: Cap
    spent: int  # from this lease, ever
    held: int  # set aside for calls that are under way
    keep: int = 0  # of what the lease still holds beside that
    least: int = 0  # more than that: less is of no use to whoever waits
    need: int = 0  # more than that: enough for all who wait
    wish: int = 0  # more than `need`: so that nobody has to wait next


class Granted(msgspec.Struct, frozen=True, kw_only=True):
    """How a lease, and its cap, stand after a trade."""

    ceiling: int  # what may be spent from the lease, ever, with what is set aside
    carried: int  # what the period before left over
    settled: int  # of the cap: what is spent, by every process, as far as they have said
    others_held: int  # what other processes have set aside for calls under way
    others_idle: int  # what they hold beside that, and may give back soon
    unaccounted: int = 0  # of `settled`: what dead processes may have spent, and no ledger row tells

    def left_of(self, cap: Cap, spent: int) -> int:
        """What nobody has, where the lease's own spending was `spent`. Negative where too much is billed."""
        own = self.ceiling - spent
        return cap.amount + self.carried - self.settled - self.others_held - self.others_idle - own


class LeaseBook(Protocol):
    """Where leases of all processes are written down, or of the only one. The sum of what is settled and leased never exceeds a cap."""

    async def trade(self, asked: Sequence[Asked]) -> Sequence[Granted]:
        """Write down what was spent, give back what is not kept, take what is to be had; and renew every lease of this process.

        One transaction, so all of it or none; the answers are in the order of the questions. Raises StoreError: then it may have been
        written or not, and asking the same again does no harm.
        """
