"""How the SQL store keeps responses: how much of them, and what becomes of a store that takes no writes."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from contracts.test_response_store_contract import Clock, response
from lanewise.core.errors import StoreError
from lanewise.stores import responses as module
from lanewise.stores.migrate import migrate
from lanewise.stores.responses import SqlResponses
from patience import PATIENCE_S
from stores.opening import database_of, sql


async def test_the_first_to_expire_go_when_there_is_no_more_room(tmp_path: Path) -> None:
    store, clock = tmp_path / "lanewise.db", Clock()
    await migrate(store, clock)
    async with database_of(store) as database:
        responses = SqlResponses(database, clock, most_bytes=lambda: 1_000)
        for number in range(20):
            expires_us = response(number).expires_us + number
            await responses.keep(response(number, body=b"x" * 100, asked=b"", expires_us=expires_us))
        kept = [number for number in range(20) if await responses.line("acme", f"resp_{number}")]
    assert kept == list(range(20 - len(kept), 20))
    assert 8 <= len(kept) <= 10
    with sql(store) as connection:
        assert connection.execute("SELECT COUNT(*) FROM response_items").fetchone() == (len(kept),)


async def test_how_much_is_kept_is_known_after_a_restart(tmp_path: Path) -> None:
    store, clock = tmp_path / "lanewise.db", Clock()
    await migrate(store, clock)
    for number in range(4):
        async with database_of(store) as database:
            responses = SqlResponses(database, clock, most_bytes=lambda: 250)
            await responses.keep(response(number, body=b"x" * 100, asked=b"", expires_us=2**60 + number))
    with sql(store) as connection:
        assert connection.execute("SELECT COUNT(*) FROM responses").fetchone() == (2,)


async def test_what_other_processes_keep_is_counted_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "COUNT_EVERY_S", 0.0)
    store, clock = tmp_path / "lanewise.db", Clock()
    await migrate(store, clock)
    async with database_of(store) as database:
        each = [SqlResponses(database, clock, most_bytes=lambda: 250) for _ in range(2)]
        for number in range(10):
            await each[number % 2].keep(response(number, body=b"x" * 100, asked=b"", expires_us=2**60 + number))
    with sql(store) as connection:
        assert connection.execute("SELECT COUNT(*) FROM responses").fetchone() == (2,)


async def test_a_store_that_takes_no_writes_says_so_to_each_and_goes_on_when_it_is_back(tmp_path: Path) -> None:
    store, clock = tmp_path / "lanewise.db", Clock()
    await migrate(store, clock)
    async with database_of(store) as database:
        responses = SqlResponses(database, clock, most_bytes=lambda: 10_000)
        with sql(store) as connection:
            connection.execute("ALTER TABLE responses RENAME TO elsewhere")
        with pytest.raises(StoreError):
            await responses.keep(response(1))
        with sql(store) as connection:
            connection.execute("ALTER TABLE elsewhere RENAME TO responses")
        await responses.keep(response(2))
        assert await responses.line("acme", "resp_2")


async def test_a_response_that_no_store_can_hold_is_an_error_to_its_caller_and_nobody_waits_for_good(
    tmp_path: Path,
) -> None:
    store, clock = tmp_path / "lanewise.db", Clock()
    await migrate(store, clock)
    async with database_of(store) as database:
        responses = SqlResponses(database, clock, most_bytes=lambda: 10_000)
        with capture_logs() as logs:
            async with asyncio.timeout(PATIENCE_S):
                with pytest.raises(StoreError, match="UnicodeEncodeError"):
                    await responses.keep(response(1, account="\ud800"))
        assert [line["responses"] for line in logs] == [1]
        await responses.keep(response(2))
        assert await responses.line("acme", "resp_2")
