"""Structured answers through a tool: asked for where a model has no other way, and read as the words they are."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lanewise.core.answer import Finish
from lanewise.core.conversation import Conversation, Text, Tool, ToolChoice, Turn
from lanewise.core.policy import ModelFacts
from lanewise.wire import OUTBOUND
from lanewise.wire.anthropic.answer_tool import ANSWER_TOOL, ASKED_THROUGH_A_TOOL, with_answer_tool
from wire.calls import MESSAGES, chat, read_whole, sent

SCHEMA = {"type": "object", "properties": {"x": {"maximum": 1.10}}}
WITHOUT = ModelFacts(json_schema=False, logprobs=False)
TOOL = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}
HELLO = (Turn(role="user", parts=(Text(text="Hello"),)),)


def format_(schema: Any = SCHEMA) -> dict[str, Any]:
    return {"type": "json_schema", "json_schema": {"name": "n", "schema": schema}}


def asked(facts: ModelFacts = WITHOUT, **members: Any) -> tuple[dict[str, Any], tuple[str, ...]]:
    wire = sent(chat(**members), dialect=MESSAGES, facts=facts)
    return json.loads(wire.body), wire.dropped


def test_a_schema_becomes_a_tool_that_must_be_called() -> None:
    body, dropped = asked(response_format=format_())
    (tool,) = body["tools"]
    assert (tool["name"], tool["input_schema"]) == (ANSWER_TOOL, SCHEMA)
    assert body["tool_choice"] == {"type": "tool", "name": ANSWER_TOOL}
    assert "output_config" not in body
    assert dropped == (ASKED_THROUGH_A_TOOL,)


def test_beside_a_caller_s_own_tools_one_of_all_must_be_called() -> None:
    body, _ = asked(response_format=format_(), tools=[TOOL])
    assert [tool["name"] for tool in body["tools"]] == ["f", ANSWER_TOOL]
    assert body["tool_choice"] == {"type": "any"}
    body, _ = asked(response_format=format_(), tools=[TOOL], tool_choice="none")
    assert body["tool_choice"] == {"type": "tool", "name": ANSWER_TOOL}


def test_where_a_tool_is_called_anyway_there_is_no_answer_to_form() -> None:
    body, dropped = asked(response_format=format_(), tools=[TOOL], tool_choice="required")
    assert [tool["name"] for tool in body["tools"]] == ["f"]
    assert dropped == ()


def test_json_of_any_shape_is_asked_for_in_the_same_way_where_the_model_does_not_think() -> None:
    body, dropped = asked(ModelFacts(logprobs=False), response_format={"type": "json_object"})
    assert body["tools"][0]["input_schema"] == {"type": "object"}
    assert dropped == (ASKED_THROUGH_A_TOOL,)
    thinks = ModelFacts(thinking="adaptive", efforts=("low",), logprobs=False)
    body, dropped = asked(thinks, response_format={"type": "json_object"}, reasoning_effort="low")
    assert "tools" not in body
    assert dropped == ("response_format: this vendor has no JSON mode without a schema",)


def test_a_schema_is_worth_more_than_thinking() -> None:
    facts = ModelFacts(json_schema=False, logprobs=False, thinking="budget", thinking_budget_tokens=(1_024, 9_000))
    body, dropped = asked(facts, response_format=format_(), reasoning_effort="low")
    assert "thinking" not in body
    assert dropped == (ASKED_THROUGH_A_TOOL, "thinking: the vendor does not think where a tool must be called")


@pytest.mark.parametrize("schema", [{"type": "array"}, {"type": "string"}, {"anyOf": []}])
def test_what_is_no_object_cannot_be_a_tool_s_arguments(schema: dict[str, Any]) -> None:
    body, dropped = asked(response_format=format_(schema))
    assert "tools" not in body
    assert dropped == ("response_format: the model takes no JSON schema",)


def test_a_model_that_cannot_be_bound_at_all_is_not() -> None:
    facts = ModelFacts(json_schema=False, logprobs=False, forced_tools=False)
    body, dropped = asked(facts, response_format=format_())
    assert "tools" not in body
    assert dropped == ("response_format: the model has no way to be bound to a form",)


def test_calls_may_still_be_wanted_one_at_a_time() -> None:
    dropped: list[str] = []
    conversation = Conversation(
        turns=HELLO, schema=b'{"properties":{}}', tools=(Tool(name="f"),), tool_choice=ToolChoice(parallel=False)
    )
    told = with_answer_tool(conversation, dropped, thinks=False)
    assert (told.tool_choice, told.schema) == (ToolChoice(mode="any", parallel=False), None)


def message(*blocks: dict[str, Any]) -> bytes:
    told = {"type": "message", "model": "m", "stop_reason": "tool_use", "content": list(blocks), "usage": {}}
    return json.dumps(told).encode()


ANSWERED = {"type": "tool_use", "id": "t", "name": ANSWER_TOOL, "input": {"x": 1}}
CALLED = {"type": "tool_use", "id": "u", "name": "f", "input": {}}


def test_its_arguments_are_read_as_the_answer() -> None:
    for want_content in (True, False):
        answer = OUTBOUND[MESSAGES].read_answer(message(ANSWERED), want_content=want_content)
        assert (answer.finish, answer.empty) == (Finish.STOP, False)
        if answer.content is not None:
            assert (answer.content.text, answer.content.tool_calls) == ('{"x": 1}', ())
    prose = {"type": "text", "text": "Here it is:"}
    content = OUTBOUND[MESSAGES].read_answer(message(prose, ANSWERED, CALLED), want_content=True).content
    assert content is not None
    assert (content.text, [call.name for call in content.tool_calls]) == ('{"x": 1}', ["f"])
    assert OUTBOUND[MESSAGES].read_answer(message(ANSWERED, CALLED), want_content=False).finish is Finish.TOOL_CALLS


def event(kind: str, **members: Any) -> bytes:
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **members})}\n\n".encode()


@pytest.mark.parametrize("pieces", [['{"x":', " 1}"], []])
def test_a_stream_of_them_is_a_stream_of_words(pieces: list[str]) -> None:
    block = {**ANSWERED, "input": {} if pieces else {"x": 1}}
    stream = event("message_start", message={"model": "m"}) + event("content_block_start", index=0, content_block=block)
    for each in pieces:
        stream += event("content_block_delta", index=0, delta={"type": "input_json_delta", "partial_json": each})
    stream += event("content_block_stop", index=0) + event("message_delta", delta={"stop_reason": "tool_use"})
    deltas, failure = read_whole(OUTBOUND[MESSAGES].stream_reader(ModelFacts()), stream + event("message_stop"))
    assert failure is None
    assert "".join(delta.text for delta in deltas) == '{"x": 1}'
    assert [delta.finish for delta in deltas if delta.finish] == [Finish.STOP]
    assert not any(delta.tool_calls for delta in deltas)
