"""Plays one incident: the workload in calm, then again while the script makes things go wrong."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from lanewise.lab.asking import Asker, Outage
from lanewise.lab.door import Door
from lanewise.lab.drill_figures import Pass
from lanewise.lab.drill_incidents import Incident, Step
from lanewise.lab.drill_operator import Moved, Readiness, moves, watching
from lanewise.lab.drill_policy import stretched_fault
from lanewise.lab.drill_traffic import Caller, Reply, ask_all
from lanewise.lab.processes import RehearsalError
from lanewise.lab.rig import Rig
from lanewise.lab.screen import Tell, Watch
from lanewise.operations.report import Report

_SETTLE_S = 15.0  # for vendors to notice that a caller has left
_LOOK_EVERY_S = 0.05


@dataclass(frozen=True, kw_only=True, slots=True)
class Happened:
    """A step of the script as it was played, at a time since the pass began; `hits` says how many requests each kind of fault hit."""

    at_s: float
    says: str
    hits: Mapping[str, int]


@dataclass(frozen=True, kw_only=True, slots=True)
class Played:
    """All that is known of an incident when it is over. `rows` are the vendors' log of both passes, `report` is of the struck one."""

    calm: Pass
    struck: Pass
    happened: tuple[Happened, ...]
    moved: tuple[Moved, ...]
    ready: tuple[Readiness, ...]
    rows: tuple[Mapping[str, Any], ...]
    report: Report


async def play(
    rig: Rig,
    incident: Incident,
    coming: Sequence[Caller],
    doors: Mapping[str, Door],
    *,
    stretch: float,
    screen: tuple[Watch, Tell],
) -> Played:
    """Both passes on a gateway and vendors that run. Raises RehearsalError where the vendors do not come to rest afterwards."""
    watch, tell = screen
    asker = Asker(rig.session, rig.gateway_url, Outage())
    script = _Script(rig, doors, stretch, tell)

    async def one_pass(title: str) -> tuple[tuple[Reply, ...], int, float]:
        began_us, began_s = time.time_ns() // 1000, time.monotonic()
        told = f"{incident.name}, {title}"
        watch(told, 0, len(coming))
        return (
            await ask_all(asker, coming, began_s=began_s, watch=lambda done: watch(told, done, len(coming))),
            began_us,
            began_s,
        )

    calm_replies, calm_us, _ = await one_pass("in calm")
    await _at_rest(rig)
    async with asyncio.TaskGroup() as group:
        began_us, began_s = time.time_ns() // 1000, time.monotonic()
        following = group.create_task(script.follow(incident.steps, began_s))
        async with watching(rig, began_s=began_s) as ready:
            struck_replies, _, _ = await one_pass("struck")
            await following
    rows = await _at_rest(rig)
    runs = {run.run_id: run for run in await rig.runs()}
    calm_runs = {name: run for name, run in runs.items() if run.started_us < began_us}
    return Played(
        calm=Pass(replies=calm_replies, runs=calm_runs, began_us=calm_us),
        struck=Pass(
            replies=struck_replies,
            runs={name: run for name, run in runs.items() if name not in calm_runs},
            began_us=began_us,
        ),
        happened=tuple(script.happened),
        moved=moves(rig.plan.log, began_us=began_us),
        ready=tuple(ready),
        rows=tuple(rows),
        report=await rig.report(since_us=began_us),
    )


async def _at_rest(rig: Rig) -> list[dict[str, Any]]:
    """The vendors' log once no request is under way."""
    try:
        async with asyncio.timeout(_SETTLE_S):
            while True:
                rows = await rig.log()
                if all(row["ended_at"] is not None for row in rows):
                    return rows
                await asyncio.sleep(_LOOK_EVERY_S)
    except TimeoutError as error:
        raise RehearsalError(
            f"Calls are still under way at the vendors {_SETTLE_S:.0f} s after the last caller was answered"
        ) from error


class _Script:
    """Makes things go wrong, and right again, at their times."""

    def __init__(self, rig: Rig, doors: Mapping[str, Door], stretch: float, tell: Tell) -> None:
        self._rig = rig
        self._doors = doors
        self._stretch = stretch
        self._tell = tell
        self.happened: list[Happened] = []

    async def follow(self, steps: Sequence[Step], began_s: float) -> None:
        """Play every step at its time after `began_s` (monotonic)."""
        for step in steps:
            await asyncio.sleep(max(0.0, began_s + step.at_s * self._stretch - time.monotonic()))
            hits = await self._rig.in_force(*(stretched_fault(fault, self._stretch) for fault in step.faults))
            for name, door in self._doors.items():
                await (door.shut() if name == step.unplugged else door.open())
            if self.happened:
                self.happened[-1] = replace(self.happened[-1], hits=hits)
            self.happened.append(Happened(at_s=time.monotonic() - began_s, says=step.says, hits={}))
            self._tell(f"  {step.says}")
