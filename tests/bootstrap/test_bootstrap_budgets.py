"""Budgets as a gateway opens them: restored, told of, and learned anew when the policy changes."""

from __future__ import annotations

import asyncio
import dataclasses
from pathlib import Path

import msgspec
import pytest
from structlog.testing import capture_logs

from asgi_calls import Caller, called, scope
from bootstrap.openings import POLICY
from lanewise import bootstrap
from lanewise.bootstrap import ADMIN_KEY_VARIABLE, ServeOptions
from lanewise.core.acts import COMMAND_LINE
from lanewise.core.caps import Cap, Spend, Tally
from lanewise.core.clock import SystemClock
from lanewise.core.errors import StoreError
from lanewise.core.periods import ALL_TIME
from lanewise.core.protocols.budget import Payer, Refused, Reservation
from lanewise.core.usage import Cost
from lanewise.pipeline.reserve import set_aside
from lanewise.stores.address import PostgresStore
from lanewise.stores.spending import Spending
from lanewise.stores.sqlite_file import copy_file
from leasing import book_of, leased_of, leases, trade
from patience import PATIENCE_S
from stores.opening import database_of, fill, sql
from stores.samples import a_call, a_record, a_trace

BUDGET = "tenants: {acme: {budget: {monthly: $1, per_user: {total: $0.50}}}}\n"


@pytest.mark.parametrize("failure", [StoreError("locked"), ValueError("a fault of ours")])
async def test_adding_up_goes_on_when_the_store_has_failed_or_we_have(
    options: ServeOptions, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    turns, enough = [0], asyncio.Event()

    async def roll_up(self: Spending, now_s: float) -> None:
        turns[0] += 1
        if turns[0] == 4:  # the first is the start's
            enough.set()
        if turns[0] > 1:
            raise failure

    monkeypatch.setattr(Spending, "roll_up", roll_up)
    monkeypatch.setattr("lanewise.bootstrap.budgets._ROLL_UP_EVERY_S", 0.001)
    async with bootstrap.opened(options):
        await asyncio.wait_for(enough.wait(), PATIENCE_S)


async def test_what_was_spent_while_a_cap_was_not_written_counts_once_it_is(
    options: ServeOptions, tmp_path: Path
) -> None:
    async with bootstrap.opened(options) as application:
        now_us = int(application.gateway.parts.clock.now_s() * 1e6)
    assert options.store is not None
    fill(options.store, a_record(started_us=now_us, user="ann", cost_nanousd=400_000_000))

    async with bootstrap.opened(options) as application:
        (tmp_path / "lanewise.yaml").write_text(POLICY + BUDGET)
        await application.in_force.reload(COMMAND_LINE)
        gateway = application.gateway
        payer = Payer(tenant=gateway.policy.tenant("acme"), user="ann")
        refused = await set_aside(gateway.parts.budget, payer, Spend(100_000_001))
        assert isinstance(refused, Refused)
        assert (refused.cap.limit, refused.left) == ("user.total", 100_000_000)

        (tmp_path / "lanewise.yaml").write_text(POLICY)
        await application.in_force.reload(COMMAND_LINE)
        meanwhile = a_record("meanwhile", started_us=now_us, user="ann", cost_nanousd=70_000_000)
        await asyncio.to_thread(fill, options.store, meanwhile)  # the gateway may be writing, and has to go on
        (tmp_path / "lanewise.yaml").write_text(POLICY + BUDGET)
        await application.in_force.reload(COMMAND_LINE)
        refused = await set_aside(gateway.parts.budget, payer, Spend(30_000_001))
        assert isinstance(refused, Refused)
        assert (refused.cap.limit, refused.left) == ("user.total", 30_000_000)


async def test_an_alarm_is_in_the_log_in_the_metrics_and_in_the_store(options: ServeOptions, tmp_path: Path) -> None:
    (tmp_path / "lanewise.yaml").write_text(POLICY + BUDGET)
    async with bootstrap.opened(options) as application:
        gateway = application.gateway
        payer = Payer(tenant=gateway.policy.tenant("acme"), user="ann")
        with capture_logs() as said:
            reserved = await set_aside(gateway.parts.budget, payer, Spend(450_000_000))
            assert isinstance(reserved, Reservation)
            gateway.parts.budget.charge(reserved, Spend(450_000_000))
            await set_aside(gateway.parts.budget, payer, Spend(50_000_000))
    assert options.store is not None
    (line,) = [each for each in said if each["event"] == "budget alarm"]
    assert (line["cap"], line["subject"], line["share"], line["spent"], line["of"]) == (
        "user.total",
        "ann",
        "80%",
        "$0.45",
        "$0.50",
    )
    with sql(options.store) as connection:
        kept = connection.execute("SELECT cap, subject, share, taken, amount FROM budget_events").fetchall()
    assert kept == [("user.total", "ann", 0.8, 450_000_000, 500_000_000)]


async def test_what_a_vendor_billed_beyond_what_was_set_aside_is_told(options: ServeOptions) -> None:
    async with bootstrap.opened(options) as application:
        call = a_call(cost=Cost(output=30), over_nanousd=20)
        with capture_logs() as said:
            for observe in application.gateway.parts.observers:
                observe(a_record(trace=a_trace(a_call(), call)))
    assert [line["over"] for line in said if line["event"] == "billed more than was set aside"] == ["$0.000000020"]


async def test_an_administrator_sees_how_caps_stand(
    options: ServeOptions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(ADMIN_KEY_VARIABLE, "of-the-environment")
    (tmp_path / "lanewise.yaml").write_text(POLICY + BUDGET)
    async with bootstrap.opened(options) as application:
        gateway = application.gateway
        await set_aside(gateway.parts.budget, Payer(tenant=gateway.policy.tenant("acme"), user="ann"), Spend(7))
        sent = await called(
            application.app, scope("/admin/budgets?tenant=acme", authorization="Bearer of-the-environment"), Caller()
        )
    told = msgspec.json.decode(sent.body)["budgets"]
    assert [(each["cap"], each["subject"], each["held"], each["left"]) for each in told] == [
        ("tenant.monthly", None, 7, 999_999_993),
        ("user.total", "ann", 7, 499_999_993),
    ]


async def test_on_a_database_caps_are_leased_and_what_was_spent_before_counts(
    options: ServeOptions, postgres_store: PostgresStore, tmp_path: Path
) -> None:
    (tmp_path / "lanewise.yaml").write_text(POLICY + BUDGET)
    on_database = dataclasses.replace(options, store=postgres_store)
    now_us = int(SystemClock().now_s() * 1e6)
    fill(postgres_store, a_record(started_us=now_us, user="ann", cost_nanousd=400_000_000))

    async with bootstrap.opened(on_database) as application:
        parts = application.gateway.parts
        payer = Payer(tenant=application.gateway.policy.tenant("acme"), user="ann")
        reserved = await set_aside(parts.budget, payer, Spend(70_000_000))
        assert isinstance(reserved, Reservation)
        parts.budget.charge(reserved, Spend(60_000_000))
        refused = await set_aside(parts.budget, payer, Spend(40_000_001))
        assert isinstance(refused, Refused)
        assert (refused.cap.limit, refused.left) == ("user.total", 40_000_000)
        process = parts.process()

    assert process
    tally = Tally("user", "acme", "ann", "dollars", "total")
    assert book_of(postgres_store, tally, "total") == (460_000_000, 0)
    assert set(leased_of(postgres_store).values()) == {0}


async def test_on_a_file_what_was_leased_when_a_gateway_was_killed_counts_as_soon_as_the_next_one_begins(
    options: ServeOptions, tmp_path: Path
) -> None:
    (tmp_path / "lanewise.yaml").write_text(POLICY + BUDGET)
    assert isinstance(options.store, Path)
    as_killed = tmp_path / "killed.db"
    async with bootstrap.opened(options) as application:
        parts = application.gateway.parts
        payer = Payer(tenant=application.gateway.policy.tenant("acme"), user="ann")
        assert isinstance(await set_aside(parts.budget, payer, Spend(300_000_000)), Reservation)
        assert parts.process() == ""
        await asyncio.to_thread(copy_file, options.store, as_killed)
    tally = Tally("user", "acme", "ann", "dollars", "total")
    assert book_of(options.store, tally, "total") == (0, 0), "it was closed in good order, and nothing was charged"

    async with bootstrap.opened(dataclasses.replace(options, store=as_killed)) as application:
        refused = await set_aside(application.gateway.parts.budget, payer, Spend(200_000_001))
        assert isinstance(refused, Refused)
        assert 0 < refused.left <= 200_000_000
    settled, unaccounted = book_of(as_killed, tally, "total")
    assert settled == unaccounted == 500_000_000 - refused.left


async def test_an_administrator_sees_what_other_processes_have_spent_of_a_shared_cap(
    options: ServeOptions, postgres_store: PostgresStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(ADMIN_KEY_VARIABLE, "of-the-environment")
    (tmp_path / "lanewise.yaml").write_text(POLICY + BUDGET)
    tally, cap = Tally("user", "acme", "ann", "dollars", "total"), Cap(scope="user", period="total", amount=500_000_000)
    async with bootstrap.opened(dataclasses.replace(options, store=postgres_store)) as application:
        async with database_of(postgres_store) as database:
            other = leases(database, "other")
            await trade(other, "o", tally=tally, span=ALL_TIME, cap=cap, need=100, least=1)
            await trade(other, "o", tally=tally, span=ALL_TIME, cap=cap, spent=60, held=40)
        sent = await called(
            application.app, scope("/admin/budgets?tenant=acme", authorization="Bearer of-the-environment"), Caller()
        )
    told = msgspec.json.decode(sent.body)["budgets"]
    assert [(each["cap"], each["subject"], each["spent"], each["held"]) for each in told] == [
        ("tenant.monthly", None, 0, 0),
        ("user.total", "ann", 60, 40),
    ]
