"""A process that lets requests in beside others that share its Redis, as fast as they may come; each is written down as it happens.

Two tenants: `rated` has a rate and nothing else, `placed` so many places. Lines of its book are `in TENANT NUMBER ASKED_S IN_S ALONE` and
`out TENANT NUMBER AT_S`, by the machine's monotonic clock. A request is in no sooner than it asked and no later than its line says, and it
is out no sooner than its line says: so what a book shows at one time was really in.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from itertools import count
from pathlib import Path
from random import Random

import msgspec

from lanewise.core.clock import SystemClock
from lanewise.core.errors import LimitReached
from lanewise.core.limiting import Limits
from lanewise.core.policy import Policy, Routing, TenantPolicy
from lanewise.core.protocols.admission import Entrant
from lanewise.limits.admission import FairLimiter
from lanewise.limits.hot_shared import SharedHotState
from lanewise.stores.hot_redis import RedisLine

EVERYBODY = TenantPolicy(name="*", daily_cap_nanousd=None)
OPEN = Policy(version="", lanes={}, models={}, routing=Routing(), tenants={}, default_tenant=EVERYBODY)


class Orders(msgspec.Struct, frozen=True, kw_only=True):
    """What a process is told to do."""

    url: str
    prefix: str
    book: str
    process: str
    lease_s: float
    for_s: float
    rate: int
    places: int
    tasks: int
    gap_s: float  # between one task's requests for the rate


class Silent:
    """Nobody is told; it is in the book."""

    def alone(self, *, alone: bool, processes: int, cause: str) -> None:
        del alone, processes, cause

    def keys_changed(self) -> None:
        pass


class Door:
    """Asks, lets in, and writes down."""

    def __init__(self, orders: Orders, limiter: FairLimiter) -> None:
        self._orders = orders
        self._limiter = limiter
        self._numbers = count()
        self._random = Random(orders.process)
        self._book = os.open(orders.book, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._ends_s = time.monotonic() + orders.for_s

    async def run(self) -> None:
        rate = Limits(requests_per_minute=self._orders.rate)
        rated = TenantPolicy(name="rated", daily_cap_nanousd=None, limits=rate)
        places = Limits(concurrency=self._orders.places)
        placed = TenantPolicy(name="placed", daily_cap_nanousd=None, limits=places)
        async with asyncio.TaskGroup() as group:
            for _ in range(self._orders.tasks):
                group.create_task(self._asks(rated, hold_s=0.0, gap_s=self._orders.gap_s))
                group.create_task(self._asks(placed, hold_s=0.05, gap_s=0.0))
        self._write("done")

    async def _asks(self, of: TenantPolicy, *, hold_s: float, gap_s: float) -> None:
        while (asked_s := time.monotonic()) < self._ends_s:
            try:
                place = await self._limiter.enter(Entrant(tenant=of), OPEN)
            except LimitReached as told:
                await asyncio.sleep(max(min(told.retry_after_s, 0.03), gap_s) * self._random.uniform(0.5, 1.0))
                continue
            number, standing = next(self._numbers), place.standing
            alone = standing is not None and standing.alone
            self._write("in", of.name, number, asked_s, time.monotonic(), int(alone))
            await asyncio.sleep(hold_s * self._random.uniform(0.5, 1.5))
            self._write("out", of.name, number, time.monotonic())
            self._limiter.leave(place, 0)
            if gap_s:
                await asyncio.sleep(gap_s * self._random.uniform(0.5, 1.5))

    def _write(self, *words: object) -> None:
        os.write(self._book, (" ".join(map(str, words)) + "\n").encode())


async def main(orders: Orders) -> None:
    """Let requests in until the time is over."""
    clock, line = SystemClock(), RedisLine(orders.url, timeout_s=0.25, prefix=orders.prefix)
    hot = SharedHotState(clock, line, process=orders.process, expected=3, told=Silent(), lease_s=orders.lease_s)
    await hot.start()
    print("begun", flush=True)
    sys.stdin.readline()  # everybody begins together
    await Door(orders, FairLimiter(clock, hot)).run()
    await hot.close()
    await line.close()


if __name__ == "__main__":
    asyncio.run(main(msgspec.json.decode(Path(sys.argv[1]).read_bytes(), type=Orders)))
