from __future__ import annotations

import io

from lanewise.core.caps import Cap, Tally, Terms
from lanewise.core.periods import span_at
from lanewise.core.policy import Policy, TenantPolicy
from lanewise.operations.budgets import budgets_view, rows_of, standings_in_books, standings_in_ledger
from lanewise.operations.render import show
from lanewise.stores.address import Store
from leasing import expire, leases, trade
from stores.opening import database_of, fill
from stores.samples import START_US, a_record
from walking import lane, policy

NOW_S = START_US / 1e6 + 60
LANE_CAP = Cap(scope="lane", period="total", amount=5_000, terms=Terms(at_stop="lane", lane="cheap"))
CAPS = (
    Cap(scope="tenant", period="weekly", amount=10_000, terms=Terms(roll_over=0.5)),
    Cap(scope="user", period="daily", amount=1_000),
    Cap(scope="user", period="daily", amount=3_000, of="ann"),
    Cap(scope="user", period="daily", amount=900, unit="tokens"),
)
POLICY: Policy = policy(
    lane("standard", "alpha/small", caps=(LANE_CAP,)),
    tenant=TenantPolicy(name="acme", daily_cap_nanousd=None, caps=CAPS),
)


async def rows(store: Store, tenant: str | None = None) -> list[dict[str, object]]:
    async with database_of(store) as database:
        return rows_of(await standings_in_ledger(database, POLICY, NOW_S), tenant=tenant)


async def test_every_cap_is_told_with_what_is_left_of_it_and_when_it_begins_anew(store: Store) -> None:
    fill(
        store,
        a_record("a", user="ann", cost_nanousd=400),
        a_record("b", user="bob", cost_nanousd=100),
        a_record("last week", started_us=START_US - 7 * 86_400_000_000, cost_nanousd=7_000),
    )
    told = {(row["cap"], row["subject"]): row for row in await rows(store, "acme")}
    shown = {name: (row["amount"], row["carried"], row["spent"], row["left"]) for name, row in told.items()}
    assert shown == {
        ("tenant.weekly", None): (13_000, 3_000, 500, 12_500),
        ("user.daily", "ann"): (3_000, 0, 400, 2_600),
        ("user.daily", "bob"): (1_000, 0, 100, 900),
        ("user.daily.tokens", "ann"): (900, 0, 150, 750),
        ("user.daily.tokens", "bob"): (900, 0, 150, 750),
    }
    assert told["tenant.weekly", None]["resets"] == "2026-09-28T00:00:00+00:00"
    assert told["user.daily.tokens", "bob"]["unit"] == "tokens"


async def test_lanes_are_told_too_and_tenants_that_nobody_named_once_they_spend(store: Store) -> None:
    fill(store, a_record("a", tenant="stranger", cost_nanousd=400))
    (of_lane,) = [row for row in await rows(store) if row["scope"] == "lane"]
    assert (of_lane["tenant"], of_lane["subject"], of_lane["spent"]) == (None, "standard", 400)
    assert (of_lane["resets"], of_lane["at_stop"]) == (None, "lane:cheap")


async def test_people_see_a_table_and_the_latest_alarms(store: Store) -> None:
    fill(store, a_record("a", user="ann", cost_nanousd=400_000_000))
    alarm = {"at_us": START_US, "tenant": "acme", "subject": "ann", "cap": "user.daily", "share": 1.0}
    printed = io.StringIO()
    show(
        budgets_view(await rows(store), [alarm, {**alarm, "share": 0.8, "tenant": "", "subject": "standard"}]), printed
    )
    lines = [" ".join(line.split()) for line in printed.getvalue().splitlines()]
    assert "acme: ann user.daily $0.40 $0.00 $0.0000030 2026-09-22" in lines
    assert "2026-09-21 14:13 acme: ann user.daily refused" in lines
    assert "2026-09-21 14:13 all: standard user.daily 80%" in lines
    assert max(map(len, printed.getvalue().splitlines())) <= 80


async def test_where_processes_share_a_cap_their_books_tell_how_it_stands(store: Store) -> None:
    weekly = Tally("tenant", "acme", "", "dollars", "weekly")
    this_week, yesterday = span_at("weekly", NOW_S), span_at("weekly", NOW_S - 7 * 86_400)
    fill(store, a_record("a", user="ann", cost_nanousd=400))
    async with database_of(store) as database:
        dead, one = leases(database, "dead"), leases(database, "one")
        about = {"tally": weekly, "cap": CAPS[0]}
        await trade(dead, "old", span=yesterday, need=6_000, least=1, **about)
        await trade(dead, "d", span=this_week, need=100, least=1, **about)
        expire(store, "dead")
        await trade(one, "o", span=this_week, need=1_000, least=1, **about)
        await trade(one, "o", span=this_week, spent=500, held=200, keep=50, **about)
        in_ledger = rows_of(await standings_in_ledger(database, POLICY, NOW_S), tenant="acme")
        in_books = rows_of(await standings_in_books(database, POLICY, NOW_S), tenant="acme")
    (told,) = [row for row in in_ledger if row["cap"] == "tenant.weekly"]
    assert in_books[0] == told
    assert {name: told[name] for name in ("carried", "spent", "unaccounted", "held", "leased", "left")} == {
        "carried": 4_000,
        "spent": 600,
        "unaccounted": 100,
        "held": 200,
        "leased": 50,
        "left": 13_200,
    }
    (of_ann,) = [row for row in in_ledger if (row["cap"], row["subject"]) == ("user.daily", "ann")]
    assert of_ann["spent"] == 400  # no process has leased of it yet
    printed = io.StringIO()
    show(budgets_view(in_ledger, []), printed)
    assert "spent unaccounted held leased left of" in " ".join(printed.getvalue().split())
