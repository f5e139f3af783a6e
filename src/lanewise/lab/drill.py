"""The outage drill: incidents played against simulated vendors, each on a gateway of its own, and what must hold in them.

Read `run_drill` first. The incidents are data in `drill_incidents`; `drill_stage` plays one with the callers of `drill_traffic`; what
must hold is in `drill_checks`, what an operator sees in `drill_operator`, and `drill_view` shows it all.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from lanewise.core.policy import Policy
from lanewise.lab import drill_checks as must
from lanewise.lab.checks import Check
from lanewise.lab.door import Door
from lanewise.lab.drill_books import Compared, compare
from lanewise.lab.drill_figures import Load, PassFigures, Span, loads_of, pass_figures
from lanewise.lab.drill_incidents import POLICY, Incident
from lanewise.lab.drill_operator import BreakerStory, Readiness, stories
from lanewise.lab.drill_policy import incident_policy_text, laid_over, stretch_of
from lanewise.lab.drill_stage import Happened, Played, play
from lanewise.lab.drill_traffic import callers
from lanewise.lab.rig import GatewayPlan, gateway_beside, vendors_running
from lanewise.lab.screen import Tell, Watch
from lanewise.operations.report import Report

_ASK_TIMEOUT_S = 60.0  # who heard nothing until then was left hanging


@dataclass(frozen=True, kw_only=True, slots=True)
class DrillPlan:
    """What to rehearse. `policy_text` makes the simulated policy from the simulator's address, `read_policy` reads a policy's text."""

    folder: Path
    incidents: tuple[Incident, ...]
    policy_text: Callable[[str], Awaitable[str]]
    read_policy: Callable[[str], Policy]
    time_scale: float
    seed: int

    @property
    def stretch(self) -> float:
        """The factor on every time of an incident."""
        return stretch_of(self.time_scale)


@dataclass(frozen=True, kw_only=True, slots=True)
class IncidentResult:
    """What an incident came to, beside the same workload in calm."""

    incident: Incident
    calm: PassFigures
    struck: PassFigures
    loads: tuple[Load, ...]
    happened: tuple[Happened, ...]
    breakers: tuple[BreakerStory, ...]
    ready: tuple[Readiness, ...]
    report: Report
    compared: Compared
    checks: tuple[Check, ...]
    elapsed_s: float

    @property
    def passed(self) -> bool:
        """Whether everything held."""
        return all(check.passed for check in self.checks)


@dataclass(frozen=True, kw_only=True, slots=True)
class DrillResult:
    """All incidents."""

    incidents: tuple[IncidentResult, ...]
    elapsed_s: float

    @property
    def passed(self) -> bool:
        """Whether everything held in every incident."""
        return all(each.passed for each in self.incidents)


async def run_drill(plan: DrillPlan, watch: Watch, tell: Tell) -> DrillResult:
    """Play one incident after the other. Raises RehearsalError when one cannot be played at all."""
    begun_s, results = time.perf_counter(), []
    tell("Starting simulated vendors, a process of their own on 127.0.0.1; each incident has a gateway of its own")
    async with vendors_running(plan.folder, time_scale=plan.time_scale, seed=plan.seed) as vendors_url:
        for number, incident in enumerate(plan.incidents, start=1):
            tell(f"Incident {number} of {len(plan.incidents)}: {incident.title}")
            results.append(await _rehearse(plan, incident, vendors_url, (watch, tell)))
    return DrillResult(incidents=tuple(results), elapsed_s=time.perf_counter() - begun_s)


async def _rehearse(
    plan: DrillPlan, incident: Incident, vendors_url: str, screen: tuple[Watch, Tell]
) -> IncidentResult:
    begun_s, folder = time.perf_counter(), plan.folder / incident.name
    folder.mkdir(parents=True, exist_ok=True)
    async with AsyncExitStack() as stack:
        unplugged = {step.unplugged for step in incident.steps if step.unplugged is not None}
        doors = {name: await stack.enter_async_context(Door()) for name in unplugged}
        gateway = GatewayPlan(
            folder=folder,
            policy_text=lambda url: _policy_text(plan, incident, doors, url),
            read_policy=plan.read_policy,
            ask_timeout_s=_ASK_TIMEOUT_S * max(1.0, plan.stretch),
        )
        rig = await stack.enter_async_context(gateway_beside(vendors_url, gateway))
        await rig.forget()
        coming = callers(incident.load, rig.policy, seed=plan.seed, stretch=plan.stretch)
        played = await play(rig, incident, coming, doors, stretch=plan.stretch, screen=screen)
        return _judged(incident, rig.policy, played, stretch=plan.stretch, begun_s=begun_s)


async def _policy_text(plan: DrillPlan, incident: Incident, doors: Mapping[str, Door], simulator_url: str) -> str:
    simulated = await plan.policy_text(simulator_url)
    policy, providers = plan.read_policy(simulated), {}
    for name, door in doors.items():
        url = urlsplit(next(d.provider.base_url for d in policy.deployments.values() if d.provider.name == name))
        await door.open(url.port)
        providers[name] = {"base_url": url._replace(netloc=f"127.0.0.1:{door.port}").geturl()}
    overrides = laid_over(POLICY, incident.policy, {"providers": providers})
    return incident_policy_text(simulated, overrides, stretch=plan.stretch)


def _judged(incident: Incident, policy: Policy, played: Played, *, stretch: float, begun_s: float) -> IncidentResult:
    calm, struck = played.calm, played.struck
    loads = loads_of(calm, struck, {whom: _failed_s(incident, played.happened, whom) for whom in incident.failing})
    breakers = stories(played.moved, until_s=incident.load.over_s * stretch)
    compared = compare([*calm.runs.values(), *struck.runs.values()], played.rows)
    checks = [
        must.felt(struck),
        must.nobody_unanswered(incident, calm, struck),
        must.every_degraded_answer_is_marked(calm, struck, policy),
        must.no_storm(loads),
        must.every_request_is_in_the_ledger(calm, struck),
        must.ledger_equals_books(compared),
    ]
    if incident.all_down:
        down_s = played.happened[0].at_s, played.happened[-1].at_s
        rest_s = max(lane.breaker.open_s for lane in policy.lanes.values())
        checks.append(must.refusals_are_kind(struck, down_s=down_s, rest_s=rest_s))
    if incident.opens:
        checks.append(must.a_breaker_worked(breakers))
    checks.append(must.traffic_is_back(calm, struck, incident))
    return IncidentResult(
        incident=incident,
        calm=pass_figures(calm),
        struck=pass_figures(struck),
        loads=loads,
        happened=played.happened,
        breakers=breakers,
        ready=played.ready,
        report=played.report,
        compared=compared,
        checks=tuple(checks),
        elapsed_s=time.perf_counter() - begun_s,
    )


def _failed_s(incident: Incident, happened: Sequence[Happened], whom: str) -> list[Span]:
    """The spans in which somebody failed, as they were played."""
    return [
        (begun.at_s, ended.at_s)
        for step, begun, ended in zip(incident.steps[:-1], happened[:-1], happened[1:], strict=True)
        if step.hurts(whom)
    ]
