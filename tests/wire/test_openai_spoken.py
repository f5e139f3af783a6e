"""A conversation of any dialect said to a vendor of chat completions."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lanewise.core.conversation import Conversation, Text, Tool, ToolChoice, Translated, Turn
from lanewise.core.errors import InvalidRequest
from lanewise.core.policy import ModelFacts
from lanewise.core.protocols.dialect import WireCall
from lanewise.wire import OUTBOUND
from wire.calls import CHAT, MESSAGES, call, messages, written

HELLO = (Turn(role="user", parts=(Text(text="Hello"),)),)
TOOLS = (Tool(name="f", description="d", strict=True), Tool(name="g", schema=b'{"x": 1.10}'))
EFFORT = ModelFacts(thinking="effort", efforts=("low", "high"))


def wire(facts: ModelFacts | None = None, body: bytes | None = None, **members: Any) -> WireCall:
    made = call(body or messages(), spoken=MESSAGES, dialect=CHAT, facts=facts, max_output_tokens=100)
    return OUTBOUND[CHAT].write_call(made, Translated(Conversation(**{"turns": HELLO, **members}), ["earlier: loss"]))


def said(facts: ModelFacts | None = None, **members: Any) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(wire(facts, **members).body)
    return body


def test_a_plain_conversation_is_a_plain_call() -> None:
    told = wire()
    assert (told.path, told.headers, told.dropped) == ("/chat/completions", (), ("earlier: loss",))
    assert json.loads(told.body) == {
        "model": "served-model",
        "messages": [{"role": "user", "content": "Hello"}],
        "max_tokens": 100,
    }


def test_a_stream_tells_its_usage_to_the_bill() -> None:
    told = json.loads(wire(body=messages(stream=True)).body)
    assert (told["stream"], told["stream_options"]) == (True, {"include_usage": True})
    made = call(messages(stream=True), spoken=MESSAGES, dialect=CHAT, stream_usage=False)
    assert "stream_options" not in json.loads(written(made).body)


def test_tools_go_along_with_their_bytes() -> None:
    told = wire(tools=TOOLS)
    assert json.loads(told.body)["tools"] == [
        {
            "type": "function",
            "function": {
                "name": "f",
                "description": "d",
                "parameters": {"type": "object", "properties": {}},
                "strict": True,
            },
        },
        {"type": "function", "function": {"name": "g", "parameters": {"x": 1.1}}},
    ]
    assert b'{"x": 1.10}' in told.body


@pytest.mark.parametrize(
    ("choice", "members"),
    [
        (ToolChoice(), {}),
        (ToolChoice(mode="none"), {"tool_choice": "none"}),
        (ToolChoice(mode="any", parallel=False), {"tool_choice": "required", "parallel_tool_calls": False}),
        (ToolChoice(mode="tool", name="f"), {"tool_choice": {"type": "function", "function": {"name": "f"}}}),
    ],
)
def test_the_choice_of_a_tool(choice: ToolChoice, members: dict[str, Any]) -> None:
    told = said(tools=TOOLS, tool_choice=choice)
    assert {key: told[key] for key in told if key in {"tool_choice", "parallel_tool_calls"}} == members


def test_a_choice_without_tools_says_nothing() -> None:
    assert "tool_choice" not in said(tool_choice=ToolChoice(mode="none", parallel=False))


def test_of_tools_that_must_not_be_called_nothing_is_told() -> None:
    told = wire(tools=TOOLS, tool_choice=ToolChoice(mode="any", allowed=("g",)))
    body = json.loads(told.body)
    assert [tool["function"]["name"] for tool in body["tools"]] == ["g"]
    assert body["tool_choice"] == "required"
    assert "tools: those that must not be called were left out" in told.dropped


def test_force_gives_way_where_the_model_refuses_it() -> None:
    made = call(
        messages(tools=[{"name": "f", "input_schema": {"type": "object"}}], tool_choice={"type": "any"}),
        spoken=MESSAGES,
        dialect=CHAT,
        facts=ModelFacts(forced_tools=False),
    )
    told = written(made)
    assert json.loads(told.body)["tool_choice"] == "auto"
    assert told.dropped == ("tool_choice: the model cannot be made to call a tool, so `auto` was sent",)


def test_an_answer_s_form() -> None:
    told = wire(schema=b'{"type":"object","x":1.10}', schema_name="the answer", schema_strict=True)
    assert b'"schema":{"type":"object","x":1.10}' in told.body
    format_ = json.loads(told.body)["response_format"]
    assert (format_["type"], format_["json_schema"]["name"], format_["json_schema"]["strict"]) == (
        "json_schema",
        "the_answer",
        True,
    )
    assert said(json_mode=True)["response_format"] == {"type": "json_object"}
    assert "response_format" not in said(ModelFacts(json_schema=False), schema=b"{}")
    assert said(schema=b"{}")["response_format"]["json_schema"] == {"name": "answer", "schema": {}}


def test_sampling_and_what_there_is_no_word_for() -> None:
    members: dict[str, Any] = {
        "temperature": 0.5,
        "top_p": 0.9,
        "presence_penalty": 0.1,
        "frequency_penalty": 0.2,
        "seed": 7,
        "user": "u-1",
    }
    told = wire(**members, top_k=5, logprobs=3, stop=("a", "b", "c", "d", "e"))
    body = json.loads(told.body)
    assert {key: body[key] for key in members} == members
    assert (body["logprobs"], body["top_logprobs"], body["stop"]) == (True, 3, ["a", "b", "c", "d"])
    assert told.dropped[1:] == (
        "top_k: chat completions have no such parameter",
        "stop: chat completions take 4 stop sequences, so the others were left out",
    )
    assert "top_logprobs" not in said(logprobs=0)
    assert wire(user="u" * 65).dropped[1:] == ("user: chat completions take at most 64 characters",)


def test_what_the_model_cannot_take_is_told_as_for_any_chat_completion() -> None:
    facts = ModelFacts(sampling=False, logprobs=False, refused_parameters=("stop", "seed"))
    told = wire(facts, temperature=0.5, logprobs=0, stop=("END",), seed=7)
    assert json.loads(told.body).keys() == {"model", "messages", "max_tokens"}
    assert {each.partition(":")[0] for each in told.dropped} == {"earlier", "temperature", "logprobs", "stop", "seed"}


@pytest.mark.parametrize(
    ("facts", "members", "level"),
    [
        (EFFORT, {"thinking": {"type": "enabled", "budget_tokens": 20_000}}, "high"),
        (EFFORT, {"output_config": {"effort": "low"}}, "low"),
        (EFFORT, {}, None),
        (ModelFacts(), {"output_config": {"effort": "low"}}, None),
    ],
)
def test_how_hard_to_think(facts: ModelFacts, members: dict[str, Any], level: str | None) -> None:
    told = wire(facts, messages(**members))
    assert json.loads(told.body).get("reasoning_effort") == level
    lost = "reasoning_effort: the model has no thinking to steer"
    assert (lost in told.dropped) == (bool(members) and facts.thinking == "none")


def test_a_model_without_tools_is_not_asked() -> None:
    body = messages(tools=[{"name": "f", "input_schema": {}}])
    with pytest.raises(InvalidRequest, match="takes no tools"):
        wire(ModelFacts(tools=False), body)
