"""The routing benchmark measures the whole way of a decision, and fails where it takes too long."""

from __future__ import annotations

import asyncio

import msgspec
import pytest
from bench.routing import CALLER, KINDS, POLICY, SIZES, Figure, ask_nobody, cpu_us, measured, prompt, table, verdict
from msgspec import structs
from rich.console import Console

from lanewise.bootstrap.policies import load_text, router
from lanewise.core.clock import SystemClock
from lanewise.core.policy import Condition, Policy
from lanewise.telemetry.history import MemoryHistory


@pytest.fixture(scope="module")
def policy() -> Policy:
    return load_text(POLICY.read_text(encoding="utf-8"), file=POLICY.name).policy


def figure(us: float, *, kind: str = "prose", size: str = "4 KB") -> Figure:
    return Figure(kind=kind, size=size, us=us, median_us=us * 2)


def test_twenty_rules_of_every_kind_stand_in_the_way(policy: Policy) -> None:
    conditions = [rule.when for rule in policy.routing.rules]
    looked_at = {name for when in conditions for name in Condition.__slots__ if getattr(when, name) not in ((), None)}

    assert len(conditions) == 20
    assert looked_at == set(Condition.__slots__)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", SIZES)
def test_no_rule_holds_for_what_is_measured_and_the_heuristic_decides(policy: Policy, kind: str, size: str) -> None:
    asked = prompt(kind, SIZES[size])

    plan = asyncio.run(router(SystemClock(), MemoryHistory()).route(asked, CALLER, policy, ask_nobody))

    assert plan.reason.startswith("difficulty:")
    (message,) = msgspec.json.decode(asked.body)["messages"]
    assert SIZES[size] - 4 < len(message["content"].encode()) <= SIZES[size]


def test_a_way_that_a_rule_cuts_short_is_not_measured(policy: Policy) -> None:
    short = structs.replace(prompt("prose", 1_024), response_format="json_schema")

    with pytest.raises(AssertionError, match="rule:10 holds"):
        asyncio.run(cpu_us(policy, short, rounds=1, round_s=0.001))


def test_every_size_and_kind_is_measured_and_drawn() -> None:
    told: list[str] = []

    figures = measured(rounds=1, round_s=0.0001, tell=told.append)

    assert len(figures) == len(told) == len(KINDS) * len(SIZES) + 1
    assert all(0 < each.us <= each.median_us for each in figures)
    console = Console(width=100)
    with console.capture() as drawn:
        console.print(table(figures))
    assert all(kind in drawn.get() for kind in KINDS)


@pytest.mark.parametrize(
    ("figures", "met"),
    [
        ([figure(99.9), figure(120.0, size="16 KB"), figure(120.0, kind="Chinese")], True),
        ([figure(20.0), figure(100.0, kind="code")], False),
    ],
)
def test_the_goal_is_what_is_typed_at_4_kb(figures: list[Figure], met: bool) -> None:
    found, words = verdict(figures)

    assert found is met
    assert ("met" in words) is met
