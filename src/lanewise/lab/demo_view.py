"""A demo for people, in 80 columns: progress while it runs, then lanes, failovers, checks and where to look next; and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from lanewise.core.money import format_usd
from lanewise.core.plurals import counted
from lanewise.lab.demo import DemoResult, OutageSeen, Part
from lanewise.lab.demo_checked import CheckedPart
from lanewise.lab.demo_figures import Failover, LaneFigures
from lanewise.lab.screen import checked, hanging, heading
from lanewise.operations.render import duration, plain, share

_READING = (
    "accuracy: with its 95 % interval (Wilson) over the graded answers, right/graded; per right: what the graded answers cost, for each "
    "that was right; waited: all callers' waits added up."
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Setting:
    """What a reader must know to read the figures. `notes` are sentences; `kept` is the folder that stays, if one does;
    `program` is what to type for `lanewise`, which may not be on the path.
    """

    requests: int
    real: bool
    time_scale: float
    seed: int
    notes: tuple[str, ...]
    kept: str | None
    program: str = "lanewise"


def demo_view(result: DemoResult, setting: Setting) -> RenderableType:
    """Everything a demo has to say."""
    views: list[RenderableType] = [Text(), heading(_what(setting))]
    views.append(hanging([(Text("-"), note) for note in (*setting.notes, _READING)]))
    for number, part in enumerate(result.parts, start=1):
        views += [Text(), heading(f"Part {number}: {part.title} (model {part.model!r}), {part.elapsed_s:.1f} s")]
        views += [_lanes(part), *_failovers(part.failovers)]
        if number == 1 and result.outage is not None:
            views.append(plain(_outage(result.outage)))
    if result.checked is not None:
        views += [
            Text(),
            heading("Part 3: checked answers (right answers sent along)"),
            plain(_proven(result.checked)),
        ]
    views += [Text(), heading("Compared"), _compared(result.parts), Text(), heading("Checked")]
    views.append(checked(result.checks))
    return Group(*views)


def look_next(result: DemoResult, setting: Setting) -> list[str]:
    """Commands and pages that show more; each on a line of its own, to be copied."""
    lanewise = setting.program
    if setting.kept is None:
        lines = [
            f"{lanewise} demo{' --real' if setting.real else ''} --keep DIR    the same, and keep policy, ledger and logs"
        ]
    else:
        store = f"{setting.kept}/lanewise.db"
        lines = [
            f"{lanewise} trace {result.example_run} --store {store}",
            f"{lanewise} report --store {store}",
            f"{lanewise} check --config {setting.kept}/lanewise.yaml",
        ]
    serve = f"{lanewise} serve --dev --simulate    a gateway to ask yourself"
    return [*lines, serve, "docs/how-to/trace-and-report.md    how to read a trace and the report"]


def demo_json(result: DemoResult, setting: Setting) -> dict[str, Any]:
    """The same as data; money in nano-dollars, times in microseconds where the key says so."""
    parts = [
        {
            "title": part.title,
            "model": part.model,
            "elapsed_s": part.elapsed_s,
            "lanes": [asdict(lane) for lane in part.lanes],
            "total": {name: value for name, value in asdict(part.total).items() if name not in _NOT_OF_ALL},
            "failovers": [
                {"from": each.from_, "to": each.to, "reason": each.reason, "count": each.count}
                for each in part.failovers
            ],
        }
        for part in result.parts
    ]
    return {
        **asdict(setting),
        "simulated": True,
        "passed": result.passed,
        "elapsed_s": result.elapsed_s,
        "parts": parts,
        "checked": None if result.checked is None else asdict(result.checked),
        "outage": None if result.outage is None else asdict(result.outage),
        "checks": [asdict(check) for check in result.checks],
        "look_next": look_next(result, setting),
        "example_run": result.example_run,
    }


_NOT_OF_ALL = ("lane", "p50_us", "p95_us")


def _what(setting: Setting) -> str:
    asked = (
        f"{setting.requests:,} {'real questions' if setting.real else 'requests'}, asked twice, half of them as streams"
    )
    return f"Lanewise demo: {asked}"


def _proven(part: CheckedPart) -> str:
    cost = "-" if part.cost_per_proven_nanousd is None else format_usd(part.cost_per_proven_nanousd)
    return (
        f"{cost} per answer that is proven right: {part.proven} of {part.asked} ({part.as_json} asked for as JSON), for "
        f"{format_usd(part.cost_nanousd)} in all. "
        f"{part.rejected} first answers were rejected by their check; asked again with the reason, {part.mended} were mended; "
        f"{part.escalated} went on to a reasoning model, which proved {part.climbed}. {part.wrong} were given marked as wrong."
    )


def _lanes(part: Part) -> Table:
    table = Table(box=SIMPLE_HEAD, show_edge=False, padding=0, pad_edge=False, show_footer=len(part.lanes) > 1)
    total = part.total
    columns = (
        ("lane", "all"),
        ("asked", f"{total.requests:,}"),
        ("share", ""),
        ("right", _right(total)),
        ("accuracy", _accuracy(total)),
        ("P50", ""),
        ("P95", ""),
        ("cost", format_usd(total.cost_nanousd)),
        ("per right", _per_right(total)),
    )
    for name, footer in columns:
        table.add_column(name, footer=footer, justify="left" if name == "lane" else "right", no_wrap=True)
    for lane in part.lanes:
        table.add_row(
            plain(lane.lane),
            f"{lane.requests:,}",
            f"{lane.share:.0%}",
            _right(lane),
            _accuracy(lane),
            duration(lane.p50_us),
            duration(lane.p95_us),
            format_usd(lane.cost_nanousd),
            _per_right(lane),
        )
    return table


def _right(lane: LaneFigures) -> str:
    return f"{lane.right}/{lane.graded}"


def _accuracy(lane: LaneFigures) -> str:
    if lane.accuracy is None or lane.accuracy_low is None or lane.accuracy_high is None:
        return "-"
    return f"{lane.accuracy:.0%} ({lane.accuracy_low * 100:.0f}-{lane.accuracy_high * 100:.0f})"


def _per_right(lane: LaneFigures) -> str:
    return "-" if lane.cost_per_right_nanousd is None else format_usd(lane.cost_per_right_nanousd)


def _failovers(found: Sequence[Failover]) -> list[RenderableType]:
    total = sum(each.count for each in found)
    lines = [plain(f"Failovers: {total}")]
    lines += [plain(f"  {each.count:>3} x {each.from_} → {each.to} ({each.reason})") for each in found]
    return [Text(), *lines]


def _outage(seen: OutageSeen) -> str:
    return (
        f"After request {seen.after_requests:,} the vendor {seen.vendor} answered HTTP {seen.status} to everything. "
        f"It comes first in {', '.join(seen.lanes)}, which gave {counted(seen.answers, 'answer')} asked for after that; "
        "requests then under way may "
        "have failed over, too."
    )


def _compared(parts: tuple[Part, Part]) -> RenderableType:
    table = Table(box=SIMPLE_HEAD, show_edge=False, padding=0, pad_edge=False)
    for name in ("", "right", "accuracy", "cost", "per right", "waited"):
        table.add_column(name, justify="right" if name else "left", no_wrap=True)
    for part in parts:
        each = part.total
        money = (format_usd(each.cost_nanousd), _per_right(each))
        table.add_row(plain(part.title), _right(each), _accuracy(each), *money, duration(each.waited_us))
    first, second = (part.total for part in parts)
    lines: list[RenderableType] = [table]
    if second.cost_nanousd and second.waited_us and first.accuracy is not None and second.accuracy is not None:
        cost, wait = first.cost_nanousd / second.cost_nanousd, first.waited_us / second.waited_us
        right = f"{share(first.accuracy)} right where {parts[1].title} got {share(second.accuracy)}"
        lines += [Text(), plain(f"Routed got {right}, at {share(cost)} of its cost and {share(wait)} of its waiting.")]
    return Group(*lines)
