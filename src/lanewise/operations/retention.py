"""Deletes what a policy keeps no longer, a few rows at a time, so that the ledger always gets its turn."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import asdict, dataclass

import structlog

from lanewise.core.clock import Clock, Leaps
from lanewise.core.errors import StoreError
from lanewise.core.keeping import Retention
from lanewise.stores.audit_log import AuditLog
from lanewise.stores.database import Database
from lanewise.stores.spending import Spending
from lanewise.stores.statements import STATEMENTS

_CHUNK_ROWS = 500
# A waiting writer looks again every few milliseconds: without a pause it might never find the file free.
_PAUSE_S = 0.01
_DAY_US = 86_400_000_000
EVERY_S = 3600.0
_CLOCK_SETTLES_S = 600.0  # after a start: what a wrong clock has deleted nobody brings back
_LEAP_S = 86_400.0  # of wall time, after which it has until the next turn to be set right

_log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True, slots=True)
class Expired:
    """How many rows of each table were deleted."""

    runs: int
    traces: int
    contents: int
    breaker_events: int = 0
    responses: int = 0
    audit: int = 0


async def expire(database: Database, retention: Retention, now_s: float) -> Expired:
    """Delete what is older than its table's days; breakers' moves are kept as long as runs.

    A trace or content never outlives its run. Raises StoreError.
    """
    contents = await _expire(database, "expire_contents", _shorter(retention.contents_days, retention.runs_days), now_s)
    traces = await _expire(database, "expire_traces", _shorter(retention.traces_days, retention.runs_days), now_s)
    spending = Spending(database)
    await spending.roll_up(now_s)
    added_up_us = await spending.rolled_up_until_us()  # of a day that is not, every run still counts in budgets
    await _expire(database, "expire_run_costs", retention.runs_days, now_s, at_most_us=added_up_us)
    runs = await _expire(database, "expire_runs", retention.runs_days, now_s, at_most_us=added_up_us)
    await _expire(database, "expire_later_verdicts", retention.runs_days, now_s)
    moves = await _expire(database, "expire_breaker_events", retention.runs_days, now_s)
    await _expire(database, "expire_response_items", 0, now_s)  # each says itself until when it is kept
    responses = await _expire(database, "expire_responses", 0, now_s)
    acts = await AuditLog(database, _Moment(now_s)).expire(retention.audit_days)
    return Expired(runs=runs, traces=traces, contents=contents, breaker_events=moves, responses=responses, audit=acts)


class _Moment:
    """A clock that stands where rows are told old from new."""

    def __init__(self, now_s: float) -> None:
        self._now_s = now_s

    def now_s(self) -> float:
        """That moment."""
        return self._now_s

    def monotonic_s(self) -> float:
        """That moment."""
        return self._now_s


async def keep_retention(
    database: Database,
    clock: Clock,
    retention: Callable[[], Retention],
    *,
    mine: Callable[[], bool] = lambda: True,
    every_s: float = EVERY_S,
) -> None:
    """Expire now and then every `every_s`, by the policy that is then in force, until cancelled.

    `mine` says whether it is this process's to do: of those that share a store one is enough. A clock that is wrong at a start, or is set
    later, deletes nothing: it is given time to be right.
    """
    leaps = Leaps(clock)
    await asyncio.sleep(min(_CLOCK_SETTLES_S, every_s))
    while True:
        leapt_s = leaps.since_last_s()
        if abs(leapt_s) > _LEAP_S:
            _log.warning("wall time has leapt: nothing is deleted this time", by_hours=round(leapt_s / 3_600))
        if not mine() or abs(leapt_s) > _LEAP_S:
            await asyncio.sleep(every_s)
            continue
        try:
            done = await expire(database, retention(), clock.now_s())
        except StoreError as error:
            _log.warning("retention has to wait", cause=str(error))
        except Exception:  # noqa: BLE001 - a fault of ours: who expires no more keeps what was to be forgotten
            _log.exception("nothing expires, by a fault of this program")
        else:
            if done != Expired(runs=0, traces=0, contents=0):
                _log.info("expired", **asdict(done))
        await asyncio.sleep(every_s)


async def _expire(
    database: Database, statement: str, days: int | None, now_s: float, *, at_most_us: int | None = None
) -> int:
    if days is None:
        return 0
    before_us = int(now_s * 1e6) - days * _DAY_US
    if at_most_us is not None:
        before_us = min(before_us, at_most_us)
    bound, deleted = {"before": before_us, "count": _CHUNK_ROWS}, 0
    while True:
        async with database.writing() as connection:
            count = (await connection.execute(STATEMENTS[statement], bound)).rowcount
        deleted += count
        if count < _CHUNK_ROWS:
            return deleted
        await asyncio.sleep(_PAUSE_S)


def _shorter(days: int | None, other: int | None) -> int | None:
    known = [each for each in (days, other) if each is not None]
    return min(known, default=None)
