"""How late an event loop wakes. `python -m bench.lag` watches a loop that has nothing to do: what the machine alone makes late.

Answers each line of its input with a `Lag` as JSON: that of the time since the line before.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time

import msgspec

from bench.load import percentile

STEP_S = 0.005


class Lag(msgspec.Struct, frozen=True, kw_only=True):
    """How late a timer was, in milliseconds, over so many of its turns."""

    p99_ms: float
    turns: int


class Watch:
    """How late a timer of this loop is."""

    def __init__(self) -> None:
        self.lags_ms: list[float] = []

    async def watch(self) -> None:
        """Look until cancelled."""
        while True:
            began = time.perf_counter()
            await asyncio.sleep(STEP_S)
            self.lags_ms.append((time.perf_counter() - began - STEP_S) * 1000)

    def take(self) -> Lag:
        """What was seen since it was last taken."""
        lags_ms, self.lags_ms = self.lags_ms, []
        return Lag(p99_ms=percentile(lags_ms, 0.99), turns=len(lags_ms))


async def lines_of_input() -> asyncio.StreamReader:
    """Standard input, as this loop reads it."""
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    return reader


class Answers:
    """Standard output for answers alone: whatever else is printed joins the errors."""

    def __init__(self) -> None:
        self._out = os.fdopen(os.dup(sys.stdout.fileno()), "wb", buffering=0)
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())

    def say(self, told: object) -> None:
        """One line to whoever asked."""
        self._out.write(msgspec.json.encode(told) + b"\n")


async def main() -> None:
    watch, answers = Watch(), Answers()
    watching = asyncio.create_task(watch.watch())
    asked = await lines_of_input()
    while await asked.readline():
        answers.say(watch.take())
    watching.cancel()


if __name__ == "__main__":
    asyncio.run(main())
