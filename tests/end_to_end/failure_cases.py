"""The failure table: what goes wrong at one deployment, and what must be seen of it. The rest is in the two files beside it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from end_to_end.failure_cases_of_answers import answers, ours, times
from end_to_end.failure_cases_of_checks import checks
from end_to_end.failure_cases_of_lanes import lanes
from end_to_end.failure_rows import (
    ESTIMATED,
    FREE,
    NOTHING,
    OTHER,
    SHAPES,
    STANDARD,
    THINKING,
    Case,
    Dialect,
    Seen,
    Vendor,
    each,
)

SILENT = {"idle_timeout": "2s"}
_UNTOLD = 'headers={"retry-after":"","retry-after-ms":""}'
_FILTERED = (
    'body={"error":{"message":"The prompt was filtered","type":"invalid_request_error","code":"content_filter"}}'
)


class Early(NamedTuple):
    """What goes wrong before the first word, and what a caller is told where nobody else can answer."""

    fault: str
    does: str  # the simulator's word for it
    kind: str  # the failure's name in the ledger
    codes: tuple[str, str] | None = None  # told by the openai dialect and by anthropic's; None: the failure's name
    status: int = 503
    type: str = "upstream_error"
    retry_after: str = "1"  # nothing: it is not told
    asked: int = 3  # how often, where nobody stands behind it
    cost: tuple[str, str] = (NOTHING, NOTHING)  # of each failed call, streamed and whole


EARLY = (
    Early("500", "status;code=500", "server_error", ("server_error", "api_error")),
    Early("502", "status;code=502", "server_error", ("server_error", "api_error")),
    Early("503", "status;code=503", "overloaded", ("service_unavailable", "api_error")),
    Early("529, overloaded", "status;code=529", "overloaded", ("overloaded", "overloaded_error")),
    Early(
        "503 with `Retry-After: 40`",
        "status;code=503;retry_after=40",
        "overloaded",
        ("service_unavailable", "api_error"),
        retry_after="40",
        asked=1,
    ),
    Early(
        "429 with `Retry-After: 30`",
        "status;code=429;retry_after=30",
        "rate_limited",
        ("rate_limit_exceeded", "rate_limit_error"),
        429,
        "rate_limit_error",
        retry_after="30",
        asked=1,
    ),
    Early(
        "429 without `Retry-After`",
        f"status;code=429;{_UNTOLD}",
        "rate_limited",
        ("rate_limit_exceeded", "rate_limit_error"),
        429,
        "rate_limit_error",
        retry_after="",
    ),
    Early("connection refused", "nowhere", "unreachable"),
    Early("connection reset before an answer", "reset", "connection_lost"),
    Early("connection reset after the headers", "reset_mid;after=0", "connection_lost", cost=(FREE, ESTIMATED)),
    Early("connection closed in the middle of a chunk", "truncate;after=0", "connection_lost", cost=(FREE, ESTIMATED)),
    Early("a clean end before the first word, or within a body", "cut;after=0", "cut_stream", cost=(FREE, ESTIMATED)),
    Early("a malformed chunk, or body", "malformed;after=0", "malformed", cost=(ESTIMATED, ESTIMATED)),
    Early("an error event, or body", "error_event;after=0;code=500", "server_error", ("server_error", "api_error")),
    Early(
        "silence for longer than `idle_timeout`",
        "stall;after=0;s=600",
        "idle_timeout",
        status=504,
        retry_after="",
        cost=(FREE, ESTIMATED),
    ),
    Early(
        "401, the account is refused",
        "status;code=401",
        "vendor_access",
        ("invalid_api_key", "authentication_error"),
        502,
        retry_after="",
        asked=1,
    ),
    Early(
        "403, the account is refused",
        "status;code=403",
        "vendor_access",
        ("unsupported_country_region_territory", "permission_error"),
        502,
        retry_after="",
        asked=1,
    ),
)
#: Nobody else is asked: the fault is the caller's, or the refusal is an answer.
FINAL = (
    Early(
        "400, the request is wrong",
        "status;code=400",
        "bad_request",
        ("invalid_request_error", "invalid_request_error"),
        400,
        "invalid_request_error",
        retry_after="",
        asked=1,
    ),
    Early(
        "400, the content filter",
        f"status;code=400;{_FILTERED}",
        "content_filter",
        ("content_filter", "content_filter"),
        400,
        "invalid_request_error",
        retry_after="",
        asked=1,
    ),
)


def early(dialect: Dialect, stream: bool) -> Iterator[Case]:
    """One deployment that fails: with another vendor's behind it, and alone."""
    for wrong in (*EARLY, *FINAL):
        first = Vendor(model=STANDARD[dialect], fault=wrong.does, nowhere=wrong.does == "nowhere")
        second = Vendor(model=STANDARD[OTHER[dialect]])
        alone = Case(
            table="alone",
            fault=wrong.fault,
            dialect=dialect,
            stream=stream,
            vendors=(first,),
            settings=SILENT if wrong.kind == "idle_timeout" else {},
            expect=told(wrong, dialect, stream),
        )
        yield alone
        if wrong in EARLY:
            yield replace(alone, table="behind", vendors=(first, second), expect=taken_over(wrong, dialect, stream))
        else:
            yield replace(alone, table="behind", vendors=(first, second))


def kind_and_cost(wrong: Early, dialect: Dialect, stream: bool) -> tuple[str, str]:
    kind, cost = wrong.kind, wrong.cost[0 if stream else 1]
    if kind == "cut_stream" and not stream:
        kind = "malformed"  # half a body is no JSON
    if wrong.does.startswith("error_event") and (dialect, stream) == ("anthropic", True):
        cost = FREE  # it has told its input before
    return kind, cost


def taken_over(wrong: Early, dialect: Dialect, stream: bool) -> Seen:
    kind, cost = kind_and_cost(wrong, dialect, stream)
    return Seen(
        sees="200, the second's answer",
        outcome="`fallback`",
        marked=f"`fallback: {kind}`, first → second",
        calls=f"first `{kind}` → second answers",
        cost=cost,
    )


def told(wrong: Early, dialect: Dialect, stream: bool) -> Seen:
    kind, cost = kind_and_cost(wrong, dialect, stream)
    code = kind if wrong.codes is None else wrong.codes[dialect == "anthropic"]
    later = f", `Retry-After: {wrong.retry_after}`" if wrong.retry_after else ""
    return Seen(
        sees=f"{wrong.status} `{wrong.type}`, code `{code}`{later}",
        outcome="`refused` by `vendor_content_filter`" if kind == "content_filter" else f"`failure`: `{kind}`",
        marked="",
        calls=f"first `{kind}`" + (f" ({wrong.asked} times)" if wrong.asked > 1 else ""),
        cost=cost,
    )


class Late(NamedTuple):
    """What goes wrong after the first words of a stream."""

    fault: str
    does: str
    kind: str
    codes: tuple[str, str] | None = None


LATE = (
    Late("connection reset", "reset_mid", "connection_lost"),
    Late("connection closed in the middle of a chunk", "truncate", "connection_lost"),
    Late("a clean end without the terminal event", "cut", "cut_stream"),
    Late("a malformed chunk", "malformed", "malformed"),
    Late("an error event", "error_event;code=500", "server_error", ("server_error", "api_error")),
    Late("silence for longer than `idle_timeout`", "stall;s=600", "idle_timeout"),
)


def late(dialect: Dialect, stream: bool) -> Iterator[Case]:
    """A stream that has begun; another vendor stands behind it."""
    if not stream:
        return
    second = Vendor(model=STANDARD[OTHER[dialect]])
    for wrong in LATE:
        silent = wrong.kind == "idle_timeout"
        # A reset may overtake words that were not read yet, so those come a second before it.
        first = Vendor(model=STANDARD[dialect], fault=f"{wrong.does};after={3 if silent else 80}", paced=not silent)
        code = wrong.kind if wrong.codes is None else wrong.codes[dialect == "anthropic"]
        yield Case(
            table="begun",
            fault=f"{wrong.fault}, after words of the answer",
            dialect=dialect,
            stream=True,
            vendors=(first, second),
            settings=SILENT if silent else {},
            expect=Seen(
                sees=f"200, its first words, then an error event, code `{code}`",
                outcome=f"`failure`: `{wrong.kind}`",
                marked="",
                calls=f"first `{wrong.kind}`",
                cost=ESTIMATED,
            ),
        )
    yield Case(
        table="begun",
        fault="a clean end without the terminal event, after thinking that shows",
        dialect=dialect,
        stream=True,
        vendors=(Vendor(model=THINKING[dialect], fault="cut;after=80"), second),
        settings={"effort": "high"},
        expect=Seen(
            sees="200, thinking, then the second's answer",
            outcome="`fallback`",
            marked="`fallback: cut_stream`, first → second (last comment)",
            calls="first `cut_stream` → second answers",
            cost=ESTIMATED,
        ),
    )


def numbered(cases: list[Case]) -> tuple[Case, ...]:
    """Each with a key of its own, by which its lane, its deployments and its requests are called."""
    return tuple(replace(case, key=f"r{place}") for place, case in enumerate(cases))


CASES = numbered([*each(early), *each(late), *each(lanes), *each(times), *each(answers), *each(checks), *each(ours)])
TITLES = {case.key: f"{case.table}: {case.fault}, {case.dialect}, {SHAPES[case.stream]}" for case in CASES}
