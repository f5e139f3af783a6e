"""What a caller is told about its run beside the answer: headers, and the key `lanewise`."""

from __future__ import annotations

from functools import lru_cache

import msgspec

from lanewise.core.events import Degraded
from lanewise.core.money import NANOUSD_PER_USD
from lanewise.core.plan import Timing
from lanewise.core.record import CallRecord, Recalled, RunRecord
from lanewise.core.refusal import Refusal
from lanewise.core.similar import Similarity
from lanewise.server.asgi import Headers


class Expected(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How long a call of the lane usually takes, measured on the latest ones, in seconds."""

    p50_s: float
    p95_s: float
    first_token_p95_s: float | None = None


class ToldCache(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where an answer came from that was given before."""

    kind: str
    run: str  # that paid for it
    age_s: float
    saved_usd: float
    similarity: Similarity | None = None  # where it was given to another question


class Told(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The value of the key `lanewise` in an answer, and of the comment at the end of a stream."""

    run: str
    lane: str
    deployment: str
    model: str
    instead_of: str = ""
    outcome: str
    verdict: str
    verdict_kind: str = ""
    attempts: int = 1  # answers that were made, of which this is one
    escalated: bool = False
    confidence: float | None = None  # in the first lane's answer; not calibrated
    changed: tuple[str, ...] = ()  # what of the answer had to be mended to pass
    verifiers_down: tuple[str, ...] = ()  # that gave no verdict on this answer; their stand-ins did, or nobody
    reason: str
    calls: int
    cost_usd: float
    cost_nanousd: int
    latency_ms: float
    estimated: bool = False
    unpriced_calls: int = 0
    degraded: tuple[Degraded, ...] = ()
    dropped: tuple[str, ...] = ()
    waited_ms: float | None = None
    note: str = ""
    hedged: int = 0  # calls made because another one was slow
    refusal: Refusal | None = None
    expected: Expected | None = None
    cache: ToldCache | None = None
    limits: str = ""  # `alone` where this process holds its share of the caller's limits by itself


def told(record: RunRecord, expected: Timing | None = None, limits: str = "") -> bytes:
    """The run as JSON for its caller; `expected` is how long its lane usually takes, where that is known, `limits` how they stand."""
    call, trace = record.answered_by, record.trace
    checks = trace.checks and [check for check in trace.checks if f"{check.lane}/{check.of}call-" == trace.answer]
    of_run = Told(
        run=record.run_id,
        lane=record.lane,
        deployment=record.deployment,
        model=record.served_model,
        outcome=record.outcome,
        verdict=record.verdict,
        verdict_kind=record.verdict_kind,
        attempts=record.attempts,
        reason=record.reason,
        calls=record.calls,
        cost_usd=record.cost_nanousd / NANOUSD_PER_USD,
        cost_nanousd=record.cost_nanousd,
        latency_ms=record.latency_us / 1000,
        expected=None if expected is None else expected_of(expected),
        limits=limits,
    )
    whole = msgspec.structs.replace(
        of_run,
        instead_of=call.model if call is not None and call.another_model else "",
        escalated=record.escalated,
        confidence=None if trace.confidence is None else round(trace.confidence, 3),
        changed=() if not checks else tuple(change for check in checks for change in check.changed),
        verifiers_down=() if not checks else tuple(check.verifier for check in checks if check.verdict == "down"),
        estimated=record.estimated,
        unpriced_calls=record.unpriced_calls,
        degraded=trace.degraded,
        dropped=_dropped(trace.recalled, call),
        waited_ms=record.waited_us / 1000 if record.waited_us else None,
        note=trace.note,
        hedged=0 if record.calls < 2 else sum(call.reason == "hedge" for call in trace.calls),
        refusal=trace.refusal,
        cache=None if trace.recalled is None else _cache_of(trace.recalled),
    )
    return msgspec.json.encode(whole)


def _dropped(recalled: Recalled | None, call: CallRecord | None) -> tuple[str, ...]:
    if recalled is not None:
        return recalled.dropped
    return () if call is None else call.dropped


def _cache_of(recalled: Recalled) -> ToldCache:
    return ToldCache(
        kind=recalled.kind,
        run=recalled.run_id,
        age_s=round(recalled.age_us / 1e6, 1),
        saved_usd=recalled.saved_nanousd / NANOUSD_PER_USD,
        similarity=recalled.similarity,
    )


def headers(record: RunRecord, expected: Timing | None = None, cache: str = "") -> Headers:
    """The answer's headers; `cache` is whether it was found there, where there is one."""
    calls = record.trace.calls
    upstream_us = calls[0].latency_us if len(calls) == 1 else sum([call.latency_us for call in calls])
    sent = [
        (b"x-lanewise-run", record.run_id.encode()),
        (b"x-lanewise-lane", record.lane.encode()),
        (b"x-lanewise-verdict", record.verdict.encode()),
        (b"x-lanewise-cost", b"%d.%09d" % divmod(record.cost_nanousd, NANOUSD_PER_USD)),
        (
            b"server-timing",
            b"total;dur=%d.%03d, upstream;dur=%d.%03d" % (*divmod(record.latency_us, 1000), *divmod(upstream_us, 1000)),
        ),
    ]
    if record.trace.degraded:
        sent.append((b"x-lanewise-degraded", degraded_header(record.trace.degraded)))
    if expected is not None:
        sent.append((b"x-lanewise-expected", expected_header(expected)))
    if cache:
        sent.append((b"x-lanewise-cache", cache.encode()))
    return sent


@lru_cache(maxsize=256)  # the same value for many answers, and rounding costs more than the rest of them
def expected_of(timing: Timing) -> Expected:
    """The part of a timing that callers are told: what it costs others is not theirs to know."""
    return Expected(
        p50_s=round(timing.p50_s, 3),
        p95_s=round(timing.p95_s, 3),
        first_token_p95_s=None if timing.first_token_p95_s is None else round(timing.first_token_p95_s, 3),
    )


@lru_cache(maxsize=256)
def expected_header(timing: Timing) -> bytes:
    """How long the lane usually takes, as `p50=12.0s, p95=41.0s`."""
    return f"p50={short(timing.p50_s)}s, p95={short(timing.p95_s)}s".encode()


def short(number_s: float) -> str:
    """Seconds with as many digits as mean something."""
    return f"{number_s:.1f}" if number_s >= 1 else f"{number_s:.2f}"


def degraded_header(degraded: tuple[Degraded, ...] | list[Degraded]) -> bytes:
    """Every downgrade as `reason; from=a; to=b`, separated by commas."""
    return ", ".join(f"{each.reason}; from={each.from_}; to={each.to}" for each in degraded).encode(
        "latin-1", "replace"
    )
