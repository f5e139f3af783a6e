"""The failure table, continued: whole lanes that fail, and what is passed over or waited for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from end_to_end.failure_rows import (
    COUNTED,
    NOTHING,
    OTHER,
    STANDARD,
    THINKING,
    Case,
    Dialect,
    Seen,
    Table,
    Vendor,
)

_SOON, _LATER = "status;code=529;retry_after=20", "status;code=503;retry_after=40"
_OPENS = {"breaker": {"min_calls": 3, "open_for": "30s"}}
_CAN_WAIT: dict[str, Any] = {"extra_body": {"lanewise": {"latency": "can_wait"}}}
_EFFORT = {"effort": "high"}
_OVER = "`fallback: overloaded`, first → second"
_BOTH = "first `overloaded` → second `overloaded`"


def _down(dialect: Dialect) -> tuple[Vendor, Vendor]:
    """Two that think, and are down."""
    return Vendor(model=THINKING[dialect], fault=_SOON), Vendor(model=THINKING[OTHER[dialect]], fault=_LATER)


def lanes(dialect: Dialect, stream: bool) -> Iterator[Case]:
    """Everybody of a lane fails, or is left alone because it has."""
    table = Table("lanes", dialect, stream)
    first, second = _down(dialect)
    fast = Vendor(model=STANDARD[dialect])
    yield table.case(
        "every reasoning deployment is down; a fast lane is not",
        Seen(
            "200, the fast lane's answer",
            "`fallback`",
            f"{_OVER}; `degraded: overloaded`, lane → fast lane",
            f"{_BOTH} → fast lane answers",
            NOTHING,
        ),
        first,
        second,
        fast=fast,
        settings=_EFFORT,
    )
    yield table.case(
        "every reasoning deployment rests, its breaker open; a fast lane is ready",
        Seen(
            "200, the fast lane's answer",
            "`fallback`",
            "`degraded: resting`, lane → fast lane",
            "fast lane answers",
            "",
        ),
        first,
        second,
        fast=fast,
        settings=_EFFORT | _OPENS,
        before=3,
    )
    yield from _nobody_answers(table, dialect)
    yield _one_for_good(table, dialect)
    yield from _passed_over(table, dialect)
    yield from _waiting(table, dialect)


def _nobody_answers(table: Table, dialect: Dialect) -> Iterator[Case]:
    first, second = _down(dialect)
    code = {"openai": "api_error", "anthropic": "service_unavailable"}[dialect]  # the second's, of the other dialect
    told = f"503 `upstream_error`, code `{code}`, `Retry-After: 20`"
    yield table.case(
        "every reasoning deployment is down, and the fast lane too",
        Seen(
            told,
            "`failure`: `overloaded`",
            f"{_OVER}; `degraded: overloaded`, lane → fast lane",
            f"{_BOTH} → fast lane `overloaded`",
            NOTHING,
        ),
        first,
        second,
        fast=Vendor(model=STANDARD[dialect], fault=_LATER),
        settings=_EFFORT,
    )
    yield table.case(
        "everybody is down, and says for how long",
        Seen(told, "`failure`: `overloaded`", _OVER, _BOTH, NOTHING),
        first,
        second,
    )
    yield table.case(
        "everybody rests, their breakers open",
        Seen("503 `upstream_error`, code `resting`, `Retry-After`", "`failure`: `resting`", "", "nobody", ""),
        first,
        second,
        settings=_OPENS,
        before=3,
        retry_after=(1, 30),
    )


def _passed_over(table: Table, dialect: Dialect) -> Iterator[Case]:
    second = Vendor(model=STANDARD[OTHER[dialect]])
    rests = Seen("200, the second's answer", "`fallback`", "`fallback: resting`, first → second", "second answers", "")
    yield table.case(
        "the first rests, its breaker open",
        rests,
        Vendor(model=STANDARD[dialect], fault=_SOON),
        second,
        settings=_OPENS,
        before=3,
    )
    yield table.case(
        "the first said 429 with `Retry-After: 30` a moment ago",
        rests,
        Vendor(model=STANDARD[dialect], fault="status;code=429;retry_after=30"),
        second,
        before=1,
    )


def _one_for_good(table: Table, dialect: Dialect) -> Case:
    code = {"openai": "overloaded", "anthropic": "overloaded_error"}[dialect]
    return table.case(
        "the first is overloaded, the second refuses the account",
        Seen(
            f"503 `upstream_error`, code `{code}`, `Retry-After: 1`",
            "`failure`: `overloaded`",
            "`fallback: overloaded`, first → second; `fallback: vendor_access`, second → first",
            "first `overloaded` → second `vendor_access` → first `overloaded` (2 times)",
            NOTHING,
        ),
        Vendor(model=STANDARD[dialect], fault="status;code=529"),
        Vendor(model=STANDARD[OTHER[dialect]], fault="status;code=401"),
    )


def _waiting(table: Table, dialect: Dialect) -> Iterator[Case]:
    code = {"openai": "service_unavailable", "anthropic": "api_error"}[dialect]
    fails: dict[str, Any] = {"kind": "status", "code": 529}
    yield table.case(
        "the only deployment is down for a moment",
        Seen("200, the first's answer", "`success`", "", "first `overloaded` → first answers", NOTHING),
        Vendor(model=COUNTED[dialect], counted=fails | {"times": 1}),
    )
    yield table.case(
        "everybody is down for longer, and the caller `can_wait`",
        Seen(
            "200, the first's answer",
            "`success`",
            "",
            "first `overloaded` (3 times) → after a wait: first answers",
            NOTHING,
        ),
        Vendor(model=COUNTED[dialect], counted=fails | {"times": 3}),
        request=_CAN_WAIT,
    )
    yield table.case(
        "everybody is down for longer than `limits.max_wait`, and the caller `can_wait`",
        Seen(
            f"503 `upstream_error`, code `{code}`, `Retry-After: 90`",
            "`failure`: `overloaded`",
            "",
            "first `overloaded`",
            NOTHING,
        ),
        Vendor(model=STANDARD[dialect], fault="status;code=503;retry_after=90"),
        request=_CAN_WAIT,
    )
