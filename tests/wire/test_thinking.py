from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanewise.core.policy import ModelFacts
from lanewise.wire.thinking import BUDGET_TOKENS, LEVELS, Wish, budget_for, level_for, level_of_budget
from wire.calls import HELLO, MESSAGES, chat, sent, sent_json, unhurried

BUDGET = ModelFacts(thinking="budget", thinking_budget_tokens=(1_024, 60_000))
ADAPTIVE = ModelFacts(thinking="adaptive", efforts=("low", "medium", "high", "max"), sampling=False)
TOOLS = [{"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}]
TOOL_LOOP = [
    {"role": "user", "content": "x"},
    {
        "role": "assistant",
        "tool_calls": [{"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}],
    },
    {"role": "tool", "tool_call_id": "c", "content": "1"},
]


@unhurried
@given(
    effort=st.none() | st.sampled_from(LEVELS),
    budget=st.none() | st.integers(0, 200_000),
    cap=st.integers(1, 200_000),
    least=st.integers(1, 4_096),
    most=st.integers(4_096, 100_000),
    always=st.booleans(),
)
def test_a_budget_always_leaves_room_for_an_answer(
    effort: str | None, budget: int | None, cap: int, least: int, most: int, always: bool
) -> None:
    facts = ModelFacts(thinking="budget", thinking_budget_tokens=(least, most), thinking_always=always)
    tokens = budget_for(facts, Wish(effort, budget), cap)
    assert tokens == 0 or least <= tokens <= most
    assert tokens < cap


def test_levels_and_budgets_agree_both_ways() -> None:
    for level in LEVELS:
        assert level_of_budget(BUDGET_TOKENS[level]) == level
    assert [BUDGET_TOKENS[level] for level in LEVELS] == sorted(BUDGET_TOKENS[level] for level in LEVELS)
    assert 2_000 <= BUDGET_TOKENS["low"] <= 4_096
    assert 8_000 <= BUDGET_TOKENS["medium"] <= 16_384
    assert 16_000 <= BUDGET_TOKENS["high"] <= 32_768


@unhurried
@given(wish=st.sampled_from(LEVELS), known=st.lists(st.sampled_from(LEVELS), min_size=1, unique=True))
def test_the_level_sent_is_always_one_the_model_knows(wish: str, known: Any) -> None:
    level = level_for(tuple(sorted(known, key=LEVELS.index)), Wish(wish, None))
    assert level in known
    if wish in known:
        assert level == wish
    if level == "none":
        assert wish == "none" or known == ["none"]


@pytest.mark.parametrize(
    ("effort", "cap", "tokens"), [("low", 8_192, 4_096), ("high", 64_000, 32_768), ("high", 16_384, 15_360)]
)
def test_effort_becomes_a_budget_where_the_model_wants_one(effort: str, cap: int, tokens: int) -> None:
    body = sent_json(HELLO, dialect=MESSAGES, facts=BUDGET, effort=effort, max_output_tokens=cap)
    assert body["thinking"] == {"type": "enabled", "budget_tokens": tokens}
    assert body["max_tokens"] == cap


def test_a_lanes_budget_beats_its_effort() -> None:
    body = sent_json(
        HELLO, dialect=MESSAGES, facts=BUDGET, effort="high", thinking_budget_tokens=2_000, max_output_tokens=9_000
    )
    assert body["thinking"]["budget_tokens"] == 2_000


def test_a_cap_too_small_for_thinking_switches_it_off_and_says_so() -> None:
    wire = sent(chat(max_tokens=1_000), dialect=MESSAGES, facts=BUDGET, effort="high")
    assert b"thinking" not in wire.body
    assert wire.dropped == ("thinking: the output cap leaves no room for the least budget",)


def test_an_adaptive_model_gets_effort_and_shows_its_thinking() -> None:
    body = sent_json(HELLO, dialect=MESSAGES, facts=ADAPTIVE, effort="high")
    assert body["thinking"] == {"type": "adaptive", "display": "summarized"}
    assert body["output_config"] == {"effort": "high"}


def test_a_budget_becomes_a_level_where_the_vendor_refuses_budgets() -> None:
    body = sent_json(HELLO, dialect=MESSAGES, facts=ADAPTIVE, thinking_budget_tokens=12_000)
    assert body["output_config"] == {"effort": "medium"}


@pytest.mark.parametrize("facts", [BUDGET, ADAPTIVE, ModelFacts()])
@pytest.mark.parametrize("effort", [None, "none"])
def test_nobody_asked_so_nothing_is_sent_or_lost(facts: ModelFacts, effort: Any) -> None:
    wire = sent(HELLO, dialect=MESSAGES, facts=facts, effort=effort)
    assert b"thinking" not in wire.body
    assert b"output_config" not in wire.body
    assert wire.dropped == ()


def test_a_model_that_always_thinks_thinks_as_little_as_it_can() -> None:
    facts = ModelFacts(thinking="adaptive", efforts=("low", "high"), thinking_always=True)
    assert sent_json(HELLO, dialect=MESSAGES, facts=facts, effort="none")["output_config"] == {"effort": "low"}


def test_a_model_without_thinking_says_what_was_lost() -> None:
    assert sent(HELLO, dialect=MESSAGES, effort="low").dropped == ("thinking: the model has none",)


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ({"tools": TOOLS, "tool_choice": "required"}, "where a tool must be called"),
        ({"messages": [{"role": "user", "content": "x"}, {"role": "assistant", "content": "So"}]}, "turn has begun"),
        ({"messages": TOOL_LOOP, "tools": TOOLS}, "without signed thinking"),
    ],
)
def test_where_the_vendor_would_answer_400_thinking_gives_way_visibly(members: dict[str, Any], reason: str) -> None:
    wire = sent(chat(**members), dialect=MESSAGES, facts=BUDGET, effort="low", max_output_tokens=9_000)
    assert b'"thinking"' not in wire.body
    assert any(reason in lost for lost in wire.dropped)


def test_an_adaptive_model_goes_on_thinking_in_a_tool_loop() -> None:
    body = sent_json(chat(messages=TOOL_LOOP, tools=TOOLS), dialect=MESSAGES, facts=ADAPTIVE, effort="low")
    assert body["thinking"]["type"] == "adaptive"


@pytest.mark.parametrize("limits", [{"effort": "low"}, {"thinking_budget_tokens": 4_096}])
@pytest.mark.parametrize("facts", [BUDGET, ADAPTIVE])
def test_tools_win_over_thinking_where_a_model_refuses_both_at_once(facts: ModelFacts, limits: Any) -> None:
    facts = dataclasses.replace(facts, tools_with_thinking=False)
    wire = sent(chat(tools=TOOLS), dialect=MESSAGES, facts=facts, max_output_tokens=9_000, **limits)
    assert b'"thinking"' not in wire.body
    assert wire.dropped == ("thinking: the model takes tools only without thinking",)
    assert sent(chat(tools=TOOLS), dialect=MESSAGES, facts=facts).dropped == ()


def test_sampling_gives_way_to_thinking() -> None:
    wire = sent(chat(temperature=0.2, top_p=0.5), dialect=MESSAGES, facts=BUDGET, effort="low", max_output_tokens=9_000)
    assert b"temperature" not in wire.body
    assert wire.dropped == (
        "temperature: the vendor samples in its own way while it thinks",
        "top_p: the vendor samples in its own way while it thinks",
    )
    default = sent(chat(temperature=1), dialect=MESSAGES, facts=BUDGET, effort="low", max_output_tokens=9_000)
    assert default.dropped == ()
