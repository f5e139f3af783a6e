from __future__ import annotations

import asyncio

import msgspec
import pytest

from lanewise.core.errors import StoreError
from lanewise.core.record import KeptAnswer
from lanewise.stores.address import Store
from lanewise.stores.kept_answers import AnswerStore, keep_tidy
from lanewise.stores.ledger_rows import Kept
from lanewise.stores.ledger_thread import end_of
from patience import PATIENCE_S
from stores.opening import database_of, ledger_of, sql
from stores.samples import START_US, a_record
from walking import SetClock

DAY_US = 86_400_000_000


def an_answer(
    name: bytes = b"n" * 32, *, at_us: int = START_US, body: bytes = b'{"id":"1"}', run_id: str = "run_1"
) -> KeptAnswer:
    return KeptAnswer(
        name=name,
        asked=b"a" * 32,
        run_id=run_id,
        created_us=at_us,
        expires_us=at_us + DAY_US,
        status=200,
        headers=((b"content-type", b"application/json"), (b"x-lanewise-run", run_id.encode())),
        body=body,
    )


def keep(store: Store, *answers: KeptAnswer) -> None:
    file = end_of(store, 5.0)
    file.open()
    rows = [Kept(record=a_record(f"run_{n}"), answer=answer) for n, answer in enumerate(answers)]
    assert file.write(rows) == {}
    file.close()


def names(store: Store) -> list[bytes]:
    with sql(store) as connection:
        return [name for (name,) in connection.execute("SELECT name FROM kept_answers ORDER BY created_us")]


@pytest.fixture
def clock() -> SetClock:
    return SetClock(START_US / 1e6)


async def test_an_answer_that_the_ledger_kept_is_found_as_it_was(store: Store, clock: SetClock) -> None:
    async with ledger_of(store) as ledger:
        await ledger.append(a_record("run_1"), None, an_answer(body=bytes(range(256))))
    async with database_of(store) as database:
        answers = AnswerStore(database, clock)
        assert await answers.find(b"n" * 32) == an_answer(body=bytes(range(256)))
        assert await answers.find(b"m" * 32) is None


async def test_after_its_day_it_is_not_found_and_another_takes_its_name(store: Store, clock: SetClock) -> None:
    keep(store, an_answer())
    clock.time_s += 86_401
    async with database_of(store) as database:
        answers = AnswerStore(database, clock)
        assert await answers.find(b"n" * 32) is None
        later = an_answer(at_us=int(clock.time_s * 1e6), body=b"new", run_id="run_9")
        file = end_of(store, 5.0)
        file.open()
        file.write([Kept(record=a_record("run_9"), answer=later)])
        file.close()
        assert await answers.find(b"n" * 32) == later


async def test_tidying_deletes_what_is_over_and_the_words_of_the_oldest_beyond_the_room(
    store: Store, clock: SetClock
) -> None:
    old = [an_answer(b"old%d" % n, at_us=START_US - 2 * DAY_US) for n in range(50)]
    new = [an_answer(b"new%02d" % n, at_us=START_US + n, body=bytes(1000)) for n in range(50)]
    keep(store, *old, *new)
    async with database_of(store) as database:
        answers = AnswerStore(database, clock, most_bytes=40_000)
        await answers.start()
        assert not answers.take(1), "more is kept than there is room for"
        changed = await answers.tidy()
        assert names(store) == [each.name for each in new]
        found = [await answers.find(each.name) for each in new]
        whole = sum(each in found for each in new)
        assert changed == 100 - whole
        assert found == [each.without_words() for each in new[: 50 - whole]] + new[50 - whole :]
        with sql(store) as connection:
            (held,) = connection.execute("SELECT SUM(size_bytes) FROM kept_answers").fetchone()
        assert 10_000 < held <= 32_000
        assert answers.take(7_000)
        assert not answers.take(40_000 - held - 7_000 + 1)


async def test_an_answer_that_waits_in_the_spool_comes_with_its_row(store: Store, clock: SetClock) -> None:
    packed = msgspec.msgpack.encode(Kept(record=a_record("run_1"), answer=an_answer()))
    row = msgspec.msgpack.decode(packed, type=Kept)
    file = end_of(store, 5.0)
    file.open()
    file.write([row])
    file.write([row])  # a replay that was cut short is done again
    file.close()
    async with database_of(store) as database:
        assert await AnswerStore(database, clock).find(b"n" * 32) == an_answer()


async def test_a_row_that_is_refused_keeps_no_answer(store: Store) -> None:
    file = end_of(store, 5.0)
    file.open()
    assert file.write([Kept(record=a_record("run_1", lane=None), answer=an_answer())])
    file.close()
    assert names(store) == []


@pytest.mark.parametrize("failure", [StoreError("locked"), ValueError("a fault of ours")])
async def test_tidying_goes_on_when_the_store_has_failed_or_we_have(
    store: Store, clock: SetClock, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    tries, enough = [0], asyncio.Event()

    async def tidy(self: AnswerStore) -> int:
        tries[0] += 1
        if tries[0] == 3:
            enough.set()
        raise failure

    monkeypatch.setattr(AnswerStore, "tidy", tidy)
    async with database_of(store) as database:
        task = asyncio.create_task(keep_tidy(AnswerStore(database, clock), every_s=0))
        await asyncio.wait_for(enough.wait(), PATIENCE_S)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
