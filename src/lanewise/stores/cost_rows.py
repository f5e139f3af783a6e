"""What a run of several calls cost, by who was asked for what: the rows of `run_costs` that go with its own."""

from __future__ import annotations

from lanewise.core.record import CallRecord, RunRecord

_FIRST = "first"  # no lane of this name is taken for a question of our own
AT_RATE = "@"  # before the name of a rate, where the purpose is to answer
Sums = list[int]


def cost_rows(record: RunRecord) -> list[tuple[object, ...]]:
    """Rows in the order of the table's columns; none where the run's own row says all, as it does for one call."""
    calls = record.trace.calls
    if not calls or (len(calls) == 1 and calls[0].deployment == record.deployment and not calls[0].rate):
        return []
    found: dict[tuple[str, str, str], Sums] = {}
    for call in calls:
        sums = found.setdefault((_purpose(call), call.deployment, call.served_model or call.model), [0] * 8)
        cost = call.cost
        parts = (
            1,
            cost.input,
            cost.cached,
            cost.cache_write,
            cost.reasoning,
            cost.output,
            call.cache_saved,
            cost.tools,
        )
        for place, amount in enumerate(parts):
            sums[place] += amount
    return [(record.started_us, record.run_id, *of, *sums) for of, sums in found.items()]


def _purpose(call: CallRecord) -> str:
    """What was asked beside the answer: a question of our own has its purpose for a lane, and for a reason.

    Of an answer the rate it was served at, where that is not the usual one.
    """
    if call.reason == call.lane and call.reason != _FIRST:
        return call.reason
    return f"{AT_RATE}{call.rate}" if call.rate else ""
