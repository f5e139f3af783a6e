"""Runs in which something went wrong, one of each kind, and a breaker that opened: what a report is made from."""

from __future__ import annotations

from lanewise.core.events import Degraded
from lanewise.core.record import RunRecord
from stores.samples import START_US, a_call, a_record, a_trace

SECOND_US = 1_000_000
DOWN = a_call(failure="overloaded", deployment="alpha/small", output_tokens=0)


def troubled_runs() -> list[RunRecord]:
    """Every call costs $0.0003 and takes 0.9 s, those that failed too."""
    fallback = a_call(reason="fallback: overloaded", iteration=1, deployment="beta/small")
    degraded = a_call(reason="degraded: overloaded", iteration=1)
    classify = a_call(reason="classify", lane="classify")
    faster = Degraded(reason="degraded: overloaded", from_="reasoning", to="standard", lane="standard")
    return [
        # a fallback that saved the run, and one that did not
        a_record("run_01", calls=2, trace=a_trace(DOWN, fallback)),
        a_record(
            "run_02", calls=2, outcome="failure", failure="overloaded",
            trace=a_trace(DOWN, a_call(reason="fallback: overloaded", iteration=1, failure="server_error")),
        ),
        # a slow call whose hedge was faster: the loser stands before the winner, since it ended before
        a_record(
            "run_03", calls=2,
            trace=a_trace(a_call(failure="outrun", estimated=True), a_call(reason="hedge", iteration=1)),
        ),
        # a lane that gave way to a faster one
        a_record(
            "run_04", calls=2, outcome="fallback", degraded=True,
            trace=a_trace(a_call(lane="reasoning", failure="overloaded"), degraded, degraded=(faster,)),
        ),
        # two that were graded by a small model, once in vain
        a_record("run_05", calls=2, trace=a_trace(classify, a_call(iteration=1))),
        a_record(
            "run_06", calls=2,
            trace=a_trace(a_call(reason="classify", lane="classify", failure="deadline"), a_call(iteration=1)),
        ),
        # one that waited for everybody to be back, and made one call only
        a_record("run_07", waited_us=4 * SECOND_US, trace=a_trace(a_call(reason="waited: resting"))),
        a_record("run_08"),
    ]  # fmt: skip


#: Open for 30 s, then for good; the last run ends 15 s after that.
BREAKER_MOVES = [
    (START_US - 100 * SECOND_US, "standard", "alpha/small", "open"),
    (START_US - 80 * SECOND_US, "standard", "alpha/small", "half_open"),
    (START_US - 79 * SECOND_US, "standard", "alpha/small", "open"),
    (START_US - 70 * SECOND_US, "standard", "alpha/small", "closed"),
    (START_US - 14 * SECOND_US, "standard", "alpha/small", "open"),
]
