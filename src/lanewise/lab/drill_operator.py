"""What an operator sees of an incident: breakers as they move in the log, what /ready says, and the report afterwards."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import time
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import aiohttp

from lanewise.lab.rig import Rig

_LOOK_EVERY_S = 0.1


@dataclass(frozen=True, kw_only=True, slots=True)
class Moved:
    """A breaker's new position, as the log has it; `at_s` since the pass began."""

    at_s: float
    lane: str
    deployment: str
    position: str


@dataclass(frozen=True, kw_only=True, slots=True)
class BreakerStory:
    """What one breaker did, in a line: when it first opened, how often it probed in vain, when it closed for good."""

    lane: str
    deployment: str
    opened_s: float
    probes: int
    closed_s: float | None
    open_in_all_s: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Readiness:
    """What /ready said, until the next of these: its status, lanes that cannot answer by themselves, who rests, who is held."""

    at_s: float
    status: str
    degraded: tuple[str, ...]
    resting: tuple[str, ...]
    held: tuple[str, ...]


def moves(log: Path, *, began_us: int) -> tuple[Moved, ...]:
    """Every move of a breaker in the gateway's log since a moment."""
    found = []
    for line in log.read_text(errors="replace").splitlines():
        told = _json(line)
        if told is None or told.get("event") != "breaker":
            continue
        moment = dt.datetime.fromisoformat(told["timestamp"])
        at_s = moment.timestamp() - began_us / 1e6
        if at_s >= 0:
            found.append(Moved(at_s=at_s, lane=told["lane"], deployment=told["deployment"], position=told["position"]))
    return tuple(found)


def _json(line: str) -> dict[str, Any] | None:
    try:
        told = json.loads(line)
    except ValueError:
        return None
    return told if isinstance(told, dict) else None


def stories(moved: Iterable[Moved], *, until_s: float) -> tuple[BreakerStory, ...]:
    """One line for each breaker that moved, the first to open in front. One that is open at the end was so until `until_s`."""
    by_breaker: dict[tuple[str, str], list[Moved]] = {}
    for each in moved:
        by_breaker.setdefault((each.lane, each.deployment), []).append(each)
    return tuple(_story(steps, until_s) for steps in sorted(by_breaker.values(), key=lambda steps: steps[0].at_s))


def _story(steps: Sequence[Moved], until_s: float) -> BreakerStory:
    open_s, opened_s = 0.0, None
    for step in steps:
        if step.position != "closed" and opened_s is None:
            opened_s = step.at_s
        elif step.position == "closed" and opened_s is not None:
            open_s, opened_s = open_s + step.at_s - opened_s, None
    last = steps[-1]
    return BreakerStory(
        lane=last.lane,
        deployment=last.deployment,
        opened_s=steps[0].at_s,
        probes=sum(step.position == "half_open" for step in steps),
        closed_s=last.at_s if last.position == "closed" else None,
        open_in_all_s=open_s + (0.0 if opened_s is None else until_s - opened_s),
    )


@asynccontextmanager
async def watching(rig: Rig, *, began_s: float) -> AsyncIterator[list[Readiness]]:
    """Look at /ready again and again while the block runs; `began_s` is monotonic. A look that finds nothing new is not kept."""
    seen: list[Readiness] = []
    looking = asyncio.create_task(_look(rig, began_s, seen))
    try:
        yield seen
    finally:
        looking.cancel()
        with suppress(asyncio.CancelledError):
            await looking


async def _look(rig: Rig, began_s: float, seen: list[Readiness]) -> None:
    while True:
        with suppress(aiohttp.ClientError, ValueError):
            async with rig.session.get(f"{rig.gateway_url}/ready") as response:
                found = _readiness(await response.json(), at_s=time.monotonic() - began_s)
            if not seen or replace(found, at_s=seen[-1].at_s) != seen[-1]:
                seen.append(found)
        await asyncio.sleep(_LOOK_EVERY_S)


def _readiness(said: Mapping[str, Any], *, at_s: float) -> Readiness:
    return Readiness(
        at_s=at_s,
        status=said["status"],
        degraded=tuple(said["degraded"]),
        resting=tuple(f"{each['lane']}: {each['deployment']} {each['position']}" for each in said["breakers"]),
        held=tuple(each["deployment"] for each in said["held"]),
    )
