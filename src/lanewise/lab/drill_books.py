"""The ledger against the vendors' books, call by call: in an incident calls are cut short, and only whole ones can agree to the unit.

A call that ended whole was told its usage, and must agree in every figure. One that was cut short is told nothing, or not all: the ledger
bills an estimate and marks it, the vendor what it had generated. A call whose connection was lost before a word came is taken as free; its
vendor may see that differently. What each comes to is reported.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lanewise.core.failure import FailureKind
from lanewise.core.record import CallRecord, RunRecord

#: Our word → the vendor's.
_FIGURES = {
    "input_tokens": "input_tokens",
    "cached_tokens": "cached_input_tokens",
    "cache_write_tokens": "cache_write_tokens",
    "output_tokens": "output_tokens",
    "reasoning_tokens": "reasoning_tokens",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Compared:
    """What came of the comparison. `wrong` names each disagreement; none is none."""

    calls: int  # in the ledger
    whole: int  # of them ended whole, and agree to the unit
    cut_short: int  # were charged by their vendor, which told nothing of it here, or not all
    lost: int  # of these, lost with their connection before a word came: taken as free
    estimated_nanousd: int  # what the ledger bills for those cut short
    charged_nanousd: int  # what their vendors do
    wrong: tuple[str, ...]


def compare(runs: Iterable[RunRecord], rows: Sequence[Mapping[str, Any]]) -> Compared:
    """The ledger's calls against the rows of the vendors' log or books."""
    calls = [call for run in runs for call in run.trace.calls if call.failure != FailureKind.UNREACHABLE]
    known = {call.vendor_request_id: call for call in calls if call.vendor_request_id}
    wrong = _missing(calls, rows)
    whole = cut_short = lost = charged_nanousd = 0
    nameless: Counter[str] = Counter()  # charged calls whose answer never began here: only their number can be compared
    for row in rows:
        call = known.get(row["request_id"])
        if call is None:
            nameless[_place(row)] += bool(row["charged"])
        elif not call.estimated:
            wrong += _differences(call, row)
            whole += bool(row["charged"])
        if row["charged"] and (call is None or call.estimated):
            cut_short, charged_nanousd = cut_short + 1, charged_nanousd + row["cost_nanousd"]
    estimated = [call for call in calls if call.estimated]
    unnamed = Counter(call.deployment for call in estimated if not call.vendor_request_id)
    silent = Counter(call.deployment for call in calls if _lost_before_a_word(call))
    for place, count in nameless.items():
        beyond = max(0, count - unnamed[place])
        lost += min(beyond, silent[place])
        if beyond > silent[place]:
            wrong.append(
                f"{place}: {count} calls without a name here are charged; the ledger estimates {unnamed[place]} and lost {silent[place]}"
            )
    return Compared(
        calls=len(calls),
        whole=whole,
        cut_short=cut_short,
        lost=lost,
        estimated_nanousd=sum(call.cost.total_nanousd for call in estimated),
        charged_nanousd=charged_nanousd,
        wrong=tuple(wrong),
    )


def _lost_before_a_word(call: CallRecord) -> bool:
    return call.failure == FailureKind.CONNECTION_LOST and not call.vendor_request_id and not call.estimated


def _missing(calls: Sequence[CallRecord], rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Deployments that were asked more often than the ledger knows."""
    ours, theirs = Counter(call.deployment for call in calls), Counter(_place(row) for row in rows)
    return [
        f"{place}: {theirs[place]} requests arrived, the ledger has {ours[place]}"
        for place in theirs
        if theirs[place] > ours[place]
    ]


def _differences(call: CallRecord, row: Mapping[str, Any]) -> list[str]:
    where = f"{call.deployment} {call.vendor_request_id}"
    found = [
        f"{where} {ours}: ledger {getattr(call, ours):,}, books {row[theirs]:,}"
        for ours, theirs in _FIGURES.items()
        if getattr(call, ours) != row[theirs]
    ]
    if call.cost.total_nanousd != row["cost_nanousd"]:
        found.append(f"{where} cost: ledger {call.cost.total_nanousd:,}, books {row['cost_nanousd']:,} nano-dollars")
    return found


def _place(row: Mapping[str, Any]) -> str:
    return f"{row['vendor']}/{row['model']}"
