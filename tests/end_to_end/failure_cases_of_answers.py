"""The failure table, continued: what takes too long, answers that are none, and limits of our own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from end_to_end.failure_policy import POOR
from end_to_end.failure_rows import (
    COUNTED,
    ESTIMATED,
    FREE,
    OTHER,
    STANDARD,
    THINKING,
    TOLD,
    Case,
    Dialect,
    Seen,
    Table,
    Vendor,
)

_EFFORT = {"effort": "high"}
_SILENT = "slow_first_token;s=600"
#: Models that think as hard as they are told, up to their cap.
_REASONER = {"openai": "simopen/sim-reasoner", "anthropic": "simthropic/sim-opus"}


def times(dialect: Dialect, stream: bool) -> Iterator[Case]:
    """An answer that takes too long."""
    table = Table("times", dialect, stream)
    silent, second = Vendor(model=STANDARD[dialect], fault=_SILENT), Vendor(model=STANDARD[OTHER[dialect]])
    late = Seen(
        "200, the second's answer",
        "`fallback`",
        "`fallback: late_start`, first → second",
        "first `late_start` → second answers",
        FREE,
    )
    if stream:
        yield table.case(
            "no word within `first_token_timeout`", late, silent, second, settings={"first_token_timeout": "2s"}
        )
        yield table.case("no word within `slow_after` times the usual", late, silent, second, healthy=20)
        yield table.case(
            "no word within `first_token_timeout`, and nobody else to ask",
            Seen("504 `upstream_error`, code `late_start`", "`failure`: `late_start`", "", "first `late_start`", FREE),
            silent,
            settings={"first_token_timeout": "2s"},
        )
    yield table.case(
        "an answer slower than its deployment's usual, with `hedge_after`",
        Seen("200, the second's answer", "`success`", "", "first `outrun` → hedge: second answers", FREE),
        silent,
        second,
        healthy=20,
        settings={"hedge_after": 1},
    )
    yield from _slow(table, dialect, stream)
    yield table.case(
        "no word, and the lane's `timeout` comes near",
        late,
        silent,
        second,
        settings={"timeout": "3s"},
    )
    yield table.case(
        "the lane's `timeout` is over",
        Seen("504 `upstream_error`, code `deadline`", "`failure`: `deadline`", "", "first `deadline`", FREE),
        silent,
        settings={"timeout": "2s"},
    )
    if stream:
        yield table.case(
            "the lane's `timeout` is over in the middle of an answer",
            Seen(
                "200, its first words, then an error event, code `deadline`",
                "`failure`: `deadline`",
                "",
                "first `deadline`",
                ESTIMATED,
            ),
            Vendor(model=STANDARD[dialect], fault="stall;after=3;s=600"),
            second,
            settings={"timeout": "2s"},
        )


def _slow(table: Table, dialect: Dialect, stream: bool) -> Iterator[Case]:
    fast = Vendor(model=STANDARD[dialect])
    settings = {"effort": "low", "heartbeat_after": "1s"}
    where = " (last comment)" if stream else ""
    marked = f"`degraded: slow`, lane → fast lane{where}"
    yield table.case(
        "silence for `slow_after` times the lane's usual; a fast lane is ready",
        Seen(
            ("200, heartbeats, then " if stream else "200, ") + "the fast lane's answer",
            "`fallback`",
            marked,
            "first `slow` → fast lane answers",
            FREE,
        ),
        Vendor(model=THINKING[dialect], fault=_SILENT),
        fast=fast,
        healthy=20,
        settings=settings,
    )
    if not stream:
        return
    yield table.case(
        "thinking that shows, for `slow_after` times the lane's usual; a fast lane is ready",
        Seen(
            "200, heartbeats, then thinking, then the fast lane's answer",
            "`fallback`",
            marked,
            "first `slow` → fast lane answers",
            ESTIMATED,
        ),
        Vendor(model=THINKING[dialect], fault="stall;after=20;s=600"),
        fast=fast,
        healthy=20,
        settings=settings,
    )
    yield table.case(
        "words of the answer, slowly, for longer than that",
        Seen("200, the first's answer", "`success`", "", "first answers", ""),
        Vendor(model=STANDARD[dialect], fault="slow_tokens;after=3;s=0.06"),
        fast=fast,
        healthy=20,
    )


def answers(dialect: Dialect, stream: bool) -> Iterator[Case]:
    """Answers that came whole, and are none."""
    table = Table("answers", dialect, stream)
    second = Vendor(model=STANDARD[OTHER[dialect]])
    thinker = Vendor(model=_REASONER[dialect])
    shown = "thinking, then " if stream and dialect == "anthropic" else ""
    yield table.case(
        "`length`: thinking used up the lane's cap",
        Seen(
            f"200, {shown}the first's answer",
            "`success`",
            "",
            "first `length` → with a larger cap: first answers",
            TOLD,
        ),
        thinker,
        second,
        settings=_EFFORT | {"max_output_tokens": 2_000},
    )
    yield table.case(
        "`length`: thinking used up the caller's cap",
        Seen(
            f"200, {shown}the first's answer",
            "`success`",
            "",
            "first `length` → with less effort: first answers",
            TOLD,
        ),
        thinker,
        second,
        settings=_EFFORT,
        request={"max_completion_tokens": 2_000},
    )
    yield table.case(
        "`length`: thinking uses up the larger cap too",
        Seen(
            f"200, {shown}an empty answer, finish `length`",
            "`success`",
            "",
            "first `length` → with a larger cap: first `length`",
            TOLD,
        ),
        thinker,
        second,
        settings=_EFFORT | {"max_output_tokens": 300},
    )
    yield from _nothing_to_widen(table, dialect)


def _nothing_to_widen(table: Table, dialect: Dialect) -> Iterator[Case]:
    second = Vendor(model=STANDARD[OTHER[dialect]])
    yield table.case(
        "`length`: the answer itself is longer than the cap",
        Seen("200, the first's words, finish `length`", "`success`", "", "first `length`", ""),
        Vendor(model=STANDARD[dialect], fault="length"),
        second,
    )
    yield table.case(
        "an empty answer, once",
        Seen("200, the first's answer", "`success`", "", "first says nothing → first answers", TOLD),
        Vendor(model=COUNTED[dialect], counted={"kind": "empty", "times": 1}),
        second,
    )
    yield table.case(
        "an empty answer, and again",
        Seen("200, an empty answer", "`success`", "", "first says nothing → first answers", TOLD),
        Vendor(model=STANDARD[dialect], fault="empty"),
        second,
    )
    said = "an empty answer" if dialect == "openai" else "the first's words"
    yield table.case(
        "the vendor's content filter stops the answer",
        Seen(
            f"200, {said}, finish `content_filter`",
            "`refused` by `vendor_content_filter`",
            "",
            "first `content_filter`",
            "",
        ),
        Vendor(model=STANDARD[dialect], fault="refusal"),
        second,
    )


def ours(dialect: Dialect, stream: bool) -> Iterator[Case]:
    """Limits of our own, and callers that leave."""
    table = Table("ours", dialect, stream)
    first, second = Vendor(model=STANDARD[dialect]), Vendor(model=STANDARD[OTHER[dialect]])
    yield table.case(
        "the tenant's whole budget would not hold the call",
        Seen("429 `rate_limit_error`, code `tenant.daily`", "`refused` by `tenant.daily`", "", "nobody", ""),
        first,
        second,
        tenant=POOR,
    )
    yield table.case(
        "the lane's `max_cost` does not hold the call",
        Seen("429 `rate_limit_error`, code `max_cost`", "`refused` by `max_cost`", "", "nobody", ""),
        first,
        second,
        settings={"max_cost": "$0.000001"},
    )
    gone = Seen("nothing: it has left", "`cancelled`: `cancelled`", "", "first `cancelled`", FREE)
    yield table.case(
        "the caller leaves before the first word", gone, replace(first, fault=_SILENT), second, leaves="waiting"
    )
    if stream:
        yield table.case(
            "the caller leaves in the middle of the answer",
            gone._replace(cost=ESTIMATED),
            replace(first, fault="stall;after=3;s=600"),
            second,
            leaves="reading",
        )
