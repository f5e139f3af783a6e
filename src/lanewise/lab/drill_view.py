"""A drill for people, in 80 columns: each incident beside calm, what happened, what the operator saw, what held; and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import msgspec
from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from lanewise.core.money import format_usd
from lanewise.core.plurals import counted
from lanewise.lab.drill import DrillResult, IncidentResult
from lanewise.lab.drill_figures import PassFigures
from lanewise.lab.drill_operator import BreakerStory, Readiness
from lanewise.lab.screen import checked, hanging, heading
from lanewise.operations.render import duration, plain, share

_READING = (
    "A caller asks once and never again: what an SDK's own retries would mend counts as it is.",
    "answered: in full. broken: a stream that failed after its first words, and said so.",
    "refused: told at once when to come back. lost: neither an answer nor the truth about it.",
    "P50, P95, longest: what callers waited for whole answers. degraded: of the answers, those that are marked as such.",
    "Every request is asked twice, in calm and then in the incident; half of the requests are streams.",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Setting:
    """What a reader must know to read the figures. `kept` is the folder that stays, if one does."""

    time_scale: float
    stretch: float
    seed: int
    kept: str | None


def drill_view(result: DrillResult, setting: Setting) -> RenderableType:
    """Everything a drill has to say."""
    views: list[RenderableType] = [Text(), heading(_what(result, setting))]
    views.append(hanging([(Text("-"), note) for note in _READING]))
    for each in result.incidents:
        views += _incident(each)
    views += [Text(), heading("All incidents"), _summary(result)]
    return Group(*views)


def drill_json(result: DrillResult, setting: Setting) -> dict[str, Any]:
    """The same as data; money in nano-dollars, times in seconds or microseconds as the key says."""
    return {
        **asdict(setting),
        "simulated": True,
        "passed": result.passed,
        "elapsed_s": result.elapsed_s,
        "incidents": [_as_data(each) for each in result.incidents],
    }


def _as_data(each: IncidentResult) -> dict[str, Any]:
    passes = {
        name: asdict(figures) | {"availability": figures.availability, "degraded_share": figures.degraded_share}
        for name, figures in (("calm", each.calm), ("struck", each.struck))
    }
    report = msgspec.to_builtins(each.report)
    return {
        "name": each.incident.name,
        "title": each.incident.title,
        "story": each.incident.story,
        "passed": each.passed,
        "elapsed_s": each.elapsed_s,
        **passes,
        "extra_cost_nanousd": each.struck.cost_nanousd - each.calm.cost_nanousd,
        "loads": [asdict(load) | {"ratio": load.ratio} for load in each.loads],
        "happened": [asdict(step) for step in each.happened],
        "operator": {
            "breakers": [asdict(story) for story in each.breakers],
            "ready": [asdict(look) for look in each.ready],
            "report": {name: report[name] for name in _OF_THE_REPORT},
        },
        "books": asdict(each.compared),
        "checks": [asdict(check) for check in each.checks],
    }


_OF_THE_REPORT = ("failures", "extra_calls", "outrun", "degradations", "waits", "breakers")


def _what(result: DrillResult, setting: Setting) -> str:
    count = len(result.incidents)
    incidents = counted(count, "incident")
    return f"Lanewise outage drill: {incidents}, simulated vendors, time scale {setting.time_scale:g}, {result.elapsed_s:.0f} s"


def _incident(each: IncidentResult) -> list[RenderableType]:
    return [
        Text(),
        heading(f"{each.incident.name}: {each.incident.title}"),
        plain(each.incident.story + "."),
        Text(),
        _passes(each.calm, each.struck),
        plain(_extra(each.calm, each.struck)),
        Text(),
        plain("What went wrong"),
        hanging([(Text(f"{step.at_s:>5.2f} s"), step.says + _hits(step.hits)) for step in each.happened]),
        Text(),
        plain("What the operator saw"),
        hanging([(Text("-"), line) for line in _seen(each)]),
        Text(),
        checked(each.checks),
    ]


def _passes(calm: PassFigures, struck: PassFigures) -> Table:
    table = Table(box=SIMPLE_HEAD, show_edge=False, padding=0, pad_edge=False)
    for name in ("", "asked", "answered", "broken", "refused", "lost", "degraded", "P50", "P95", "longest", "cost"):
        table.add_column(name, justify="right" if name else "left", no_wrap=True)
    for name, each in (("in calm", calm), ("struck", struck)):
        counts = (each.broken, each.refused, each.unanswered)
        table.add_row(
            name,
            f"{each.requests:,}",
            share(each.availability),
            *(f"{count:,}" for count in counts),
            share(each.degraded_share),
            *(duration(us) for us in (each.p50_us, each.p95_us, each.longest_us)),
            format_usd(each.cost_nanousd),
        )
    return table


def _extra(calm: PassFigures, struck: PassFigures) -> str:
    parts = []
    if calm.cost_nanousd:
        extra = struck.cost_nanousd - calm.cost_nanousd
        parts.append(f"{extra / calm.cost_nanousd:+.1%} cost")
    if calm.p50_us is not None and struck.p50_us is not None and calm.p95_us is not None and struck.p95_us is not None:
        parts.append(
            f"P50 {(struck.p50_us - calm.p50_us) / 1000:+.0f} ms, P95 {(struck.p95_us - calm.p95_us) / 1000:+.0f} ms"
        )
    parts.append(f"{struck.calls - calm.calls:+,} calls, {counted(struck.hedged, 'answer')} hedged")
    return f"Beside calm: {', '.join(parts)}."


def _hits(hits: Mapping[str, int]) -> str:
    found = ", ".join(f"{kind} {count:,}" for kind, count in hits.items() if count)
    return f" (hit: {found})" if found else ""


def _seen(each: IncidentResult) -> Iterator[str]:
    """What the log, /ready and the report showed."""
    if not each.breakers:
        yield "log: no breaker moved"
    for story in each.breakers:
        yield f"log: {_story(story)}"
    yield from (f"/ready: {line}" for line in _readiness(each.ready))
    yield from (f"report: {line}" for line in _reported(each))


def _story(story: BreakerStory) -> str:
    probes = counted(story.probes, "probe")
    ended = "still open at the end" if story.closed_s is None else f"closed at {story.closed_s:.2f} s"
    return f"{story.lane}, {story.deployment}: breaker opened at {story.opened_s:.2f} s, {probes}, {ended}"


def _readiness(looks: tuple[Readiness, ...]) -> Iterator[str]:
    yield f"status {', '.join(dict.fromkeys(look.status for look in looks)) or 'never seen'}"
    lanes = {lane: look.at_s for look in reversed(looks) for lane in look.degraded}
    if lanes:
        told = ", ".join(f"{lane} from {at_s:.1f} s" for lane, at_s in sorted(lanes.items(), key=lambda pair: pair[1]))
        yield f"could not answer by itself: {told}"
    held = {deployment: look.at_s for look in reversed(looks) for deployment in look.held}
    if held:
        told = ", ".join(f"{name} from {at_s:.1f} s" for name, at_s in sorted(held.items(), key=lambda pair: pair[1]))
        yield f"held, as its vendor asked: {told}"


def _reported(each: IncidentResult) -> Iterator[str]:
    report = each.report
    for extra in report.extra_calls:
        yield f"{extra.kind} calls: {extra.calls:,}, {extra.rescued:,} gave the answer ({share(extra.rescue_rate)})"
    reasons: dict[str, int] = {}
    for degradation in report.degradations:
        reasons[degradation.reason] = reasons.get(degradation.reason, 0) + degradation.runs
    if reasons:
        yield "degradations: " + ", ".join(f"{reason} {runs:,}" for reason, runs in reasons.items())
    if report.waits.runs:
        waits = report.waits
        yield f"waited for a vendor: {counted(waits.runs, 'run')}, {waits.answered:,} answered, the longest {duration(waits.longest_us)}"
    if report.breakers:
        open_us = sum(breaker.open_us for breaker in report.breakers)
        yield f"breakers: {sum(b.openings for b in report.breakers):,} openings, open for {duration(open_us)} in all"
    compared = each.compared
    if compared.cut_short:
        yield (
            f"calls cut short: {compared.cut_short:,}, billed as {format_usd(compared.estimated_nanousd)} where their vendors "
            f"charge {format_usd(compared.charged_nanousd)}"
        )


def _summary(result: DrillResult) -> Table:
    table = Table(box=SIMPLE_HEAD, show_edge=False, padding=0, pad_edge=False)
    for name in ("", "answered", "broken", "refused", "lost", "degraded", "cost", "load", ""):
        table.add_column(name, justify="right" if name else "left", no_wrap=True)
    for each in result.incidents:
        struck, ratio = each.struck, each.loads[-1].ratio
        cost = struck.cost_nanousd / each.calm.cost_nanousd - 1 if each.calm.cost_nanousd else 0.0
        table.add_row(
            plain(each.incident.name),
            share(struck.availability),
            f"{struck.broken:,}",
            f"{struck.refused:,}",
            f"{struck.unanswered:,}",
            share(struck.degraded_share),
            f"{cost:+.1%}",
            "-" if ratio is None else f"{ratio:.2f} x",
            Text(" ok", style="green") if each.passed else Text(" FAILED", style="bold red"),
        )
    return table
