"""What every History must do. A new implementation adds one line to `HISTORIES`."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanewise.core.failure import FailureKind
from lanewise.core.plan import Timing
from lanewise.core.protocols.history import History
from lanewise.core.usage import Cost
from lanewise.telemetry.history import MemoryHistory
from stores.samples import a_call, a_record, a_trace

Make = Callable[[], History]
HISTORIES: dict[str, Make] = {MemoryHistory.__name__: MemoryHistory}

LANE, DEPLOYMENT = "standard", "openai/gpt-5.4-mini"
TIMES_S = st.lists(st.floats(0.002, 3_000.0), min_size=20, max_size=60)


def observe(history: History, *times_s: float, stream: bool = False, **call: object) -> None:
    """One run of one call for each time."""
    for time_s in times_s:
        made = a_call(**{"latency_us": int(time_s * 1e6), "first_token_us": None, **call})
        history.observe(a_record(stream=stream, trace=a_trace(made)))


def known(history: History) -> Timing:
    told = history.lane(LANE)
    assert told is not None
    return told


def about(time_s: float) -> object:
    """A time as it may be told: a tenth too long at most."""
    return pytest.approx(time_s, rel=0.11)


def nearest_rank(times_s: list[float], share: float) -> float:
    return sorted(times_s)[math.ceil(share * len(times_s)) - 1]


@pytest.mark.parametrize("history_of", HISTORIES.values(), ids=HISTORIES)
class TestHistory:
    """One run of it per history."""

    def test_few_calls_tell_nothing(self, history_of: Make) -> None:
        history = history_of()
        assert history.lane(LANE) is None
        observe(history, *[1.0] * 19)
        assert (history.lane(LANE), history.deployment(LANE, DEPLOYMENT)) == (None, None)
        observe(history, 1.0)
        assert history.lane(LANE) is not None
        assert history.deployment(LANE, DEPLOYMENT) is not None

    @given(TIMES_S)
    def test_its_quantiles_are_those_of_the_calls_and_at_most_a_tenth_too_long(
        self, history_of: Make, times_s: list[float]
    ) -> None:
        history = history_of()
        observe(history, *times_s)
        told = history.deployment(LANE, DEPLOYMENT)
        assert told is not None
        for share, quantile_s in ((0.5, told.p50_s), (0.95, told.p95_s)):
            exact_s = nearest_rank(times_s, share)
            assert 0.999 * exact_s <= quantile_s <= 1.11 * exact_s

    def test_what_is_asked_for_all_the_time_stays_nearly_up_to_date(self, history_of: Make) -> None:
        history = history_of()
        for _ in range(400):
            observe(history, 1.0)
            history.lane(LANE)
        for _ in range(40):
            observe(history, 30.0)
            history.lane(LANE)
        told = known(history)
        assert told.p95_s > 29.0

    def test_the_latest_calls_tell_most(self, history_of: Make) -> None:
        history = history_of()
        observe(history, *[30.0] * 3_000)
        observe(history, *[1.0] * 2_000)
        told = known(history)
        assert told.p50_s == about(1.0)
        assert told.p95_s == about(30.0)
        observe(history, *[1.0] * 6_000)
        told = known(history)
        assert told.p95_s < 2.0

    def test_a_lane_knows_all_its_deployments_and_each_only_itself(self, history_of: Make) -> None:
        history = history_of()
        observe(history, *[1.0] * 20, deployment="alpha/small")
        observe(history, *[30.0] * 20, deployment="beta/small")
        observe(history, *[500.0] * 20, deployment="beta/small", lane="reasoning")
        lane, alpha = history.lane(LANE), history.deployment(LANE, "alpha/small")
        beta = history.deployment(LANE, "beta/small")
        assert lane is not None
        assert alpha is not None
        assert beta is not None
        assert (lane.p95_s > 29.0, alpha.p95_s < 1.2, 29.0 < beta.p95_s < 40.0) == (True, True, True)

    def test_averages_are_of_the_answers(self, history_of: Make) -> None:
        history = history_of()
        for number in range(20):
            observe(history, 1.0, reasoning_tokens=number, cost=Cost(output=2 * number))
        observe(history, 60.0, reasoning_tokens=7_000, cost=Cost(output=9_000), failure=FailureKind.SLOW)
        told = known(history)
        assert (told.thinking_tokens, told.cost_nanousd) == pytest.approx((9.5, 19.0))
        assert told.calls == 21

    @pytest.mark.parametrize("kind", [FailureKind.SERVER_ERROR, FailureKind.RATE_LIMITED, FailureKind.CANCELLED])
    def test_how_long_a_call_took_that_failed_says_nothing(self, history_of: Make, kind: FailureKind) -> None:
        history = history_of()
        observe(history, *[1.0] * 20)
        observe(history, *[0.01] * 500, failure=kind)
        told = known(history)
        assert told.calls == 20
        assert told.p50_s == about(1.0)

    @pytest.mark.parametrize("kind", [FailureKind.SLOW, FailureKind.OUTRUN, FailureKind.DEADLINE])
    def test_what_was_given_up_counts_where_it_had_taken_longer_than_most(
        self, history_of: Make, kind: FailureKind
    ) -> None:
        """Left out, the slowest calls would never be seen; counted too soon, impatience would make a vendor look fast."""
        history = history_of()
        observe(history, *[5.0] * 20)
        observe(history, *[0.5] * 100, failure=kind)
        told = known(history)
        assert told.calls == 20
        assert told.p50_s == about(5.0)

        observe(history, *[40.0] * 10, failure=kind)
        told = known(history)
        assert told.calls == 30
        assert told.p95_s == about(40.0)

    def test_first_tokens_are_those_of_streams_alone(self, history_of: Make) -> None:
        history = history_of()
        observe(history, *[60.0] * 50, first_token_us=60_000_000)
        told = known(history)
        assert told.first_token_p95_s is None
        observe(history, *[60.0] * 20, stream=True, first_token_us=2_000_000)
        told = known(history)
        assert told.first_token_p95_s == about(2.0)

    def test_a_begin_that_came_too_late_counts_as_one_that_took_at_least_so_long(self, history_of: Make) -> None:
        """A vendor that now thinks longer before it begins would else be given up for good."""
        history = history_of()
        observe(history, *[9.0] * 20, stream=True, first_token_us=1_000_000)
        observe(history, *[6.0] * 10, stream=True, failure=FailureKind.LATE_START)
        told = known(history)
        assert told.calls == 20
        assert told.first_token_p95_s == about(6.0)
