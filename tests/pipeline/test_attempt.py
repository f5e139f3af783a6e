"""How long an attempt may take before somebody else is asked, and what it asks for."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from lanewise.core.policy import ModelFacts
from lanewise.pipeline.attempt import Attempt, attempt_at
from lanewise.pipeline.run import Run
from pipeline.runs import a_run, a_walk, usually
from walking import Walk, deployment, lane, request

SMALL = deployment("alpha/small")


def run_of(walk: Walk, *, stream: bool = False) -> Run:
    return a_run(walk, request(stream=stream))


def two(**settings: Any) -> Walk:
    return a_walk(lane("standard", "alpha/small", "beta/large", timeout_s=60.0, **settings))


def tried(run: Run, *, has_next: bool = True) -> Attempt:
    return attempt_at(run, SMALL, reason="first", has_next=has_next)


@pytest.mark.parametrize("stream", [True, False])
def test_alone_a_deployment_has_all_the_time_there_is(stream: bool) -> None:
    attempt = tried(run_of(two(), stream=stream), has_next=False)
    assert (attempt.first_token_s, attempt.whole_s) == (None, None)


@pytest.mark.parametrize("stream", [True, False])
def test_where_somebody_else_could_answer_time_is_left_for_that(stream: bool) -> None:
    walk = two()
    run = run_of(walk, stream=stream)
    assert tried(run).first_token_s == 48.0

    walk.clock.time_s += 50.0
    assert tried(run).first_token_s == 8.0


def test_a_stream_that_usually_begins_quickly_is_waited_for_a_few_times_as_long() -> None:
    walk = two(slow_after=4.0)
    usually(walk, "standard", takes_s=20.0, begins_s=2.0)
    assert tried(run_of(walk, stream=True)).first_token_s == pytest.approx(8.0, rel=0.1)


def test_but_never_shorter_than_any_vendor_may_once_take() -> None:
    walk = two()
    usually(walk, "standard", takes_s=1.0, begins_s=0.1)
    assert tried(run_of(walk, stream=True)).first_token_s == 5.0


def test_what_is_not_streamed_shows_no_begin_so_nothing_measured_is_held_against_it() -> None:
    walk = two()
    usually(walk, "standard", takes_s=1.0, begins_s=0.1)
    assert tried(run_of(walk)).first_token_s == 48.0


@pytest.mark.parametrize("has_next", [True, False])
def test_what_the_operator_says_of_a_stream_s_begin_holds_for_the_last_deployment_too(has_next: bool) -> None:
    walk = two(first_token_timeout_s=3.0)
    usually(walk, "standard", takes_s=20.0, begins_s=9.0)
    assert tried(run_of(walk, stream=True), has_next=has_next).first_token_s == 3.0
    assert tried(run_of(walk), has_next=False).first_token_s is None


def test_a_first_token_timeout_beyond_the_deadline_still_leaves_time_for_the_next() -> None:
    assert tried(run_of(two(first_token_timeout_s=300.0), stream=True)).first_token_s == 48.0


def test_a_lane_that_is_never_given_up_as_slow_has_all_the_time_there_is() -> None:
    walk = two(slow_after=None, degrade_to="fast")
    usually(walk, "standard", takes_s=1.0, begins_s=0.1)
    attempt = tried(run_of(walk, stream=True))
    assert (attempt.first_token_s, attempt.whole_s) == (None, None)


def test_a_lane_with_a_faster_one_below_is_waited_for_a_few_times_as_long_as_it_usually_takes() -> None:
    walk = two(degrade_to="fast")
    run = run_of(walk)
    assert tried(run, has_next=False).whole_s == 48.0  # nothing measured: time is left for the faster lane

    usually(walk, "standard", takes_s=4.0)
    assert tried(run, has_next=False).whole_s == pytest.approx(12.0, rel=0.1)

    walk.clock.time_s += 55.0
    assert tried(run, has_next=False).whole_s == 4.0


def test_too_narrow_an_attempt_is_made_wider_by_its_cap_or_by_thinking_less() -> None:
    walk = a_walk(lane("standard", "alpha/small", thinking_budget_tokens=8_192, effort="high"))
    run = a_run(walk)
    wider = attempt_at(run, SMALL, reason="wider: length", cap_tokens=32_768).call
    less = attempt_at(run, SMALL, reason="wider: length", effort="low").call

    assert (wider.max_output_tokens, wider.effort, wider.thinking_budget_tokens) == (32_768, "high", 8_192)
    assert (less.max_output_tokens, less.effort, less.thinking_budget_tokens) == (16_384, "low", None)


@pytest.mark.parametrize(("early_stop", "choices", "watched"), [(True, 1, True), (True, 2, False), (False, 1, False)])
def test_loops_are_stopped_where_the_lane_says_so_and_there_is_one_answer(
    early_stop: bool, choices: int, watched: bool
) -> None:
    run = a_run(two(early_stop=early_stop), request(stream=True, choices=choices))
    assert tried(run).call.stop_loops is watched


def test_a_cap_below_the_vendor_s_least_is_reserved_for_as_it_will_be_sent() -> None:
    run = a_run(a_walk(lane("standard", "alpha/small")), request(max_output_tokens=3))
    least = dataclasses.replace(SMALL, facts=ModelFacts(min_output_tokens=16))
    assert [attempt_at(run, at, reason="").call.max_output_tokens for at in (SMALL, least)] == [3, 16]
