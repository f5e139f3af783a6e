from __future__ import annotations

from pathlib import Path

import pytest

from lanewise.core.acts import Act, Actor
from lanewise.stores.address import Store
from lanewise.stores.audit_log import AuditLog
from lanewise.stores.keys import KeySpec, KeyStore
from stores.opening import ON_FILES, database_of, sql
from walking import SetClock

DAY_S = 86_400.0
ANNA = Actor(who="key_anna", where="10.0.0.7")
GUARDS = ("audit_is_not_changed", "audit_is_not_deleted")


def an_act(subject: str = "p-2") -> Act:
    return Act(actor=ANNA, name="policy.reload", subject=subject, detail={"from": "p-1", "to": subject})


def without_guards(store: Store, *statements: str) -> None:
    """What somebody does who owns the store."""
    with sql(store) as connection:
        for guard in GUARDS if isinstance(store, Path) else ():
            connection.execute(f"DROP TRIGGER IF EXISTS {guard}")
        if not isinstance(store, Path):
            connection.execute("ALTER TABLE audit DISABLE TRIGGER USER")
        for statement in statements:
            connection.execute(statement)


async def test_an_act_is_told_as_it_was(store: Store) -> None:
    async with database_of(store) as database:
        log = AuditLog(database, SetClock(1_790_000_000.0))
        await log.append(an_act())
        (row,) = await log.read()
        assert (row.number, row.at_us, row.who, row.origin) == (1, 1_790_000_000_000_000, "key_anna", "10.0.0.7")
        assert (row.act, row.subject, row.detail) == ("policy.reload", "p-2", {"from": "p-1", "to": "p-2"})
        told = await log.examine()
        assert (told.sound, told.rows, told.first, told.last) == (True, 1, 1, 1)


async def test_it_is_read_by_time_tenant_and_kind_of_act(store: Store) -> None:
    clock = SetClock(1_790_000_000.0)
    async with database_of(store) as database:
        log = AuditLog(database, clock)
        await KeyStore(database, clock).create(KeySpec(tenant="acme"), 3, by=ANNA)
        clock.time_s += 60
        await log.append(an_act())
        assert [each.act for each in await log.read(since_us=int(clock.time_s * 1e6))] == ["policy.reload"]
        assert [each.tenant for each in await log.read(tenant="acme")] == ["acme"] * 3
        assert [each.number for each in await log.read(act="key")] == [1, 2, 3]
        assert [each.number for each in await log.read(act="policy.reload")] == [4]
        assert [each.number for each in await log.read(count=2)] == [3, 4]


async def test_an_act_that_was_not_done_is_not_written_down(store: Store) -> None:
    async with database_of(store) as database:
        keys = KeyStore(database, SetClock(1_790_000_000.0))
        assert not await keys.revoke("key_unknown")
        assert await keys.rotate("key_unknown", 0) is None
        with sql(store) as connection:
            connection.execute("DROP TABLE keys")
        with pytest.raises(Exception, match=r"no such table|does not exist"):
            await keys.create(KeySpec(tenant="acme"))
        assert await AuditLog(database, SetClock(1.0)).read() == []


async def test_no_secret_is_in_it(store: Store) -> None:
    async with database_of(store) as database:
        keys = KeyStore(database, SetClock(1_790_000_000.0))
        (made,) = await keys.create(KeySpec(tenant="acme", name="web"), by=ANNA)
        rotated = await keys.rotate(made.stored.key_id, 60_000_000, by=ANNA)
        assert rotated is not None
    with sql(store) as connection:
        written = repr(connection.execute("SELECT * FROM audit").fetchall())
    for secret in (made.key, rotated.key):
        assert secret not in written


@pytest.mark.parametrize(
    ("tampering", "said"),
    [
        ("UPDATE audit SET who = 'key_bob' WHERE number = 3", "row 3 is not as it was written"),
        ("UPDATE audit SET detail = '{}' WHERE number = 5", "row 5 is not as it was written"),
        ("DELETE FROM audit WHERE number = 2", "row 2 is missing: the next one is 3"),
        ("DELETE FROM audit WHERE number = 1", "row 1 is missing"),
        ("DELETE FROM audit WHERE number = 5", "the log ends with row 4, and 5 were written"),
        (
            "UPDATE audit SET digest = x'00', previous = x'00' WHERE number = 4",
            "row 4 does not follow the row before it",
        ),
        (
            "UPDATE revisions SET revision = 2 WHERE name = 'audit_expired'",
            "row 3 does not follow the row before it",
        ),
    ],
)
async def test_whatever_is_done_to_the_table_shows(tampering: str, said: str, store: Store) -> None:
    async with database_of(store) as database:
        log = AuditLog(database, SetClock(1_790_000_000.0))
        for number in range(5):
            await log.append(an_act(f"p-{number}"))
        assert (await log.examine()).sound
        without_guards(store, tampering)
        assert said in (await log.examine()).wrong


async def test_what_is_too_old_goes_and_the_rest_still_stands(store: Store) -> None:
    clock = SetClock(1_790_000_000.0)
    async with database_of(store) as database:
        log = AuditLog(database, clock)
        for _ in range(3):
            await log.append(an_act())
        clock.time_s += 40 * DAY_S
        await log.append(an_act())
        assert await log.expire(None) == 0
        assert await log.expire(30) == 3
        assert await log.expire(30) == 0
        assert [(each.number, each.act) for each in await log.read()] == [(4, "policy.reload"), (5, "audit.expire")]
        told = await log.examine()
        assert (told.sound, told.rows, told.first, told.last) == (True, 2, 4, 5)
        clock.time_s += 40 * DAY_S
        await log.append(an_act())
        assert await log.expire(30) == 2
        assert (await log.examine()).sound


async def test_a_row_that_was_written_down_elsewhere_shows_that_the_whole_log_was_written_anew(store: Store) -> None:
    async with database_of(store) as database:
        log = AuditLog(database, SetClock(1_790_000_000.0))
        await log.append(an_act())
        told = await log.examine()
        known = (told.last, told.digest)
        await log.append(an_act())
        assert (await log.examine(known)).sound
        without_guards(store, "DELETE FROM audit", "UPDATE revisions SET revision = 0 WHERE name = 'audit'")
        for _ in range(2):
            await log.append(an_act("p-other"))
        assert (await log.examine()).sound
        assert "the log was written anew" in (await log.examine(known)).wrong
        assert "row 9 is missing" in (await log.examine((9, "0f"))).wrong


@ON_FILES
async def test_no_value_can_be_changed_unseen(store: Store) -> None:
    async with database_of(store) as database:
        log = AuditLog(database, SetClock(1_790_000_000.0))
        for number in range(3):
            await log.append(an_act(f"p-{number}"))
        without_guards(store)
        for column in ("at_us", "who", "origin", "act", "tenant", "subject", "detail", "previous", "digest"):
            with sql(store) as connection:
                (before,) = connection.execute(f"SELECT {column} FROM audit WHERE number = 2").fetchone()
                connection.execute(f"UPDATE audit SET {column} = 'other' WHERE number = 2")
                assert not (await log.examine()).sound, column
                connection.execute(f"UPDATE audit SET {column} = ? WHERE number = 2", (before,))
        assert (await log.examine()).sound
