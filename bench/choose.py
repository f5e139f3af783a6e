"""`python -m bench.choose`: the same pass-through on other servers and HTTP clients; the figures behind docs/decisions/0002."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import msgspec
from rich.console import Console

from bench import install
from bench.cases import plain, stream
from bench.figures import Rounds
from bench.report import Screen
from bench.results import results
from bench.rounds import Bench, Schedule
from bench.systems import CALLER_KEY, ROOT, UPSTREAM_KEY, System, direct, uvicorn, version_of

CASES = (plain(1, 1), plain(1, 16), plain(1, 64), plain(100, 16), stream(1, 16), stream(1, 64))
PACKAGES = ["uvicorn", "granian", "starlette", "aiohttp", "httpx2", "pyreqwest", "uvloop", "msgspec"]
Starter = Callable[[str, int], System]


def on_uvicorn(name: str, app: str, upstream: str, port: int, *, loop: str = "asyncio") -> System:
    argv = [*uvicorn(python(), app, port), "--loop", loop]
    return variant(name, argv, upstream)


def on_granian(name: str, app: str, upstream: str, port: int) -> System:
    argv = [str(Path(python()).with_name("granian")), "--interface", "asgi", "--workers", "1", "--loop", "asyncio"]
    return variant(name, [*argv, "--host", "127.0.0.1", "--port", str(port), "--no-access-log", app], upstream)


def variant(name: str, argv: list[str], upstream: str) -> System:
    env = {"BENCH_UPSTREAM": upstream, "BENCH_KEY": UPSTREAM_KEY, "PYTHONPATH": str(ROOT)}
    return System(name=name, argv=argv, env=env, keys=[CALLER_KEY], version=version_of(python(), PACKAGES))


def python() -> str:
    return str(install.choose() / "bin" / "python")


# `bare` is uvicorn + aiohttp on asyncio's own loop: the ratios are taken to it.
VARIANTS: tuple[Starter, ...] = (
    direct,
    partial(on_uvicorn, "bare", "bench.bare:app"),
    partial(on_uvicorn, "uvicorn+httpx2", "bench.choose_apps:httpx2_app"),
    partial(on_uvicorn, "uvicorn+pyreqwest", "bench.choose_apps:pyreqwest_app"),
    partial(on_granian, "granian+aiohttp", "bench.bare:app"),
    partial(on_uvicorn, "uvloop+aiohttp", "bench.bare:app", loop="uvloop"),
)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.choose", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--out", type=Path, default=install.HOME / "choose.json")
    asked = parser.parse_args()
    schedule = Schedule(rounds=asked.rounds, seconds=asked.seconds, warm_up_s=1.0)
    console = Console(width=None if sys.stdout.isatty() else 160)
    with Bench(VARIANTS, lambda name: console.print(f"starting {name}")) as bench:
        for sample in bench.warm_up(schedule.warm_up_s):
            if sample.errors:
                console.print(f"{sample.system} does not answer {sample.case}: {sample.errors[0]}", markup=False)
                return 2
        samples = list(bench.samples(CASES, schedule))
        versions = {system.name: system.version for system, _ in bench.systems}
    found = results(samples, CASES, schedule, versions)
    found.goals = []
    Screen(console, Rounds(samples), CASES).figures()
    asked.out.write_bytes(msgspec.json.format(msgspec.json.encode(found)))
    for line in found.errors:
        console.print(f"ERROR {line}", markup=False)
    return 1 if found.errors else 0


if __name__ == "__main__":
    sys.exit(main())
