from __future__ import annotations

from lanewise.core.caps import Tally
from lanewise.stores.address import Store
from lanewise.stores.spender import forget_spender
from leasing import book_of, leased_of, leases, trade
from stores.opening import database_of, sql

DAY = "INSERT INTO spending VALUES (20000, ?, 'key', ?, '', 'standard', ?, 2, 3, 4, 5, 6)"
ALARM = "INSERT INTO budget_events VALUES (?, 'tally', '2026-09-21', ?, ?, ?, 0.8, 80, 100)"


async def test_a_user_s_days_are_nobody_s_then_and_the_money_stays(store: Store) -> None:
    with sql(store) as connection:
        connection.executemany(DAY, [("acme", "ann", 10), ("acme", "", 7), ("globex", "ann", 1), ("acme", "bob", 3)])
        connection.executemany(
            ALARM,
            [(1, "acme", "ann", "user.daily"), (2, "acme", "ann", "feature.daily"), (3, "globex", "ann", "user.daily")],
        )
    async with database_of(store) as database, database.writing() as connection:
        await forget_spender(connection, "ann", "acme")

    with sql(store) as connection:
        days = connection.execute('SELECT tenant, "user", nanousd, tokens FROM spending ORDER BY tenant, "user"')
        assert days.fetchall() == [("acme", "", 17, 4), ("acme", "bob", 3, 2), ("globex", "ann", 1, 2)]
        assert connection.execute("SELECT at_us FROM budget_events ORDER BY at_us").fetchall() == [(2,), (3,)]


async def test_in_all_tenants_where_none_is_named(store: Store) -> None:
    with sql(store) as connection:
        connection.executemany(DAY, [("acme", "ann", 10), ("globex", "ann", 1)])
    async with database_of(store) as database, database.writing() as connection:
        await forget_spender(connection, "ann", None)
    with sql(store) as connection:
        rows = connection.execute('SELECT tenant, "user", nanousd FROM spending ORDER BY tenant').fetchall()
        assert rows == [("acme", "", 10), ("globex", "", 1)]


async def test_a_user_s_books_and_leases_are_nobody_s_too(store: Store) -> None:
    def of(user: str, tenant: str = "acme") -> Tally:
        return Tally("user", tenant, user, "dollars", "daily")

    async with database_of(store) as database:
        one = leases(database, "one")
        for number, tally in enumerate((of("a/n%_n"), of("bob"), of("a/n%_n", "globex"), of(""))):
            await trade(one, f"lease-{number}", tally=tally, need=50, least=1)
            await trade(one, f"lease-{number}", tally=tally, spent=10 + number, held=5)
        async with database.writing() as connection:
            await forget_spender(connection, "a/n%_n", "acme")

    assert [book_of(store, each) for each in (of("a/n%_n"), of("bob"), of("a/n%_n", "globex"), of(""))] == [
        (0, 0),
        (11, 0),
        (12, 0),
        (13 + 10, 0),
    ]
    assert leased_of(store).keys() == {"lease-1", "lease-2", "lease-3"}
    async with database_of(store) as database, database.writing() as connection:
        await forget_spender(connection, "a/n%_n", None)
    assert not [name for name in leased_names(store) if "a%2F" in name]


def leased_names(store: Store) -> list[str]:
    with sql(store) as connection:
        return [tally for (tally,) in connection.execute("SELECT tally FROM budget_books").fetchall()]
