"""The headline of the report, and what it rests on, as tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.table import Table

from lanewise.core.intervals import Interval
from lanewise.core.money import format_usd
from lanewise.core.plurals import counted
from lanewise.operations.checks_told import Climbing, Rescue, VerifierWeek
from lanewise.operations.render import plain, share, table_of
from lanewise.operations.verified import GROUPINGS, EvidenceError, Grouping, Verified


def verified_tables(found: Sequence[Verified]) -> Iterator[Table]:
    """What a proven answer costs, by lane, tenant, feature and task; nothing where nothing was checked."""
    for by in GROUPINGS:
        of = [each for each in found if each.by == by]
        if any(each.checked for each in of):
            yield _verified(by, of)


def _verified(by: Grouping, of: Sequence[Verified]) -> Table:
    more = ("$ per more:",) if by == "lane" else ()
    table = table_of(
        f"Cost of an answer that is proven right, by {by}", by, "runs:", "checked:", "proven:", "evid.:", "wrong:", "unver.:",
        "$ per proven:", *more,
    )  # fmt: skip
    for each in of:
        additional = () if by != "lane" else (_usd(each.cost_per_additional_nanousd),)
        counts = (each.runs, each.checked, each.proven, each.evidence, each.wrong, each.unverifiable)
        table.add_row(
            plain(each.name or "(none)"),
            *(f"{count:,}" for count in counts),
            _usd(each.cost_per_proven_nanousd),
            *additional,
        )
    return table


def weeks_table(weeks: Sequence[VerifierWeek]) -> Table:
    """How often each verifier rejects."""
    table = table_of("Verifiers by week", "verifier", "week", "answers:", "rejected:", "of judged:", "down:", "cost:")
    for each in weeks:
        counts = (f"{each.answers:,}", f"{each.rejected:,}", share(each.reject_rate), f"{each.down:,}")
        table.add_row(plain(each.verifier), each.week, *counts, format_usd(each.cost_nanousd))
    return table


def rescues_table(rescues: Sequence[Rescue]) -> Table:
    """Whether asking again helps."""
    table = table_of("What repairs were good for", "verifier", "lane", "repaired:", "rescued:", "of them:", "95 %:")
    for each in rescues:
        counts = (f"{each.repaired:,}", f"{each.rescued:,}", share(each.rate.share), _interval(each.rate))
        table.add_row(plain(each.verifier), plain(each.lane), *counts)
    return table


def checks_notes(evidence: EvidenceError, rescues: Sequence[Rescue], climbs: Sequence[Climbing]) -> Iterator[str]:
    """What needs no table."""
    if evidence.rate is not None:
        yield (
            f"Evidence: of {counted(evidence.proved, 'answer')} accepted by evidence and proved later, "
            f"{counted(evidence.wrong, 'was', 'were')} wrong "
            f"({share(evidence.rate.share)}, 95 %: {_interval(evidence.rate)})."
        )
    for rescue in rescues:
        if rescue.is_upstream:
            yield (
                f"The problem is upstream: of {counted(rescue.repaired, 'answer')} that {rescue.verifier} rejected in lane "
                f"{rescue.lane}, repairs "
                f"rescued {share(rescue.rate.share)}. Look at the prompt, the schema or the lane, not at the answers."
            )
    for climb in climbs:
        word = "Climbing costs more than going direct" if climb.dearer else "Climbing pays"
        began = f"{counted(climb.runs, 'run')} that began in {climb.lane} ({climb.climbed:,} climbed) cost {format_usd(climb.cost_nanousd)}"
        yield f"{word}: {began}; going to {climb.to} at once would have cost about {format_usd(climb.direct_nanousd)}."


def _usd(nanousd: int | None) -> str:
    return "-" if nanousd is None else format_usd(nanousd)


def _interval(of: Interval) -> str:
    return f"{of.low:.0%}-{of.high:.0%}"
