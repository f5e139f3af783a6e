"""Whole messages and errors as callers of Anthropic's dialect get them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanewise.core.answer import Content, Finish, Generation, Thought, ToolCall
from lanewise.core.protocols.dialect import ErrorReport
from lanewise.core.refusal import Refusal
from lanewise.core.usage import Usage
from lanewise.wire import INBOUND, OUTBOUND
from wire.calls import CHAT, MESSAGES, messages

REQUEST = INBOUND[MESSAGES].read_request(messages(thinking={"type": "adaptive"}))
UNASKED = INBOUND[MESSAGES].read_request(messages())
CALL = ToolCall(id="call_1", name="f", arguments='{"x": 1.10}')


def body(content: Content, **more: Any) -> dict[str, Any]:
    settings: dict[str, Any] = {"dialect": CHAT, "content": content, "finish": Finish.STOP} | more
    generation = Generation(**settings)
    written = INBOUND[MESSAGES].write_answer(generation, REQUEST, b'{"run":"r"}', run_id="run_1", created_s=1)
    decoded: dict[str, Any] = json.loads(written)
    return decoded


def test_blocks_stand_in_the_order_of_the_dialect() -> None:
    told = body(Content(text="8", reasoning="hm", tool_calls=(CALL,)), finish=Finish.TOOL_CALLS, served_model="m-2")
    assert told == {
        "id": "msg_run_1",
        "type": "message",
        "role": "assistant",
        "model": "m-2",
        "content": [
            {"type": "thinking", "thinking": "hm", "signature": ""},
            {"type": "text", "text": "8"},
            {"type": "tool_use", "id": "call_1", "name": "f", "input": {"x": 1.1}},
        ],
        "stop_reason": "tool_use",
        "stop_sequence": None,
        "usage": {"input_tokens": 0, "output_tokens": 0},
        "lanewise": {"run": "r"},
    }


def test_arguments_keep_their_bytes() -> None:
    generation = Generation(dialect=CHAT, content=Content(tool_calls=(CALL,)), finish=Finish.TOOL_CALLS)
    written = INBOUND[MESSAGES].write_answer(generation, REQUEST, b"{}", run_id="r", created_s=1)
    assert b'"input":{"x": 1.10}' in written


THOUGHTS = (Thought(text="hm", signature="proof"), Thought(encrypted="xyz"))


def test_a_proof_is_shown_only_where_it_is_anthropic_s_own() -> None:
    content = Content(text="8", reasoning="hm", thoughts=THOUGHTS)
    assert body(content, dialect=MESSAGES)["content"][:2] == [
        {"type": "thinking", "thinking": "hm", "signature": "proof"},
        {"type": "redacted_thinking", "data": "xyz"},
    ]
    assert body(content)["content"][0] == {"type": "thinking", "thinking": "hm", "signature": ""}


def test_another_vendor_s_thinking_is_not_shown_to_who_did_not_ask_for_it() -> None:
    """Its clients take the first block for the answer."""
    generation = Generation(dialect=CHAT, content=Content(text="8", reasoning="hm"), finish=Finish.STOP)
    told = json.loads(INBOUND[MESSAGES].write_answer(generation, UNASKED, b"{}", run_id="r", created_s=1))
    assert told["content"] == [{"type": "text", "text": "8"}]


@pytest.mark.parametrize(
    ("finish", "reason"),
    [
        (Finish.STOP, "end_turn"),
        (Finish.LENGTH, "max_tokens"),
        (Finish.TOOL_CALLS, "tool_use"),
        (Finish.CONTENT_FILTER, "refusal"),
        (Finish.OTHER, "end_turn"),
        (None, "end_turn"),
    ],
)
def test_every_ending_has_a_word(finish: Finish | None, reason: str) -> None:
    assert body(Content(text="x"), finish=finish)["stop_reason"] == reason


def test_a_refusal_in_words_is_a_refusal_here() -> None:
    told = body(Content(refusal="I will not."))
    assert (told["content"], told["stop_reason"]) == ([{"type": "text", "text": "I will not."}], "refusal")


def test_usage_leaves_cached_input_out_of_the_input() -> None:
    usage = Usage(
        input_tokens=100,
        cached_tokens=60,
        cache_write_tokens=30,
        cache_write_1h_tokens=10,
        output_tokens=50,
        reasoning_tokens=20,
    )
    assert body(Content(text="x"), usage=usage)["usage"] == {
        "input_tokens": 10,
        "cache_read_input_tokens": 60,
        "cache_creation_input_tokens": 30,
        "cache_creation": {"ephemeral_5m_input_tokens": 20, "ephemeral_1h_input_tokens": 10},
        "output_tokens": 50,
        "output_tokens_details": {"thinking_tokens": 20},
    }


@pytest.mark.parametrize(
    ("call_id", "told"), [("call_1", "call_1"), ("a|b:c.d", "a_b_c_d"), ("", "toolu_run_1_0"), ("é", "_")]
)
def test_ids_have_only_letters_that_the_vendor_takes_back(call_id: str, told: str) -> None:
    blocks = body(Content(tool_calls=(ToolCall(id=call_id, name="f", arguments="{}"),)))["content"]
    assert blocks[0]["id"] == told


@pytest.mark.parametrize(
    ("arguments", "told"),
    [("", {}), (" ", {}), ('{"a":', {"unparsed": '{"a":'}), ("[1]", {"unparsed": "[1]"})],
)
def test_arguments_that_are_no_object_are_an_object_with_their_text(arguments: str, told: dict[str, Any]) -> None:
    assert body(Content(tool_calls=(ToolCall(id="t", name="f", arguments=arguments),)))["content"][0]["input"] == told


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, "invalid_request_error"),
        (401, "authentication_error"),
        (402, "billing_error"),
        (403, "permission_error"),
        (404, "not_found_error"),
        (409, "invalid_request_error"),
        (413, "request_too_large"),
        (429, "rate_limit_error"),
        (500, "api_error"),
        (502, "api_error"),
        (503, "overloaded_error"),
        (504, "timeout_error"),
        (529, "overloaded_error"),
    ],
)
def test_every_status_has_anthropic_s_type(status: int, kind: str) -> None:
    report = ErrorReport(status=status, kind="whatever", message="No", request_id="run_1")
    assert json.loads(INBOUND[MESSAGES].write_error(report)) == {
        "type": "error",
        "error": {"type": kind, "message": "No"},
        "request_id": "run_1",
    }


def test_what_the_shape_has_no_place_for_stands_beside_it() -> None:
    refusal = Refusal(policy="vendor_content_filter", reason="No")
    report = ErrorReport(status=400, kind="x", message="No", code="content_filter", param="messages", refusal=refusal)
    told = json.loads(INBOUND[MESSAGES].write_error(report))
    assert "request_id" not in told
    assert (told["lanewise"]["code"], told["lanewise"]["param"]) == ("content_filter", "messages")
    assert told["lanewise"]["refusal"]["policy"] == "vendor_content_filter"


TEXT = st.text(max_size=12)
OBJECTS = st.dictionaries(TEXT, st.integers() | TEXT | st.none(), max_size=3).map(json.dumps)
CALLS = st.lists(st.builds(ToolCall, id=st.sampled_from(["a", "b_1"]), name=TEXT, arguments=OBJECTS), max_size=2)
CONTENTS = st.builds(Content, text=TEXT, reasoning=TEXT, tool_calls=CALLS.map(tuple))


@given(CONTENTS, st.sampled_from([finish for finish in Finish if finish is not Finish.OTHER]), st.integers(0, 99))
def test_an_answer_means_the_same_one_gateway_further_on(content: Content, finish: Finish, tokens: int) -> None:
    usage = Usage(
        input_tokens=3 * tokens,
        cached_tokens=tokens,
        cache_write_tokens=tokens,
        output_tokens=tokens,
        reasoning_tokens=tokens // 2,
    )
    generation = Generation(dialect=CHAT, content=content, finish=finish, usage=usage, served_model="model-2026")
    written = INBOUND[MESSAGES].write_answer(generation, REQUEST, b"{}", run_id="r", created_s=1)

    read = OUTBOUND[MESSAGES].read_answer(written, want_content=True)

    assert (read.content, read.finish, read.served_model, read.failure) == (content, finish, "model-2026", None)
    assert read.usage is not None
    assert (read.usage.input_tokens, read.usage.cached_tokens, read.usage.cache_write_tokens) == (
        3 * tokens,
        tokens,
        tokens,
    )
    assert (read.usage.output_tokens, read.usage.reasoning_tokens) == (tokens, tokens // 2)
