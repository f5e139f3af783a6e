"""The demo's own run, with everything in processes as for a user: an outage that is over half way must be noticed."""

from __future__ import annotations

from pathlib import Path

import pytest

from lanewise.bootstrap import load_text, policy_text
from lanewise.lab.asking import Question
from lanewise.lab.demo import DemoPlan, run_demo
from lanewise.lab.processes import RehearsalError
from lanewise.lab.rig import GatewayPlan
from lanewise.lab.workload import make_workload


def a_plan(folder: Path, *, extra: str = "") -> DemoPlan:
    async def text(simulator_url: str) -> str:
        return (await policy_text(None, simulator_url=simulator_url))[0] + extra

    return DemoPlan(
        gateway=GatewayPlan(
            folder=folder, policy_text=text, read_policy=lambda made: load_text(made, file="it").policy
        ),
        questions=tuple(Question.of(item) for item in make_workload(8, 0)),
        compared_lane="small",
        failing_lane="small",
        time_scale=0.0,
        seed=0,
    )


async def test_a_gateway_that_answers_too_little_fails_the_demo_by_name(tmp_path: Path) -> None:
    plan = a_plan(tmp_path, extra='tenants:\n  "*": {budget: {daily: $0.0000001}}\n')
    result = await run_demo(plan, lambda *_: None, lambda _: None)
    failed = {check.name: check.said for check in result.checks if not check.passed}
    assert not result.passed
    assert "0 of 16 requests were answered in full" in failed["every request was answered"]
    assert failed["the ledger equals the vendors' books"].startswith("0 paid calls")


async def test_a_policy_the_gateway_refuses_is_told_in_its_words(tmp_path: Path) -> None:
    with pytest.raises(RehearsalError, match="nonsense"):
        await run_demo(a_plan(tmp_path, extra="nonsense: 1\n"), lambda *_: None, lambda _: None)
