"""Budgets, restored from the ledger, and whoever is told of their alarms. Where processes share a store, they share its caps by leases."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass

import structlog

from lanewise.core.caps import Tally
from lanewise.core.clock import Clock
from lanewise.core.errors import StoreError
from lanewise.core.money import format_usd
from lanewise.core.policy import Policy
from lanewise.core.protocols.budget import Alarm, Budget, Standing, caps_of_policy
from lanewise.core.record import RunRecord
from lanewise.limits.budgets import MemoryBudget
from lanewise.limits.leased import LeasedBudget
from lanewise.limits.windows import MOST_TALLIES
from lanewise.operations.budgets import standings_in_books
from lanewise.pipeline.gateway import Gateway
from lanewise.stores.budget_events import BudgetEvents
from lanewise.stores.database import Database
from lanewise.stores.leases import LEASE_TERM_S, SqlLeases
from lanewise.stores.spending import Spending, kinds_of

_ROLL_UP_EVERY_S = 3_600.0
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


@dataclass(frozen=True, kw_only=True, slots=True)
class _Kind:
    """A budget of one process alone, or of one among several."""

    budget: Budget
    process: str  # the name of its leases; empty where it has none
    remember: Callable[[Mapping[tuple[Tally, str], int]], Awaitable[None]]  # what the ledger says was spent
    tidy: Callable[[], Awaitable[None]]


class Budgets:
    """The budget of a gateway, and what keeps it true: days are added up, and a new policy's caps find what was spent."""

    def __init__(self, kind: _Kind, watch: BudgetWatch, spending: Spending, clock: Clock) -> None:
        self.budget = kind.budget
        self.process = kind.process
        self.watch = watch
        self._kind = kind
        self._spending = spending
        self._clock = clock

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
        await self._kind.remember(await self._spending.taken(kinds, self._clock.now_s(), most=MOST_TALLIES))

    async def keep_rolled_up(self) -> None:
        """Add up days as they end, until cancelled."""
        while True:
            await asyncio.sleep(_ROLL_UP_EVERY_S)
            try:
                await self._spending.roll_up(self._clock.now_s())
                await self._kind.tidy()
            except StoreError as error:
                _log.warning("adding up the days has to wait", cause=str(error))


async def budgets_of(
    stack: AsyncExitStack, database: Database, clock: Clock, policy: Policy, *, process: str
) -> Budgets:
    """The budget, with all that the ledger says was spent: in memory, and by leases where others may share the store.

    Raises StoreError.
    """
    events = BudgetEvents(database, clock)
    events.start()
    stack.push_async_callback(events.close)
    spending, watch = Spending(database), BudgetWatch(events)
    await spending.roll_up(clock.now_s())
    kind = _leased(stack, database, clock, watch, process=process) if database.many_processes else _alone(clock, watch)
    budgets = Budgets(kind, watch, spending, clock)
    await budgets.learn(policy)
    adding_up = asyncio.create_task(budgets.keep_rolled_up(), name="days added up")
    stack.push_async_callback(_cancelled, adding_up)
    return budgets


def _alone(clock: Clock, watch: BudgetWatch) -> _Kind:
    budget = MemoryBudget(clock, {}, alarm=watch.alarm)

    async def remember(taken: Mapping[tuple[Tally, str], int]) -> None:
        budget.restore(dict(taken))

    async def tidy() -> None:
        """There is nothing in the store."""

    return _Kind(budget=budget, process="", remember=remember, tidy=tidy)


def _leased(stack: AsyncExitStack, database: Database, clock: Clock, watch: BudgetWatch, *, process: str) -> _Kind:
    book = SqlLeases(database, process)
    budget = LeasedBudget(clock, book, process, term_s=LEASE_TERM_S, alarm=watch.alarm)

    async def remember(taken: Mapping[tuple[Tally, str], int]) -> None:
        await book.seed(taken, clock.now_s())

    budget.start()
    stack.push_async_callback(budget.close)
    return _Kind(budget=budget, process=process, remember=remember, tidy=book.tidy)


async def standings_of(database: Database, gateway: Gateway) -> Sequence[Standing]:
    """How caps stand: by our own count, and where others share them by what all have told the store, while that answers."""
    parts = gateway.parts
    if parts.process():
        with suppress(StoreError):
            return await standings_in_books(database, gateway.policy, parts.clock.now_s())
    return parts.budget.standings()


async def _cancelled(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
