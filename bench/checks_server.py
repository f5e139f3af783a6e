"""The gateway of `bench.checks`: beside its requests its maths workers never rest, or as many processes burn CPU; it watches its loop.

`python -m bench.checks_server checks|burner POLICY PORT FILE`: at its end it writes what it saw into the file.
"""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path

import msgspec

from bench.load import percentile
from lanewise.bootstrap import ServeOptions, serve
from lanewise.bootstrap.workers import Workers
from lanewise.core.clock import SystemClock
from lanewise.server.process import Bind, new_event_loop
from lanewise.verifiers.maths.task import MathTask
from lanewise.verifiers.worker_pool import PoolOptions

NICENESS = 15  # that of the maths workers
STARTING_S = 2.0  # not measured
STEP_S = 0.005
#: A sum of 118 roots against itself turned round: about 13 ms of work, 2 KB in the pipe.
HEAVY = MathTask(
    text=r"\boxed{" + "+".join(rf"\sqrt{{{n}}}" for n in range(2, 120)) + "}",
    expected="+".join(rf"\sqrt{{{n}}}" for n in range(119, 1, -1)),
)
BURN = f"import os\nos.nice({NICENESS})\nwhile True: pass\n"


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What the gateway saw: how late its loop woke, and how many checks it had made."""

    lag_p99_ms: float
    checks: int


class Watch:
    """How late a timer of the loop is."""

    def __init__(self) -> None:
        self.lags_ms: list[float] = []
        self.checks = 0

    async def watch(self) -> None:
        await asyncio.sleep(STARTING_S)
        while True:
            began = time.perf_counter()
            await asyncio.sleep(STEP_S)
            self.lags_ms.append((time.perf_counter() - began - STEP_S) * 1000)

    async def check(self, workers: Workers) -> None:
        while True:
            told = await workers.calculate(HEAVY)
            assert told.right, told
            self.checks += 1

    @property
    def seen(self) -> Seen:
        return Seen(lag_p99_ms=percentile(self.lags_ms, 0.99), checks=self.checks)


async def run(mode: str, policy: Path, port: int, file: Path) -> None:
    """Serve until told to stop."""
    watch, workers = Watch(), Workers(SystemClock())
    many = PoolOptions().workers
    beside = [asyncio.create_task(watch.watch())]
    burners = []
    if mode == "checks":
        beside += [asyncio.create_task(watch.check(workers)) for _ in range(2 * many)]
    else:
        burners = [await asyncio.create_subprocess_exec(sys.executable, "-c", BURN) for _ in range(many)]
    try:
        await serve(ServeOptions(config=policy, bind=Bind(port=port)))
    finally:
        for task in beside:
            task.cancel()
        outcomes = await asyncio.gather(*beside, return_exceptions=True)
        await workers.close()
        for burner in burners:
            burner.kill()
            await burner.wait()
    broken = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    if broken:
        raise broken[0]
    file.write_bytes(msgspec.json.encode(watch.seen))


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(run(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4])))
