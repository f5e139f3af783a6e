"""What every Ledger must do. A new implementation adds one line to `LEDGERS`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

import msgspec
import pytest

from lanewise.core.clock import SystemClock
from lanewise.core.protocols.ledger import Ledger
from lanewise.core.record import CapturedContent, RunRecord
from lanewise.stores.address import Store
from lanewise.stores.database import open_database
from lanewise.stores.ledger_writer import SqlLedger
from lanewise.stores.records import Records
from stores.samples import a_record


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A ledger, and a way to see what it kept that does not go through it."""

    ledger: Ledger
    kept: Callable[[str], Awaitable[RunRecord | None]]


@asynccontextmanager
async def _sql(store: Store) -> AsyncIterator[Subject]:
    database = await open_database(store)
    ledger = SqlLedger(store, SystemClock())
    await ledger.start()

    async def kept(run_id: str) -> RunRecord | None:
        found = await Records(database).run(run_id)
        return None if found is None else found.record

    try:
        yield Subject(ledger=ledger, kept=kept)
    finally:
        await ledger.close()
        await database.close()


LEDGERS: dict[str, Callable[[Store], AbstractAsyncContextManager[Subject]]] = {SqlLedger.__name__: _sql}


class TestLedger:
    """One run of it per ledger."""

    @pytest.fixture(params=LEDGERS)
    async def subject(self, request: pytest.FixtureRequest, store: Store) -> AsyncIterator[Subject]:
        async with LEDGERS[request.param](store) as subject:
            yield subject

    async def test_a_row_whose_future_is_done_is_kept_whole(self, subject: Subject) -> None:
        record = a_record("run_1", user="ada", failure="deadline", first_token_us=None)
        await subject.ledger.append(record, CapturedContent(request=b"{}", answer=b"[]"))
        assert await subject.kept("run_1") == record

    async def test_handing_over_returns_before_the_row_is_durable(self, subject: Subject) -> None:
        future = subject.ledger.append(a_record("run_1"))
        assert not future.done()
        await future

    async def test_a_row_is_written_though_nobody_waits_for_it(self, subject: Subject) -> None:
        subject.ledger.append(a_record("run_1")).cancel()
        await subject.ledger.append(a_record("run_2"))
        assert await subject.kept("run_1") == a_record("run_1")

    async def test_a_run_that_is_handed_over_twice_is_kept_once(self, subject: Subject) -> None:
        await subject.ledger.append(a_record("run_1", cost_nanousd=7))
        await subject.ledger.append(a_record("run_1", cost_nanousd=8))
        assert (await subject.kept("run_1")) == a_record("run_1", cost_nanousd=7)

    async def test_rows_of_many_runs_at_once_are_all_kept(self, subject: Subject) -> None:
        await asyncio.gather(*(subject.ledger.append(a_record(f"run_{n}", cost_nanousd=n)) for n in range(1000)))
        for n in (0, 499, 999):
            assert (await subject.kept(f"run_{n}")) == a_record(f"run_{n}", cost_nanousd=n)

    async def test_it_is_healthy_while_the_store_answers(self, subject: Subject) -> None:
        await subject.ledger.append(a_record("run_1"))
        assert subject.ledger.healthy

    async def test_a_row_no_store_can_hold_fails_and_does_not_take_its_neighbours_with_it(
        self, subject: Subject
    ) -> None:
        impossible = msgspec.structs.replace(a_record("run_2"), cost_nanousd=2**70)
        before, bad, after = (
            subject.ledger.append(each) for each in (a_record("run_1"), impossible, a_record("run_3"))
        )
        await asyncio.gather(before, after)
        with pytest.raises(Exception, match="run_2"):
            await bad
        assert await subject.kept("run_1") is not None
        assert await subject.kept("run_2") is None
        assert await subject.kept("run_3") is not None
        assert subject.ledger.healthy
