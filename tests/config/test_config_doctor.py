from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from lanewise.config.advice import Advice
from lanewise.config.doctor import examine
from lanewise.config.load import Loaded

TODAY = dt.date(2026, 11, 21)
Read = Callable[..., Loaded]

#: Two vendors everywhere, caps written, names routed, thinking only by rule: nothing to say but that nothing is checked.
SOUND = """\
providers: {openai: {}, anthropic: {}}
lanes:
  standard:  {deployments: [openai/gpt-5.4-mini, anthropic/claude-haiku-4-5], timeout: 30s}
  reasoning: {deployments: [anthropic/claude-opus-4-7, openai/gpt-5.5], effort: high, timeout: 5m}
models: {"*": auto}
routing: {rules: [{when: {task: proof}, lane: reasoning}]}
tenants: {"*": {budget: {daily: $5}}, acme: {budget: {daily: $50}}}
"""
THINKERS = "[anthropic/claude-opus-4-7, openai/gpt-5.5]"
KEYS = {"OPENAI_API_KEY": "a", "ANTHROPIC_API_KEY": "b"}


def advice(read: Read, text: str, *, today: dt.date = TODAY, **environment: str) -> dict[str, Advice]:
    policy = read(text, **(environment or KEYS)).policy
    return {each.code: each for each in examine(policy, today=today)}


def test_a_sound_policy_is_only_told_that_answers_are_unchecked(read: Read) -> None:
    assert list(advice(read, SOUND)) == ["no_verifier"]


@pytest.mark.parametrize(
    ("code", "old", "new", "says"),
    [
        ("single_deployment", "openai/gpt-5.4-mini, anthropic/claude-haiku-4-5", "openai/a", "The lane standard has one deployment"),
        ("single_vendor", "anthropic/claude-haiku-4-5", "openai/gpt-5.5", "All deployments of the lane standard are at openai"),
        ("single_deployment", THINKERS, "[openai/gpt-5.5], degrade_to: none", "The lane reasoning has one"),
        ("hedge_in_vain", THINKERS, "[openai/gpt-5.5], hedge_after: 2", "has one deployment, so nobody is asked"),
        ("hedge_in_vain", THINKERS, "[openai/gpt-5.5, openai/b], hedge_after: 2", "has the same vendor twice"),
        ("hedge_in_vain", THINKERS, "[openai/gpt-5.5, openai/b, anthropic/claude-opus-4-7], hedge_after: 2", "the same vendor twice"),
        ("waits_to_the_end", "effort: high", "effort: high, slow_after: none", "gets 504 after 300 s, and standard is not asked"),
        ("interactive_too_short", "routing: {", "routing: {interactive_deadline: 5s, ", "No lane usually answers within the 5 s"),
        ("cap_defaulted", '"*": {budget: {daily: $5}}, ', "", "the default of $50.00 a day holds"),
        ("uncapped", "acme: {budget: {daily: $50}}", "acme: {budget: {daily: none}}", "no cap at all for the tenant acme"),
        ("only_global_limit", ", acme: {budget: {daily: $50}}", "", "One set of limits holds for all tenants"),
        ("everything_pinned", 'models: {"*": auto}\n', "", "Every model name is pinned"),
        ("everything_reasoning", "rules: [{when: {task: proof}, lane: reasoning}]", "default: reasoning", "(reasoning)"),
        ("unpriced", "openai/gpt-5.4-mini", "openai/new-model", "Nobody knows the price of openai/new-model"),
        ("short_timeout", "timeout: 30s", "timeout: 3s", "The lane standard gives up after 3 s; 10 s is usual"),
        ("short_timeout", "timeout: 5m", "timeout: 60s", "The lane reasoning gives up after 60 s; 120 s is usual"),
        ("plain_http", "openai: {}", "openai: {base_url: 'http://api.example.com/v1'}", "over plain http at api.example.com"),
        ("model_retires_soon", "openai/gpt-5.4-mini", "openai/old-model", "openai/old-model (standard) will be switched off on 2026-12-01"),
    ],
)  # fmt: skip
def test_what_will_be_regretted_is_said_with_a_remedy(read: Read, code: str, old: str, new: str, says: str) -> None:
    assert old in SOUND
    found = advice(read, SOUND.replace(old, new, 1))
    assert code in found
    assert says in found[code].message
    assert found[code].remedy.endswith(".")
    assert found[code].text.startswith(f"{code}: ")
    assert set(found) - {"held_at_worst" if "hedge_after" in new else ""} == {code, "no_verifier"}


def test_a_lane_that_gives_way_to_another_vendor_s_is_no_single_point(read: Read) -> None:
    text = SOUND.replace(THINKERS, "[anthropic/claude-opus-4-7]")
    assert list(advice(read, text)) == ["no_verifier"]


def test_lanes_are_written_from_the_weakest_to_the_strongest(read: Read) -> None:
    providers, lanes, standard, reasoning, *rest = SOUND.splitlines(keepends=True)
    found = advice(read, "".join([providers, lanes, reasoning, standard, *rest]))
    assert set(found) == {"lanes_out_of_order", "no_verifier"}
    assert (
        "After the lane reasoning, which thinks, stand lanes that do not (standard)"
        in found["lanes_out_of_order"].message
    )


def test_giving_way_to_the_same_vendor_helps_nobody(read: Read) -> None:
    text = SOUND.replace(THINKERS, "[openai/gpt-5.5]").replace(
        "openai/gpt-5.4-mini, anthropic/claude-haiku-4-5", "openai/gpt-5.4-mini"
    )
    found = advice(read, text)
    assert set(found) == {"degrades_to_same_vendor", "single_deployment", "no_verifier"}
    assert (
        "The lane reasoning degrades to standard, and all of them are at openai"
        in found["degrades_to_same_vendor"].message
    )


def test_a_classifier_that_costs_more_than_what_it_saves_is_told(read: Read) -> None:
    routing = "classifier: small_model, small_model: {deployment: openai/tiny}, rules:"
    prices = "prices: {openai/tiny: {input: $IN, output: $1}, openai/gpt-5.4-mini: {input: $0.2, output: $1}}\n"
    text = SOUND.replace("rules:", routing) + prices
    found = advice(read, text.replace("$IN", "$0.3"))
    assert (
        "openai/tiny, which grades requests, costs more than openai/gpt-5.4-mini"
        in found["classifier_too_dear"].message
    )
    assert "classifier_too_dear" not in advice(read, text.replace("$IN", "$0.2"))


def test_where_every_grade_is_hard_work_everything_is_reasoning(read: Read) -> None:
    grades = "classifier: heuristic, default: reasoning, grades: {trivial: reasoning, easy: reasoning, moderate: reasoning}, rules:"
    assert "everything_reasoning" in advice(read, SOUND.replace("rules:", grades))
    assert "everything_reasoning" not in advice(
        read, SOUND.replace("rules:", "classifier: heuristic, default: reasoning, rules:")
    )


def test_a_missing_key_is_told_for_vendors_and_not_for_what_runs_here(read: Read) -> None:
    found = advice(read, SOUND, ANTHROPIC_API_KEY="b")
    assert "The provider openai has no api_key" in found["api_key_missing"].message
    here = SOUND.replace("openai: {}", "openai: {base_url: 'http://127.0.0.1:1/v1'}")
    assert list(advice(read, here, ANTHROPIC_API_KEY="b")) == ["no_verifier"]


def test_a_switched_off_model_is_told_first_and_one_far_from_it_not_at_all(read: Read) -> None:
    old = SOUND.replace("openai/gpt-5.4-mini", "openai/old-model")
    assert next(iter(advice(read, old, today=TODAY + dt.timedelta(days=10)))) == "model_retired"
    assert list(advice(read, old, today=TODAY - dt.timedelta(days=81))) == ["no_verifier"]
    assert "model_retires_soon" in advice(read, old, today=TODAY - dt.timedelta(days=80))


def test_one_routed_name_for_one_tenant_is_enough_not_to_be_pinned(read: Read) -> None:
    text = SOUND.replace('models: {"*": auto}\n', "").replace("{daily: $50}}", "{daily: $50}, models: {gpt-5: auto}}")
    assert list(advice(read, text)) == ["no_verifier"]


def test_the_policy_carries_the_advice_as_warnings(read: Read) -> None:
    policy = read(SOUND, **KEYS).policy
    assert policy.warnings == tuple(each.text for each in examine(policy, today=TODAY))
