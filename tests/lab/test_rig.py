"""A gateway beside simulated vendors: failed, mended, asked for their books; what happens where the vendors are gone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from lanewise.bootstrap import load_text, policy_text
from lanewise.lab.asking import Asker, Outage, Question
from lanewise.lab.processes import RehearsalError
from lanewise.lab.rig import GatewayPlan, Rig, gateway_beside, vendors_running

QUESTION = Question(
    id="q1", task="convert", messages=[{"role": "user", "content": "2 + 2?"}], kind="number", expected={"value": "4"}
)


@asynccontextmanager
async def rigged(folder: Path) -> AsyncIterator[Rig]:
    async def text(simulator_url: str) -> str:
        return (await policy_text(None, simulator_url=simulator_url))[0]

    plan = GatewayPlan(
        folder=folder,
        policy_text=text,
        read_policy=lambda made: load_text(made, file="it").policy,
        ask_timeout_s=30.0,
    )
    async with vendors_running(folder, time_scale=0.0, seed=0) as url, gateway_beside(url, plan) as rig:
        yield rig


async def test_a_failing_vendor_is_in_the_log_the_books_and_the_ledger(tmp_path: Path) -> None:
    async with rigged(tmp_path) as rig:
        asker = Asker(rig.session, rig.gateway_url, Outage())
        first = rig.policy.lanes["standard"].deployments[0]
        await rig.in_force({"kind": "status", "code": 503, "vendor": first.provider.name})
        failed_over = await asker.ask(QUESTION, model="auto", stream=False)
        assert await rig.in_force() == {"status": 1}
        answered = await asker.ask(QUESTION, model="auto", stream=True, latency="can_wait")

        assert failed_over.marked
        assert not answered.marked
        assert answered.deployment == first.name
        assert [row["status"] for row in await rig.log()] == [503, 200, 200]
        assert (await rig.books())["total"]["charged_calls"] == 2
        assert [run.run_id for run in await rig.runs()] == [failed_over.run_id, answered.run_id]
        assert rig.plan.log.stat().st_size > 0
        await rig.forget()
        assert await rig.log() == []


async def test_vendors_that_are_gone_are_told_in_words(tmp_path: Path) -> None:
    async def lose_them() -> None:
        async with rigged(tmp_path) as rig:
            rig.vendors_url = "http://127.0.0.1:1"
            await rig.in_force()

    with pytest.raises(RehearsalError, match=r"stopped answering.*vendors\.log"):
        await lose_them()
