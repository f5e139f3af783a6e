"""A ledger row is read back as it was written, whatever is left out on the way."""

from __future__ import annotations

import msgspec

from lanewise.core.events import Degraded
from lanewise.core.record import RunRecord
from stores.samples import a_call, a_record, a_trace


def test_a_record_survives_json_with_its_trace() -> None:
    degraded = Degraded(reason="fallback: overloaded", from_="a/b", to="c/d")
    trace = a_trace(a_call(), a_call(failure="overloaded", iteration=1), degraded=(degraded,))
    record = a_record(trace=trace, degraded=True, user="ada")

    assert msgspec.json.decode(msgspec.json.encode(record), type=RunRecord) == record


def test_a_degradation_is_written_in_the_documented_words() -> None:
    told = msgspec.json.decode(msgspec.json.encode(Degraded(reason="outage", from_="a/b", to="c/d")))
    assert told == {"reason": "outage", "from": "a/b", "to": "c/d"}


def test_a_trace_leaves_out_what_says_nothing() -> None:
    """Millions of rows keep it: a call without failure, repricing or dropped parameters does not name them."""
    told = msgspec.json.decode(msgspec.json.encode(a_call()))
    assert told.keys().isdisjoint({"failure", "message", "repriced", "dropped", "iteration", "reason"})
