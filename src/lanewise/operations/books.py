"""Compares the ledger with the vendors' own books, to the unit."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterable, Mapping
from dataclasses import dataclass
from typing import Any

from lanewise.core.record import CallRecord, RunRecord

#: What is compared per vendor and model: our word → the vendor's.
_COUNTS = {
    "calls": "charged_calls",
    "input_tokens": "input_tokens",
    "cached_tokens": "cached_input_tokens",
    "cache_write_tokens": "cache_write_tokens",
    "output_tokens": "output_tokens",
    "reasoning_tokens": "reasoning_tokens",
    "cost_nanousd": "cost_nanousd",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """A figure the two do not agree on."""

    where: str  # `provider/model`, or a run's id where the ledger disagrees with its own trace
    what: str
    ledger: int
    books: int


async def reconcile(runs: AsyncIterable[RunRecord], books: Mapping[str, Any]) -> tuple[Difference, ...]:
    """Where ledger and books differ; empty when they agree.

    Args:
        runs: ledger rows with their traces. A row that disagrees with its own trace is a difference too.
        books: `{"vendors": {vendor: {model: {"charged_calls", "input_tokens", "cached_input_tokens", "cache_write_tokens",
            "output_tokens", "reasoning_tokens", "cost_nanousd"}}}}`, as the simulator's `GET /__books__` tells it. Vendors are known by
            the policy's provider names, models by the names they served as; `input_tokens` include cached and written ones,
            `output_tokens` the thinking.
    """
    ours: dict[str, Counter[str]] = {}
    found: list[Difference] = []
    async for run in runs:
        for call in run.trace.calls:
            ours.setdefault(_place(call), Counter()).update(_counts(call))
        told = sum(call.cost.total_nanousd for call in run.trace.calls)
        if told != run.cost_nanousd:
            found.append(
                Difference(where=run.run_id, what="cost_nanousd of row and trace", ledger=run.cost_nanousd, books=told)
            )
    theirs = {
        f"{vendor}/{model}": {ours: int(totals[their]) for ours, their in _COUNTS.items()}
        for vendor, models in books["vendors"].items()
        for model, totals in models.items()
    }
    for place in sorted(ours.keys() | theirs.keys()):
        mine, other = ours.get(place, Counter()), theirs.get(place, {})
        found += [
            Difference(where=place, what=what, ledger=mine[what], books=other.get(what, 0))
            for what in _COUNTS
            if mine[what] != other.get(what, 0)
        ]
    return tuple(found)


def _place(call: CallRecord) -> str:
    provider = call.deployment.split("/", 1)[0]
    return f"{provider}/{call.served_model or call.model}"


def _counts(call: CallRecord) -> dict[str, int]:
    used = {name: getattr(call, name) for name in _COUNTS if name not in ("calls", "cost_nanousd")}
    billed = any(used.values()) or call.cost.total_nanousd > 0
    return {**used, "calls": int(billed), "cost_nanousd": call.cost.total_nanousd}
