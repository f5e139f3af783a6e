"""Reports, runs, keys and differences for people: rich tables and trees. What came from outside is shown without control characters."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import IO, Any

from rich.box import SIMPLE_HEAD
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from lanewise.core.money import format_usd
from lanewise.core.usage import Cost
from lanewise.operations.books import Difference
from lanewise.operations.report import FailureCount, LaneReport, RepeatCount, Report

_PIPED_WIDTH = 200  # nobody's screen: wide enough that no figure is cut


def show(view: RenderableType, file: IO[str]) -> None:
    """Print a view: in colour on a terminal, plainly elsewhere."""
    console = Console(file=file, highlight=False)
    if not console.is_terminal:
        console = Console(file=file, highlight=False, width=_PIPED_WIDTH, color_system=None)
    console.print(view)


def plain(text: object) -> Text:
    """Text as it is: no markup is read in it, and what could steer a terminal is spelled out."""
    shown = str(text)
    if not shown.isprintable():
        shown = "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in shown)
    return Text(shown)


def duration(us: int | None) -> str:
    """Microseconds for people."""
    if us is None:
        return "-"
    if us < 1_000_000:
        return f"{us / 1000:.0f} ms" if us >= 1000 else f"{us} µs"
    return f"{us / 1_000_000:,.1f} s"


def share(part: float) -> str:
    """A share for people."""
    return f"{part:.1%}"


def cost_parts(cost: Cost) -> str:
    """The parts of a cost that are not zero."""
    parts = [
        f"{name.replace('_', ' ')} {format_usd(getattr(cost, name))}"
        for name in cost.__struct_fields__
        if getattr(cost, name)
    ]
    return ", ".join(parts) or "nothing"


def report_view(report: Report) -> RenderableType:
    """`lanewise report`."""
    since = "the beginning" if report.since_us == 0 else _moment(report.since_us)
    whose = "all tenants" if report.tenant is None else f"tenant {report.tenant}"
    head = plain(
        f"{report.requests:,} requests of {whose} since {since}: {duration(report.time_us)}, {format_usd(report.cost_nanousd)}"
    )
    if not report.requests:
        return Group(head, plain("Nothing was asked yet."))
    views: list[RenderableType] = [head, *(table(report.lanes) for table in (_traffic, _speed, _money, _marks))]
    if report.failures:
        views.append(_failures(report.failures))
    if report.repeats:
        views.append(_repeats(report.repeats))
    views += [plain(note) for note in _notes(report)]
    return Group(*views)


def keys_view(keys: Sequence[dict[str, Any]]) -> RenderableType:
    """`lanewise keys list`."""
    table = _table("Keys", "id", "tenant", "name", "created (UTC)", "in force")
    table.columns[0].no_wrap = True  # whole, whatever the width: a key is revoked by it
    for column in table.columns[1:]:
        column.overflow = "fold"
    for key in keys:
        tenant = f"{key['tenant']} (admin key)" if key["admin"] else key["tenant"]
        table.add_row(
            *(plain(cell) for cell in (key["key_id"], tenant, key["name"], _day(key["created"]), _force(key)))
        )
    return table


def _force(key: dict[str, Any]) -> str:
    if key["revoked"] is not None:
        return f"revoked {_day(key['revoked'])}"
    return "yes" if key["expires"] is None else f"until {_day(key['expires'])}"


def _day(iso: str) -> str:
    return iso[:16].replace("T", " ")


def differences_view(differences: Sequence[Difference]) -> RenderableType:
    """Ledger against the vendors' books."""
    if not differences:
        return plain("The ledger equals the vendors' books to the unit.")
    table = _table("Ledger and vendors' books differ", "where", "what", "ledger:", "books:", "difference:")
    for each in differences:
        table.add_row(
            plain(each.where), plain(each.what), f"{each.ledger:,}", f"{each.books:,}", f"{each.ledger - each.books:+,}"
        )
    return table


def _traffic(lanes: Sequence[LaneReport]) -> Table:
    table = _table(
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
    table = _table(
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
    parts = Cost.__struct_fields__
    table = _table("Cost by part", "lane", *(f"{part.replace('_', ' ')}:" for part in parts), "total:")
    for lane in lanes:
        costs = [getattr(lane.cost, part) for part in parts]
        table.add_row(_lane(lane.lane), *(format_usd(cost) for cost in costs), format_usd(lane.cost_nanousd))
    return table


def _marks(lanes: Sequence[LaneReport]) -> Table:
    table = _table("Calls and marks", "lane", "calls:", "fallback:", "degraded:", "unpriced:", "estimated:")
    for lane in lanes:
        counts = (lane.calls, lane.fallbacks, lane.degraded, lane.unpriced_calls, lane.estimated)
        table.add_row(_lane(lane.lane), *(f"{count:,}" for count in counts))
    return table


def _failures(failures: Sequence[FailureCount]) -> Table:
    table = _table("Failures", "task", "lane", "cause", "failed calls:", "failed runs:")
    for each in failures:
        table.add_row(plain(each.task or "-"), _lane(each.lane), plain(each.cause), f"{each.calls:,}", f"{each.runs:,}")
    return table


def _repeats(repeats: Sequence[RepeatCount]) -> Table:
    table = _table("Calls made again", "iteration:", "reason", "calls:")
    for each in repeats:
        table.add_row(str(each.iteration), plain(each.reason), f"{each.calls:,}")
    return table


def _notes(report: Report) -> list[str]:
    notes = []
    unpriced = sum(lane.unpriced_calls for lane in report.lanes)
    if unpriced:
        notes.append(f"{unpriced:,} calls have no known price and are not in any cost: set `prices` in the policy.")
    if report.missing_traces:
        notes.append(
            f"{report.missing_traces:,} troubled runs have lost their traces to retention: their calls are not in the lists."
        )
    return notes


def _lane(name: str) -> Text:
    return plain(name or "(none)")


def _table(title: str, *headings: str) -> Table:
    # Every table fits 80 columns, so that no figure is ever cut.
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    for heading in headings:
        number = heading.endswith(":")
        table.add_column(heading.removesuffix(":"), justify="right" if number else "left", no_wrap=number)
    return table


def _moment(us: int) -> str:
    return dt.datetime.fromtimestamp(us / 1e6, dt.UTC).strftime("%Y-%m-%d %H:%M UTC")
