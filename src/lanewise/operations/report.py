"""What each lane answered, how fast and at what cost. There is no average over lanes: one number for all hides the lane that hurts.

What went wrong on the way is counted in `troubles`, from traces; how long breakers were open in `breaker_times`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from lanewise.core.similar import SimilarStanding
from lanewise.core.usage import Cost
from lanewise.operations.breaker_times import BreakerTime, breaker_times
from lanewise.operations.checks_told import Climbing, Rescue, VerifierWeek, checks_since
from lanewise.operations.similar_stats import similar_stats
from lanewise.operations.troubles import (
    ClassifierCalls,
    DegradationCount,
    EarlyStops,
    ExtraCalls,
    FailureCount,
    Outrun,
    RepeatCount,
    troubles_since,
)
from lanewise.operations.verified import EvidenceError, Verified, evidence_error, verified
from lanewise.stores.database import Database
from lanewise.stores.statements import STATEMENTS


@dataclass(frozen=True, kw_only=True, slots=True)
class Percentiles:
    """Exact, by nearest rank; None where nothing was measured."""

    p50_us: int | None = None
    p95_us: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class LaneReport:
    """One lane's traffic. Shares are of all lanes in the report, 0 to 1."""

    lane: str  # empty: refused before a lane was chosen
    requests: int
    request_share: float
    calls: int
    time_us: int
    time_share: float
    latency: Percentiles  # without runs that were refused or that the caller left
    first_token: Percentiles
    input_tokens: int
    reasoning_tokens: int
    answer_tokens: int
    thinking_ratio: float | None  # thinking tokens per answer token; None where nothing was answered
    cost_nanousd: int
    cost_share: float
    cost: Cost
    outcomes: dict[str, int]
    fallbacks: int
    degraded: int
    unpriced_calls: int
    estimated: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Waits:
    """Runs that waited until a vendor was back."""

    runs: int
    answered: int
    time_us: int
    longest_us: int


@dataclass(frozen=True, kw_only=True, slots=True)
class GivenAgain:
    """Runs that were given an earlier answer, and what it had cost."""

    runs: int = 0
    saved_nanousd: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """Everything since a moment, for one tenant or all."""

    since_us: int
    tenant: str | None
    requests: int
    time_us: int
    cost_nanousd: int
    lanes: tuple[LaneReport, ...]
    verified: tuple[Verified, ...]
    evidence: EvidenceError
    verifiers: tuple[VerifierWeek, ...]
    rescues: tuple[Rescue, ...]
    climbs: tuple[Climbing, ...]
    failures: tuple[FailureCount, ...]
    repeats: tuple[RepeatCount, ...]
    extra_calls: tuple[ExtraCalls, ...]
    outrun: Outrun
    early_stops: EarlyStops
    verified_stops: EarlyStops
    classifier: ClassifierCalls
    degradations: tuple[DegradationCount, ...]
    waits: Waits
    breakers: tuple[BreakerTime, ...]  # of all tenants: a breaker is nobody's own
    given_again: GivenAgain = GivenAgain()
    similar: tuple[SimilarStanding, ...] = ()  # of all time: what was learned, and what audits tell of it
    missing_traces: int  # runs in trouble whose trace has expired: what is counted from traces lacks theirs


async def report(database: Database, *, since_us: int = 0, tenant: str | None = None) -> Report:
    """Report on runs that began at or after `since_us`. Raises StoreError."""
    bound = {"since": since_us, "tenant": tenant}
    async with database.reading() as connection:
        rows = await _rows(connection, "report_lanes", bound)
        outcomes = await _rows(connection, "report_outcomes", bound)
        latency = _percentiles(await _rows(connection, "report_latency", bound))
        first_token = _percentiles(await _rows(connection, "report_first_token", bound))
        failed_runs = await _rows(connection, "report_failed_runs", bound)
        (waits,) = await _rows(connection, "report_waits", bound)
        (given_again,) = await _rows(connection, "report_given_again", bound)
        verdicts = await _rows(connection, "report_verdicts", bound)
        (evidence,) = await _rows(connection, "report_evidence", bound)
        checks = await checks_since(connection, bound)
        troubles = await troubles_since(connection, bound)
        breakers = await breaker_times(connection, since_us)
    similar = await similar_stats(database, tenant)
    lanes = _lanes(rows, outcomes, latency, first_token)
    return Report(
        since_us=since_us,
        tenant=tenant,
        requests=sum(each.requests for each in lanes),
        time_us=sum(each.time_us for each in lanes),
        cost_nanousd=sum(each.cost_nanousd for each in lanes),
        lanes=tuple(sorted(lanes, key=lambda each: -each.requests)),
        verified=verified(verdicts),
        evidence=evidence_error(evidence),
        verifiers=checks.weeks(),
        rescues=checks.rescues(),
        climbs=checks.climbs(),
        failures=troubles.failures(failed_runs),
        repeats=troubles.repeats(),
        extra_calls=troubles.extra_calls(),
        outrun=troubles.outrun(),
        early_stops=troubles.early_stops(),
        verified_stops=troubles.verified_stops(),
        classifier=troubles.classifier(),
        degradations=troubles.degradations(),
        waits=Waits(**waits),
        given_again=GivenAgain(**given_again),
        similar=similar,
        breakers=breakers,
        missing_traces=troubles.missing_traces,
    )


def _lanes(
    rows: list[dict[str, Any]],
    outcomes: list[dict[str, Any]],
    latency: dict[str, Percentiles],
    first_token: dict[str, Percentiles],
) -> list[LaneReport]:
    requests, time_us = (sum(row[name] for row in rows) for name in ("requests", "time_us"))
    cost_nanousd = sum(_cost(row).total_nanousd for row in rows)
    return [
        LaneReport(
            lane=row["lane"],
            request_share=_share(row["requests"], requests),
            time_share=_share(row["time_us"], time_us),
            latency=latency.get(row["lane"], Percentiles()),
            first_token=first_token.get(row["lane"], Percentiles()),
            thinking_ratio=row["reasoning_tokens"] / row["answer_tokens"] if row["answer_tokens"] else None,
            cost_nanousd=_cost(row).total_nanousd,
            cost_share=_share(_cost(row).total_nanousd, cost_nanousd),
            cost=_cost(row),
            outcomes={each["outcome"]: each["runs"] for each in outcomes if each["lane"] == row["lane"]},
            **{name: row[name] for name in _COUNTS},
        )
        for row in rows
    ]


_COUNTS = (
    "requests",
    "calls",
    "time_us",
    "input_tokens",
    "reasoning_tokens",
    "answer_tokens",
    "fallbacks",
    "degraded",
    "unpriced_calls",
    "estimated",
)


async def _rows(connection: AsyncConnection, name: str, bound: dict[str, Any]) -> list[dict[str, Any]]:
    return [dict(row) for row in (await connection.execute(STATEMENTS[name], bound)).mappings()]


def _percentiles(rows: list[dict[str, Any]]) -> dict[str, Percentiles]:
    return {row["lane"]: Percentiles(p50_us=row["p50_us"], p95_us=row["p95_us"]) for row in rows}


def _cost(row: dict[str, Any]) -> Cost:
    return Cost(**{part: row[f"cost_{part}"] for part in Cost.__struct_fields__})


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
