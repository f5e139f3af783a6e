"""The same dialect in and out: the caller's bytes, and what is edited in them."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from lanewise.core.errors import InvalidRequest
from lanewise.core.policy import ModelFacts
from lanewise.core.protocols.dialect import WireCall
from lanewise.core.request import Passed
from lanewise.wire import OUTBOUND
from lanewise.wire.splice import splice
from wire.calls import MESSAGES, call, messages

BUDGET = ModelFacts(thinking="budget", thinking_budget_tokens=(1_024, 32_000), cache_markers=True)
ADAPTIVE = ModelFacts(thinking="adaptive", efforts=("low", "medium", "high", "max"), cache_markers=True)
BOTH = ModelFacts(thinking="adaptive", efforts=("low", "high"), thinking_budget_tokens=(1_024, 32_000))
NEWER = ModelFacts(
    thinking="adaptive", efforts=("low", "high"), sampling=False, thinking_always=True, forced_tools=False
)
TOOL = {"name": "f", "input_schema": {"type": "object"}}
ENABLED = {"type": "enabled", "budget_tokens": 4_096}


def test_a_tool_choice_of_whatever_type_is_for_the_vendor_to_judge() -> None:
    odd = messages(tools=[TOOL], tool_choice={"type": {}})
    assert json.loads(sent(odd, NEWER).body)["tool_choice"] == {"type": {}}


def test_nor_is_anything_else_in_a_tool_choice_read() -> None:
    odd = messages(tools=[TOOL], tool_choice={"type": "any", "most": 7}).replace(b"7}", b"1e99999}")
    assert b'"most":1e99999' in sent(odd, ADAPTIVE).body.replace(b" ", b"")


def test_a_lane_s_wish_to_think_is_left_out_of_a_warm_up() -> None:
    warmed = sent(messages(max_tokens=0), effort="high")
    assert "thinking" not in json.loads(warmed.body)
    assert warmed.dropped == ()


def sent(body: bytes, facts: ModelFacts = ADAPTIVE, **limits: Any) -> WireCall:
    limits = {"max_output_tokens": 1_000_000, **limits}
    return OUTBOUND[MESSAGES].write_call(call(body, spoken=MESSAGES, dialect=MESSAGES, facts=facts, **limits))


def said(facts: ModelFacts = ADAPTIVE, limits: dict[str, Any] | None = None, **members: Any) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(sent(messages(**members), facts, **(limits or {})).body)
    return body


def lost(facts: ModelFacts = ADAPTIVE, limits: dict[str, Any] | None = None, **members: Any) -> tuple[str, ...]:
    return sent(messages(**members), facts, **(limits or {})).dropped


def test_every_byte_but_the_model_s_name_stays() -> None:
    body = (
        b'{ "model" : "any","max_tokens":100, "temperature":1.10,\n"later":{"x":[1.0]},"tools":[{"type":"later_1"}],'
        b'"messages":[{"role":"user","content":[{"type":"later","text":"\\u00e9"}]}] }'
    )
    wire = sent(body)
    assert wire.body == body.replace(b'"any"', b'"served-model"')
    assert (wire.path, wire.headers, wire.dropped) == ("/messages", (("anthropic-version", "2023-06-01"),), ())


def test_a_caller_s_own_version_is_not_contradicted() -> None:
    made = call(messages(), spoken=MESSAGES, dialect=MESSAGES)
    passed = Passed(headers=(("anthropic-version", "2023-01-01"),))
    made = msgspec.structs.replace(made, request=msgspec.structs.replace(made.request, passed=passed))
    assert OUTBOUND[MESSAGES].write_call(made).headers == ()


def test_the_cap_is_what_was_reserved_for() -> None:
    assert said(limits={"max_output_tokens": 10})["max_tokens"] == 10
    assert said(ModelFacts(max_output_tokens=7))["max_tokens"] == 7


def test_lanewise_s_own_keys_stay_here() -> None:
    body = said(lanewise={"task": "sum"}, metadata={"user_id": "u", "task": "sum"})
    assert "lanewise" not in body
    assert body["metadata"] == {"user_id": "u"}


def test_a_stream_is_asked_for_as_the_call_needs_it() -> None:
    assert said(limits={"stream": True})["stream"] is True
    assert said(limits={"stream": False}, stream=True)["stream"] is False


class TestThinking:
    """The caller's own wish, as far as the model takes it."""

    @pytest.mark.parametrize(
        ("facts", "thinking"),
        [
            (BUDGET, ENABLED),
            (BOTH, ENABLED),
            (BOTH, {"type": "adaptive", "display": "omitted"}),
            (ADAPTIVE, {"type": "adaptive"}),
            (ADAPTIVE, {"type": "disabled"}),
            (ADAPTIVE, {"type": "later"}),
        ],
    )
    def test_what_the_model_takes_stays(self, facts: ModelFacts, thinking: dict[str, Any]) -> None:
        assert said(facts, thinking=thinking)["thinking"] == thinking
        assert lost(facts, thinking=thinking) == ()

    def test_a_budget_stays_below_the_cap_and_keeps_what_stands_beside_it(self) -> None:
        thinking = {"type": "enabled", "budget_tokens": 8_000, "display": "omitted"}
        body = said(BUDGET, {"max_output_tokens": 4_000}, thinking=thinking)
        assert body["thinking"] == {**thinking, "budget_tokens": 3_000}

    def test_a_cap_without_room_ends_the_thinking_and_says_so(self) -> None:
        assert "thinking" not in said(BUDGET, {"max_output_tokens": 500}, thinking=ENABLED)
        assert lost(BUDGET, {"max_output_tokens": 500}, thinking=ENABLED) == (
            "thinking: the output cap leaves no room for the least budget",
        )

    def test_a_budget_becomes_a_level_where_the_model_refuses_budgets(self) -> None:
        body = said(ADAPTIVE, thinking={**ENABLED, "display": "omitted"})
        assert body["thinking"] == {"type": "adaptive", "display": "omitted"}
        assert body["output_config"] == {"effort": "low"}

    def test_a_level_becomes_a_budget_where_the_model_knows_no_levels(self) -> None:
        body = said(BUDGET, thinking={"type": "adaptive"}, output_config={"effort": "low"})
        assert body["thinking"] == {"type": "enabled", "budget_tokens": 4_096}
        assert "output_config" not in body

    def test_a_level_that_the_model_lacks_becomes_its_nearest(self) -> None:
        assert said(BOTH, output_config={"effort": "max", "later": 1})["output_config"] == {
            "effort": "high",
            "later": 1,
        }
        assert said(ADAPTIVE, output_config={"effort": "beyond"})["output_config"] == {"effort": "beyond"}

    def test_a_model_without_thinking_is_not_asked_to(self) -> None:
        none = ModelFacts()
        assert "thinking" not in said(none, thinking=ENABLED)
        assert lost(none, thinking=ENABLED) == ("thinking: the model has none",)
        assert said(none, thinking={"type": "disabled"})["thinking"] == {"type": "disabled"}
        assert lost(none, output_config={"effort": "low"}) == ("output_config.effort: the model knows no levels",)

    def test_thinking_that_cannot_be_switched_off_is_not_tried_to(self) -> None:
        assert "thinking" not in said(NEWER, thinking={"type": "disabled"})
        assert lost(NEWER, thinking={"type": "disabled"}) == ("thinking: the model's thinking cannot be switched off",)

    def test_the_lane_s_word_wins(self) -> None:
        body = said(ADAPTIVE, {"effort": "low"}, thinking={"type": "disabled"}, temperature=0.5, top_p=0.99, top_k=5)
        assert (body["thinking"]["type"], body["output_config"]) == ("adaptive", {"effort": "low"})
        assert (body.get("temperature"), body.get("top_k"), body["top_p"]) == (None, None, 0.99)
        assert "thinking" not in said(ADAPTIVE, {"effort": "none"}, thinking={"type": "adaptive"})

    def test_a_lane_s_thinking_gives_way_to_what_the_vendor_refuses_beside_it(self) -> None:
        forced = lost(BUDGET, {"effort": "low"}, tools=[TOOL], tool_choice={"type": "any"})
        assert forced == ("thinking: the vendor does not think where a tool must be called",)
        begun = lost(BUDGET, {"effort": "low"}, messages=[*json.loads(messages())["messages"], answer(text("I"))])
        assert begun == ("thinking: the vendor does not think where the assistant's turn has begun",)
        loop = lost(BUDGET, {"effort": "low"}, messages=tool_loop())
        assert loop == ("thinking: a tool loop begun without signed thinking goes on without",)
        assert lost(BUDGET, {"effort": "low"}, messages=tool_loop(SIGNED)) == ()


SIGNED = {"type": "thinking", "thinking": "hm", "signature": "proof"}
UNSIGNED = {"type": "thinking", "thinking": "of another", "signature": ""}


def text(words: str) -> dict[str, Any]:
    return {"type": "text", "text": words}


def answer(*blocks: dict[str, Any]) -> dict[str, Any]:
    return {"role": "assistant", "content": list(blocks)}


def tool_loop(*thinking: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {"role": "user", "content": "x"},
        answer(*thinking, {"type": "tool_use", "id": "t", "name": "f", "input": {}}),
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t", "content": "y"}]},
    ]


def test_parameters_the_model_refuses_are_told_unless_they_ask_for_nothing() -> None:
    facts = ModelFacts(sampling=False, refused_parameters=("stop",), json_schema=False)
    format_ = {"type": "json_schema", "schema": {}}
    wire = sent(
        messages(temperature=1, top_p=0.5, top_k=5, stop_sequences=["END"], output_config={"format": format_}), facts
    )
    body = json.loads(wire.body)
    assert body.keys() == {"model", "max_tokens", "messages"}
    assert wire.dropped == (
        "top_p: the model takes no sampling parameters",
        "top_k: the model takes no sampling parameters",
        "stop_sequences: the model does not take it",
        "output_config.format: the model takes no JSON schema",
    )


def test_a_forced_tool_becomes_a_free_choice_where_the_model_refuses_force() -> None:
    for choice in ({"type": "any"}, {"type": "tool", "name": "f"}):
        assert said(NEWER, tools=[TOOL], tool_choice=choice)["tool_choice"] == {"type": "auto"}
    assert said(NEWER, tools=[TOOL], tool_choice={"type": "none"})["tool_choice"] == {"type": "none"}


def test_cache_markers_go_where_the_vendor_takes_none() -> None:
    marker = {"type": "ephemeral"}
    marked = {
        "cache_control": marker,
        "system": [{**text("s"), "cache_control": marker}],
        "tools": [{**TOOL, "cache_control": marker}],
        "messages": [
            {
                "role": "user",
                "content": [
                    {"type": "tool_result", "tool_use_id": "t", "content": [{**text("u"), "cache_control": marker}]}
                ],
            }
        ],
    }
    wire = sent(messages(**marked), ModelFacts())
    assert b"cache_control" not in wire.body
    assert wire.dropped == ("cache_control: the model takes no cache markers",)
    assert sent(messages(**marked)).body == splice(messages(**marked), {"model": b'"served-model"'})


def test_a_model_that_takes_no_tools_is_not_asked() -> None:
    with pytest.raises(InvalidRequest, match="takes no tools"):
        sent(messages(tools=[TOOL]), ModelFacts(tools=False))
