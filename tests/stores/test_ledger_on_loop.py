"""The short way of rows to PostgreSQL: what takes it, and that whatever goes wrong on it is left to the ledger's thread."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from lanewise.core.record import CapturedContent, CheckRecord
from lanewise.stores import ledger_on_loop
from lanewise.stores.address import PostgresStore
from lanewise.stores.ledger_on_loop import LedgerOnLoop
from lanewise.stores.ledger_rows import Entry, Kept
from patience import PATIENCE_S
from stores.opening import held, run_ids, sql
from stores.samples import a_call, a_record, a_trace
from stores.test_ledger_postgres import an_answer

pytestmark = pytest.mark.every_loop

END_SESSIONS = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"


class Told:
    """What became of rows."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.left: list[str] = []
        self._news = asyncio.Event()

    def kept(self, entries: Sequence[Entry]) -> None:
        self.batches.append([row.record.run_id for row, _ in entries])
        self._news.set()

    def not_kept(self, entries: Sequence[Entry]) -> None:
        self.left += [row.record.run_id for row, _ in entries]
        self._news.set()

    @property
    def count(self) -> int:
        """Of how many rows it was told."""
        return sum(map(len, self.batches)) + len(self.left)

    async def of(self, count: int) -> None:
        """Until so many have been told of."""
        async with asyncio.timeout(PATIENCE_S):
            while self.count < count:
                self._news.clear()
                await self._news.wait()


class Way:
    """A way with its rows, and how many runs it takes to be under way."""

    def __init__(self, store: PostgresStore, *, linger_s: float, retry_s: float) -> None:
        self.told = Told()
        self.in_flight = 0
        self._put = 0
        self.rows = LedgerOnLoop(
            store,
            everybody_waits=lambda: self._put - self.told.count >= self.in_flight,
            linger_s=linger_s,
            retry_s=retry_s,
            kept=self.told.kept,
            not_kept=self.told.not_kept,
        )

    def put(self, *rows: Kept) -> None:
        for row in rows:
            assert self.rows.takes(row)
            self._put += 1
            self.rows.put((row, asyncio.get_running_loop().create_future()))

    async def until_it_takes(self, *, any_: bool) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while self.rows.takes(a_row("any")) is not any_:
                await asyncio.sleep(0.005)


def a_row(run_id: str, **changes: object) -> Kept:
    return Kept(record=a_record(run_id, **changes))


@asynccontextmanager
async def way_to(store: PostgresStore, *, linger_s: float = 0.008, retry_s: float = 0.01) -> AsyncIterator[Way]:
    way = Way(store, linger_s=linger_s, retry_s=retry_s)
    await way.rows.start()
    try:
        yield way
    finally:
        async with asyncio.timeout(PATIENCE_S):
            await way.rows.close()


class Relay:
    """Stands between us and the server, and hands nothing on while it `rests`."""

    def __init__(self, store: PostgresStore, folder: Path) -> None:
        parts = conninfo_to_dict(store.url)
        self._behind = f"{parts['host']}/.s.PGSQL.{parts.get('port') or 5432}"
        self._path = folder / ".s.PGSQL.5432"
        self.store = replace(store, url=make_conninfo(store.url, host=str(folder), port="5432"))
        self.runs = asyncio.Event()
        self.runs.set()
        self._busy: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Relay]:
        async with await asyncio.start_unix_server(self._relay, self._path, limit=1024):
            yield self
            self.runs.set()
        for each in self._busy:
            each.cancel()
        await asyncio.gather(*self._busy, return_exceptions=True)

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._busy.add(task)
        behind_reader, behind = await asyncio.open_unix_connection(self._behind)
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(self._hand_on(reader, behind))
                both.create_task(self._hand_on(behind_reader, writer))
        finally:
            behind.close()
            writer.close()

    async def _hand_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            await self.runs.wait()
            writer.write(data)
            await writer.drain()
        writer.close()


async def test_rows_are_committed_and_told_of_in_their_order(postgres_store: PostgresStore) -> None:
    async with way_to(postgres_store) as way:
        way.put(a_row("run_000"))
        await way.told.of(1)
        assert run_ids(postgres_store) == ["run_000"]
        way.put(*(a_row(f"run_{number:03}") for number in range(1, 300)))
        await way.told.of(300)
    assert way.told.left == []
    # Those that came in one turn together.
    assert [len(batch) for batch in way.told.batches] == [1, 128, 128, 43]
    assert run_ids(postgres_store) == [f"run_{number:03}" for number in range(300)]
    with sql(postgres_store) as connection:
        assert connection.execute("SELECT COUNT(*) FROM traces").fetchone() == (300,)


async def test_a_run_with_anything_beside_it_is_not_taken(postgres_store: PostgresStore) -> None:
    waits = CheckRecord(
        verifier="webhook", kind="evidence", verdict="unverifiable", lane="standard", deferred="m", of=""
    )
    async with way_to(postgres_store) as way:
        for row in (
            Kept(record=a_record(), content=CapturedContent(request=b"{}", answer=b"[]")),
            Kept(record=a_record(), answer=an_answer(b"n", b"body")),
            a_row("run_1", calls=2, trace=a_trace(a_call(), a_call(deployment="b/b"))),
            a_row("run_1", trace=a_trace(a_call(name="standard/call-0"), checks=(waits,), answer="standard/call-")),
        ):
            assert not way.rows.takes(row)
        assert way.rows.takes(a_row("run_1"))


async def test_rows_wait_for_those_under_way_until_nobody_else_can_join(postgres_store: PostgresStore) -> None:
    async with way_to(postgres_store, linger_s=3_600.0) as way:
        way.in_flight = 3
        way.put(a_row("run_0"), a_row("run_1"))
        await asyncio.sleep(0.05)
        assert way.told.batches == []
        way.put(a_row("run_2"))
        await way.told.of(3)
        way.put(a_row("run_3"))
        await asyncio.sleep(0.05)
        way.in_flight = 1
        way.rows.hurry()  # the two others wait, though not here
        await way.told.of(4)
    assert way.told.batches == [["run_0", "run_1", "run_2"], ["run_3"]]


async def test_they_wait_no_longer_than_they_are_to(postgres_store: PostgresStore) -> None:
    async with way_to(postgres_store, linger_s=0.01) as way:
        way.in_flight = 100
        way.put(a_row("run_0"))
        await way.told.of(1)
    assert way.told.batches == [["run_0"]]


async def test_closing_writes_what_waits_and_takes_no_more(postgres_store: PostgresStore) -> None:
    async with way_to(postgres_store, linger_s=3_600.0) as way:
        way.in_flight = 1_000
        way.put(*(a_row(f"run_{number:03}") for number in range(200)))
    assert not way.rows.takes(a_row("run_200"))
    assert run_ids(postgres_store) == [f"run_{number:03}" for number in range(200)]


@pytest.mark.parametrize(
    "fault",
    [{"cost_nanousd": 2**63}, {"cost_nanousd": 2**70}, {"tenant": None}, {"reason": "\ud800"}, {"user": "a\0b"}],
)
async def test_a_batch_with_a_row_that_the_store_refuses_is_left_whole_and_the_next_is_taken(
    postgres_store: PostgresStore, fault: dict[str, object]
) -> None:
    async with way_to(postgres_store) as way:
        way.in_flight = 2
        way.put(a_row("run_1"), a_row("run_2", **fault))
        await way.told.of(2)
        way.in_flight = 1
        way.put(a_row("run_3"))
        await way.told.of(3)
    assert way.told.left == ["run_1", "run_2"]
    assert run_ids(postgres_store) == ["run_3"]


async def test_a_row_that_is_there_already_stays_as_it_is(postgres_store: PostgresStore) -> None:
    async with way_to(postgres_store) as way:
        for cost in (7, 8):
            way.put(a_row("run_1", cost_nanousd=cost))
            await way.told.of(cost - 6)
    with sql(postgres_store) as connection:
        assert connection.execute("SELECT cost_nanousd FROM runs").fetchall() == [(7,)]


async def test_a_session_that_is_ended_is_begun_anew(postgres_store: PostgresStore) -> None:
    async with way_to(postgres_store) as way:
        with sql(postgres_store) as other:
            other.execute(END_SESSIONS)
        await way.until_it_takes(any_=False)
        await way.until_it_takes(any_=True)
        way.put(a_row("run_1"))
        await way.told.of(1)
    assert way.told.batches == [["run_1"]]


async def test_rows_under_way_in_a_session_that_is_ended_are_left(postgres_store: PostgresStore) -> None:
    async with way_to(postgres_store) as way:
        with held(postgres_store), sql(postgres_store) as other:
            way.put(a_row("run_1"), a_row("run_2"))
            while not other.execute("SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'").fetchall():
                await asyncio.sleep(0.005)
            other.execute(f"{END_SESSIONS} AND wait_event_type = 'Lock'")
            await way.told.of(2)
        assert way.told.left == ["run_1", "run_2"]
        await way.until_it_takes(any_=True)


async def test_a_server_that_says_nothing_is_given_up(
    postgres_store: PostgresStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Relay(postgres_store, tmp_path).open() as relay, way_to(relay.store) as way:
        monkeypatch.setattr(ledger_on_loop, "_PATIENCE_S", 0.1)
        way.put(a_row("run_0"))
        await way.told.of(1)
        await asyncio.sleep(0.05)
        relay.runs.clear()
        began_s = asyncio.get_running_loop().time()
        way.put(a_row("run_1"), a_row("run_2"))  # the second joins no batch any more
        await way.told.of(3)
        assert asyncio.get_running_loop().time() - began_s > 0.09
        assert way.told.left == ["run_1", "run_2"]
        monkeypatch.undo()
        relay.runs.set()
        await way.until_it_takes(any_=True)


async def test_a_batch_larger_than_what_the_server_takes_at_once_is_handed_over_in_pieces(
    postgres_store: PostgresStore, tmp_path: Path
) -> None:
    async with Relay(postgres_store, tmp_path).open() as relay, way_to(relay.store) as way:
        relay.runs.clear()
        way.in_flight = 100
        way.put(*(a_row(f"run_{number:03}", reason="x" * 20_000) for number in range(100)))
        await asyncio.sleep(0.05)
        flushing = [way.rows._flushing]
        relay.runs.set()
        await way.told.of(100)
        flushing.append(way.rows._flushing)
    assert flushing == [True, False]
    assert [len(batch) for batch in way.told.batches] == [100]


async def test_a_server_that_is_not_there_takes_nothing_and_holds_up_no_end(postgres_store: PostgresStore) -> None:
    async with way_to(replace(postgres_store, url="postgresql://me:s3cret@127.0.0.1:1/x")) as way:
        await asyncio.sleep(0.05)
        assert not way.rows.takes(a_row("run_1"))


async def test_a_store_whose_tables_are_elsewhere_takes_nothing_until_they_are_back(
    postgres_store: PostgresStore,
) -> None:
    with psycopg.connect(postgres_store.url, autocommit=True) as other:
        other.execute("ALTER TABLE runs RENAME TO lost")
        async with way_to(postgres_store) as way:
            assert not way.rows.takes(a_row("run_1"))
            other.execute("ALTER TABLE lost RENAME TO runs")
            await way.until_it_takes(any_=True)
