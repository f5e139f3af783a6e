"""A Responses request as a conversation."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lanewise.core.conversation import Conversation, Text, Thinking, ToolResult, ToolUse, Turn
from lanewise.core.errors import InvalidRequest, UnknownResponse
from lanewise.core.request import Dialect, Earlier
from wire.responses_calls import FUNCTION, SPOKEN, asked


def read(earlier: Earlier | None = None, **members: Any) -> Conversation:
    return SPOKEN.read_conversation(asked(earlier, **members)).conversation


def lost(**members: Any) -> list[str]:
    return SPOKEN.read_conversation(asked(**members)).dropped


def user(text: str) -> Turn:
    return Turn(role="user", parts=(Text(text=text),))


CALL = {"type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "look_up", "arguments": '{"n": 1.0}'}
OUTPUT = {"type": "function_call_output", "call_id": "call_1", "output": "four"}


def test_a_plain_question() -> None:
    conversation = read(instructions="Be brief.", temperature=0.5, top_p=0.9, user="ada")
    assert conversation.turns == (user("Hello"),)
    assert conversation.system == (Text(text="Be brief."),)
    assert (conversation.temperature, conversation.top_p, conversation.user) == (0.5, 0.9, "ada")


def test_items_become_turns_of_two_sides() -> None:
    conversation = read(
        input=[
            {"role": "developer", "content": "Be brief."},
            {"role": "user", "content": "Look it up"},
            {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "sealed"},
            {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "I will"}]},
            CALL,
            OUTPUT,
            {"role": "user", "content": "And?"},
        ]
    )
    assert conversation.system == (Text(text="Be brief."),)
    assert conversation.turns == (
        user("Look it up"),
        Turn(
            role="assistant",
            parts=(
                Thinking(encrypted="sealed", id="rs_1", origin=Dialect.OPENAI_RESPONSES),
                Text(text="I will"),
                ToolUse(id="call_1", name="look_up", arguments='{"n": 1.0}'),
            ),
        ),
        Turn(role="user", parts=(ToolResult(call_id="call_1", parts=(Text(text="four"),)), Text(text="And?"))),
    )


def test_thinking_that_lanewise_wrote_for_another_vendor_goes_no_further() -> None:
    own = {"type": "reasoning", "id": "rs_lanewise_run_1_0", "summary": [{"type": "summary_text", "text": "hm"}]}
    again = [own, {"role": "user", "content": "Hello"}]
    assert read(input=again).turns == (user("Hello"),)
    assert lost(input=again) == ["reasoning: thinking is never sent to another vendor"]


def test_calls_of_tools_that_take_free_text_or_stand_in_a_namespace() -> None:
    conversation = read(
        input=[
            {"type": "custom_tool_call", "call_id": "a", "name": "patch", "input": "*** Begin"},
            {"type": "custom_tool_call_output", "call_id": "a", "output": [{"type": "input_text", "text": "done"}]},
            CALL | {"namespace": "agents"},
        ]
    )
    (first,), (answer,), (second,) = (turn.parts for turn in conversation.turns)
    assert first == ToolUse(id="a", name="patch", arguments='{"input":"*** Begin"}')
    assert answer == ToolResult(call_id="a", parts=(Text(text="done"),))
    assert isinstance(second, ToolUse)
    assert second.name == "agents__look_up"


def test_a_later_system_message_moves_to_the_front() -> None:
    later = [{"role": "user", "content": "Hello"}, {"role": "system", "content": "Be brief."}]
    assert read(input=later).system == (Text(text="Be brief."),)
    assert lost(input=later) == ["input: a system message after the first turn was moved to the front"]


def test_items_that_only_their_vendor_knows_are_dropped_and_told() -> None:
    items = [{"role": "user", "content": "Hello"}, {"type": "web_search_call", "id": "ws_1", "status": "completed"}]
    assert read(input=items).turns == (user("Hello"),)
    assert lost(input=items) == ["input[] web_search_call: only the dialect's own vendors know it"]


def test_tools_of_the_body_and_of_the_input() -> None:
    more = {"type": "additional_tools", "role": "developer", "tools": [FUNCTION | {"name": "later"}]}
    conversation = read(input=[{"role": "user", "content": "x"}, more], tools=[FUNCTION], parallel_tool_calls=False)
    assert [tool.name for tool in conversation.tools] == ["look_up", "later"]
    assert not conversation.tool_choice.parallel


def test_formats_and_log_probabilities() -> None:
    schema = {"type": "json_schema", "name": "sum", "strict": True, "schema": {"type": "object"}}
    conversation = read(text={"format": schema}, include=["message.output_text.logprobs"])
    assert json.loads(conversation.schema or b"") == {"type": "object"}
    assert (conversation.schema_name, conversation.schema_strict, conversation.json_mode) == ("sum", True, False)
    assert conversation.logprobs == 0
    assert read(text={"format": {"type": "json_object"}}, top_logprobs=3).json_mode
    assert read(top_logprobs=3).logprobs == 3
    assert read(top_logprobs=0).logprobs is None


def test_what_was_said_before_comes_first() -> None:
    earlier = Earlier(items=json.dumps([{"role": "user", "content": "First?"}, CALL]).encode())
    conversation = read(earlier, previous_response_id="resp_1", input=[OUTPUT])
    assert [turn.role for turn in conversation.turns] == ["user", "assistant", "user"]
    assert conversation.turns[0] == user("First?")


def test_an_item_that_is_only_named_stands_in_its_place() -> None:
    earlier = Earlier(named={"msg_1": b'{"type":"message","role":"assistant","content":"Yes"}'})
    items = [
        {"role": "user", "content": "a"},
        {"type": "item_reference", "id": "msg_1"},
        {"role": "user", "content": "b"},
    ]
    assert [turn.role for turn in read(earlier, input=items).turns] == ["user", "assistant", "user"]


@pytest.mark.parametrize(
    ("members", "param"),
    [
        ({"previous_response_id": "resp_1"}, "previous_response_id"),
        ({"input": [{"type": "item_reference", "id": "msg_1"}]}, "input[0]"),
    ],
)
def test_what_nobody_here_remembers_is_not_found(members: dict[str, Any], param: str) -> None:
    with pytest.raises(UnknownResponse) as refused:
        read(**members)
    assert (refused.value.status, refused.value.param) == (404, param)


@pytest.mark.parametrize(
    ("members", "param"),
    [
        ({"input": [{"role": "robot", "content": "x"}]}, "input[0].role"),
        (
            {"input": [{"role": "system", "content": [{"type": "input_image", "image_url": "https://a"}]}]},
            "input[0].content",
        ),
        ({"input": [{"type": "function_call", "name": "f"}]}, "input[0]"),
        ({"input": [{"type": "function_call_output", "output": "x"}]}, "input[0].call_id"),
        ({"input": [{"role": "user", "content": [{"type": "input_audio"}]}]}, "input[0].content[0].type"),
        ({"conversation": "conv_1"}, "conversation"),
        ({"temperature": "hot"}, "temperature"),
    ],
)
def test_what_cannot_be_said_is_refused_by_its_place(members: dict[str, Any], param: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        read(**members)
    assert refused.value.param == param
