from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanewise.core.answer import Delta, Finish, ToolCallDelta
from lanewise.core.failure import Failure, FailureKind
from lanewise.core.policy import ModelFacts
from lanewise.wire import OUTBOUND
from wire.calls import CHAT, events, read_whole, unhurried


def _read(stream: bytes, cuts: list[int] | None = None) -> tuple[list[Delta], Failure | None]:
    return read_whole(OUTBOUND[CHAT].stream_reader(ModelFacts()), stream, cuts)


def _chunk(delta: dict[str, Any] | None = None, **members: Any) -> str:
    choice = {"index": 0, "delta": delta or {}, "finish_reason": members.pop("finish", None)}
    return json.dumps({"id": "c", "object": "chat.completion.chunk", "model": "m-1", "choices": [choice], **members})


USAGE = {"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7}
WHOLE = events(
    _chunk({"role": "assistant", "content": ""}),
    _chunk({"content": "Grüße, "}),
    _chunk({"content": "world"}),
    _chunk(finish="stop"),
    json.dumps({"choices": [], "usage": USAGE}),
    "[DONE]",
)


def test_a_whole_stream_is_read_and_its_bytes_are_all_there() -> None:
    deltas, failure = _read(WHOLE)
    assert failure is None
    assert "".join(delta.text for delta in deltas) == "Grüße, world"
    assert [delta.finish for delta in deltas if delta.finish] == [Finish.STOP]
    assert [delta.served_model for delta in deltas if delta.served_model] == ["m-1"]
    assert b"".join(delta.raw for delta in deltas) == WHOLE
    assert deltas[-1].last
    (usage_delta,) = [delta for delta in deltas if delta.usage]
    assert usage_delta.usage_only
    assert usage_delta.usage is not None
    assert (usage_delta.usage.input_tokens, usage_delta.usage.output_tokens) == (5, 2)
    assert json.loads(usage_delta.usage.raw) == USAGE


@unhurried
@given(st.lists(st.integers(0, len(WHOLE)), max_size=12).map(sorted))
def test_cuts_anywhere_change_nothing(cuts: list[int]) -> None:
    assert _read(WHOLE, cuts) == _read(WHOLE)


@pytest.mark.parametrize(
    "change",
    [
        lambda stream: stream.replace(b"\n", b"\r\n"),
        lambda stream: stream.replace(b"data: ", b"data:"),
        lambda stream: b": keep-alive\n\n" + stream.replace(b"\n\ndata", b"\n\n: alive\n\ndata"),
        lambda stream: stream.removesuffix(b"\n\n"),
        lambda stream: stream.removesuffix(b"data: [DONE]\n\n"),
    ],
    ids=["crlf", "no space", "comments", "no blank line at the end", "no [DONE] after the finish"],
)
def test_vendors_habits_change_no_meaning(change: Any) -> None:
    deltas, failure = _read(change(WHOLE))
    assert failure is None
    assert "".join(delta.text for delta in deltas) == "Grüße, world"
    assert [delta.finish for delta in deltas if delta.finish] == [Finish.STOP]


def test_a_stream_cut_before_its_finish_is_never_whole() -> None:
    finished = WHOLE.index(b"\n\n", WHOLE.index(b'"finish_reason": "stop"')) + 2
    for end in range(0, len(WHOLE), 7):
        _, failure = _read(WHOLE[:end])
        if end >= finished:
            assert failure is None
        else:
            assert failure is not None
            assert failure.kind is FailureKind.CUT_STREAM
            assert failure.transient


def test_a_done_without_a_finish_reason_is_whole() -> None:
    deltas, failure = _read(events(_chunk({"content": "x"}), "[DONE]"))
    assert failure is None
    assert all(delta.finish is None for delta in deltas)


def test_an_error_body_in_place_of_a_stream_is_told() -> None:
    _, failure = _read(b'{"error": {"type": "rate_limit_error", "message": "Slow down"}}')
    assert failure is not None
    assert failure.kind is FailureKind.RATE_LIMITED


def test_a_comment_is_a_delta_of_bytes_only() -> None:
    deltas, _ = _read(b": OPENROUTER PROCESSING\n\n")
    assert deltas == [Delta(raw=b": OPENROUTER PROCESSING\n\n")]
    assert not deltas[0].shows


@pytest.mark.parametrize(
    "delta",
    [
        {"reasoning_content": "hm"},
        {"reasoning": "hm"},
        {"reasoning": "hm", "reasoning_content": "hm"},
        {"reasoning": "hm", "reasoning_details": [{"type": "reasoning.text", "text": "hm"}]},
        {"content": "", "reasoning_details": [{"type": "reasoning.text", "text": "hm", "signature": "s"}]},
        {"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}]},
    ],
)
def test_thinking_is_heard_once_wherever_a_vendor_puts_it(delta: dict[str, Any]) -> None:
    deltas, _ = _read(events(_chunk(delta)))
    assert [(read.text, read.reasoning) for read in deltas] == [("", "hm")]


def test_mistrals_list_of_text_parts_is_text() -> None:
    deltas, _ = _read(events(_chunk({"content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]})))
    assert deltas[0].text == "ab"


def _calls(*deltas: list[dict[str, Any]]) -> dict[int, tuple[str, str, str]]:
    """Tool calls by place: id, name, arguments."""
    read, _ = _read(events(*(_chunk({"tool_calls": calls}) for calls in deltas)))
    calls: dict[int, tuple[str, str, str]] = {}
    for delta in read:
        for piece in delta.tool_calls:
            call_id, name, arguments = calls.get(piece.index, ("", "", ""))
            calls[piece.index] = (call_id or piece.id or "", name or piece.name or "", arguments + piece.arguments)
    return calls


def test_tool_calls_come_together_byte_for_byte() -> None:
    assert _calls(
        [{"index": 0, "id": "a", "type": "function", "function": {"name": "f", "arguments": ""}}],
        [{"index": 0, "function": {"arguments": '{"x": 1.10,'}}],
        [{"index": 1, "id": "b", "function": {"name": "g", "arguments": "{}"}}],
        [{"index": 0, "function": {"arguments": ' "y":"\\u00e9"}'}}],
    ) == {0: ("a", "f", '{"x": 1.10, "y":"\\u00e9"}'), 1: ("b", "g", "{}")}


def test_tool_calls_without_an_index_are_told_apart_by_their_ids() -> None:
    assert _calls(
        [
            {"id": "a", "function": {"name": "f", "arguments": "{}"}},
            {"id": "b", "function": {"name": "f", "arguments": "["}},
        ],
        [{"function": {"arguments": "]"}}],
    ) == {0: ("a", "f", "{}"), 1: ("b", "f", "[]")}


def test_tool_calls_that_all_claim_index_0_are_told_apart_too() -> None:
    assert _calls(
        [{"index": 0, "id": "a", "function": {"name": "f", "arguments": "{}"}}],
        [{"index": 0, "id": "b", "function": {"name": "g", "arguments": "{}"}}],
    ) == {0: ("a", "f", "{}"), 1: ("b", "g", "{}")}


def test_arguments_sent_as_an_object_become_text() -> None:
    assert _calls([{"index": 0, "id": "a", "function": {"name": "f", "arguments": {"x": 1}}}]) == {
        0: ("a", "f", '{"x":1}')
    }


def test_the_old_function_call_is_a_tool_call() -> None:
    deltas, _ = _read(
        events(_chunk({"function_call": {"name": "f", "arguments": "{"}}), _chunk(finish="function_call"))
    )
    assert deltas[0].tool_calls == (ToolCallDelta(index=0, name="f", arguments="{"),)
    assert deltas[1].finish is Finish.TOOL_CALLS


def test_usage_told_in_several_chunks_counts_as_last_told() -> None:
    first = {"prompt_tokens": 5, "completion_tokens": 1, "total_tokens": 6}
    deltas, _ = _read(events(_chunk({"content": "x"}, usage=first), _chunk(finish="stop", usage=USAGE), "[DONE]"))
    told = [delta.usage.output_tokens for delta in deltas if delta.usage]
    assert told == [1, 2]
    assert not any(delta.usage_only for delta in deltas)


def test_groqs_own_place_for_usage_is_known() -> None:
    deltas, _ = _read(events(_chunk(finish="stop", x_groq={"id": "r", "usage": USAGE})))
    assert deltas[0].usage is not None
    assert deltas[0].usage.output_tokens == 2


@pytest.mark.parametrize("groq", ["text", {"usage": "none"}, {"usage": None}, None])
def test_what_a_vendor_puts_there_instead_costs_no_answer(groq: Any) -> None:
    deltas, failure = _read(events(_chunk({"content": "x"}, x_groq=groq), "[DONE]"))
    assert (deltas[0].text, deltas[0].usage, failure) == ("x", None, None)


@pytest.mark.parametrize(
    ("stream", "kind", "message"),
    [
        (
            events(
                '{"error": {"code": 502, "message": "Provider disconnected"}, "choices": [{"delta": {"content": ""}}]}'
            ),
            FailureKind.SERVER_ERROR,
            "Provider disconnected",
        ),
        (
            events('{"error": {"code": 400, "message": "Token limit reached"}}', name="error"),
            FailureKind.BAD_REQUEST,
            "Token limit reached",
        ),
        (events('{"error": {"type": "server_error", "message": "Sorry"}}'), FailureKind.SERVER_ERROR, "Sorry"),
        (events('{"error": {"message": "Odd"}}'), FailureKind.ERROR_EVENT, "Odd"),
        (events('{"message": "Flat"}', name="error"), FailureKind.ERROR_EVENT, "Flat"),
    ],
)
def test_an_error_inside_a_stream_ends_it_and_is_told(stream: bytes, kind: FailureKind, message: str) -> None:
    deltas, failure = _read(events(_chunk({"content": "x"})) + stream + WHOLE)
    assert [delta.last for delta in deltas] == [False, True]
    assert failure is not None
    assert (failure.kind, failure.message) == (kind, message)


@pytest.mark.parametrize("data", ["{", "hello", '{"choices": 5}', '{"choices": [{"delta": "x"}]}', "[1]", '"\\ud800"'])
def test_bytes_the_dialect_does_not_allow_are_malformed(data: str) -> None:
    deltas, failure = _read(events(_chunk({"content": "x"}), data, _chunk({"content": "y"})))
    assert [(delta.text, delta.last) for delta in deltas] == [("x", False), ("", True)]
    assert failure is not None
    assert failure.kind is FailureKind.MALFORMED
    assert "not a chat completion chunk" in failure.message


def test_other_answers_of_the_same_call_pass_in_their_bytes_only() -> None:
    data = json.dumps({"choices": [{"index": 1, "delta": {"content": "other"}, "finish_reason": "stop"}]})
    deltas, failure = _read(events(data))
    assert deltas == [Delta(raw=events(data), others=True)]
    assert failure is not None


@pytest.mark.parametrize("listed", [[1], [0, 1], [0, 0]])
def test_answers_that_nobody_has_asked_for_pass_by_and_are_told(listed: list[int]) -> None:
    other = {"choices": [{"index": index, "delta": {"content": "Hi"}} for index in listed]}
    deltas, failure = _read(events(_chunk({"content": "Hello"}), json.dumps(other), _chunk(finish="stop"), "[DONE]"))
    assert failure is None
    assert [delta.others for delta in deltas].count(True) == 1
    assert not any(delta.others for delta in _read(WHOLE)[0])
