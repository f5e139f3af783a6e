"""What was spent, by whom and in which lane: from days that are added up, and the runs of the latest ones.

A run stands on the day it began; where it ends on the next, some of its calls may be of that, so it counts in the periods of both: counting
too much cannot overspend a cap.

A clock may be years wrong when a machine starts. Days that were added up too soon are added up again, and what was added up of a day whose
runs are not kept any more stays: of two sums the greater one counts.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Iterable, Mapping
from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from lanewise.core.caps import UNITS, Cap, Period, Scope, Spend, Tally, Unit
from lanewise.core.periods import DAY_S, Span, span_at, span_before
from lanewise.core.record import CallRecord
from lanewise.stores.database import Database
from lanewise.stores.schema import revisions, runs, spending, traces
from lanewise.stores.statements import STATEMENTS

_DAY_US = DAY_S * 1_000_000
_KEPT_DAYS = 2  # of runs that are added up anew each time: until all of a day's rows are there
_MARK = "spending"
_NONE = Spend(0)
_log = structlog.get_logger()


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


_EVERY = frozenset(Who._fields)
_BY: dict[Scope, tuple[str, ...]] = {
    "tenant": ("tenant",),
    "key": ("tenant", "key_id"),
    "user": ("tenant", "user"),
    "feature": ("tenant", "feature"),
    "lane": ("lane",),
}


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
        last, added = _last_over(now_s), 0
        async with self._database.reading() as connection:
            mark = await _mark(connection)
            day = await _next_day(connection, min(mark, last) + 1)
        if mark > last:
            await self._go_back_to(last)
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
                await connection.execute(STATEMENTS["keep_day"], rows)
        return is_new

    async def _go_back_to(self, day: int) -> None:
        """Days after this one are not over, whoever said so: this clock is wrong, or an earlier one was."""
        moved = sa.update(revisions).where(revisions.c.name == _MARK, revisions.c.revision > day).values(revision=day)
        async with self._database.writing() as connection:
            await connection.execute(moved)
        _log.warning(
            "days were added up that are not over by this machine's clock: one of the two was wrong", after=day
        )

    async def rolled_up_until_us(self) -> int:
        """Microseconds since the Unix epoch: runs that began before it are added up, and their rows are not needed."""
        async with self._database.reading() as connection:
            return (await _mark(connection) + 1) * _DAY_US

    async def taken(self, kinds: Iterable[Kind], now_s: float, *, most: int) -> dict[tuple[Tally, str], int]:
        """What each tally of these kinds has spent in its present period, by tally and the period's name; of the most, the highest."""
        kinds = set(kinds)
        spans: defaultdict[Span, set[Kind]] = defaultdict(set)
        for kind in kinds:
            span = span_at(kind.period, now_s)
            spans[span].add(kind)
            earlier = span_before(kind.period, span)
            if kind.rolls_over and earlier is not None:
                spans[earlier].add(kind)
        taken: defaultdict[tuple[Tally, str], int] = defaultdict(int)
        async with self._database.reading() as connection:
            sums = _Summing(connection, frozenset(column for kind in kinds for column in _BY[kind.scope]))
            mark = min(await _mark(connection), _last_over(now_s))
            early = await _added_up_after(connection, mark)
            for span, counted in spans.items():
                async for who, spend in _in_span(sums, span, mark, early, now_s=now_s):
                    for kind in counted:
                        taken[_tally(kind, who), span.name] += spend[UNITS.index(kind.unit)]
        if len(taken) > most:
            return dict(sorted(taken.items(), key=lambda item: item[1], reverse=True)[:most])
        return dict(taken)


async def told_of(
    connection: AsyncConnection, process: str, windows: Collection[tuple[Tally, Span]], *, since_us: int = 0
) -> dict[tuple[Tally, str], int]:
    """What the rows of one process tell of these tallies and periods, by tally and the period's name; of runs that ended since a moment."""
    told: dict[tuple[Tally, str], int] = {(tally, span.name): 0 for tally, span in windows}
    spans = {span: {tally for tally, each in windows if each == span} for _, span in windows}
    for span, tallies in spans.items():
        kinds = {Kind(tally.scope, tally.unit, tally.period) for tally in tallies}
        ended_us = max(span.begins_s * 1_000_000, since_us)
        which = sa.and_(
            runs.c.process == process,
            runs.c.started_us >= ended_us - _DAY_US,  # no run is longer
            runs.c.started_us + runs.c.latency_us >= ended_us,
            sa.true() if span.ends_s == math.inf else runs.c.started_us < int(span.ends_s) * 1_000_000,
        )
        by = frozenset(column for kind in kinds for column in _BY[kind.scope])
        for who, spend in (await _sums(connection, which, by=by)).items():
            for kind in kinds:
                tally = _tally(kind, who)
                if tally in tallies:
                    told[tally, span.name] += spend[UNITS.index(kind.unit)]
    return told


def _last_over(now_s: float) -> int:
    """The last day of which all rows are there."""
    return int(now_s // DAY_S) - _KEPT_DAYS


async def _added_up_after(connection: AsyncConnection, mark: int) -> list[int]:
    """Days that were added up before they were over: none, unless a clock was wrong."""
    days = sa.select(spending.c.day).where(spending.c.day > mark).distinct().order_by(spending.c.day)
    return list((await connection.scalars(days)).all())


async def _mark(connection: AsyncConnection) -> int:
    """The last day that is added up."""
    wanted = sa.select(revisions.c.revision).where(revisions.c.name == _MARK)
    return int(await connection.scalar(wanted) or 0)


async def _next_day(connection: AsyncConnection, day: int) -> int | None:
    """The first day from this one on of which there are runs."""
    later = sa.select(sa.func.min(runs.c.started_us)).where(runs.c.started_us >= day * _DAY_US)
    first_us = await connection.scalar(later)
    return None if first_us is None else int(first_us) // _DAY_US


class _Summing:
    """Adds up runs, each range of them once however many periods it is in, told apart by these columns."""

    def __init__(self, connection: AsyncConnection, by: frozenset[str]) -> None:
        self.connection = connection
        self.by = by
        self._known: dict[tuple[str, int, int | None], Sums] = {}

    async def began(self, since_us: int, until_us: int | None) -> Sums:
        """What runs spent that began in a range."""
        return await self._sums(("began", since_us, until_us), _began(since_us, until_us))

    async def reaching(self, moment_us: int) -> Sums:
        """What runs spent that were under way at a moment."""
        return await self._sums(("reaching", moment_us, None), _reaching(moment_us))

    async def _sums(self, name: tuple[str, int, int | None], which: sa.ColumnElement[bool]) -> Sums:
        if name not in self._known:
            self._known[name] = await _sums(self.connection, which, by=self.by)
        return self._known[name]


async def _in_span(
    sums: _Summing, span: Span, mark: int, early: Collection[int], *, now_s: float
) -> AsyncIterator[tuple[Who, Spend]]:
    """Everything that counts in a period: days that are added up, then runs; a payer may come more than once.

    Of days that were added up too `early` both are looked at.
    """
    first = span.begins_s // DAY_S
    end_us = None if span.ends_s > now_s else int(span.ends_s) * 1_000_000
    if first <= mark:
        ends = mark if end_us is None else min(mark, int(span.ends_s) // DAY_S - 1)
        for statement in (_days(first, ends, sums.by), _late(first, sums.by)):
            for row in await sums.connection.execute(statement):
                yield Who(*row[:5]), Spend(*row[5:])
    else:
        for who, spend in (await sums.reaching(span.begins_s * 1_000_000)).items():
            yield who, spend
    raw_us = max(span.begins_s, (mark + 1) * DAY_S) * 1_000_000
    for day in early:
        if raw_us <= day * _DAY_US and (end_us is None or day * _DAY_US < end_us):
            async for each in _early(sums, raw_us, day):
                yield each
            raw_us = (day + 1) * _DAY_US
    if end_us is None or raw_us < end_us:
        for who, spend in (await sums.began(raw_us, end_us)).items():
            yield who, spend


async def _early(sums: _Summing, since_us: int, day: int) -> AsyncIterator[tuple[Who, Spend]]:
    """Runs from a moment to the end of a day that was added up too early."""
    for who, spend in (await sums.began(since_us, day * _DAY_US)).items():
        yield who, spend
    added_up = {Who(*row[:5]): Spend(*row[5:]) for row in await sums.connection.execute(_days(day, day, sums.by))}
    runs_of_day = await sums.began(day * _DAY_US, (day + 1) * _DAY_US)
    for who in added_up | runs_of_day:
        one, other = added_up.get(who, _NONE), runs_of_day.get(who, _NONE)
        yield who, Spend(max(one[0], other[0]), max(one[1], other[1]), max(one[2], other[2]))


def _days(first: int, last: int, by: frozenset[str]) -> sa.Select[Any]:
    columns = spending.c
    sums = (sa.func.sum(each) for each in (columns.nanousd, columns.tokens, columns.thinking_tokens))
    return _grouped(sums, by).where(columns.day >= first, columns.day <= last)


def _late(day: int, by: frozenset[str]) -> sa.Select[Any]:
    columns = spending.c
    sums = (sa.func.sum(each) for each in (columns.late_nanousd, columns.late_tokens, columns.late_thinking_tokens))
    return _grouped(sums, by).where(columns.day == day)


def _grouped(sums: Iterable[sa.ColumnElement[Any]], by: frozenset[str]) -> sa.Select[Any]:
    told_apart = [spending.c[name] for name in Who._fields if name in by]
    who = (spending.c[name] if name in by else sa.literal("").label(name) for name in Who._fields)
    return sa.select(*who, *(sa.cast(each, sa.BigInteger) for each in sums)).group_by(*told_apart)


def _began(since_us: int, until_us: int | None) -> sa.ColumnElement[bool]:
    began = runs.c.started_us >= since_us
    return began if until_us is None else sa.and_(began, runs.c.started_us < until_us)


def _reaching(moment_us: int) -> sa.ColumnElement[bool]:
    """Runs that began before a moment and ended after it. The first condition bounds the search by index: no run is longer."""
    return sa.and_(_began(moment_us - _DAY_US, moment_us), runs.c.started_us + runs.c.latency_us >= moment_us)


#: Where one lane made all of a run's calls, it is the run's. A run that failed may have ended in another lane than it paid in.
_ONE_LANE = sa.and_(runs.c.calls <= 1, sa.or_(runs.c.failure.is_(None), runs.c.cost_nanousd + runs.c.held_nanousd == 0))


async def _sums(
    connection: AsyncConnection,
    which: sa.ColumnElement[bool],
    *,
    by: frozenset[str] = _EVERY,
) -> Sums:
    """What these runs spent, told apart by these columns, and split by the lanes that asked for their calls."""
    # As expressions, so that no index is walked from end to end for the sake of its order: time is what bounds the search.
    columns = {name: sa.func.coalesce(runs.c[name], "") for name in Who._fields}
    told_apart = [columns[name] for name in Who._fields if name in by]
    who = [columns[name] if name in by else sa.literal("").label(name) for name in Who._fields]
    amounts = (
        runs.c.cost_nanousd + runs.c.held_nanousd,
        runs.c.input_tokens + runs.c.output_tokens + runs.c.held_tokens,
        runs.c.reasoning_tokens + runs.c.held_thinking_tokens,
    )
    splits = "lane" in by
    added = (sa.cast(sa.func.sum(each), sa.BigInteger) for each in amounts)
    whole = sa.select(*who, *added).where(which, _ONE_LANE if splits else sa.true()).group_by(*told_apart)
    found = await connection.execute(whole)
    sums: Sums = {Who(*row[:5]): Spend(row[5], row[6], row[7]) for row in found}
    if not splits:
        return sums
    traced = sa.and_(traces.c.started_us == runs.c.started_us, traces.c.run_id == runs.c.run_id)
    of_several = (
        sa.select(*who, *amounts, traces.c.trace).select_from(runs.outerjoin(traces, traced)).where(which, ~_ONE_LANE)
    )
    async for row in await connection.stream(of_several):
        for lane, spend in _by_lane(row[4], Spend(row[5], row[6], row[7]), row[8]).items():
            _add(sums, Who(row[0], row[1], row[2], row[3], lane), spend)
    return sums


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
            call.cost.total_nanousd + call.held_nanousd,
            call.input_tokens + call.output_tokens + call.held_tokens,
            call.reasoning_tokens + call.held_thinking_tokens,
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
