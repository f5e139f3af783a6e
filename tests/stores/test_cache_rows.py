from __future__ import annotations

from lanewise.stores.address import Store
from lanewise.stores.cache_rows import CacheRows, Row
from lanewise.stores.schema import cached_answers
from stores.opening import database_of


def a_row(name: bytes, *, created_us: int = 5, expires_us: int = 100, tenant: str = "acme") -> Row:
    return Row(
        name=name,
        tenant=tenant,
        run_id=f"run_{name.decode()}",
        created_us=created_us,
        expires_us=expires_us,
        cost_nanousd=7,
        size_bytes=3,
        sealed=name,
    )


async def test_a_row_takes_the_place_of_the_earlier_one_of_its_name(store: Store) -> None:
    async with database_of(store) as database:
        rows = CacheRows(database)
        assert await rows.write([a_row(b"a"), a_row(b"b")], 0)
        assert await rows.write([a_row(b"a", expires_us=200)], 0)
        changes = await rows.changes(-1, 0, 0)
        assert (changes.whole, changes.ends_us, changes.stored_bytes) == (True, {b"a": 200, b"b": 100}, 6)
        assert await rows.read(b"a") == b"a"
        assert await rows.read(b"c") is None


async def test_only_what_others_may_have_kept_is_read_until_something_is_withdrawn(store: Store) -> None:
    async with database_of(store) as database:
        rows = CacheRows(database)
        await rows.write([a_row(b"a", created_us=5), a_row(b"b", created_us=9)], 0)
        seen = await rows.changes(0, 7, 0)
        assert (seen.whole, seen.ends_us) == (False, {b"b": 100} if database.many_processes else {})
        assert await rows.delete(cached_answers.c.tenant == "acme") == {b"a", b"b"}
        changed = await rows.changes(seen.revision, 7, 0)
        assert (changed.whole, changed.ends_us) == (True, {})


async def test_what_is_over_goes_first_and_the_oldest_only_where_there_is_too_much(store: Store) -> None:
    async with database_of(store) as database:
        rows = CacheRows(database)
        await rows.write([a_row(b"a", created_us=1), a_row(b"b", created_us=2, expires_us=10)], 0)
        assert await rows.tidy(50, oldest_too=True) == ([b"b"], 3)
        assert await rows.tidy(50, oldest_too=False) == ([], 3)
        assert await rows.tidy(50, oldest_too=True) == ([b"a"], 0)


async def test_after_a_withdrawal_nothing_is_written_that_may_be_what_was_withdrawn(store: Store) -> None:
    async with database_of(store) as database:
        rows = CacheRows(database)
        await rows.withdraw("run_a")
        assert not await rows.write([a_row(b"a")], 0)
        assert await rows.read(b"a") is None
        assert await rows.write([a_row(b"a")], 1)
