from __future__ import annotations

import json
from typing import Any

import pytest

from lanewise.core.errors import InvalidRequest
from lanewise.core.policy import ModelFacts
from wire.calls import HELLO, MESSAGES, chat, sent, sent_json

TOOL = {"type": "function", "function": {"name": "f", "description": "d", "parameters": {"type": "object"}}}


def _sent(*messages: dict[str, Any], **members: Any) -> dict[str, Any]:
    return sent_json(chat(messages=list(messages), **members), dialect=MESSAGES)


def _user(content: Any) -> dict[str, Any]:
    return {"role": "user", "content": content}


def test_a_plain_request_is_a_plain_call() -> None:
    wire = sent(HELLO, dialect=MESSAGES)
    assert wire.path == "/messages"
    assert ("anthropic-version", "2023-06-01") in wire.headers
    assert json.loads(wire.body) == {
        "model": "served-model",
        "max_tokens": 4_096,
        "messages": [{"role": "user", "content": "Hello"}],
    }
    assert wire.dropped == ()


def test_a_stream_is_asked_for_as_one() -> None:
    assert sent_json(chat(stream=True), dialect=MESSAGES)["stream"] is True


def test_system_and_developer_messages_become_the_system_prompt() -> None:
    body = _sent({"role": "system", "content": "A"}, {"role": "developer", "content": "B"}, _user("x"))
    assert body["system"] == [{"type": "text", "text": "A"}, {"type": "text", "text": "B"}]
    assert body["messages"] == [_user("x")]


def test_a_late_system_message_moves_to_the_front_and_says_so() -> None:
    wire = sent(chat(messages=[_user("x"), {"role": "system", "content": "A"}]), dialect=MESSAGES)
    assert json.loads(wire.body)["system"] == "A"
    assert wire.dropped == ("messages: a system message after the first turn was moved to the front",)


def test_a_system_message_alone_is_asked_as_the_users() -> None:
    wire = sent(chat(messages=[{"role": "system", "content": "Write a poem"}]), dialect=MESSAGES)
    body = json.loads(wire.body)
    assert body["messages"] == [_user("Write a poem")]
    assert "system" not in body
    assert wire.dropped == ("messages: a system message alone was sent as the user's",)


@pytest.mark.parametrize("choice", ["required", {"type": "function", "function": {"name": "f"}}])
def test_a_forced_tool_becomes_a_free_choice_where_the_model_refuses_force(choice: Any) -> None:
    thinking = ModelFacts(thinking="adaptive", efforts=("low", "high"), thinking_always=True, forced_tools=False)
    body = chat(tools=[TOOL], tool_choice=choice, parallel_tool_calls=False)
    wire = sent(body, dialect=MESSAGES, facts=thinking, effort="high")
    asked = json.loads(wire.body)
    assert asked["tool_choice"] == {"type": "auto", "disable_parallel_tool_use": True}
    assert asked["thinking"]["type"] == "adaptive"  # the free choice leaves it room
    assert wire.dropped == ("tool_choice: the model cannot be made to call a tool, so `auto` was sent",)


def test_parameters_a_model_refuses_by_name_are_dropped_visibly() -> None:
    facts = ModelFacts(refused_parameters=("stop", "top_p"))
    wire = sent(chat(stop="END", top_p=0.5), dialect=MESSAGES, facts=facts)
    assert not json.loads(wire.body).keys() & {"stop_sequences", "top_p"}
    assert wire.dropped == ("stop: the model does not take it", "top_p: the model does not take it")


def test_a_schema_for_the_answer_goes_along_byte_for_byte() -> None:
    body = (
        b'{"model":"m","messages":[{"role":"user","content":"x"}],"response_format":{"type":"json_schema",'
        b'"json_schema":{"name":"n","schema":{"type":"object", "x":1.10}}}}'
    )
    wire = sent(body, dialect=MESSAGES)
    assert b'"output_config":{"format":{"type":"json_schema","schema":{"type":"object", "x":1.10}}}' in wire.body
    assert wire.dropped == ()


@pytest.mark.parametrize(
    ("members", "expected", "dropped"),
    [
        ({"temperature": 0.3}, {"temperature": 0.3}, ()),
        ({"temperature": 1.5}, {"temperature": 1.0}, ("temperature: this vendor takes at most 1, which was sent",)),
        ({"top_p": 0.5, "top_k": 5}, {"top_p": 0.5, "top_k": 5}, ()),
        (
            {"temperature": 0.3, "top_p": 0.5},
            {"temperature": 0.3},
            ("top_p: newer models take temperature or top_p, not both",),
        ),
        ({"temperature": 0.3, "top_p": 1}, {"temperature": 0.3}, ()),
        ({"stop": "END"}, {"stop_sequences": ["END"]}, ()),
        ({"stop": ["A", "\n"]}, {"stop_sequences": ["A"]}, ("stop: this vendor takes no blank stop sequence",)),
        ({"user": "u-1"}, {"metadata": {"user_id": "u-1"}}, ()),
        ({"safety_identifier": "s"}, {"metadata": {"user_id": "s"}}, ()),
    ],
)
def test_settings_of_the_answer(members: dict[str, Any], expected: dict[str, Any], dropped: tuple[str, ...]) -> None:
    wire = sent(chat(**members), dialect=MESSAGES)
    body = json.loads(wire.body)
    for key in ("model", "max_tokens", "messages"):
        del body[key]
    assert body == expected
    assert wire.dropped == dropped


def test_a_model_without_sampling_gets_none() -> None:
    wire = sent(chat(temperature=0.3, top_p=1), dialect=MESSAGES, facts=ModelFacts(sampling=False))
    assert b"temperature" not in wire.body
    assert wire.dropped == ("temperature: the model takes no sampling parameters",)


@pytest.mark.parametrize(
    "messages",
    [
        [_user([{"type": "input_audio", "input_audio": {"data": "x", "format": "wav"}}])],
        [_user([{"type": "file", "file": {"file_id": "f"}}])],
        [_user("x"), {"role": "assistant", "content": None, "function_call": {"name": "f", "arguments": "{}"}}],
        [_user("x"), {"role": "function", "name": "f", "content": "1"}],
        [_user("x"), {"role": "tool", "content": "1"}],
        [_user("x"), {"role": "assistant", "tool_calls": [{"id": "c", "type": "custom", "custom": {"name": "x"}}]}],
        [_user("")],
    ],
)
def test_messages_that_cannot_be_said_are_refused_with_their_place(messages: list[dict[str, Any]]) -> None:
    with pytest.raises(InvalidRequest) as caught:
        _sent(*messages)
    assert caught.value.param is not None
    assert caught.value.param.startswith("messages")


def test_thinking_of_another_vendor_is_never_handed_on() -> None:
    history = [_user("x"), {"role": "assistant", "content": "y", "reasoning_content": "secret"}, _user("z")]
    wire = sent(chat(messages=history), dialect=MESSAGES)
    assert b"secret" not in wire.body
    assert wire.dropped == ("messages[].reasoning_content: thinking is never sent to another vendor",)
