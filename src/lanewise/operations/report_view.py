"""The report for people: a table for each question, a line for what needs no table."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from lanewise.core.money import format_usd
from lanewise.core.plurals import counted
from lanewise.core.usage import Cost
from lanewise.operations.breaker_times import BreakerTime
from lanewise.operations.render import duration, plain, share, table_of
from lanewise.operations.report import LaneReport, Report
from lanewise.operations.similar_stats import similar_view
from lanewise.operations.troubles import DegradationCount, ExtraCalls, FailureCount, RepeatCount
from lanewise.operations.verified_view import checks_notes, rescues_table, verified_tables, weeks_table


def report_view(report: Report) -> RenderableType:
    """`lanewise report`."""
    since = "the beginning" if report.since_us == 0 else _moment(report.since_us)
    whose = "all tenants" if report.tenant is None else f"tenant {report.tenant}"
    head = plain(
        f"{counted(report.requests, 'request')} of {whose} since {since}: {duration(report.time_us)}, {format_usd(report.cost_nanousd)}"
    )
    if not report.requests:
        return Group(head, plain("Nothing was asked yet."))
    views: list[RenderableType] = [head, *verified_tables(report.verified)]
    views += [*(table(report.lanes) for table in (_traffic, _speed, _money, _marks))]
    details = (
        weeks_table(report.verifiers),
        rescues_table(report.rescues),
        _failures(report.failures),
        _repeats(report.repeats),
        _extra_calls(report.extra_calls),
        _degradations(report.degradations),
        _breakers(report.breakers),
        similar_view(report.similar),
    )
    views += [table for table in details if table.row_count]
    views += [plain(note) for note in checks_notes(report.evidence, report.rescues, report.climbs)]
    views += [plain(note) for note in _notes(report)]
    return Group(*views)


def _traffic(lanes: Sequence[LaneReport]) -> Table:
    table = table_of(
        "Traffic: share of requests, time and cost", "lane", "requests:", "of all:", "of time:", "of cost:", "outcomes"
    )
    for lane in lanes:
        table.add_row(
            _lane(lane.lane),
            f"{lane.requests:,}",
            *(share(part) for part in (lane.request_share, lane.time_share, lane.cost_share)),
            plain(", ".join(f"{outcome} {count:,}" for outcome, count in lane.outcomes.items())),
        )
    return table


def _speed(lanes: Sequence[LaneReport]) -> Table:
    table = table_of(
        "Speed: whole answer, first token, thinking",
        "lane",
        "P50:",
        "P95:",
        "first P50:",
        "first P95:",
        "think/answer:",
    )
    for lane in lanes:
        times = (lane.latency.p50_us, lane.latency.p95_us, lane.first_token.p50_us, lane.first_token.p95_us)
        ratio = "-" if lane.thinking_ratio is None else f"{lane.thinking_ratio:.2f}"
        table.add_row(_lane(lane.lane), *(duration(us) for us in times), ratio)
    return table


def _money(lanes: Sequence[LaneReport]) -> Table:
    has_fees = any(lane.cost.tools for lane in lanes)  # few have any, and a terminal is narrow
    parts = [part for part in Cost.__struct_fields__ if part != "tools" or has_fees]
    table = table_of("Cost by part", "lane", *(f"{part.replace('_', ' ')}:" for part in parts), "total:")
    for lane in lanes:
        costs = [getattr(lane.cost, part) for part in parts]
        table.add_row(_lane(lane.lane), *(format_usd(cost) for cost in costs), format_usd(lane.cost_nanousd))
    return table


def _marks(lanes: Sequence[LaneReport]) -> Table:
    table = table_of("Calls and marks", "lane", "calls:", "fallback:", "degraded:", "unpriced:", "estimated:")
    for lane in lanes:
        counts = (lane.calls, lane.fallbacks, lane.degraded, lane.unpriced_calls, lane.estimated)
        table.add_row(_lane(lane.lane), *(f"{count:,}" for count in counts))
    return table


def _failures(failures: Sequence[FailureCount]) -> Table:
    table = table_of("Failures", "task", "lane", "cause", "failed calls:", "failed runs:")
    for each in failures:
        table.add_row(plain(each.task or "-"), _lane(each.lane), plain(each.cause), f"{each.calls:,}", f"{each.runs:,}")
    return table


def _repeats(repeats: Sequence[RepeatCount]) -> Table:
    table = table_of("Calls made again", "iteration:", "reason", "calls:")
    for each in repeats:
        table.add_row(str(each.iteration), plain(each.reason), f"{each.calls:,}")
    return table


def _extra_calls(extra: Sequence[ExtraCalls]) -> Table:
    table = table_of(
        "What more calls were good for", "reason", "calls:", "saved the run:", "of all:", "failed:", "outrun:", "cost:"
    )
    for each in extra:
        counts = (f"{each.failed:,}", f"{each.outrun:,}")
        saved = (f"{each.rescued:,}", share(each.rescue_rate))
        table.add_row(plain(each.kind), f"{each.calls:,}", *saved, *counts, format_usd(each.cost_nanousd))
    return table


def _degradations(degradations: Sequence[DegradationCount]) -> Table:
    table = table_of("What answered instead of what was asked for", "reason", "from → to", "runs:")
    for each in degradations:
        table.add_row(plain(each.reason), plain(f"{each.from_} → {each.to}"), f"{each.runs:,}")
    return table


def _breakers(breakers: Sequence[BreakerTime]) -> Table:
    table = table_of("Breakers, of all tenants together", "lane", "deployment", "openings:", "open for:", "now")
    for each in breakers:
        now = "open" if each.open_now else "closed"
        cells = (plain(each.deployment), f"{each.openings:,}", duration(each.open_us), now)
        table.add_row(_lane(each.lane), *cells)
    return table


def _notes(report: Report) -> list[str]:
    notes = []
    outrun, asked, waits = report.outrun, report.classifier, report.waits
    if outrun.calls:
        notes.append(
            f"Hedging: {counted(outrun.calls, 'call was outrun by its', 'calls were outrun by their')} twin and cost "
            f"{format_usd(outrun.cost_nanousd)}, "
            f"{outrun.estimated:,} of them by estimate."
        )
    stops = report.early_stops
    if stops.calls:
        notes.append(
            f"Early stop: {counted(stops.calls, 'call was', 'calls were')} cut off in a loop after "
            f"{format_usd(stops.cost_nanousd)}; going on to "
            f"their caps would have taken {counted(stops.spared_tokens, 'token')} and {format_usd(stops.spared_nanousd)} more, "
            "which is the most that was saved."
        )
    verified = report.verified_stops
    if verified.calls:
        notes.append(
            f"Early stop: {counted(verified.calls, 'verified answer was', 'verified answers were')} not streamed to the end, after "
            f"{format_usd(verified.cost_nanousd)}; that saved {counted(verified.spared_tokens, 'token')} and "
            f"{format_usd(verified.spared_nanousd)} at most, up to their caps."
        )
    if asked.calls:
        notes.append(
            f"The classifier asked a model {counted(asked.calls, 'time')}: {duration(asked.time_us)}, {format_usd(asked.cost_nanousd)}, "
            f"{asked.failed:,} failed. It is in the figures above."
        )
    if waits.runs:
        notes.append(
            f"{counted(waits.runs, 'run')} waited for a vendor to be back, {duration(waits.time_us)} in all, "
            f"{duration(waits.longest_us)} at most; {counted(waits.answered, 'of them was', 'of them were')} answered."
        )
    again = report.given_again
    if again.runs:
        notes.append(
            f"{counted(again.runs, 'run was', 'runs were')} given an earlier answer again, which saved {format_usd(again.saved_nanousd)}."
        )
    unpriced = sum(lane.unpriced_calls for lane in report.lanes)
    if unpriced:
        notes.append(
            f"{counted(unpriced, 'call has no known price and is', 'calls have no known price and are')} not in any cost: "
            "set `prices` in the policy."
        )
    if report.missing_traces:
        notes.append(
            f"{counted(report.missing_traces, 'troubled run has lost its trace', 'troubled runs have lost their traces')} "
            "to retention: calls of such runs are not in the lists."
        )
    return notes


def _lane(name: str) -> Text:
    return plain(name or "(none)")


def _moment(us: int) -> str:
    return dt.datetime.fromtimestamp(us / 1e6, dt.UTC).strftime("%Y-%m-%d %H:%M UTC")
