"""Processes that spend from a cap, beside others on a database or alone on a file, with a gateway's own budget, leases and ledger.

Their calls are made up.

What a call really costs is written to a book of the vendor's before it is "sent": whatever becomes of its process, that was spent.
Each line of standard input is the orders of one process: this one has everything loaded, and forks it.
"""

from __future__ import annotations

import asyncio
import logging
import math
import os
import random
import sys
from pathlib import Path

import msgspec
import structlog

from lanewise.core.caps import Spend
from lanewise.core.clock import SystemClock
from lanewise.core.errors import StoreError
from lanewise.core.policy import TenantPolicy
from lanewise.core.protocols.budget import Payer, Refused
from lanewise.core.protocols.leases import LeaseBook
from lanewise.limits.leased import LeasedBudget
from lanewise.pipeline.reserve import set_aside
from lanewise.stores.address import store_at
from lanewise.stores.database import Database, open_database
from lanewise.stores.file_leases import FileLeases
from lanewise.stores.leases import SqlLeases
from lanewise.stores.ledger_thread import LedgerLimits
from lanewise.stores.ledger_writer import SqlLedger
from lanewise.stores.spending import Kind, Spending
from lanewise.stores.sqlite_file import GatewayLock
from stores.samples import a_call, a_record, a_trace


class Orders(msgspec.Struct, kw_only=True):
    """How a process spends. Costs are shares of the cap."""

    store: str
    folder: str
    process: str
    cap: int
    seed: int
    term_s: float
    callers: int = 8
    most: float = 0.01  # a call's worst case is at most this
    truth: float = 1.0  # and it costs at most this part of it
    lasts_s: float = 0.01  # at most
    cancelled: float = 0.1  # of all calls: whoever waits for them goes away
    calls: int = 1_000_000_000


class Caller:
    """Makes one call after another until the cap is reached."""

    def __init__(self, orders: Orders, number: int) -> None:
        self._orders = orders
        self._random = random.Random(f"{orders.seed}/{number}")

    async def call_on(self, budget: LeasedBudget, ledger: SqlLedger, vendor: Vendor) -> None:
        orders, drawn = self._orders, self._random
        payer = Payer(tenant=TenantPolicy(name="acme", daily_cap_nanousd=orders.cap))
        refusals = 0
        while vendor.calls < orders.calls and refusals < 2:
            worst = drawn.randint(1, int(orders.cap * orders.most))
            cost = int(worst * orders.truth * drawn.uniform(0.5, 1))
            reservation = await set_aside(budget, payer, Spend(worst))
            if isinstance(reservation, Refused):
                refusals += not reservation.unknown
                vendor.refused(reservation)
                await asyncio.sleep(orders.term_s / 10)
                continue
            refusals = 0
            number = vendor.serve(cost)
            try:
                async with asyncio.timeout(0 if drawn.random() < orders.cancelled else None):
                    await asyncio.sleep(orders.lasts_s * drawn.random())
            except TimeoutError:
                pass
            budget.charge(reservation, Spend(cost))
            call = a_call(cost=msgspec.structs.replace(a_call().cost, input=cost, output=0))
            row = a_record(
                f"run_{orders.process}_{number:06}",
                started_us=vendor.now_us(),
                cost_nanousd=cost,
                process=orders.process,
                trace=a_trace(call),
            )
            await ledger.append(row)
            vendor.durable(number)


class Vendor:
    """What was really spent, a line for each call, written at once."""

    def __init__(self, orders: Orders) -> None:
        path = Path(orders.folder) / f"{orders.process}.book"
        self._book = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self._clock = SystemClock()
        self.calls = 0

    def now_us(self) -> int:
        return int(self._clock.now_s() * 1e6)

    def serve(self, cost: int) -> int:
        self.calls += 1
        os.write(self._book, f"spent {self.calls} {cost}\n".encode())
        return self.calls

    def durable(self, number: int) -> None:
        os.write(self._book, f"durable {number} 0\n".encode())

    def refused(self, refused: Refused) -> None:
        os.write(self._book, f"{'unknown' if refused.unknown else 'refused'} 0 {refused.asked}\n".encode())


async def spend(orders: Orders) -> None:
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    clock = SystemClock()
    store = store_at(orders.store, Path(orders.folder) / orders.process)
    (Path(orders.folder) / orders.process).mkdir(exist_ok=True)
    lock = await alone_on(store) if isinstance(store, Path) else None
    database = await open_database(store)
    ledger = SqlLedger(store, clock, LedgerLimits(retry_s=0.2, busy_timeout_s=30.0))
    await ledger.start()
    book, term_s = await book_of(database, ledger, orders)
    budget = LeasedBudget(clock, book, orders.process, term_s=term_s)
    vendor = Vendor(orders)
    say("spending", orders)
    await asyncio.gather(*(Caller(orders, number).call_on(budget, ledger, vendor) for number in range(orders.callers)))
    say("spent", orders)
    await budget.close()
    await ledger.close()
    await database.close()
    if lock is not None:
        lock.release()
    say("gone", orders)


async def alone_on(store: Path) -> GatewayLock:
    """The lock of a file, as soon as whoever had it is dead."""
    lock = GatewayLock(store)
    while True:
        try:
            lock.acquire()
        except StoreError:
            await asyncio.sleep(0.002)
        else:
            return lock


async def book_of(database: Database, ledger: SqlLedger, orders: Orders) -> tuple[LeaseBook, float]:
    """Where leases are written down, opened as a gateway does it, and how long they are good for."""
    if database.many_processes:
        return SqlLeases(database, orders.process, term_s=orders.term_s), orders.term_s
    book, now_s = FileLeases(database, ledger, SystemClock(), orders.process), SystemClock().now_s()
    await book.seed(await Spending(database).taken({Kind("tenant", "dollars", "daily")}, now_s, most=10), now_s)
    return book, math.inf


def say(word: str, orders: Orders, about: int = 0) -> None:
    os.write(1, f"{word} {orders.process} {about}\n".encode())


def main() -> None:
    for line in sys.stdin:
        orders = msgspec.json.decode(line, type=Orders)
        child = os.fork()
        if child:
            say("born", orders, child)
            continue
        try:
            asyncio.run(spend(orders))
        finally:
            os._exit(0)


if __name__ == "__main__":
    main()
