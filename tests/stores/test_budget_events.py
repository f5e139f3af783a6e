from __future__ import annotations

import asyncio

import msgspec

from lanewise.core.caps import Cap, Tally
from lanewise.core.periods import span_at
from lanewise.core.protocols.budget import Alarm
from lanewise.stores.address import Store
from lanewise.stores.budget_events import BudgetEvents
from patience import PATIENCE_S
from stores.opening import database_of, sql
from walking import SetClock


def alarm(share: float) -> Alarm:
    return Alarm(
        cap=Cap(scope="user", period="daily", amount=100),
        tally=Tally("user", "acme", "ann", "dollars", "daily"),
        span=span_at("daily", 1_790_000_000),
        share=share,
        taken=int(100 * share),
        amount=100,
    )


async def test_alarms_are_kept_in_their_order_even_of_one_moment(store: Store) -> None:
    async with database_of(store) as database:
        events = BudgetEvents(database, SetClock())
        events.start()
        for share in (0.5, 0.8, 1.0):
            events.note(alarm(share))
        await events.close()

        latest = await events.recent(2)

    assert [(each["share"], each["cap"], each["subject"], each["period"]) for each in latest] == [
        (1.0, "user.daily", "ann", "2026-09-21"),
        (0.8, "user.daily", "ann", "2026-09-21"),
    ]


async def test_each_share_of_a_cap_is_kept_once_whoever_tells_it(store: Store) -> None:
    async with database_of(store) as database:
        for at_s, shares in ((0.0, (0.5, 0.8, 0.5)), (9.0, (0.8, 1.0))):
            events = BudgetEvents(database, SetClock(1_790_000_000 + at_s))
            events.start()
            for share in shares:
                events.note(alarm(share))
            await events.close()

        kept = await BudgetEvents(database, SetClock()).recent(9)
        assert [each["share"] for each in kept] == [1.0, 0.8, 0.5]
        assert kept[1]["at_us"] == 1_790_000_000_000_001, "as it was told first"

        events = BudgetEvents(database, SetClock(1_790_000_020))
        events.start()
        events.note(msgspec.structs.replace(alarm(0.8), amount=200))
        await events.close()
        kept = await events.recent(9)
    assert [(each["share"], each["amount"]) for each in kept[:2]] == [(0.8, 200), (1.0, 100)], "the cap was raised"


async def test_alarms_wait_for_a_store_that_does_not_take_them(store: Store) -> None:
    async with database_of(store) as database:
        with sql(store) as other:
            other.execute("ALTER TABLE budget_events RENAME TO elsewhere")
            events = BudgetEvents(database, SetClock(), retry_s=0.01)
            events.start()
            events.note(alarm(0.8))
            async with asyncio.timeout(PATIENCE_S):
                while not events.failing:
                    await asyncio.sleep(0.001)
            other.execute("ALTER TABLE elsewhere RENAME TO budget_events")
        await events.close()

        assert len(await events.recent(9)) == 1


async def test_closing_what_was_not_started_is_harmless(store: Store) -> None:
    async with database_of(store) as database:
        await BudgetEvents(database, SetClock()).close()
