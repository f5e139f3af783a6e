from __future__ import annotations

import msgspec

from lanewise.operations.trace import find_run, plain_run, run_for_tenant
from lanewise.stores.address import Store
from stores.opening import database_of, fill, sql
from stores.samples import a_record


async def test_a_tenant_sees_its_own_run_with_its_trace_as_json(store: Store) -> None:
    fill(store, a_record("run_1"))
    async with database_of(store) as database:
        found = await run_for_tenant(database, "run_1", "acme")
    assert found is not None
    decoded = msgspec.json.decode(msgspec.json.encode(found))
    assert decoded["cost_nanousd"] == 300_000
    assert decoded["trace"]["calls"][0]["deployment"] == "openai/gpt-5.4-mini"


async def test_a_tenant_does_not_see_anothers_run_and_the_operator_does(store: Store) -> None:
    fill(store, a_record("run_1"))
    async with database_of(store) as database:
        assert await run_for_tenant(database, "run_1", "other") is None
        assert await find_run(database, "run_1") is not None


async def test_an_expired_trace_is_null_and_not_an_empty_one(store: Store) -> None:
    fill(store, a_record("run_1"))
    with sql(store) as connection:
        connection.execute("DELETE FROM traces")
    async with database_of(store) as database:
        found = await find_run(database, "run_1")
    assert found is not None
    assert plain_run(found)["trace"] is None
