"""What a started gateway serves, with the real parts behind it: readiness, figures, and a run that its tenant finds."""

from __future__ import annotations

import asyncio

import msgspec

from asgi_calls import Caller, Sent, called, scope
from lanewise import bootstrap
from lanewise.bootstrap import Application, ServeOptions
from lanewise.core.failure import FailureKind
from lanewise.core.request import Caller as Principal
from lanewise.core.request import Dialect
from lanewise.stores.address import Store
from lanewise.stores.ledger_writer import SqlLedger
from lanewise.wire import INBOUND
from stores.opening import sql


async def get(application: Application, path: str) -> Sent:
    return await called(application.app, scope(path, host="localhost"), Caller())


def break_store(store: Store) -> None:
    with sql(store) as connection:
        connection.execute("ALTER TABLE revisions RENAME TO elsewhere")


async def test_what_is_opened_is_ready_and_what_is_closed_can_be_opened_again(options: ServeOptions) -> None:
    for _ in range(2):
        async with bootstrap.opened(options) as application:
            ready = await get(application, "/ready")
            assert (ready.status, ready.json()["policy"]) == (200, application.gateway.policy.version)


async def test_a_store_that_breaks_while_nobody_asks_anything_fails_readiness(options: ServeOptions) -> None:
    assert options.store is not None
    async with bootstrap.opened(options) as application:
        await asyncio.to_thread(break_store, options.store)  # the gateway's own writes go on meanwhile
        ready = await get(application, "/ready")
        assert (ready.status, ready.json()["status"]) == (503, "unavailable")
        assert ready.json()["checks"]["store"] == "cannot be read; the log says why"


async def test_a_ledger_that_takes_no_rows_fails_readiness(options: ServeOptions) -> None:
    async with bootstrap.opened(options) as application:
        ledger = application.gateway.parts.ledger
        assert isinstance(ledger, SqlLedger)
        await ledger.close()
        ready = await get(application, "/ready")
        assert (ready.status, ready.json()["checks"]) == (503, {"store": "takes no writes; rows wait in the spool"})


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
