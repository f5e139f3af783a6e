"""What a pass adds up to, and how often who failed was asked."""

from __future__ import annotations

import pytest

from lab.drilled import BROKEN, HUNG, REFUSED, a_pass, a_reply, a_run, called
from lanewise.core.failure import FailureKind
from lanewise.lab.drill_figures import TOGETHER, loads_of, pass_figures


def test_a_pass_is_counted_by_how_its_requests_ended() -> None:
    replies = [a_reply(number) for number in range(1, 5)]
    replies += [a_reply(5, marked=True), a_reply(6, **BROKEN), a_reply(7, **REFUSED), a_reply(8, **HUNG)]
    hedged = a_run(1, called(failure=FailureKind.OUTRUN), called("simdeep/x", reason="hedge"))
    figures = pass_figures(a_pass(replies, [hedged, *(a_run(number) for number in range(2, 9))]))
    assert (figures.requests, figures.answered) == (8, 5)
    assert (figures.broken, figures.refused, figures.unanswered) == (1, 1, 1)
    assert (figures.degraded, figures.hedged, figures.calls) == (1, 1, 9)
    assert figures.cost_nanousd == 8 * 300_000
    assert (figures.p50_us, figures.p95_us, figures.longest_us) == (3_000, 5_000, 5_000)
    assert (figures.availability, figures.degraded_share) == (5 / 8, 1 / 5)


def test_a_pass_that_nobody_answered_has_no_waits() -> None:
    figures = pass_figures(a_pass([a_reply(1, **HUNG)], []))
    assert figures.p50_us is None
    assert figures.degraded_share == 0.0


def test_load_is_counted_while_somebody_failed_by_when_each_call_began() -> None:
    calm = a_pass([], [a_run(number, at_s=at_s) for number, at_s in enumerate((0.5, 1.2, 1.4, 1.9, 2.5))])
    retried = a_run(2, called(), called(at_s=0.5, reason="retry"), called("simthropic/sim-haiku", at_s=0.6), at_s=1.2)
    late = a_run(3, called(), called(at_s=0.9), at_s=1.4)
    (load,) = loads_of(calm, a_pass([], [retried, late]), {"simopen": [(1.0, 2.0)]})
    assert (load.calls, load.normal, load.calls_in_all, load.normal_in_all) == (3, 3, 4, 5)
    assert load.ratio == 1.0


def test_of_several_that_fail_each_counts_in_its_own_time_and_all_together_come_last() -> None:
    calm = a_pass([], [a_run(1, at_s=0.1), a_run(2, called("simthropic/sim-opus"), at_s=0.9)])
    calls = called(), called("simthropic/sim-opus", at_s=0.1), called("simthropic/sim-sonnet", at_s=0.2)
    struck = a_pass([], [a_run(1, *calls, at_s=0.3), a_run(2, *calls, at_s=0.8)])
    failing = {"simopen": [(0.0, 0.5)], "simthropic/sim-opus": [(0.5, 1.0)]}
    first, second, together = loads_of(calm, struck, failing)
    assert (first.calls, first.normal) == (1, 1)
    assert (second.calls, second.normal, second.calls_in_all) == (1, 1, 2)
    assert (together.whom, together.calls, together.normal, together.ratio) == (TOGETHER, 2, 2, 1.0)


def test_who_is_not_asked_in_calm_has_no_ratio() -> None:
    (load,) = loads_of(a_pass([], []), a_pass([], [a_run()]), {"simopen": [(0.0, 1.0)]})
    assert load.calls == 1
    assert load.ratio is None


@pytest.mark.parametrize(("whom", "calls"), [("simopen", 2), ("simopen/sim-small", 1), ("sim", 0), ("simopen/sim", 0)])
def test_a_vendor_is_all_its_deployments_and_a_name_is_never_half_of_another(whom: str, calls: int) -> None:
    run = a_run(1, called(), called("simopen/sim-standard"))
    assert a_pass([], [run]).calls_to(whom) == calls
