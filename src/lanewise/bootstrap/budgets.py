"""Budgets, whose books are opened from the ledger, and whoever is told of their alarms. What may be spent is leased of the store."""

from __future__ import annotations

import asyncio
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from typing import NamedTuple

import structlog

from lanewise.core.clock import Clock, Leaps
from lanewise.core.errors import StoreError
from lanewise.core.money import format_usd
from lanewise.core.policy import Policy
from lanewise.core.protocols.budget import Alarm, Standing, caps_of_policy
from lanewise.core.record import RunRecord
from lanewise.limits.leased import LeasedBudget
from lanewise.limits.purses import MOST_TALLIES
from lanewise.operations.budgets import standings_in_books
from lanewise.pipeline.gateway import Gateway
from lanewise.stores.budget_events import BudgetEvents
from lanewise.stores.database import Database
from lanewise.stores.file_leases import FileLeases
from lanewise.stores.leases import LEASE_TERM_S, SqlLeases
from lanewise.stores.ledger_writer import SqlLedger
from lanewise.stores.spending import Spending, kinds_of

_ROLL_UP_EVERY_S = 3_600.0
_LEAP_S = 86_400.0  # of wall time, after which no book is deleted until the next turn: by then it may be set right
_log = structlog.get_logger()


class BudgetWatch:
    """Is told of alarms and of calls that were billed more than was set aside: logs, counts, and keeps them."""

    def __init__(self, events: BudgetEvents) -> None:
        self._events = events
        self.alarms: Counter[tuple[str, str, str]] = Counter()  # by tenant, cap and share
        self.over_nanousd: Counter[str] = Counter()  # by deployment

    def alarm(self, alarm: Alarm) -> None:
        """A share of a cap is taken, or a call was refused."""
        cap, tally = alarm.cap, alarm.tally
        dollars = cap.unit == "dollars"
        self.alarms[tally.tenant, cap.limit, f"{alarm.share:g}"] += 1
        _log.warning(
            "budget alarm",
            tenant=tally.tenant,
            cap=cap.limit,
            subject=tally.subject,
            period=alarm.span.name,
            share=f"{alarm.share:.0%}",
            spent=format_usd(alarm.taken) if dollars else alarm.taken,
            of=format_usd(alarm.amount) if dollars else alarm.amount,
        )
        self._events.note(alarm)

    def observe(self, record: RunRecord) -> None:
        """Look for calls that were billed more than was set aside."""
        for call in record.trace.calls:
            if call.over_nanousd:
                self.over_nanousd[call.deployment] += call.over_nanousd
                _log.error(
                    "billed more than was set aside",
                    run=record.run_id,
                    deployment=call.deployment,
                    over=format_usd(call.over_nanousd),
                )


class _Kept(NamedTuple):
    """What budgets are kept by."""

    database: Database
    clock: Clock
    process: str  # by whose name rows tell what its leases were spent on; empty where there is one process


class Budgets:
    """The budget of a gateway, and what keeps it true: days are added up, and a new policy's caps find what was spent."""

    def __init__(self, budget: LeasedBudget, books: SqlLeases | FileLeases, watch: BudgetWatch, kept: _Kept) -> None:
        self.budget = budget
        self.process = kept.process
        self.watch = watch
        self._books = books
        self._spending = Spending(kept.database)
        self._clock = kept.clock

    def alarms(self) -> Mapping[tuple[str, str, str], int]:
        """How often an alarm was raised, by tenant, cap and share."""
        return self.watch.alarms

    def over_nanousd(self) -> Mapping[str, int]:
        """What was billed beyond what was set aside, by deployment."""
        return self.watch.over_nanousd

    def standings(self) -> Sequence[Standing]:
        """How caps stand."""
        return self.budget.standings()

    async def learn(self, policy: Policy) -> None:
        """Look up what the caps of a policy that is about to be in force count. Raises StoreError."""
        kinds = kinds_of(caps_of_policy(policy))
        now_s = self._clock.now_s()
        await self._books.seed(await self._spending.taken(kinds, now_s, most=MOST_TALLIES), now_s)

    async def keep_rolled_up(self) -> None:
        """Add up days as they end, until cancelled."""
        leaps = Leaps(self._clock)
        while True:
            await asyncio.sleep(_ROLL_UP_EVERY_S)
            try:
                await self._spending.roll_up(self._clock.now_s())
                if abs(leaps.since_last_s()) < _LEAP_S:
                    await self._books.tidy()
            except StoreError as error:
                _log.warning("adding up the days has to wait", cause=str(error))
            except Exception:  # noqa: BLE001 - a fault of ours: days that are not added up are read row by row for ever
                _log.exception("days are not added up, by a fault of this program")


async def budgets_of(
    stack: AsyncExitStack, database: Database, clock: Clock, policy: Policy, *, process: str, ledger: SqlLedger
) -> Budgets:
    """The budget, with all that the ledger says was spent; `process` names its leases, which others must be able to tell from theirs.

    Raises StoreError.
    """
    events = BudgetEvents(database, clock)
    events.start()
    stack.push_async_callback(events.close)
    watch = BudgetWatch(events)
    await Spending(database).roll_up(clock.now_s())
    books, term_s = _books(database, clock, ledger, process)
    budget = LeasedBudget(clock, books, process, term_s=term_s, alarm=watch.alarm)
    budgets = Budgets(budget, books, watch, _Kept(database, clock, process if database.many_processes else ""))
    await budgets.learn(policy)
    stack.push_async_callback(budget.close)
    adding_up = asyncio.create_task(budgets.keep_rolled_up(), name="days added up")
    stack.push_async_callback(_cancelled, adding_up)
    return budgets


def _books(
    database: Database, clock: Clock, ledger: SqlLedger, process: str
) -> tuple[SqlLeases, float] | tuple[FileLeases, float]:
    """Where leases are written down, and how long one is good for: on a file there is nobody else."""
    if database.many_processes:
        return SqlLeases(database, process), LEASE_TERM_S
    return FileLeases(database, ledger, clock, process), math.inf


async def standings_of(database: Database, gateway: Gateway) -> Sequence[Standing]:
    """How caps stand: by what was told to the store, while it answers; where nobody else tells it anything, by our own count first."""
    parts = gateway.parts
    own = {(each.tally, each.span): each for each in parts.budget.standings()}
    with suppress(StoreError):
        told = await standings_in_books(database, gateway.policy, parts.clock.now_s())
        if database.many_processes:
            return told
        own = {(each.tally, each.span): each for each in told} | own
    return list(own.values())


async def _cancelled(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
