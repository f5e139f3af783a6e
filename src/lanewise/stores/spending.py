"""What was spent, by whom and in which lane: from days that are added up, and the runs of the latest ones.

A run stands on the day it began; where it ends on the next, some of its calls may be of that, so it counts in the periods of both: counting
too much cannot overspend a cap.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from lanewise.core.caps import UNITS, Cap, Period, Scope, Spend, Tally, Unit
from lanewise.core.periods import DAY_S, Span, span_at, span_before
from lanewise.core.record import CallRecord
from lanewise.stores.database import Database
from lanewise.stores.schema import revisions, runs, spending, traces

_DAY_US = DAY_S * 1_000_000
_KEPT_DAYS = 2  # of runs that are added up anew each time: until all of a day's rows are there
_MARK = "spending"
_NONE = Spend(0)


class Who(NamedTuple):
    """Whose a spend was."""

    tenant: str
    key_id: str
    user: str
    feature: str
    lane: str


class Kind(NamedTuple):
    """A kind of tally. `rolls_over`: the period before counts as well."""

    scope: Scope
    unit: Unit
    period: Period
    rolls_over: bool = False


class _Calls(msgspec.Struct, frozen=True):
    """A trace read for its calls alone."""

    calls: tuple[CallRecord, ...] = ()


_decode = msgspec.json.Decoder(_Calls).decode
Sums = dict[Who, Spend]


def kinds_of(caps: Iterable[Cap]) -> set[Kind]:
    """What has to be counted for these caps."""
    return {Kind(cap.scope, cap.unit, cap.period, rolls_over=bool(cap.terms.roll_over)) for cap in caps}


class Spending:
    """Adds up the ledger. Every method raises StoreError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def roll_up(self, now_s: float) -> int:
        """Add up every day that is over for good; how many days."""
        last, added = int(now_s // DAY_S) - _KEPT_DAYS, 0
        async with self._database.reading() as connection:
            mark = await _mark(connection)
            day = await _next_day(connection, mark + 1)
        while day is not None and day <= last:
            async with self._database.reading() as connection:
                whole = await _sums(connection, _began(day * _DAY_US, (day + 1) * _DAY_US))
                late = await _sums(connection, _reaching(day * _DAY_US))
                following = day + 1 if whole else await _next_day(connection, day + 1)
            rows = [_row(day, who, whole.get(who, _NONE), late.get(who, _NONE)) for who in whole | late]
            if not await self._keep(day, rows):
                return added  # another process does it
            added, day = added + 1, following
        await self._keep(last, [])
        return added

    async def _keep(self, day: int, rows: list[dict[str, object]]) -> bool:
        """Keep a day's sums, unless they are kept already."""
        moved = sa.update(revisions).where(revisions.c.name == _MARK, revisions.c.revision < day).values(revision=day)
        async with self._database.writing() as connection:
            is_new = (await connection.execute(moved)).rowcount == 1
            if is_new and rows:
                await connection.execute(sa.insert(spending), rows)
        return is_new

    async def rolled_up_until_us(self) -> int:
        """Microseconds since the Unix epoch: runs that began before it are added up, and their rows are not needed."""
        async with self._database.reading() as connection:
            return (await _mark(connection) + 1) * _DAY_US

    async def taken(self, kinds: Iterable[Kind], now_s: float, *, most: int) -> dict[tuple[Tally, str], int]:
        """What each tally of these kinds has spent in its present period, by tally and the period's name; of the most, the highest."""
        spans: defaultdict[Span, set[Kind]] = defaultdict(set)
        for kind in kinds:
            span = span_at(kind.period, now_s)
            spans[span].add(kind)
            earlier = span_before(kind.period, span)
            if kind.rolls_over and earlier is not None:
                spans[earlier].add(kind)
        taken: defaultdict[tuple[Tally, str], int] = defaultdict(int)
        async with self._database.reading() as connection:
            mark = await _mark(connection)
            for span, counted in spans.items():
                async for who, spend in _in_span(connection, span, mark):
                    for kind in counted:
                        taken[_tally(kind, who), span.name] += spend[UNITS.index(kind.unit)]
        if len(taken) > most:
            return dict(sorted(taken.items(), key=lambda item: item[1], reverse=True)[:most])
        return dict(taken)

    async def spent_by(self, tally: Tally, span: Span) -> int:
        """What one tally has spent in a period."""
        async with self._database.reading() as connection:
            return await spent_by(connection, tally, span)


async def spent_by(connection: AsyncConnection, tally: Tally, span: Span) -> int:
    """What one tally has spent in a period, in a transaction of somebody's."""
    place = UNITS.index(tally.unit)
    mark = await _mark(connection)
    return sum([spend[place] async for _, spend in _in_span(connection, span, mark, tally)])


async def spent_under(connection: AsyncConnection, process: str, tally: Tally, span: Span) -> int:
    """What the rows that a process wrote under one name say of an tally in a period."""
    place = UNITS.index(tally.unit)
    of_process = sa.and_(runs.c.process == process, runs.c.started_us + runs.c.latency_us >= span.begins_s * 1_000_000)
    sums = await _sums(connection, of_process, tally)
    return sum(spend[place] for spend in sums.values())


async def _mark(connection: AsyncConnection) -> int:
    """The last day that is added up."""
    wanted = sa.select(revisions.c.revision).where(revisions.c.name == _MARK)
    return int(await connection.scalar(wanted) or 0)


async def _next_day(connection: AsyncConnection, day: int) -> int | None:
    """The first day from this one on of which there are runs."""
    later = sa.select(sa.func.min(runs.c.started_us)).where(runs.c.started_us >= day * _DAY_US)
    first_us = await connection.scalar(later)
    return None if first_us is None else int(first_us) // _DAY_US


async def _in_span(
    connection: AsyncConnection, span: Span, mark: int, tally: Tally | None = None
) -> AsyncIterator[tuple[Who, Spend]]:
    """Everything that counts in a period: days that are added up, then runs; the same payer may come more than once."""
    first = span.begins_s // DAY_S
    end_us = None if span.name == "total" else int(span.ends_s) * 1_000_000
    if first <= mark:
        ends = mark if end_us is None else min(mark, int(span.ends_s) // DAY_S - 1)
        for statement in (_days(first, ends), _late(first)):
            found = await connection.stream(_of_tally(statement, spending, tally))
            async for row in found:
                yield Who(*row[:5]), Spend(*map(int, row[5:]))
    else:
        for who, spend in (await _sums(connection, _reaching(span.begins_s * 1_000_000), tally)).items():
            yield who, spend
    raw_us = max(span.begins_s, (mark + 1) * DAY_S) * 1_000_000
    if end_us is None or raw_us < end_us:
        for who, spend in (await _sums(connection, _began(raw_us, end_us), tally)).items():
            yield who, spend


def _days(first: int, last: int) -> sa.Select[Any]:
    columns = spending.c
    sums = (sa.func.sum(each) for each in (columns.nanousd, columns.tokens, columns.thinking_tokens))
    return _grouped(sums).where(columns.day >= first, columns.day <= last)


def _late(day: int) -> sa.Select[Any]:
    columns = spending.c
    sums = (sa.func.sum(each) for each in (columns.late_nanousd, columns.late_tokens, columns.late_thinking_tokens))
    return _grouped(sums).where(columns.day == day)


def _grouped(sums: Iterable[sa.ColumnElement[Any]]) -> sa.Select[Any]:
    who = (spending.c.tenant, spending.c.key_id, spending.c.user, spending.c.feature, spending.c.lane)
    return sa.select(*who, *sums).group_by(*who)


def _began(since_us: int, until_us: int | None) -> sa.ColumnElement[bool]:
    began = runs.c.started_us >= since_us
    return began if until_us is None else sa.and_(began, runs.c.started_us < until_us)


def _reaching(moment_us: int) -> sa.ColumnElement[bool]:
    """Runs that began before a moment and ended after it. The first condition bounds the search by index: no run is longer."""
    return sa.and_(_began(moment_us - _DAY_US, moment_us), runs.c.started_us + runs.c.latency_us >= moment_us)


#: Where one lane made all of a run's calls, it is the run's. A run that failed may have ended in another lane than it paid in.
_ONE_LANE = sa.and_(runs.c.calls <= 1, sa.or_(runs.c.failure.is_(None), runs.c.cost_nanousd + runs.c.held_nanousd == 0))


async def _sums(connection: AsyncConnection, which: sa.ColumnElement[bool], tally: Tally | None = None) -> Sums:
    """What these runs spent, split by the lanes that asked for their calls."""
    who = (
        runs.c.tenant,
        runs.c.key_id,
        sa.func.coalesce(runs.c.user, ""),
        sa.func.coalesce(runs.c.feature, ""),
        runs.c.lane,
    )
    amounts = (
        runs.c.cost_nanousd + runs.c.held_nanousd,
        runs.c.input_tokens + runs.c.output_tokens,
        runs.c.reasoning_tokens,
    )
    of_one_lane = sa.select(*who, *map(sa.func.sum, amounts)).where(which, _ONE_LANE).group_by(*who)
    sums: Sums = {}
    async for row in await connection.stream(_of_tally(of_one_lane, runs, tally)):
        sums[Who(*row[:5])] = Spend(*map(int, row[5:]))
    traced = sa.and_(traces.c.started_us == runs.c.started_us, traces.c.run_id == runs.c.run_id)
    of_several = (
        sa.select(*who, *amounts, traces.c.trace).select_from(runs.outerjoin(traces, traced)).where(which, ~_ONE_LANE)
    )
    async for row in await connection.stream(_of_tally(of_several, runs, tally, by_lane=False)):
        for lane, spend in _by_lane(row[4], Spend(*row[5:8]), row[8]).items():
            if tally is None or tally.scope != "lane" or tally.subject == lane:
                _add(sums, Who(row[0], row[1], row[2], row[3], lane), spend)
    return sums


def _of_tally(
    statement: sa.Select[Any], table: sa.Table, tally: Tally | None, *, by_lane: bool = True
) -> sa.Select[Any]:
    """Only what counts for one tally."""
    if tally is None:
        return statement
    if tally.scope == "lane":
        return statement.where(table.c.lane == tally.subject) if by_lane else statement
    statement = statement.where(table.c.tenant == tally.tenant)
    if tally.scope == "tenant":
        return statement
    column = table.c[_COLUMNS[tally.scope]]
    return statement.where(
        sa.func.coalesce(column, "") == tally.subject if not tally.subject else column == tally.subject
    )


def _by_lane(lane: str, whole: Spend, trace: bytes | None) -> Mapping[str, Spend]:
    """A run's spend by the lanes of its calls; all of it the run's own where its trace is gone."""
    if trace is None:
        return {lane: whole}
    try:
        calls = _decode(trace).calls
    except msgspec.DecodeError:  # of another version
        return {lane: whole}
    sums: defaultdict[str, Spend] = defaultdict(lambda: _NONE)
    for call in calls:
        spend = Spend(
            call.cost.total_nanousd + call.held_nanousd, call.input_tokens + call.output_tokens, call.reasoning_tokens
        )
        asked = call.in_lane or call.lane
        sums[asked] = _sum(sums[asked], spend)
    return sums


def _add(sums: Sums, who: Who, spend: Spend) -> None:
    sums[who] = _sum(sums.get(who, _NONE), spend)


def _sum(one: Spend, other: Spend) -> Spend:
    return Spend(one[0] + other[0], one[1] + other[1], one[2] + other[2])


def _row(day: int, who: Who, whole: Spend, late: Spend) -> dict[str, object]:
    return {
        "day": day,
        **who._asdict(),
        **whole._asdict(),
        **{f"late_{name}": amount for name, amount in late._asdict().items()},
    }


_COLUMNS: dict[Scope, str] = {"key": "key_id", "user": "user", "feature": "feature"}


def _tally(kind: Kind, who: Who) -> Tally:
    """The tally of this kind that a payer's spending counts for."""
    if kind.scope == "lane":
        return Tally("lane", "", who.lane, kind.unit, kind.period)
    subject = "" if kind.scope == "tenant" else getattr(who, _COLUMNS[kind.scope])
    return Tally(kind.scope, who.tenant, subject, kind.unit, kind.period)
