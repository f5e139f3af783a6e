"""What a Responses request asks for."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from lanewise.core.errors import InvalidRequest
from lanewise.core.request import Dialect
from lanewise.wire import INBOUND
from lanewise.wire.openai_responses.conversation import read_conversation
from lanewise.wire.openai_responses.request import MAX_LAST_TEXT
from wire.responses_calls import FUNCTION, asked


def message(role: str, *texts: str) -> dict[str, Any]:
    kind = "output_text" if role == "assistant" else "input_text"
    return {"type": "message", "role": role, "content": [{"type": kind, "text": text} for text in texts]}


IMAGE = {"type": "input_image", "image_url": "https://example.com/a.png"}
CALL = {"type": "function_call", "call_id": "call_1", "name": "look_up", "arguments": '{"a":1}'}


def test_a_plain_question() -> None:
    request = asked(instructions="Be brief.", stream=True, max_output_tokens=99, reasoning={"effort": "low"})
    assert (request.model, request.stream, request.max_output_tokens, request.effort) == ("any", True, 99, "low")
    assert (request.last_user_text, request.opening) == ("Hello", "Be brief.\nHello")
    assert request.input_chars == len("Be brief.Hello")
    assert not request.continues
    assert request.include_usage


def test_a_conversation_of_items() -> None:
    request = asked(
        input=[
            message("developer", "Be brief."),
            message("user", "First?"),
            CALL,
            {"type": "function_call_output", "call_id": "call_1", "output": "four"},
            {"role": "user", "content": [{"type": "input_text", "text": "What is"}, IMAGE]},
        ]
    )
    assert request.continues
    assert request.last_user_text == "What is"
    assert request.opening == "Be brief.\nFirst?"
    assert request.image_count == 1
    assert request.input_chars == len("Be brief.First?four" + "What is" + '{"a":1}')


@pytest.mark.parametrize("odd", [{}, [], 5, None])
def test_a_part_of_whatever_type_is_for_the_vendor_to_judge(odd: Any) -> None:
    request = asked(input=[{"type": "custom_tool_call_output", "call_id": "c", "output": [{"type": odd}, IMAGE]}])
    assert (request.image_count, request.has_files) == (1, False)


@pytest.mark.parametrize("named", [{"previous_response_id": "resp_1"}, {"conversation": "conv_1"}])
def test_what_goes_on_from_an_earlier_answer_continues(named: dict[str, Any]) -> None:
    assert asked(**named).continues


@pytest.mark.parametrize("nothing", [{"input": None}, {"input": ""}, {"input": []}], ids=str)
def test_without_an_input_its_own_vendor_judges_whether_that_is_a_question(nothing: dict[str, Any]) -> None:
    request = asked(**nothing)
    assert (request.last_user_text, request.input_chars) == ("", 0)
    with pytest.raises(InvalidRequest, match=r"`input`: it is (missing|empty); write a string"):
        read_conversation(request)


def test_the_background_is_refused_until_there_are_durable_jobs() -> None:
    assert asked(background=False).model == "any"
    with pytest.raises(InvalidRequest, match="not available; write false") as refused:
        asked(background=True)
    assert refused.value.param == "background"


@pytest.mark.parametrize(
    ("tools", "of_vendor"),
    [
        ([FUNCTION], False),
        ([FUNCTION, {"type": "custom", "name": "patch"}, {"type": "namespace", "name": "a", "tools": []}], False),
        ([FUNCTION, {"type": "web_search", "external_web_access": True}], True),
        ([{"type": "mcp", "server_label": "x"}], True),
        ([{"type": "a_later_invention"}], True),
        ([5], False),
    ],
)
def test_tools_and_who_runs_them(tools: list[Any], of_vendor: bool) -> None:
    request = asked(tools=tools)
    assert (request.has_tools, request.vendor_tools) == (True, of_vendor)


def test_tools_may_come_with_the_input() -> None:
    assert asked(input=[{"type": "additional_tools", "role": "developer", "tools": [FUNCTION]}]).has_tools
    assert not asked().has_tools


@pytest.mark.parametrize(
    ("kind", "read"), [("json_schema", "json_schema"), ("json_object", "json_object"), ("text", None)]
)
def test_the_format_that_is_asked_for(kind: str, read: str | None) -> None:
    assert asked(text={"format": {"type": kind}}).response_format == read
    assert asked(text={"verbosity": "low"}).response_format is None


def test_hints_come_in_its_own_key_or_in_the_metadata() -> None:
    assert asked(lanewise={"task": "sum"}).hints.task == "sum"
    assert asked(metadata={"feature": "search", "order": "4711"}).hints.feature == "search"


def test_a_long_last_message_loses_its_middle() -> None:
    text = asked(input="a" * MAX_LAST_TEXT + "?").last_user_text
    assert len(text) == MAX_LAST_TEXT
    assert text.endswith("a?")


def test_items_and_parts_of_kinds_yet_to_come_pass() -> None:
    items = [{"type": "later", "content": {"deep": [1]}, "output": 5}, {"role": "user", "content": "x"}]
    assert asked(input=items).last_user_text == "x"


@pytest.mark.parametrize(("written", "uses"), [(3, 3), (0, 0), (None, None), ("3", None), (-1, None)])
def test_how_often_the_vendor_s_tools_may_be_used(written: object, uses: int | None) -> None:
    body = {"model": "m", "input": "Hi", "tools": [{"type": "web_search"}], "max_tool_calls": written}
    assert INBOUND[Dialect.OPENAI_RESPONSES].read_request(msgspec.json.encode(body)).vendor_tool_uses == uses
