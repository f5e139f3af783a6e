from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanewise.core.answer import Content, Delta, Finish, Thought, ToolCall
from lanewise.core.failure import Failure, FailureKind
from lanewise.core.policy import ModelFacts
from lanewise.wire import OUTBOUND
from wire.calls import MESSAGES, read_whole, unhurried


def _stream(*events: dict[str, Any]) -> bytes:
    return "".join(f"event: {event['type']}\ndata: {json.dumps(event)}   \n\n" for event in events).encode()


def _read(stream: bytes, cuts: list[int] | None = None) -> tuple[list[Delta], Failure | None]:
    return read_whole(OUTBOUND[MESSAGES].stream_reader(ModelFacts()), stream, cuts)


def _start(index: int, **block: Any) -> dict[str, Any]:
    return {"type": "content_block_start", "index": index, "content_block": block}


def _delta(index: int, **delta: Any) -> dict[str, Any]:
    return {"type": "content_block_delta", "index": index, "delta": delta}


def _stop(index: int) -> dict[str, Any]:
    return {"type": "content_block_stop", "index": index}


BEGIN = {
    "type": "message_start",
    "message": {
        "model": "claude-x",
        "content": [],
        "usage": {
            "input_tokens": 10,
            "cache_read_input_tokens": 4,
            "cache_creation_input_tokens": 3,
            "output_tokens": 1,
        },
    },
}
FINISH = {
    "type": "message_delta",
    "delta": {"stop_reason": "tool_use"},
    "usage": {"output_tokens": 90, "output_tokens_details": {"thinking_tokens": 60}},
}
END = {"type": "message_stop"}
WHOLE = _stream(
    BEGIN,
    _start(0, type="thinking", thinking="", signature=""),
    {"type": "ping"},
    _delta(0, type="thinking_delta", thinking="hm, é"),
    _delta(0, type="signature_delta", signature="c2ln"),
    _stop(0),
    _start(1, type="redacted_thinking", data="aGlkZGVu"),
    _stop(1),
    _start(2, type="text", text=""),
    _delta(2, type="text_delta", text="Grüße"),
    _stop(2),
    _start(3, type="server_tool_use", id="s", name="web_search", input={}),
    _delta(3, type="input_json_delta", partial_json='{"query": "x"}'),
    _stop(3),
    _start(4, type="tool_use", id="t1", name="f", input={}),
    _delta(4, type="input_json_delta", partial_json=""),
    _delta(4, type="input_json_delta", partial_json='{"x": 1.'),
    _delta(4, type="input_json_delta", partial_json='10, "é":"\\u00e9"}'),
    _stop(4),
    _start(5, type="tool_use", id="t2", name="g", input={}),
    _stop(5),
    _start(6, type="tool_use", id="t3", name="h", input={"whole": True}),
    _stop(6),
    {"type": "brand_new_event", "x": 1},
    FINISH,
    END,
)


def test_a_whole_stream_is_read() -> None:
    deltas, failure = _read(WHOLE)
    assert failure is None
    assert "".join(delta.text for delta in deltas) == "Grüße"
    assert "".join(delta.reasoning for delta in deltas) == "hm, é"
    assert [delta.signature for delta in deltas if delta.signature] == ["c2ln"]
    assert [delta.redacted for delta in deltas if delta.redacted] == ["aGlkZGVu"]
    assert [delta.finish for delta in deltas if delta.finish] == [Finish.TOOL_CALLS]
    assert [delta.served_model for delta in deltas if delta.served_model] == ["claude-x"]
    assert b"".join(delta.raw for delta in deltas) == WHOLE
    assert [delta.last for delta in deltas] == [False] * (len(deltas) - 1) + [True]


def test_tool_calls_are_counted_from_zero_and_whole_byte_for_byte() -> None:
    calls: dict[int, tuple[str | None, str | None, str]] = {}
    for delta in _read(WHOLE)[0]:
        for piece in delta.tool_calls:
            call_id, name, arguments = calls.get(piece.index, (None, None, ""))
            calls[piece.index] = (call_id or piece.id, name or piece.name, arguments + piece.arguments)
    assert calls == {
        0: ("t1", "f", '{"x": 1.10, "é":"\\u00e9"}'),
        1: ("t2", "g", "{}"),
        2: ("t3", "h", '{"whole": true}'),
    }


def test_usage_is_told_at_the_start_and_cumulative_at_the_end() -> None:
    first, last = [delta.usage for delta in _read(WHOLE)[0] if delta.usage]
    assert (first.input_tokens, first.cached_tokens, first.cache_write_tokens, first.output_tokens) == (17, 4, 3, 1)
    assert (last.input_tokens, last.output_tokens, last.reasoning_tokens) == (17, 90, 60)
    assert json.loads(last.raw)["cache_read_input_tokens"] == 4


def test_input_told_again_at_the_end_replaces_the_first_word() -> None:
    finish = {**FINISH, "usage": {"input_tokens": 50, "output_tokens": 9}}
    usage = [delta.usage for delta in _read(_stream(BEGIN, finish, END))[0] if delta.usage][-1]
    assert (usage.input_tokens, usage.output_tokens) == (57, 9)


@unhurried
@given(st.lists(st.integers(0, len(WHOLE)), max_size=12).map(sorted))
def test_cuts_anywhere_change_nothing(cuts: list[int]) -> None:
    assert _read(WHOLE, cuts) == _read(WHOLE)


def test_a_stream_byte_by_byte_is_the_same_stream() -> None:
    assert _read(WHOLE, list(range(len(WHOLE)))) == _read(WHOLE)


@pytest.mark.parametrize("events", [(BEGIN,), (BEGIN, FINISH), ()])
def test_a_stream_without_its_terminal_event_is_cut(events: tuple[dict[str, Any], ...]) -> None:
    _, failure = _read(_stream(*events))
    assert failure is not None
    assert failure.kind is FailureKind.CUT_STREAM


def test_a_terminal_event_counts_without_its_blank_line() -> None:
    _, failure = _read(WHOLE.rstrip())
    assert failure is None


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        ({"type": "overloaded_error", "message": "Overloaded"}, FailureKind.OVERLOADED),
        ({"type": "api_error", "message": "Overloaded"}, FailureKind.SERVER_ERROR),
        ({"type": "invalid_request_error", "message": "Overloaded"}, FailureKind.BAD_REQUEST),
        ({"type": "brand_new_error", "message": "Overloaded"}, FailureKind.ERROR_EVENT),
    ],
)
def test_an_error_event_ends_the_stream_and_is_told(error: dict[str, Any], kind: FailureKind) -> None:
    deltas, failure = _read(_stream(BEGIN, {"type": "error", "error": error}, END))
    assert [delta.last for delta in deltas] == [False, True]
    assert failure is not None
    assert (failure.kind, failure.message) == (kind, "Overloaded")


def test_an_answer_begun_again_in_the_middle_of_a_block_is_malformed() -> None:
    _, failure = _read(_stream(BEGIN, _start(0, type="text", text=""), BEGIN))
    assert failure is not None
    assert failure.kind is FailureKind.MALFORMED
    assert "began its answer again" in failure.message


def test_a_start_said_twice_in_a_row_does_no_harm() -> None:
    deltas, failure = _read(_stream(BEGIN, BEGIN, FINISH, END))
    assert failure is None
    assert [delta.served_model for delta in deltas if delta.served_model] == ["claude-x"]


def test_another_model_that_answers_instead_is_named() -> None:
    block = _start(0, type="fallback", **{"from": {"model": "claude-x"}, "to": {"model": "claude-y"}})
    deltas, _ = _read(_stream(BEGIN, block, _stop(0), FINISH, END))
    assert [delta.served_model for delta in deltas if delta.served_model] == ["claude-x", "claude-y"]


@pytest.mark.parametrize("data", ["{", "[]", '{"no": "type"}', '{"type":"content_block_delta","delta":5}'])
def test_bytes_the_dialect_does_not_allow_are_malformed(data: str) -> None:
    deltas, failure = _read(_stream(BEGIN) + f"data: {data}\n\n".encode() + _stream(FINISH, END))
    assert [(delta.served_model, delta.last) for delta in deltas] == [("claude-x", False), ("", True)]
    assert failure is not None
    assert failure.kind is FailureKind.MALFORMED
    assert "not a message event" in failure.message


def _message(*blocks: dict[str, Any], **members: Any) -> bytes:
    usage = {"input_tokens": 10, "cache_read_input_tokens": 4, "output_tokens": 9}
    message = {"type": "message", "model": "claude-x", "content": blocks, "stop_reason": "end_turn", "usage": usage}
    return json.dumps({**message, **members}).encode()


def test_a_whole_body_is_read_with_or_without_its_content() -> None:
    body = _message(
        {"type": "thinking", "thinking": "hm", "signature": "s"},
        {"type": "text", "text": "Grü"},
        {"type": "server_tool_use", "id": "s", "name": "web_search", "input": {}},
        {"type": "text", "text": "ße"},
        {"type": "tool_use", "id": "t", "name": "f", "input": {"x": 1}},
        {"type": "brand_new_block"},
    )
    full = OUTBOUND[MESSAGES].read_answer(body, want_content=True)
    assert full.content == Content(
        text="Grüße",
        reasoning="hm",
        tool_calls=(ToolCall(id="t", name="f", arguments='{"x": 1}'),),
        thoughts=(Thought(text="hm", signature="s"),),
    )
    assert (full.finish, full.served_model, full.failure) == (Finish.STOP, "claude-x", None)
    assert full.usage is not None
    assert (full.usage.input_tokens, full.usage.cached_tokens, full.usage.output_tokens) == (14, 4, 9)
    lean = OUTBOUND[MESSAGES].read_answer(body, want_content=False)
    assert lean.content is None
    assert (lean.usage, lean.finish) == (full.usage, full.finish)


@pytest.mark.parametrize(
    ("reason", "finish"),
    [
        ("end_turn", Finish.STOP),
        ("stop_sequence", Finish.STOP),
        ("max_tokens", Finish.LENGTH),
        ("model_context_window_exceeded", Finish.LENGTH),
        ("tool_use", Finish.TOOL_CALLS),
        ("refusal", Finish.CONTENT_FILTER),
        ("pause_turn", Finish.OTHER),
        (None, None),
    ],
)
def test_stop_reasons(reason: str | None, finish: Finish | None) -> None:
    assert OUTBOUND[MESSAGES].read_answer(_message(stop_reason=reason), want_content=False).finish is finish


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b'{"type":"error","error":{"type":"overloaded_error","message":"x"}}', FailureKind.OVERLOADED),
        (b'{"type":"message"}', FailureKind.MALFORMED),
        (b"oops", FailureKind.MALFORMED),
    ],
)
def test_a_body_that_is_no_answer_is_a_failure(body: bytes, kind: FailureKind) -> None:
    failure = OUTBOUND[MESSAGES].read_answer(body, want_content=True).failure
    assert failure is not None
    assert failure.kind is kind


@pytest.mark.parametrize(
    ("details", "refusal"), [({"type": "refusal", "explanation": "I will not."}, "I will not."), (None, ""), ("x", "")]
)
def test_a_vendor_s_refusal_is_told_in_its_own_words(details: Any, refusal: str) -> None:
    told = {"type": "message", "model": "m", "stop_reason": "refusal", "stop_details": details, "content": []}
    answer = OUTBOUND[MESSAGES].read_answer(json.dumps(told).encode(), want_content=True)
    assert answer.content is not None
    assert (answer.finish, answer.content.refusal) == (Finish.CONTENT_FILTER, refusal)
    delta = {"type": "message_delta", "delta": {"stop_reason": "refusal", "stop_details": details}}
    (read,) = OUTBOUND[MESSAGES].stream_reader(ModelFacts()).feed(f"data: {json.dumps(delta)}\n\n".encode())
    assert (read.finish, read.refusal) == (Finish.CONTENT_FILTER, refusal)
