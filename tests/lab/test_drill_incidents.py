"""The shipped incidents as data: each hurts whom it says, and ends well; what they say to the policy and to the vendors is understood."""

from __future__ import annotations

import pytest

from lanewise.bootstrap import load_text, policy_text
from lanewise.lab.drill_incidents import INCIDENTS, NAMES, POLICY, Incident, Step
from lanewise.lab.drill_policy import incident_policy_text, laid_over, stretched_fault
from lanewise.lab.drill_traffic import callers
from lanewise.simulator.faults import read_fault


@pytest.mark.parametrize("incident", INCIDENTS, ids=NAMES)
def test_everybody_named_fails_in_turn_and_all_is_well_at_the_end(incident: Incident) -> None:
    assert sorted(step.at_s for step in incident.steps) == [step.at_s for step in incident.steps]
    assert all(any(step.hurts(whom) for step in incident.steps) for whom in incident.failing)
    assert not any(incident.steps[-1].hurts(whom) for whom in incident.failing)
    assert incident.steps[-1].at_s < incident.load.over_s
    assert sum(incident.load.lanes.values()) == pytest.approx(1.0)


@pytest.mark.parametrize("incident", INCIDENTS, ids=NAMES)
async def test_policy_faults_and_questions_are_understood(incident: Incident) -> None:
    simulated, _, _ = await policy_text(None, simulator_url="http://127.0.0.1:1")
    text = incident_policy_text(simulated, laid_over(POLICY, incident.policy), stretch=1.0)
    policy = load_text(text, file="it").policy
    for step in incident.steps:
        for fault in step.faults:
            read_fault(stretched_fault(fault, 1.0))
    coming = callers(incident.load, policy, seed=0, stretch=1.0)
    assert {caller.lane for caller in coming} == set(incident.load.lanes)
    vendors = {each.provider.name for lane in policy.lanes.values() for each in lane.deployments}
    assert {whom.partition("/")[0] for whom in incident.failing} <= vendors


def test_between_them_both_dialects_fail_as_the_first_vendor() -> None:
    assert {"simopen", "simthropic"} <= {whom for incident in INCIDENTS for whom in incident.failing}


@pytest.mark.parametrize(
    ("step", "hurt", "spared"),
    [
        (Step(at_s=0, says="", unplugged="a"), ["a", "a/x"], ["b"]),
        (Step(at_s=0, says="", faults=({"kind": "reset"},)), ["a", "b/x"], []),
        (Step(at_s=0, says="", faults=({"kind": "reset", "vendor": "a", "model": "x"},)), ["a", "a/x"], ["a/y", "b"]),
        (Step(at_s=0, says=""), [], ["a"]),
    ],
)
def test_a_step_hurts_whom_its_faults_can_hit(step: Step, hurt: list[str], spared: list[str]) -> None:
    assert all(step.hurts(whom) for whom in hurt)
    assert not any(step.hurts(whom) for whom in spared)
