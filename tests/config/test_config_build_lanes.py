from __future__ import annotations

from collections.abc import Callable

import pytest

from lanewise.config.build_lanes import thinks
from lanewise.config.load import Loaded
from lanewise.config.schema_lanes import LaneSection
from lanewise.core.policy import BreakerPolicy, Lane

Read = Callable[..., Loaded]


def lanes(read: Read, text: str, more: str = "") -> dict[str, Lane]:
    return read(f"providers: {{openai: {{}}, mistral: {{}}}}\nlanes:\n{text}{more}").policy.lanes


PLAIN = "  standard: {deployments: [openai/m]}\n"


@pytest.mark.parametrize(
    ("settings", "answers"),
    [
        ("effort: high", "standard"),
        ("effort: minimal", "standard"),
        ("thinking_budget: 8000", "standard"),
        ("effort: none", None),
        ("timeout: 5m", None),
        ("effort: high, degrade_to: none", None),
        ("effort: none, degrade_to: standard", "standard"),
    ],
)
def test_a_lane_that_thinks_degrades_to_the_default_lane_unless_it_says_otherwise(
    read: Read, settings: str, answers: str | None
) -> None:
    found = lanes(read, PLAIN + f"  other: {{deployments: [openai/m], {settings}}}\n")
    assert found["other"].degrade_to == answers
    assert found["standard"].degrade_to is None


def test_a_default_lane_that_thinks_is_no_help_in_need(read: Read) -> None:
    text = "  low: {deployments: [openai/m], effort: low}\n  high: {deployments: [openai/m], effort: high}\n"
    found = lanes(read, text, "routing: {default: low}\n")
    assert (found["low"].degrade_to, found["high"].degrade_to) == (None, None)


def test_where_the_default_lane_is_told_to_degrade_to_a_thinking_one_that_one_does_not_come_back(read: Read) -> None:
    found = lanes(
        read,
        "  standard: {deployments: [openai/m], degrade_to: low}\n  low: {deployments: [openai/m], effort: low}\n"
        "  high: {deployments: [openai/m], effort: high}\n",
    )
    assert {name: lane.degrade_to for name, lane in found.items()} == {
        "standard": "low",
        "low": None,
        "high": "standard",
    }


def test_what_is_written_about_patience_reaches_the_lane(read: Read) -> None:
    settings = "first_token_timeout: 3s, slow_after: none, hedge_after: 1.5, weights: {mistral/m: 9}"
    lane = lanes(read, f"  only: {{deployments: [openai/m, mistral/m], {settings}}}\n")["only"]
    assert (lane.first_token_timeout_s, lane.slow_after, lane.hedge_after) == (3.0, None, 1.5)
    assert lane.weights == (0.0, 9.0)


def test_where_nothing_is_written_a_lane_has_its_usual_patience_and_an_order(read: Read) -> None:
    lane = lanes(read, "  only: {deployments: [openai/m, mistral/m]}\n")["only"]
    usual = Lane(name="only", deployments=lane.deployments)
    assert lane == usual


def test_a_lane_s_breaker_says_only_what_differs_from_the_file_s(read: Read) -> None:
    text = PLAIN + "  other: {deployments: [openai/m], breaker: {open_for: 5s, min_calls: 10}}\n"
    found = lanes(read, text, "breaker: {error_rate: 20%, min_calls: 4}\n")
    assert found["standard"].breaker == BreakerPolicy(error_rate=0.2, min_calls=4)
    assert found["other"].breaker == BreakerPolicy(error_rate=0.2, min_calls=10, open_s=5.0)


def test_a_lane_thinks_where_it_asks_for_it() -> None:
    assert thinks(LaneSection(deployments=["a/b"], effort="low"))
    assert not thinks(LaneSection(deployments=["a/b"], effort="none"))
    assert not thinks(LaneSection(deployments=["a/b"]))


def test_loops_are_cut_off_only_where_the_lane_says_so(read: Read) -> None:
    found = lanes(read, PLAIN + "  other: {deployments: [openai/m], early_stop: true}\n")
    assert (found["standard"].early_stop, found["other"].early_stop) == (False, True)
