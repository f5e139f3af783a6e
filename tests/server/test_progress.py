"""What a caller who waits is told, state by state: honest words, what is expected, and why it takes this long."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from lanewise.core.answer import Delta
from lanewise.core.events import Degraded, Event, FellBack, Hedged, Queued, Routed
from lanewise.core.plan import Timing
from lanewise.server.progress import Progress

ROUTED = Routed(run_id="run_1", lane="standard", reason="default", heartbeat_after_s=10.0)
THINKING = Routed(
    run_id="run_1",
    lane="reasoning",
    reason="rule:1",
    heartbeat_after_s=10.0,
    thinks=True,
    thinking_budget_tokens=4_096,
    expected=Timing(p50_s=12.0, p95_s=41.0, calls=30, cost_nanousd=9.0),
    note="lane reasoning_low would take 9 s",
)
USUAL = {"standard": Timing(p50_s=0.4, p95_s=1.2)}
FASTER = Degraded(reason="degraded: overloaded", from_="reasoning", to="standard", lane="standard")


def progress(*events: Event, routed: Routed = THINKING, now_s: float = 0.0) -> Progress:
    made = Progress(routed, USUAL.get)
    for event in events:
        made.follow(event, now_s)
    return made


def said(of: Progress, elapsed_s: float = 12.34) -> str:
    return of.heartbeat(elapsed_s, elapsed_s).comment


def test_a_lane_that_thinks_is_said_to_with_what_is_expected_of_it() -> None:
    assert said(progress()) == (
        "thinking elapsed_s=12.3 expected_p50_s=12.0 expected_p95_s=41.0 reason=lane reasoning thinks"
    )


def test_a_lane_that_does_not_think_is_waited_for_and_what_is_not_known_is_not_said() -> None:
    assert said(progress(routed=ROUTED)) == "waiting elapsed_s=12.3 reason=lane standard has not begun to answer"


def test_a_model_that_is_heard_to_think_does_think() -> None:
    waiting = progress(routed=ROUTED)
    waiting.hear([Delta(reasoning="x" * 400)])
    assert said(waiting) == "thinking elapsed_s=12.3 tokens=100 reason=lane standard thinks"


def test_thinking_tokens_are_told_beside_the_budget() -> None:
    thinking = progress()
    thinking.hear([Delta(), Delta(reasoning="x" * 400)])
    assert "tokens=100 of=4096" in said(thinking)


def test_an_answer_that_has_begun_is_not_called_thinking_any_more() -> None:
    answering = progress()
    answering.hear([Delta(reasoning="x"), Delta(text="Eight")])
    assert said(answering).startswith("waiting ")
    assert said(answering).endswith("reason=the answer has begun, its next words are awaited")


@pytest.mark.parametrize(
    ("event", "why"),
    [
        (
            FellBack(deployment="alpha/large", next="beta/large", reason="overloaded"),
            "beta/large is asked instead of alpha/large (overloaded)",
        ),
        (
            FellBack(deployment="alpha/large", next="alpha/large", reason="server_error", wait_s=2.5),
            "alpha/large is asked again in 2.5 s (server_error)",
        ),
        (
            Hedged(deployment="alpha/large", twin="beta/large", after_s=20.0),
            "alpha/large is slow, so beta/large is asked as well",
        ),
        (
            Degraded(reason="fallback: resting", from_="alpha/large", to="beta/large"),
            "beta/large answers instead of alpha/large (fallback: resting)",
        ),
        (FASTER, "standard answers instead of reasoning (degraded: overloaded)"),
    ],
)
def test_what_happened_last_is_why(event: Event, why: str) -> None:
    assert said(progress(event)).endswith(f" reason={why}")


def test_another_lane_is_expected_to_take_as_long_as_it_takes() -> None:
    faster = progress(FASTER)
    assert faster.lane == "standard"
    assert said(faster).startswith("waiting elapsed_s=12.3 expected_p50_s=0.40 expected_p95_s=1.2 ")


def test_another_deployment_changes_nothing_of_what_is_expected() -> None:
    switched = progress(Degraded(reason="fallback: overloaded", from_="alpha/large", to="beta/large"))
    assert (switched.lane, switched.expected) == ("reasoning", THINKING.expected)


def test_who_is_queued_is_told_how_long_and_then_that_the_lane_is_asked_again() -> None:
    queued = progress(FASTER, Queued(reason="overloaded", wait_s=20.0))
    beat = queued.heartbeat(5.0, 5.0)
    assert beat.word == "queued"
    assert beat.comment.startswith("queued elapsed_s=5.0 wait_s=15.0 ")
    assert beat.comment.endswith("reason=nobody can answer now (overloaded)")
    assert msgspec.json.decode(beat.payload)["wait_s"] == 15.0
    # Then the lane of the plan is asked, whatever stood in for it before
    assert queued.lane == "reasoning"
    assert said(queued, 21.0) == (
        "thinking elapsed_s=21.0 expected_p50_s=12.0 expected_p95_s=41.0 reason=lane reasoning is asked again (overloaded)"
    )


def test_a_typed_heartbeat_has_the_same_facts() -> None:
    thinking = progress()
    thinking.hear([Delta(reasoning="x" * 400)])
    beat = thinking.heartbeat(12.34, 12.34)
    assert beat.word == "thinking"
    assert msgspec.json.decode(beat.payload) == {
        "elapsed_s": 12.3,
        "reason": "lane reasoning thinks",
        "tokens": 100,
        "budget_tokens": 4_096,
        "expected": {"p50_s": 12.0, "p95_s": 41.0},
    }


@pytest.mark.parametrize(
    ("event", "payload"),
    [
        (
            THINKING,
            {
                "run_id": "run_1",
                "lane": "reasoning",
                "reason": "rule:1",
                "heartbeat_after_s": 10.0,
                "thinks": True,
                "thinking_budget_tokens": 4_096,
                "note": "lane reasoning_low would take 9 s",
                "expected": {"p50_s": 12.0, "p95_s": 41.0},
            },
        ),
        (
            FASTER,
            {
                "reason": "degraded: overloaded",
                "from": "reasoning",
                "to": "standard",
                "lane": "standard",
                "expected": {"p50_s": 0.4, "p95_s": 1.2},
            },
        ),
        (
            Degraded(reason="fallback: overloaded", from_="alpha/large", to="beta/large"),
            {"reason": "fallback: overloaded", "from": "alpha/large", "to": "beta/large"},
        ),
        (Queued(reason="overloaded", wait_s=2.0), {"reason": "overloaded", "wait_s": 2.0}),
        (
            FellBack(deployment="alpha/large", next="beta/large", reason="overloaded"),
            {"deployment": "alpha/large", "next": "beta/large", "reason": "overloaded", "wait_s": 0.0},
        ),
    ],
)
def test_a_typed_event_has_what_is_known_and_nothing_empty(event: Event, payload: dict[str, Any]) -> None:
    following = progress(event)
    assert msgspec.json.decode(following.payload(event)) == payload
