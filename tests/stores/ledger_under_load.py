"""A ledger that many runs write to, until it is killed: prints the id of each row once it is durable."""

from __future__ import annotations

import asyncio
import itertools
import logging
import resource
import sys
from pathlib import Path

import structlog

from lanewise.core.clock import SystemClock
from lanewise.stores.address import Store, store_at
from lanewise.stores.ledger_thread import LedgerLimits
from lanewise.stores.ledger_writer import SqlLedger
from stores.samples import a_record

CALLERS = 16


async def call(ledger: SqlLedger, numbers: itertools.count[int]) -> None:
    while True:
        run_id = f"run_{next(numbers):06}"
        await ledger.append(a_record(run_id))
        print(run_id, flush=True)


async def main(store: Store, file_limit: int) -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    # Never retried: the rows stay in the spool, and whoever starts next has to bring them home.
    ledger = SqlLedger(store, SystemClock(), LedgerLimits(spool_bytes=8_000_000, retry_s=3600))
    await ledger.start()
    if file_limit:
        resource.setrlimit(resource.RLIMIT_FSIZE, (file_limit, resource.RLIM_INFINITY))
    numbers = itertools.count()
    await asyncio.gather(*(call(ledger, numbers) for _ in range(CALLERS)))


asyncio.run(main(store_at(sys.argv[1], Path(sys.argv[2])), int(sys.argv[3])))
