"""`python -m bench.soak`: Lanewise under mixed load and mixed faults for ten minutes; its memory must stay flat.

It passes when most requests got their answer whole, and the median resident memory of the last quarter is at most 1.03 times that
of the second; the first is for filling pools and caches. What is measured is the gateway's own process, not the vendors'.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from statistics import median

import aiohttp
import psutil
from rich.console import Console

from bench.running import SystemProcess, free_port
from bench.systems import CHAT, System, fresh_folder
from lanewise.bootstrap import simulated_rows
from lanewise.config.simulated import simulated_policy_text

LIMIT = 1.03
LEAST_WHOLE = 0.8
LANEWISE = str(Path(sys.executable).with_name("lanewise"))
FAULTS: tuple[dict[str, object], ...] = (
    {"kind": "status", "code": 429, "retry_after": 0.2, "probability": 0.3},
    {"kind": "status", "code": 500, "probability": 0.3},
    {"kind": "burst", "code": 503, "count": 10},
    {"kind": "slow_first_token", "s": 0.5, "probability": 0.2},
    {"kind": "stall", "s": 1.0, "after": 3, "probability": 0.1},
    {"kind": "cut", "after": 3, "probability": 0.2},
    {"kind": "truncate", "after": 3, "probability": 0.2},
    {"kind": "malformed", "after": 2, "probability": 0.2},
    {"kind": "reset", "probability": 0.2},
    {"kind": "reset_mid", "after": 3, "probability": 0.2},
    {"kind": "error_event", "after": 3, "probability": 0.2},
    {"kind": "empty", "probability": 0.1},
)
FAULT_S = 5.0


class Soak:
    """The load of one run and what came of it."""

    def __init__(self, base_url: str, session: aiohttp.ClientSession, models: Sequence[str], seed: int) -> None:
        self.url = base_url + CHAT
        self.session = session
        self.models = models
        self.random = random.Random(seed)
        self.outcomes: Counter[str] = Counter()
        self.acts = {
            self.plain: 40,
            self.stream: 30,
            self.leave_stream: 8,
            self.leave_before_answer: 5,
            self.big_body: 4,
            self.broken_json: 5,
        }

    async def act(self) -> None:
        """One random request; what a fault may cause is counted, what it may not is raised."""
        (chosen,) = self.random.choices(list(self.acts), list(self.acts.values()))
        try:
            outcome = await chosen()
        except (aiohttp.ClientPayloadError, aiohttp.ServerDisconnectedError) as error:
            outcome = f"{chosen.__name__}: {type(error).__name__}"
        self.outcomes[outcome] += 1

    def body(self, *, stream: bool, filler: int = 0) -> dict[str, object]:
        left, right = self.random.randrange(1000), self.random.randrange(1000)
        words = f"What is {left} + {right}? " + "It is part of a longer text. " * (filler // 29)
        messages = [{"role": "user", "content": words}]
        return {"model": self.random.choice(self.models), "messages": messages, "stream": stream, "max_tokens": 400}

    async def plain(self) -> str:
        async with self.session.post(self.url, json=self.body(stream=False)) as answer:
            await answer.read()
            return f"plain: {answer.status}"

    async def big_body(self) -> str:
        filler = self.random.randrange(100_000, 1_000_000)
        async with self.session.post(self.url, json=self.body(stream=False, filler=filler)) as answer:
            await answer.read()
            return f"big_body: {answer.status}"

    async def stream(self) -> str:
        async with self.session.post(self.url, json=self.body(stream=True)) as answer:
            text = await answer.read()
        if answer.status != 200:
            return f"stream: {answer.status}"
        if b"data: [DONE]" in text:
            return "stream: whole"
        return "stream: error event" if b'"error"' in text else "stream: ended without a word"

    async def leave_stream(self) -> str:
        async with self.session.post(self.url, json=self.body(stream=True)) as answer:
            await answer.content.readany()
            answer.close()
        return "leave_stream: left"

    async def leave_before_answer(self) -> str:
        try:
            async with asyncio.timeout(self.random.uniform(0.001, 0.05)):
                return f"leave_before_{await self.plain()}"
        except TimeoutError:
            return "leave_before_answer: left"

    async def broken_json(self) -> str:
        async with self.session.post(self.url, data=b'{"model": "x", "messages": [') as answer:
            await answer.read()
            return f"broken_json: {answer.status}"


async def keep_acting(soak: Soak, until: float) -> None:
    while time.monotonic() < until:
        await soak.act()


async def keep_failing(session: aiohttp.ClientSession, vendors: str, seed: int, until: float) -> None:
    """Put a random fault in force every few seconds; it ends by itself."""
    chance = random.Random(seed)
    while time.monotonic() < until:
        fault = {**chance.choice(FAULTS), "seconds": FAULT_S}
        async with session.post(f"{vendors}/__faults__", json=fault) as answer:
            if answer.status >= 400:
                raise RuntimeError(f"The simulator refused the fault {fault}: {await answer.text()}")
        await asyncio.sleep(FAULT_S)


async def keep_sampling(gateway: psutil.Process, until: float, console: Console) -> list[int]:
    """Resident bytes of the gateway's process, each second."""
    samples: list[int] = []
    while time.monotonic() < until:
        samples.append(gateway.memory_info().rss)
        if len(samples) % 60 == 0:
            console.print(f"{len(samples)} s: {samples[-1] / 1e6:.1f} MB")
        await asyncio.sleep(1)
    return samples


def growth(samples: Sequence[int]) -> tuple[float, float, float]:
    """Median of the second quarter and of the last, and the last over the second. Raises ValueError below eight samples."""
    if len(samples) < 8:
        raise ValueError(f"{len(samples)} samples are too few to compare quarters; soak for longer")
    quarter = len(samples) // 4
    second, last = median(samples[quarter : 2 * quarter]), median(samples[-quarter:])
    return second, last, last / second


def whole_share(outcomes: Counter[str]) -> float:
    """Whole answers among the requests that asked for one and stayed: faults take some, but a soak of refusals is none."""
    asked = {name: count for name, count in outcomes.items() if name.startswith(("plain:", "stream:"))}
    whole = outcomes["plain: 200"] + outcomes["stream: whole"]
    return whole / max(1, sum(asked.values()))


async def soaked(
    process: SystemProcess, vendors: str, asked: argparse.Namespace, console: Console
) -> tuple[list[int], Soak]:
    gateway, seconds = psutil.Process(process.popen.pid), asked.minutes * 60
    until = time.monotonic() + seconds
    timeout = aiohttp.ClientTimeout(total=120)
    async with aiohttp.ClientSession(timeout=timeout, connector=aiohttp.TCPConnector(limit=0)) as session:
        base_url = f"http://127.0.0.1:{process.port}"
        soak = Soak(base_url, session, asked.models.split(","), asked.seed)
        async with asyncio.TaskGroup() as tasks:
            sampling = tasks.create_task(keep_sampling(gateway, until, console))
            tasks.create_task(keep_failing(session, vendors, asked.seed, until))
            for _ in range(asked.clients):
                tasks.create_task(keep_acting(soak, until))
    return sampling.result(), soak


#: Play money: the default cap would stop the soak after a few minutes, and refusals soak nothing.
NO_CAP = """tenants:
  "*": {budget: {daily: $10000000}}
"""


def vendors_system(port: int) -> System:
    argv = [LANEWISE, "simulate", "--port", str(port), "--time-scale", "0.02"]
    return System(name="vendors", argv=argv, ready_path="/__books__")


def gateway_system(port: int, vendors: str) -> System:
    folder = fresh_folder("soak")
    config = folder / "lanewise.yaml"
    config.write_text(simulated_policy_text(simulated_rows(vendors)) + NO_CAP)
    argv = [
        LANEWISE,
        "serve",
        "--dev",
        "--config",
        str(config),
        "--port",
        str(port),
        "--store",
        str(folder / "soak.db"),
    ]
    return System(name="soak", argv=argv)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--models", default="lane:standard,lane:reasoning_low,lane:reasoning", help="comma list")
    asked = parser.parse_args()
    console = Console()
    vendors_port, port = free_port(), free_port()
    vendors = f"http://127.0.0.1:{vendors_port}"
    with (
        SystemProcess(vendors_system(vendors_port), vendors_port) as simulated,
        SystemProcess(gateway_system(port, vendors), port) as process,
    ):
        simulated.wait_until_ready()
        process.wait_until_ready()
        samples, soak = asyncio.run(soaked(process, vendors, asked, console))
        alive = process.popen.poll() is None
    second, last, ratio = growth(samples)
    for outcome, count in sorted(soak.outcomes.items()):
        console.print(f"{count:8d}  {outcome}")
    console.print(
        f"Resident memory: second quarter {second / 1e6:.1f} MB, last quarter {last / 1e6:.1f} MB, ratio {ratio:.3f}"
    )
    answered = whole_share(soak.outcomes) >= LEAST_WHOLE
    passed = alive and answered and ratio <= LIMIT
    console.print(f"{'PASS' if passed else 'FAIL'}: limit {LIMIT}, gateway alive: {alive}, answers: {answered}")
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
