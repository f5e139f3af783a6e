"""The composition root puts the real parts together."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bootstrap.openings import POLICY
from lanewise import bootstrap
from lanewise.bootstrap import ServeOptions
from lanewise.core.caps import Spend
from lanewise.core.errors import StoreError
from lanewise.core.policy import TenantPolicy
from lanewise.core.protocols.budget import Refused, Reservation
from lanewise.operations import retention
from lanewise.pipeline.reserve import set_aside
from patience import PATIENCE_S
from stores.opening import fill, run_ids, sql
from stores.samples import a_record
from walking import payer


async def test_a_second_gateway_on_the_same_store_is_refused_with_what_to_do(options: ServeOptions) -> None:
    """Two would each spend the whole budget."""
    async with bootstrap.opened(options):
        with pytest.raises(StoreError, match=r"lanewise\.db"):
            async with bootstrap.opened(options):
                pass


async def test_what_was_spent_today_is_spent_after_a_restart(options: ServeOptions) -> None:
    async with bootstrap.opened(options) as application:
        now_us = int(application.gateway.parts.clock.now_s() * 1e6)
    assert options.store is not None
    fill(options.store, a_record(started_us=now_us, tenant="acme", cost_nanousd=900))

    async with bootstrap.opened(options) as application:
        budget = application.gateway.parts.budget
        refused = await set_aside(budget, payer(TenantPolicy(name="acme", daily_cap_nanousd=1_000)), Spend(101))
    assert isinstance(refused, Refused)
    assert refused.left == 100


async def test_what_is_older_than_the_policy_keeps_is_deleted_while_it_runs(
    options: ServeOptions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "_CLOCK_SETTLES_S", 0.0)
    async with bootstrap.opened(options) as application:
        now_us = int(application.gateway.parts.clock.now_s() * 1e6)
    assert options.store is not None
    days = {"run_old": 10, "run_older_than_traces": 3, "run_new": 0}
    fill(options.store, *(a_record(name, started_us=now_us - n * 86_400_000_000) for name, n in days.items()))
    (tmp_path / "lanewise.yaml").write_text(POLICY + "record: {retention: {runs: 5d, traces: 2d}}")

    async with bootstrap.opened(options), asyncio.timeout(PATIENCE_S):
        while run_ids(options.store) != ["run_new", "run_older_than_traces"]:
            await asyncio.sleep(0.01)
    with sql(options.store) as connection:
        assert connection.execute("SELECT run_id FROM traces").fetchall() == [("run_new",)]


async def test_who_has_spent_most_of_a_day_is_told_in_the_log_once(options: ServeOptions) -> None:
    acme = TenantPolicy(name="acme", daily_cap_nanousd=1_000)
    async with bootstrap.opened(options) as application:
        budget = application.gateway.parts.budget
        with capture_logs() as said:
            for spent_nanousd in (700, 150, 100):
                reserved = await set_aside(budget, payer(acme), Spend(spent_nanousd))
                assert isinstance(reserved, Reservation)
                budget.charge(reserved, Spend(spent_nanousd))
    alarms = [(line["log_level"], line["tenant"]) for line in said if line["event"] == "budget alarm"]
    assert alarms == [("warning", "acme")]


async def test_a_start_that_fails_half_way_leaves_nothing_held(options: ServeOptions) -> None:
    assert isinstance(options.store, Path)
    options.store.write_bytes(b"not a database" * 100)
    with pytest.raises(StoreError):
        async with bootstrap.opened(options):
            pass

    options.store.unlink()
    async with bootstrap.opened(options) as application:
        assert application.gateway.parts.ledger.healthy
