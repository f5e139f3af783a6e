"""How caps stand: by what processes have told the store, else added up from the ledger."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType

from lanewise.core.caps import Cap, Tally
from lanewise.core.money import format_usd
from lanewise.core.periods import span_at, span_before
from lanewise.core.policy import Policy, TenantPolicy
from lanewise.core.protocols.budget import Standing, caps_of, caps_of_policy
from lanewise.operations.render import plain, table_of
from lanewise.stores.database import Database
from lanewise.stores.lease_figures import SharedCap, shared_caps
from lanewise.stores.spending import Spending, kinds_of

_MOST = 1_000_000  # tallies of one answer
Taken = Mapping[tuple[Tally, str], SharedCap]
_OF_SHARED = ("unaccounted", "held", "leased")  # columns that are shown where there is anything
_NOTHING = SharedCap(0, 0, 0, 0)


async def standings_in_ledger(database: Database, policy: Policy, now_s: float) -> list[Standing]:
    """Every cap of a policy: by its book, else by what the ledger says was spent. Raises StoreError."""
    taken = await Spending(database).taken(kinds_of(caps_of_policy(policy)), now_s, most=_MOST)
    shared = await shared_caps(database)
    return _standings(policy, {name: SharedCap(spent, 0, 0, 0) for name, spent in taken.items()} | shared, now_s)


async def standings_in_books(database: Database, policy: Policy, now_s: float) -> list[Standing]:
    """Every cap of a policy by what processes have told the store. Raises StoreError."""
    return _standings(policy, await shared_caps(database), now_s)


def _standings(policy: Policy, taken: Taken, now_s: float) -> list[Standing]:
    seen = {tally.tenant for tally, _ in taken if tally.tenant} | set(policy.tenants)
    standings = [
        _standing(cap, tally, taken, now_s)
        for name in sorted(seen)
        for cap, tally in _tallies(policy.tenant(name), taken)
    ]
    of_lanes = ((cap, lane.name) for lane in policy.lanes.values() for cap in lane.caps)
    return standings + [
        _standing(cap, Tally("lane", "", name, cap.unit, cap.period), taken, now_s) for cap, name in of_lanes
    ]


def _tallies(tenant: TenantPolicy, taken: Taken) -> Iterator[tuple[Cap, Tally]]:
    """Every tally of a tenant that a cap holds: a named one's own cap stands over that for each."""
    caps = caps_of(tenant)
    named = {(cap.scope, cap.of, cap.unit, cap.period) for cap in caps if cap.of is not None}
    for cap in caps:
        own = Tally(cap.scope, tenant.name, cap.of or "", cap.unit, cap.period)
        if cap.scope == "tenant" or cap.of is not None:
            yield cap, own
            continue
        subjects = {tally.subject for tally, _ in taken if tally._replace(subject="") == own}
        for subject in sorted(subjects):
            if (cap.scope, subject, cap.unit, cap.period) not in named:
                yield cap, own._replace(subject=subject)


def _standing(cap: Cap, tally: Tally, taken: Taken, now_s: float) -> Standing:
    span = span_at(cap.period, now_s)
    earlier = span_before(cap.period, span)
    carried = 0
    if earlier is not None:
        before = taken.get((tally, earlier.name), _NOTHING)
        unspent = cap.amount - before.settled - before.held - before.idle
        carried = max(0, min(int(cap.amount * cap.terms.roll_over), unspent))
    stands = taken.get((tally, span.name), _NOTHING)
    return Standing(
        cap=cap,
        tally=tally,
        span=span,
        amount=cap.amount + carried,
        carried=carried,
        spent=stands.settled,
        held=stands.held,
        leased=stands.idle,
        unaccounted=stands.unaccounted,
    )


def rows_of(standings: Iterable[Standing], *, tenant: str | None = None) -> list[dict[str, Any]]:
    """They as JSON: amounts in nano-dollars or tokens, as `unit` says; `resets` is null where a cap never begins anew."""
    return [
        {
            "tenant": each.tally.tenant or None,
            "scope": each.tally.scope,
            "subject": each.tally.subject or None,
            "cap": each.cap.limit,
            "period": each.span.name,
            "unit": "nanousd" if each.cap.unit == "dollars" else each.cap.unit,
            "amount": each.amount,
            "carried": each.carried,
            "spent": each.spent,
            "unaccounted": each.unaccounted,
            "held": each.held,
            "leased": each.leased,
            "left": each.left,
            "resets": None if math.isinf(each.span.ends_s) else _time(each.span.ends_s),
            "at_stop": f"lane:{each.cap.terms.lane}" if each.cap.terms.at_stop == "lane" else each.cap.terms.at_stop,
        }
        for each in standings
        if tenant is None or each.tally.tenant == tenant
    ]


def budgets_view(rows: Sequence[dict[str, Any]], alarms: Sequence[Mapping[str, Any]]) -> RenderableType:
    """Rows and the latest alarms for people."""
    shared = [name for name in _OF_SHARED if any(row[name] for row in rows)]
    amounts = ("spent", *shared, "left", "amount")
    caps = table_of(
        "Budgets", "whose", "cap", "spent:", *(f"{name}:" for name in shared), "left:", "of:", "resets (UTC)"
    )
    for row in rows:
        resets = "never" if row["resets"] is None else row["resets"][:10]
        shown = (_amount(row[name], row["unit"]) for name in amounts)
        caps.add_row(plain(_whose(row["tenant"], row["subject"])), plain(row["cap"]), *shown, resets)
    told = table_of("Latest alarms", "at (UTC)", "whose", "cap", "share:")
    for alarm in alarms:
        at = _time(alarm["at_us"] / 1e6)[:16].replace("T", " ")
        share = "refused" if alarm["share"] >= 1 else f"{alarm['share']:.0%}"
        told.add_row(at, plain(_whose(alarm["tenant"], alarm["subject"])), plain(alarm["cap"]), share)
    return Group(caps, told) if alarms else caps


def _whose(tenant: str | None, subject: str | None) -> str:
    return f"{tenant or 'all'}: {subject}" if subject else tenant or "all"


def _amount(amount: int, unit: str) -> str:
    return format_usd(amount) if unit == "nanousd" else f"{amount:,}"


def _time(moment_s: float) -> str:
    return dt.datetime.fromtimestamp(int(moment_s), dt.UTC).isoformat()
