from __future__ import annotations

import json
from typing import Any

import pytest

from lanewise.core.errors import InvalidRequest
from lanewise.core.policy import ModelFacts
from wire.calls import HELLO, chat, sent, sent_json

PLAIN = ModelFacts()
REASONER = ModelFacts(
    thinking="effort",
    efforts=("minimal", "low", "medium", "high"),
    sampling=False,
    logprobs=False,
    output_cap="max_completion_tokens",
)


def test_only_the_model_and_the_cap_change_and_every_other_byte_stays() -> None:
    body = b'{ "model" : "any", "temperature":1.10,\n"messages":[{"role":"user","content":"\\u00e9 \\/"}], "x":{"y":[1.0]} }'
    wire = sent(body)
    assert wire.path == "/chat/completions"
    assert wire.dropped == ()
    expected = body.replace(b'"any"', b'"served-model"').replace(b"[1.0]}", b'[1.0]},"max_tokens":4096')
    assert wire.body == expected


def test_a_request_that_says_it_all_already_is_sent_as_it_came() -> None:
    body = b'{"model":"served-model","messages":[{"role":"user","content":"x"}],"max_tokens":7}'
    assert sent(body).body == body


@pytest.mark.parametrize(
    ("asked", "efforts", "expected"),
    [
        ("high", ("low", "medium", "high"), "high"),
        ("xhigh", ("low", "medium", "high"), "high"),
        ("minimal", ("low", "medium"), "low"),
        ("medium", ("low", "high"), "low"),
        ("none", ("minimal", "low"), "minimal"),
        ("none", ("none", "low"), "none"),
        ("minimal", ("none", "low"), "low"),
    ],
)
def test_effort_is_set_to_the_nearest_level_the_model_knows(asked: str, efforts: Any, expected: str) -> None:
    facts = ModelFacts(thinking="effort", efforts=efforts)
    assert sent_json(chat(reasoning_effort=asked), facts=facts)["reasoning_effort"] == expected


def test_the_lanes_effort_overrules_the_callers() -> None:
    assert sent_json(chat(reasoning_effort="high"), facts=REASONER, effort="low")["reasoning_effort"] == "low"


@pytest.mark.parametrize(("tokens", "level"), [(2_000, "low"), (8_000, "medium"), (16_384, "medium"), (30_000, "high")])
def test_a_lanes_thinking_tokens_become_a_level(tokens: int, level: str) -> None:
    assert sent_json(HELLO, facts=REASONER, thinking_budget_tokens=tokens)["reasoning_effort"] == level


def test_a_level_nobody_knows_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="minimal, low, medium, high"):
        sent(chat(reasoning_effort="ultra"), facts=REASONER)


def test_effort_is_removed_where_the_model_has_none_and_the_loss_is_told() -> None:
    wire = sent(chat(reasoning_effort="high"))
    assert b"reasoning_effort" not in wire.body
    assert wire.dropped == ("reasoning_effort: the model has no thinking to steer",)


def test_openrouters_own_way_to_ask_for_thinking_is_kept_and_edited_inside() -> None:
    body = chat(reasoning={"max_tokens": 500, "exclude": True})
    assert sent_json(body, facts=REASONER, effort="low")["reasoning"] == {"effort": "low", "exclude": True}


def test_a_stream_always_asks_for_usage_and_keeps_the_callers_other_options() -> None:
    assert sent_json(chat(stream=True))["stream_options"] == {"include_usage": True}
    options = {"include_obfuscation": False, "include_usage": False}
    expected = {"include_obfuscation": False, "include_usage": True}
    assert sent_json(chat(stream=True, stream_options=options))["stream_options"] == expected


def test_stream_options_are_left_out_where_the_vendor_does_not_know_them() -> None:
    wire = sent(chat(stream=True, stream_options={"include_usage": True}), stream_usage=False)
    assert b"stream_options" not in wire.body
    assert wire.dropped == ("stream_options: the vendor does not know it",)


def test_a_stream_can_be_asked_for_whole() -> None:
    body = sent_json(chat(stream=True, stream_options={"include_usage": True}), stream=False)
    assert body["stream"] is False
    assert "stream_options" not in body


def test_sampling_is_dropped_where_the_model_takes_none_and_only_real_losses_are_told() -> None:
    wire = sent(chat(temperature=1, top_p=0.5, presence_penalty=0.0, logprobs=True, top_logprobs=0), facts=REASONER)
    body = json.loads(wire.body)
    assert not body.keys() & {"temperature", "top_p", "presence_penalty", "logprobs", "top_logprobs"}
    assert wire.dropped == (
        "top_p: the model takes no sampling parameters",
        "logprobs: the model gives no log-probabilities",
        "top_logprobs: the model gives no log-probabilities",
    )


TOOL = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}
EITHER = ModelFacts(thinking="effort", efforts=("none", "low", "high"), tools_with_thinking=False)


@pytest.mark.parametrize("told", [{"tools": [TOOL]}, {"functions": [{"name": "f"}]}])
@pytest.mark.parametrize(("asked", "limits"), [({}, {}), ({"reasoning_effort": "high"}, {}), ({}, {"effort": "low"})])
def test_tools_win_over_thinking_where_a_model_refuses_both_at_once(
    told: dict[str, Any], asked: dict[str, Any], limits: Any
) -> None:
    wire = sent(chat(**told, **asked), facts=EITHER, **limits)
    assert json.loads(wire.body)["reasoning_effort"] == "none"
    assert wire.dropped == ("reasoning_effort: the model takes tools only without thinking, so 'none' was sent",)


def test_nothing_is_lost_to_tools_where_nobody_thinks_or_there_are_none() -> None:
    assert sent(chat(tools=[TOOL], reasoning_effort="none"), facts=EITHER).dropped == ()
    assert sent(chat(tools=[TOOL]), facts=ModelFacts(tools_with_thinking=False)).dropped == ()
    assert sent_json(chat(tools=[], reasoning_effort="high"), facts=EITHER)["reasoning_effort"] == "high"


FORCED: list[dict[str, Any]] = [
    {"tool_choice": "required"},
    {"tool_choice": {"type": "function", "function": {"name": "f"}}},
    {"tool_choice": {"type": "allowed_tools", "allowed_tools": {"mode": "required", "tools": [TOOL]}}},
    {"function_call": {"name": "f"}},
]


@pytest.mark.parametrize("choice", FORCED)
def test_a_forced_tool_becomes_a_free_choice_where_the_model_refuses_force(choice: dict[str, Any]) -> None:
    (key,) = choice
    wire = sent(chat(tools=[TOOL], **choice), facts=ModelFacts(forced_tools=False))
    assert json.loads(wire.body)[key] == "auto"
    assert wire.dropped == (f"{key}: the model cannot be made to call a tool, so `auto` was sent",)
    assert sent_json(chat(tools=[TOOL], **choice))[key] == choice[key]


@pytest.mark.parametrize("choice", ["auto", "none", {"type": "allowed_tools", "allowed_tools": {"mode": "auto"}}])
def test_a_free_choice_of_tools_stays(choice: Any) -> None:
    wire = sent(chat(tools=[TOOL], tool_choice=choice), facts=ModelFacts(forced_tools=False))
    assert json.loads(wire.body)["tool_choice"] == choice
    assert wire.dropped == ()


def test_only_the_parameters_a_model_refuses_are_dropped() -> None:
    facts = ModelFacts(refused_parameters=("stop", "presence_penalty", "frequency_penalty"))
    wire = sent(chat(temperature=0.5, stop=["END"], presence_penalty=0.0, frequency_penalty=0.5), facts=facts)
    body = json.loads(wire.body)
    assert body["temperature"] == 0.5
    assert not body.keys() & {"stop", "presence_penalty", "frequency_penalty"}
    assert wire.dropped == ("stop: the model does not take it", "frequency_penalty: the model does not take it")


def test_a_json_schema_is_dropped_where_the_model_takes_none() -> None:
    body = chat(response_format={"type": "json_schema", "json_schema": {"name": "x", "schema": {}}})
    wire = sent(body, facts=ModelFacts(json_schema=False))
    assert b"response_format" not in wire.body
    assert wire.dropped == ("response_format: the model takes no JSON schema",)


def test_lanewises_own_keys_never_reach_the_vendor() -> None:
    body = chat(lanewise={"task": "code"}, metadata={"task": "code", "user": "u", "ticket": "T-1", "risk": "a7"})
    out = sent_json(body)
    assert "lanewise" not in out
    assert out["metadata"] == {"ticket": "T-1", "risk": "a7"}
    assert "metadata" not in sent_json(chat(metadata={"task": "code"}))


def test_a_key_said_twice_is_refused() -> None:
    body = b'{"model":"a","messages":[{"role":"user","content":"x"}],"max_tokens":1,"max_tokens":99999}'
    with pytest.raises(InvalidRequest, match="'max_tokens' stands twice"):
        sent(body)


def test_many_answers_and_unknown_things_pass_within_the_dialect() -> None:
    body = sent_json(chat(n=2, tools=[{"type": "web_search"}], brand_new={"a": 1}))
    assert (body["n"], body["tools"], body["brand_new"]) == (2, [{"type": "web_search"}], {"a": 1})
