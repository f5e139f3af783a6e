"""Incidents as they are played, with everything in processes: what goes wrong does, is felt, counted and mended."""

from __future__ import annotations

import dataclasses
import json
from datetime import timedelta
from pathlib import Path

import pytest

from lab.drilled import an_incident
from lanewise.bootstrap import load_text, policy_text
from lanewise.lab.drill import DrillPlan, DrillResult, run_drill
from lanewise.lab.drill_incidents import Incident, Load, Step
from lanewise.lab.drill_policy import USUAL_TIME_SCALE
from lanewise.lab.drill_view import Setting, drill_json
from lanewise.lab.processes import RehearsalError

LOAD = Load(requests=24, over_s=1.5, lanes={"small": 0.5, "standard": 0.5})
DOWN = an_incident(
    name="down",
    load=LOAD,
    steps=(
        Step(at_s=0.2, says="simopen refuses connections", unplugged="simopen"),
        Step(at_s=0.6, says="simopen answers 503", faults=({"kind": "status", "vendor": "simopen", "code": 503},)),
        Step(at_s=0.9, says="simopen works again"),
    ),
    policy={"breaker": {"min_calls": 2, "open_for": timedelta(milliseconds=100)}},
)


async def drilled(folder: Path, *incidents: Incident) -> tuple[DrillResult, list[str]]:
    async def text(simulator_url: str) -> str:
        return (await policy_text(None, simulator_url=simulator_url))[0]

    said: list[str] = []
    plan = DrillPlan(
        folder=folder,
        incidents=incidents,
        policy_text=text,
        read_policy=lambda made: load_text(made, file="it").policy,
        time_scale=USUAL_TIME_SCALE,
        seed=0,
    )
    return await run_drill(plan, lambda title, done, of: said.append(f"{title} {done}/{of}"), said.append), said


async def test_a_vendor_that_is_unplugged_and_then_ill_is_noticed_by_everybody(tmp_path: Path) -> None:
    drill, said = await drilled(tmp_path, DOWN)
    (result,) = drill.incidents
    checks = {check.name: check for check in result.checks}
    assert checks["nobody is left unanswered"].passed, checks["nobody is left unanswered"].said
    assert checks["every degraded answer is marked"].passed, checks["every degraded answer is marked"].said
    assert checks["every request is in the ledger"].passed, checks["every request is in the ledger"].said
    assert checks["the ledger equals the vendors' books"].passed, checks["the ledger equals the vendors' books"].said
    assert "unreachable" in checks["the incident was felt"].said
    assert (result.calm.answered, result.calm.degraded) == (24, 0)
    assert result.struck.degraded > 0
    assert [step.says for step in result.happened] == [step.says for step in DOWN.steps]
    assert all(step.at_s >= planned.at_s for step, planned in zip(result.happened, DOWN.steps, strict=True))
    assert {look.status for look in result.ready} == {"ready"}
    assert "fallback" in {extra.kind for extra in result.report.extra_calls}
    assert {"down, in calm 24/24", "down, struck 24/24", "  simopen works again"} <= set(said)
    assert (tmp_path / "down/lanewise.db").exists()
    setting = Setting(time_scale=USUAL_TIME_SCALE, stretch=1.0, seed=0, kept=None)
    assert json.loads(json.dumps(drill_json(drill, setting)))["incidents"][0]["happened"][1]["hits"]["status"] > 0


async def test_a_gateway_that_leaves_callers_alone_fails_the_drill_by_name(tmp_path: Path) -> None:
    alone = dataclasses.replace(
        DOWN,
        name="alone",
        policy={
            "lanes": {
                "small": {"deployments": ["simopen/sim-small"], "degrade_to": None},
                "spare": {"deployments": ["simthropic/sim-haiku"]},
            }
        },
    )
    drill, _ = await drilled(tmp_path, alone)
    assert not drill.passed
    failed = {check.name: check.said for check in drill.incidents[0].checks if not check.passed}
    assert "HTTP 503" in failed["nobody is left unanswered"]
    assert drill.incidents[0].struck.refused > 0


async def test_a_policy_the_gateway_refuses_is_told_in_its_words(tmp_path: Path) -> None:
    with pytest.raises(RehearsalError, match="nonsense"):
        await drilled(tmp_path, dataclasses.replace(DOWN, policy={"nonsense": 1}))
