"""One request's own budget: every step draws from it, and none can draw more than there is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanewise.core.policy import Amplification
from lanewise.pipeline.allowance import Allowance

LIMITS = Amplification(max_calls=4, max_cost_nanousd=1_000, max_output_tokens=500, max_retries=2)


@pytest.mark.parametrize(
    ("call", "limit"),
    [
        ({"worst_nanousd": 1_001, "output_tokens": 1}, "max_cost"),
        ({"worst_nanousd": 1, "output_tokens": 501}, "limits.max_output_tokens"),
    ],
)
def test_a_call_over_a_limit_is_refused_by_its_name_and_takes_nothing(call: dict[str, int], limit: str) -> None:
    allowance = Allowance(LIMITS)
    assert allowance.refuses(**call) == limit

    for _ in range(4):
        assert allowance.refuses(worst_nanousd=250, output_tokens=125) is None
    assert allowance.refuses(worst_nanousd=0, output_tokens=0) == "limits.max_calls"


def test_calls_and_retries_are_renewed_but_neither_dollars_nor_tokens() -> None:
    allowance = Allowance(LIMITS)
    for _ in range(4):
        assert allowance.refuses(worst_nanousd=250, output_tokens=100) is None
    allowance.retries = 0
    allowance.renew_calls()
    assert allowance.retries == 2
    assert allowance.refuses(worst_nanousd=1, output_tokens=0) == "max_cost"
    assert allowance.refuses(worst_nanousd=0, output_tokens=101) == "limits.max_output_tokens"
    for _ in range(4):
        assert allowance.refuses(worst_nanousd=0, output_tokens=0) is None
    assert allowance.refuses(worst_nanousd=0, output_tokens=0) == "limits.max_calls"


def test_a_lane_s_own_dollars_count_where_they_are_fewer() -> None:
    cheap, dear, any_ = Allowance(LIMITS), Allowance(LIMITS), Allowance(LIMITS)
    cheap.enter(10)
    dear.enter(10_000)
    any_.enter(None)

    assert cheap.refuses(worst_nanousd=11, output_tokens=1) == "max_cost"
    assert dear.refuses(worst_nanousd=1_001, output_tokens=1) == "max_cost"
    assert any_.refuses(worst_nanousd=1_000, output_tokens=1) is None


@pytest.mark.parametrize(
    ("of_lane", "call", "words"),
    [
        (
            400,
            {"worst_nanousd": 1_001, "output_tokens": 1_234},
            "with an output of up to 1,234 tokens, and of what one request may cost $0.00000040 is left: ask for fewer output tokens, or",
        ),
        (400, {"worst_nanousd": 1_001, "output_tokens": 1}, "have the operator raise the lane's `max_cost`"),
        (None, {"worst_nanousd": 1_001, "output_tokens": 1}, "or have the operator raise `limits.max_cost`"),
        (
            None,
            {"worst_nanousd": 1, "output_tokens": 501},
            "up to 501 tokens, and of those of one request 500 are left: ask for fewer, or have the operator raise `limits.",
        ),
    ],
)
def test_what_stands_against_a_call_is_told_with_what_to_do(
    of_lane: int | None, call: dict[str, int], words: str
) -> None:
    allowance = Allowance(LIMITS)
    allowance.enter(of_lane)
    limit = allowance.refuses(**call)
    assert limit is not None
    assert words in allowance.missing(limit, **call)


def test_calls_that_are_used_up_are_told_with_how_many_there_were() -> None:
    allowance = Allowance(LIMITS)
    assert allowance.missing("limits.max_calls", worst_nanousd=1, output_tokens=1) == (
        "the request has made all 4 calls that it may make; the operator can raise `limits.max_calls`"
    )


@given(st.lists(st.tuples(st.integers(0, 600), st.integers(0, 300), st.floats(0, 1))))
def test_all_calls_together_stay_within_it(calls: list[tuple[int, int, float]]) -> None:
    allowance = Allowance(LIMITS)
    spent_nanousd = tokens = granted = 0
    for worst, most, share in calls:
        if allowance.refuses(worst_nanousd=worst, output_tokens=most) is not None:
            continue
        used_nanousd, used_tokens = int(worst * share), int(most * share)
        allowance.give_back(nanousd=worst - used_nanousd, output_tokens=most - used_tokens)
        granted += 1
        spent_nanousd += used_nanousd
        tokens += used_tokens

    assert (granted <= 4, spent_nanousd <= 1_000, tokens <= 500) == (True, True, True)
