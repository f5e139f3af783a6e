"""A budget that has nobody beside it and no store: the rules of leases, kept in memory. For tests of what stands on a budget."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from lanewise.core.caps import Tally
from lanewise.core.clock import Clock
from lanewise.core.protocols.leases import Asked, Granted
from lanewise.limits.leased import LeasedBudget
from lanewise.stores.lease_rules import NEVER_US, Book, Key, Trader, settle

FOR_EVER_S = float("inf")

Taken = dict[tuple[Tally, str], int]
"""What a ledger says was spent, by tally and the name of the period."""


class BookInMemory:
    """Books of one process, in which so much was spent before."""

    def __init__(self, taken: Mapping[tuple[Tally, str], int] = {}) -> None:
        self.books: defaultdict[Key, Book] = defaultdict(Book)
        self.trades = 0
        self.open(taken)

    def open(self, taken: Mapping[tuple[Tally, str], int]) -> None:
        """Open books that are not open yet."""
        for (tally, period), settled in taken.items():
            self.books.setdefault((tally.text, period), Book(settled))

    async def trade(self, asked: Sequence[Asked]) -> Sequence[Granted]:
        self.trades += 1
        return [settle(each, self.books, Trader("one", 0, NEVER_US)) for each in asked]


def budget_alone(clock: Clock, taken: Mapping[tuple[Tally, str], int] = {}, **settings: Any) -> LeasedBudget:
    """The budget of a process that is alone."""
    return LeasedBudget(clock, BookInMemory(taken), "one", term_s=FOR_EVER_S, **settings)
