"""How long breakers were open, to the second, whatever the report's begin cuts off."""

from __future__ import annotations

import pytest

from lanewise.operations.breaker_times import BreakerTime
from lanewise.operations.report import report
from lanewise.stores.address import Store
from stores.opening import database_of, fill, sql
from stores.samples import START_US, a_record

SECOND_US = 1_000_000
Move = tuple[int, str, str]  # seconds, deployment, position


def move(store: Store, *moves: Move) -> None:
    with sql(store) as connection:
        connection.executemany(
            "INSERT INTO breaker_events VALUES (?, 'standard', ?, ?, '')",
            [(START_US + at_s * SECOND_US, deployment, position) for at_s, deployment, position in moves],
        )


async def times(store: Store, since_s: int = -1_000) -> list[tuple[str, int, float, bool]]:
    async with database_of(store) as database:
        found = (await report(database, since_us=START_US + since_s * SECOND_US)).breakers
    assert all(each.lane == "standard" for each in found)
    return [(each.deployment, each.openings, each.open_us / SECOND_US, each.open_now) for each in found]


OUTAGE: list[Move] = [
    (0, "alpha/small", "open"),
    (30, "alpha/small", "half_open"),
    (31, "alpha/small", "open"),  # the probe failed: it is the same opening
    (61, "alpha/small", "half_open"),
    (63, "alpha/small", "closed"),
    (100, "alpha/small", "open"),
    (130, "alpha/small", "closed"),
]


@pytest.mark.parametrize(
    ("since_s", "openings", "open_s"),
    [
        (-1, 2, 93.0),
        (0, 2, 93.0),
        (40, 1, 53.0),  # it was open when the report begins
        (63, 1, 30.0),
        (110, 0, 20.0),
    ],
)
async def test_an_opening_counts_from_the_report_s_begin_on(
    store: Store, since_s: int, openings: int, open_s: float
) -> None:
    move(store, *OUTAGE)
    assert await times(store, since_s) == [("alpha/small", openings, open_s, False)]


async def test_what_was_over_before_the_report_begins_is_not_in_it(store: Store) -> None:
    move(store, *OUTAGE)
    assert await times(store, 130) == []


async def test_a_breaker_that_is_open_counts_up_to_the_last_that_is_known_of_its_gateway(store: Store) -> None:
    move(store, (0, "alpha/small", "open"), (10, "beta/large", "open"), (12, "beta/large", "closed"))
    assert await times(store) == [("alpha/small", 1, 12.0, True), ("beta/large", 1, 2.0, False)]
    fill(store, a_record(started_us=START_US + 50 * SECOND_US, latency_us=5 * SECOND_US))
    assert (await times(store))[0] == ("alpha/small", 1, 55.0, True)


async def test_of_several_gateways_one_breaker_is_open_while_it_is_in_any_of_them(store: Store) -> None:
    with sql(store) as connection:
        connection.executemany(
            "INSERT INTO breaker_events VALUES (?, 'standard', 'alpha/small', ?, ?)",
            [
                (START_US, "open", "one"),
                (START_US + 10 * SECOND_US, "open", "two"),
                (START_US + 30 * SECOND_US, "closed", "one"),
                (START_US + 45 * SECOND_US, "closed", "two"),
            ],
        )
    assert await times(store) == [("alpha/small", 1, 45.0, False)]


async def test_a_closing_whose_opening_has_expired_is_nothing(store: Store) -> None:
    move(store, (0, "alpha/small", "closed"))
    assert await times(store) == []


async def test_a_tenant_s_report_has_them_too_since_they_are_nobody_s_own(store: Store) -> None:
    move(store, *OUTAGE)
    async with database_of(store) as database:
        found = await report(database, tenant="nobody")
    assert found.breakers == (
        BreakerTime(lane="standard", deployment="alpha/small", openings=2, open_us=93 * SECOND_US, open_now=False),
    )
