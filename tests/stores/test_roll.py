"""Gateways of one database know of one another: who is killed is buried once, and what it held is anybody's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from lanewise.core.clock import SystemClock
from lanewise.core.errors import StoreError
from lanewise.stores.address import PostgresStore
from lanewise.stores.database import open_database
from lanewise.stores.ledger_rows import Kept
from lanewise.stores.roll import Beat, Living, Roll, Silence, Told, living
from lanewise.stores.seat import seat_at
from patience import PATIENCE_S
from stores.opening import database_of, run_ids, sql
from stores.samples import a_record
from stores.test_places import left

CLOCK = SystemClock()
QUICK = Beat(every_s=0.02, gone_s=0.3)


def a_process(name: str, seen_us: int = 1) -> Living:
    return Living(
        process=name, host="h", url="", version="", policy="", seal="", pid=1, begun_us=1, seen_us=seen_us
    )  # fmt: skip


@asynccontextmanager
async def called(store: PostgresStore, folder: str = "", *, seal: str = "k", beat: Beat = QUICK) -> AsyncIterator[Roll]:
    """A gateway on a machine of its own where a folder is named."""
    at = PostgresStore(store.url, store.folder / folder)
    async with seat_at(at, CLOCK) as seat:
        database = await open_database(seat.store)
        roll = Roll(seat, database, CLOCK, seal=seal, beat=beat)
        try:
            await roll.join()
            roll.start()
            yield roll
        finally:
            await roll.close()
            await database.close()


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not holds():
            await asyncio.sleep(0.005)


async def test_each_knows_the_others_and_one_is_the_eldest(postgres_store: PostgresStore) -> None:
    async with called(postgres_store) as first, called(postgres_store) as second:
        second.told = lambda: Told(url="http://b", policy="v2")
        await until(lambda: any(each.policy == "v2" for each in first.others))
        assert [each.url for each in first.others] == ["http://b"]
        assert (first.eldest, second.eldest) == (True, False)
        async with database_of(postgres_store) as database:
            assert len(await living(database)) == 2
    async with database_of(postgres_store) as database:
        assert await living(database) == [], "who ends in good order is nobody's to bury"


async def test_one_that_is_silent_is_buried_with_its_claims_and_its_breakers(postgres_store: PostgresStore) -> None:
    with sql(postgres_store) as connection:
        connection.execute(
            "INSERT INTO processes (process, host, url, version, policy, seal, pid, begun_us, seen_us) "
            "VALUES ('dead', 'h', '', '', '', 'k', 1, 5, 90)"
        )
        for number, owner in enumerate(("dead", "other")):
            connection.execute(f"INSERT INTO claims VALUES (x'0{number}', x'00', '{owner}', 1)")
        connection.execute("INSERT INTO breaker_events VALUES (50, 'standard', 'a/b', 'open', 'dead')")
        async with called(postgres_store, "one") as first, called(postgres_store, "two") as second:
            await until(lambda: first.eldest or second.eldest)
            assert connection.execute("SELECT owner FROM claims").fetchall() == [("other",)]
            events = "SELECT at_us, position FROM breaker_events WHERE process = 'dead' ORDER BY at_us"
            assert connection.execute(events).fetchall() == [(50, "open"), (91, "closed")]


async def test_the_next_at_its_place_buries_it_at_once(postgres_store: PostgresStore) -> None:
    (postgres_store.folder / "lanewise-0.process").write_text("dead")
    with sql(postgres_store) as connection:
        connection.execute(
            "INSERT INTO processes (process, host, url, version, policy, seal, pid, begun_us, seen_us) "
            "VALUES ('dead', 'h', '', '', '', 'k', 1, 5, 90)"
        )
        async with called(postgres_store, beat=Beat(every_s=60, gone_s=600)) as roll:
            assert roll.eldest


async def test_what_waits_at_its_place_is_written_before_it_is_buried(
    postgres_store: PostgresStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    left(postgres_store, 0, Kept(record=a_record("run_1")))
    there: list[list[str]] = []
    bury = Roll._bury

    async def looked(roll: Roll, process: str, seen_us: int | None = None) -> bool:
        there.append(run_ids(postgres_store))
        return await bury(roll, process, seen_us)

    monkeypatch.setattr(Roll, "_bury", looked)
    async with called(postgres_store):
        assert there == [["run_1"]]


async def test_who_was_buried_by_mistake_is_back_with_its_next_call(postgres_store: PostgresStore) -> None:
    async with called(postgres_store) as roll:
        with sql(postgres_store) as connection:
            connection.execute("DELETE FROM processes")
            await until(lambda: connection.execute("SELECT COUNT(*) FROM processes").fetchone() == (1,))
        assert not roll.lost.is_set()


async def test_a_session_that_is_ended_is_made_anew(postgres_store: PostgresStore) -> None:
    async with called(postgres_store) as roll:
        with sql(postgres_store) as connection:
            connection.execute("DELETE FROM processes")
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            await until(lambda: connection.execute("SELECT COUNT(*) FROM processes").fetchone() == (1,))
        assert not roll.lost.is_set()


async def test_a_fault_of_a_call_is_told_and_calling_goes_on(postgres_store: PostgresStore) -> None:
    """Who calls no more is buried while it serves, and its claims with it."""
    faults = 3

    def told() -> Told:
        nonlocal faults
        if faults:
            faults -= 1
            raise RuntimeError("a fault of ours")
        return Told(policy="v2")

    async with called(postgres_store) as first, called(postgres_store) as second:
        with capture_logs() as logs:
            second.told = told
            await until(lambda: any(each.policy == "v2" for each in first.others))
    assert [line["log_level"] for line in logs if "fault" in line["event"]] == ["error"]


async def test_who_may_not_serve_any_more_is_told_to_stop(postgres_store: PostgresStore) -> None:
    async with called(postgres_store) as roll, roll._turn:  # it is cut off
        roll._session.drop()
        async with seat_at(PostgresStore(postgres_store.url, postgres_store.folder / "else"), CLOCK, alone="caps"):
            asyncio.get_running_loop().call_soon(roll._turn.release)
            await asyncio.wait_for(roll.lost.wait(), PATIENCE_S)
            await roll._turn.acquire()


async def test_gateways_that_seal_with_different_keys_do_not_serve_together(postgres_store: PostgresStore) -> None:
    async with called(postgres_store):
        with pytest.raises(StoreError, match="with LANEWISE_STATE_KEY in their environment"):
            async with called(postgres_store, "elsewhere", seal="another"):
                pass
    async with called(postgres_store, "elsewhere", seal="another"):
        pass


async def test_a_file_has_no_roll(sqlite_store: Path) -> None:
    async with database_of(sqlite_store) as database:
        assert await living(database) == []


def test_who_is_heard_of_is_never_gone_and_who_is_silent_is() -> None:
    silence = Silence(gone_s=8)
    for second in range(20):
        gone = silence.gone([a_process("lively", second), a_process("dead")], float(second))
        assert [each.process for each in gone] == ([] if second <= 8 else ["dead"])


@given(st.lists(st.floats(4.5, 60), min_size=1, max_size=5))
def test_who_did_not_listen_takes_nobody_for_gone(pauses: list[float]) -> None:
    silence, now_s = Silence(gone_s=8), 0.0
    for pause in pauses:
        assert silence.gone([a_process("quiet")], now_s) == []
        now_s += pause
