from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

import pytest

from lanewise.config.build_routing import USUAL_LANES
from lanewise.config.load import Loaded, load
from lanewise.config.sources import Sources
from lanewise.core.policy import GRADES, Policy, Profile, SmallModel, Task

Read = Callable[..., Loaded]


def policy(read: Read, lanes: str, routing: str, more: str = "") -> Policy:
    written = ", ".join(f"{lane}: {{deployments: [openai/m]}}" for lane in lanes.split())
    return read(f"providers: {{openai: {{}}}}\nlanes: {{{written}}}\nrouting: {{{routing}}}\n{more}").policy


@pytest.mark.parametrize(
    ("lanes", "graded"),
    [
        ("small standard frontier reasoning_low reasoning", "small standard standard reasoning_low reasoning"),
        ("standard reasoning", "standard standard standard reasoning reasoning"),
        ("standard frontier", "standard standard standard frontier frontier"),
        ("small standard reasoning_low", "small standard standard reasoning_low reasoning_low"),
        ("standard", "standard standard standard standard standard"),
    ],
)
def test_a_grade_goes_to_the_first_of_its_usual_lanes_that_there_is(read: Read, lanes: str, graded: str) -> None:
    grades = policy(read, lanes, "classifier: heuristic").routing.grades
    assert dict(zip(GRADES, graded.split(" "), strict=True)) == grades


def test_a_grade_with_no_usual_lane_goes_to_the_default(read: Read) -> None:
    grades = policy(read, "cheap dear", "classifier: heuristic, default: dear, grades: {trivial: cheap}").routing.grades
    assert grades == {"trivial": "cheap", "easy": "dear", "moderate": "dear", "hard": "dear", "expert": "dear"}


def test_without_a_classifier_nothing_is_graded(read: Read) -> None:
    routing = policy(read, "small standard", "default: standard").routing
    assert (routing.classifier, routing.grades, routing.small_model) == ("none", {}, None)


def test_usual_lanes_only_grow_stronger() -> None:
    strength = ["small", "standard", "frontier", "reasoning_low", "reasoning"]
    firsts = [strength.index(USUAL_LANES[grade][0]) for grade in GRADES]
    assert firsts == sorted(firsts)


def test_the_classifier_s_deployment_is_one_of_the_policy_s_and_need_not_be_in_a_lane(read: Read) -> None:
    written = "{deployment: openai/gpt-5.5, timeout: 1s, max_chars: 100, cache_entries: 0, cache_for: 1m}"
    read_policy = policy(
        read,
        "standard",
        f"classifier: small_model, small_model: {written}, interactive_deadline: 4s",
        "prices: {openai/gpt-5.5: {input: $1, output: $2}}\nmodels: {gpt-5.5: pin, '*': auto}\n",
    )
    grader = read_policy.deployments["openai/gpt-5.5"]
    assert grader.prices is not None
    assert grader.prices.input == 1_000_000_000
    assert read_policy.routing.small_model == SmallModel(
        deployment=grader, timeout_s=1.0, max_chars=100, cache_entries=0, cache_s=60.0
    )
    assert read_policy.routing.interactive_s == 4.0


def test_a_shipped_profile_changes_only_where_the_file_says_so(read: Read, sources: Sources) -> None:
    found = policy(read, "standard", "", "profiles: {chatbot: {max_latency: 1500ms, lanes: standard}}\n").profiles
    assert found["chatbot"] == replace(sources.profiles["chatbot"], max_latency_s=1.5, lanes=("standard",))
    assert sources.profiles["chatbot"].max_latency_s == 2.0


def test_a_profile_of_one_s_own_waits_or_does_not_by_how_long_it_may_take(read: Read) -> None:
    found = policy(
        read,
        "standard",
        "",
        "profiles:\n  quick: {max_latency: 60s, lanes: standard}\n"
        "  slow: {max_latency: 61s, lanes: [standard], review: true}\n",
    ).profiles
    assert found["quick"] == Profile(
        name="quick", max_latency_s=60.0, lanes=("standard",), latency="interactive",
    )  # fmt: skip
    assert found["slow"] == Profile(
        name="slow", max_latency_s=61.0, lanes=("standard",), latency="can_wait", review=True,
    )  # fmt: skip


def test_kinds_of_work_are_changed_and_added(read: Read, sources: Sources) -> None:
    text = "tasks: {invoice_check: {grade: hard, check: business_rules}, proof: {grade: hard}}\n"
    found = policy(read, "standard", "", text).tasks
    assert found["invoice_check"] == Task(name="invoice_check", gain="helps", grade="hard", check="business_rules")
    assert found["proof"] == replace(sources.tasks["proof"], grade="hard")


def test_without_anything_shipped_the_file_stands_alone(sources: Sources) -> None:
    bare = Sources(catalog=sources.catalog, facts_of=sources.facts_of, prices_of=sources.prices_of)
    text = "providers: {openai: {}}\nlanes: {a: {deployments: [openai/m]}}\ntasks: {t: {grade: easy}}\n"
    found = load(text, file="f", environment={}, sources=bare, today=dt.date(2026, 1, 1)).policy
    assert (found.profiles, list(found.tasks)) == ({}, ["t"])
