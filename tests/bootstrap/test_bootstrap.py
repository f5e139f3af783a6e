"""The composition root puts the real parts together."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec
import pytest
from structlog.testing import capture_logs

from asgi_calls import Caller, Sent, called, scope
from bootstrap.openings import POLICY
from lanewise import bootstrap
from lanewise.bootstrap import Application, ServeOptions
from lanewise.core.caps import Spend
from lanewise.core.errors import StoreError
from lanewise.core.failure import FailureKind
from lanewise.core.policy import TenantPolicy
from lanewise.core.protocols.budget import Refused, Reservation
from lanewise.core.request import Caller as Principal
from lanewise.core.request import Dialect
from lanewise.pipeline.reserve import set_aside
from lanewise.stores.address import Store
from lanewise.stores.ledger_writer import SqlLedger
from lanewise.wire import INBOUND
from patience import PATIENCE_S
from stores.opening import fill, run_ids, sql
from stores.samples import START_US, a_call, a_record, a_trace
from walking import payer


async def get(application: Application, path: str) -> Sent:
    return await called(application.app, scope(path, host="localhost"), Caller())


async def test_what_is_opened_is_ready_and_what_is_closed_can_be_opened_again(options: ServeOptions) -> None:
    for _ in range(2):
        async with bootstrap.opened(options) as application:
            ready = await get(application, "/ready")
            assert (ready.status, ready.json()["policy"]) == (200, application.gateway.policy.version)


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


async def test_a_gateway_that_starts_again_knows_how_long_its_calls_take(options: ServeOptions) -> None:
    async with bootstrap.opened(options) as application:
        parts = application.gateway.parts
        for number in range(100):
            call = a_call(latency_us=(1 + number) * 100_000, first_token_us=50_000)
            record = a_record(f"run_{number:03}", started_us=START_US + number, stream=True, trace=a_trace(call))
            parts.ledger.append(record)
            for observe in parts.observers:
                observe(record)
        before = parts.history.lane("standard")
    assert before is not None
    assert before.p95_s == pytest.approx(9.5, rel=0.11)

    async with bootstrap.opened(options) as application:
        assert application.gateway.parts.history.lane("standard") == before
        assert application.gateway.parts.history.deployment("standard", "openai/gpt-5.4-mini") == before
        assert application.gateway.parts.history.lane("reasoning") is None


def break_store(store: Store) -> None:
    with sql(store) as connection:
        connection.execute("ALTER TABLE revisions RENAME TO elsewhere")


async def test_a_store_that_breaks_while_nobody_asks_anything_fails_readiness(options: ServeOptions) -> None:
    assert options.store is not None
    async with bootstrap.opened(options) as application:
        await asyncio.to_thread(break_store, options.store)  # the gateway's own writes go on meanwhile
        ready = await get(application, "/ready")
        assert (ready.status, ready.json()["status"]) == (503, "unavailable")
        assert "no such table" in ready.json()["checks"]["store"]


async def test_a_ledger_that_takes_no_rows_fails_readiness(options: ServeOptions) -> None:
    async with bootstrap.opened(options) as application:
        ledger = application.gateway.parts.ledger
        assert isinstance(ledger, SqlLedger)
        await ledger.close()
        ready = await get(application, "/ready")
        assert (ready.status, ready.json()["checks"]) == (503, {"store": "takes no writes; rows wait in the spool"})


async def test_what_is_older_than_the_policy_keeps_is_deleted_while_it_runs(
    options: ServeOptions, tmp_path: Path
) -> None:
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


async def test_a_run_of_the_real_parts_is_counted_kept_and_found_by_its_tenant(options: ServeOptions) -> None:
    body = msgspec.json.encode({"model": "small", "messages": [{"role": "user", "content": "Hello"}]})
    async with bootstrap.opened(options) as application:
        request = INBOUND[Dialect.OPENAI_CHAT].read_request(body)
        caller = Principal(tenant="dev", key_id="dev")
        answer = await application.gateway.answer(request, caller, _unheard)

        assert answer.record.failure == FailureKind.UNREACHABLE
        found = await get(application, f"/v1/runs/{answer.record.run_id}")
        assert (found.status, found.json()["run_id"]) == (200, answer.record.run_id)
        counted = await get(application, "/metrics")
        assert b'lanewise_calls_total{deployment="local/small",failure="unreachable"}' in counted.body


async def _unheard(event: object) -> None:
    return
