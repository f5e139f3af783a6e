"""What a caller is told about its run beside the answer: headers, and the key `lanewise`."""

from __future__ import annotations

import msgspec

from lanewise.core.events import Degraded
from lanewise.core.money import NANOUSD_PER_USD
from lanewise.core.record import RunRecord
from lanewise.server.asgi import Headers


class Told(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The value of the key `lanewise` in an answer, and of the comment at the end of a stream."""

    run: str
    lane: str
    deployment: str
    model: str
    instead_of: str = ""
    outcome: str
    verdict: str
    reason: str
    calls: int
    cost_usd: float
    cost_nanousd: int
    latency_ms: float
    estimated: bool = False
    unpriced_calls: int = 0
    degraded: tuple[Degraded, ...] = ()
    dropped: tuple[str, ...] = ()


def told(record: RunRecord) -> bytes:
    """The run as JSON for its caller."""
    calls = record.trace.calls
    return msgspec.json.encode(
        Told(
            run=record.run_id,
            lane=record.lane,
            deployment=record.deployment,
            model=record.served_model,
            instead_of=calls[-1].model if calls and calls[-1].another_model else "",
            outcome=record.outcome,
            verdict=record.verdict,
            reason=record.reason,
            calls=record.calls,
            cost_usd=record.cost_nanousd / NANOUSD_PER_USD,
            cost_nanousd=record.cost_nanousd,
            latency_ms=record.latency_us / 1000,
            estimated=record.estimated,
            unpriced_calls=record.unpriced_calls,
            degraded=record.trace.degraded,
            dropped=calls[-1].dropped if calls else (),
        )
    )


def headers(record: RunRecord) -> Headers:
    """The answer's headers."""
    upstream_us = sum(call.latency_us for call in record.trace.calls)
    sent = [
        (b"x-lanewise-run", record.run_id.encode()),
        (b"x-lanewise-lane", record.lane.encode()),
        (b"x-lanewise-verdict", record.verdict.encode()),
        (b"x-lanewise-cost", b"%.9f" % (record.cost_nanousd / NANOUSD_PER_USD)),
        (
            b"server-timing",
            b"total;dur=%.3f, upstream;dur=%.3f" % (record.latency_us / 1000, upstream_us / 1000),
        ),
    ]
    if record.trace.degraded:
        sent.append((b"x-lanewise-degraded", degraded_header(record.trace.degraded)))
    return sent


def degraded_header(degraded: tuple[Degraded, ...] | list[Degraded]) -> bytes:
    """Every downgrade as `reason; from=a; to=b`, separated by commas."""
    return ", ".join(f"{each.reason}; from={each.from_}; to={each.to}" for each in degraded).encode(
        "latin-1", "replace"
    )
