"""A vendor's stream of response events."""

from __future__ import annotations

from typing import Any

import pytest

from lanewise.core.answer import Delta, Finish, Thought, ToolCallDelta
from lanewise.core.failure import FailureKind
from wire.responses_calls import event, read


def done(**response: Any) -> bytes:
    return event("response.completed", response={"status": "completed", "model": "m", "output": []} | response)


def text(delta: str, output_index: int = 0) -> bytes:
    return event("response.output_text.delta", output_index=output_index, content_index=0, delta=delta)


def added(item: dict[str, Any], output_index: int = 0) -> bytes:
    return event("response.output_item.added", output_index=output_index, item=item)


def item_done(item: dict[str, Any], output_index: int = 0) -> bytes:
    return event("response.output_item.done", output_index=output_index, item=item)


def whole(*events: bytes) -> list[Delta]:
    deltas, failure = read(b"".join(events) + done())
    assert failure is None
    return deltas


def words(deltas: list[Delta]) -> str:
    return "".join(delta.text for delta in deltas)


def thoughts(deltas: list[Delta]) -> str:
    return "".join(delta.reasoning for delta in deltas)


def calls(deltas: list[Delta]) -> dict[int, tuple[str, str, str]]:
    found: dict[int, tuple[str, str, str]] = {}
    for piece in (piece for delta in deltas for piece in delta.tool_calls):
        call_id, name, arguments = found.get(piece.index, ("", "", ""))
        found[piece.index] = (piece.id or call_id, piece.name or name, arguments + piece.arguments)
    return found


CALL = {"type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "f", "arguments": ""}


def test_the_terminal_event_is_handed_on_with_what_it_tells_and_then_the_end() -> None:
    usage = {"input_tokens": 12, "output_tokens": 7, "total_tokens": 19}
    stream = event("response.created", response={"model": "m"}) + text("a")
    deltas, failure = read(stream + done(usage=usage))
    assert failure is None
    terminal, end = deltas[-2:]
    assert terminal.raw == done(usage=usage)
    assert terminal.finish is Finish.STOP
    assert terminal.usage is not None
    assert (end.raw, end.last) == (b"", True)


def test_text_that_did_not_come_in_pieces_comes_whole_and_once() -> None:
    part = {"output_index": 0, "content_index": 0, "text": "yes"}
    message = {"type": "message", "content": [{"type": "output_text", "text": "yes"}]}
    assert words(whole(event("response.output_text.done", **part), item_done(message))) == "yes"
    assert words(whole(text("ye"), text("s"), event("response.output_text.done", **part), item_done(message))) == "yes"
    assert words(whole(item_done(message))) == "yes"


def test_refusals() -> None:
    place = {"output_index": 0, "content_index": 0}
    pieces = [
        event("response.refusal.delta", **place, delta="no"),
        event("response.refusal.done", **place, refusal="no"),
    ]
    for stream in (pieces, pieces[1:]):
        assert "".join(delta.refusal for delta in whole(*stream)) == "no"


def test_thinking_and_its_proof() -> None:
    place = {"output_index": 0, "item_id": "rs_1"}
    item = {
        "type": "reasoning",
        "id": "rs_1",
        "summary": [{"type": "summary_text", "text": "one"}, {"type": "summary_text", "text": "two"}],
        "encrypted_content": "sealed",
    }
    deltas = whole(
        added(item | {"summary": [], "encrypted_content": "early"}),
        event("response.reasoning_summary_part.added", **place, summary_index=0),
        event("response.reasoning_summary_text.delta", **place, summary_index=0, delta="one"),
        event("response.reasoning_summary_part.added", **place, summary_index=1),
        event("response.reasoning_summary_text.delta", **place, summary_index=1, delta="two"),
        event("response.reasoning_text.delta", **place, content_index=0, delta="not heard twice"),
        item_done(item),
    )
    assert thoughts(deltas) == "one\n\ntwo"
    assert [delta.thought for delta in deltas if delta.thought] == [
        Thought(text="one\n\ntwo", encrypted="sealed", id="rs_1")
    ]


@pytest.mark.parametrize("kind", ["response.reasoning_text.delta", "response.reasoning.delta"])
def test_thinking_in_a_model_s_own_words(kind: str) -> None:
    item = {"type": "reasoning", "id": "rs_1", "summary": [], "content": [{"type": "reasoning_text", "text": "hm"}]}
    assert thoughts(whole(event(kind, output_index=0, delta="hm"), item_done(item))) == "hm"
    assert thoughts(whole(item_done(item))) == "hm"


def test_calls_whose_pieces_mix() -> None:
    deltas = whole(
        added(CALL, 1),
        added(CALL | {"type": "custom_tool_call", "call_id": "call_2", "name": "patch", "input": ""}, 2),
        event("response.function_call_arguments.delta", output_index=1, delta='{"a"'),
        event("response.custom_tool_call_input.delta", output_index=2, delta="***"),
        event("response.function_call_arguments.delta", output_index=1, delta=":1}"),
        event("response.function_call_arguments.done", output_index=1, arguments='{"a":1}'),
        event("response.custom_tool_call_input.done", output_index=2, input="***"),
        item_done(CALL | {"arguments": '{"a":1}'}, 1),
    )
    assert calls(deltas) == {0: ("call_1", "f", '{"a":1}'), 1: ("call_2", "patch", "***")}
    assert [delta.finish for delta in deltas if delta.finish] == [Finish.TOOL_CALLS]


@pytest.mark.parametrize(
    "stream",
    [
        [added(CALL), event("response.function_call_arguments.done", output_index=0, arguments="{}")],
        [added(CALL), item_done(CALL | {"arguments": "{}"})],
        [added(CALL | {"arguments": "{}"}), item_done(CALL | {"arguments": "{}"})],
        [item_done(CALL | {"arguments": "{}"})],
    ],
)
def test_arguments_that_did_not_come_in_pieces_come_whole_and_once(stream: list[bytes]) -> None:
    assert calls(whole(*stream)) == {0: ("call_1", "f", "{}")}


def test_a_vendor_s_own_tool_at_work_is_seen_and_its_arguments_are_no_call() -> None:
    deltas = whole(
        added({"type": "mcp_call", "id": "mcp_1", "name": "f"}),
        event("response.mcp_call_arguments.delta", output_index=0, delta="{}"),
        event("response.function_call_arguments.delta", output_index=0, delta="{}"),
        event("response.a_later_invention", anything={"deep": [1]}),
    )
    assert any(delta.media for delta in deltas)
    assert not any(delta.tool_calls for delta in deltas)
    assert [delta.finish for delta in deltas if delta.finish] == [Finish.STOP]


def test_an_incomplete_answer_is_whole_and_says_why_it_ends() -> None:
    response = {"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}}
    deltas, failure = read(text("a") + event("response.incomplete", response=response))
    assert failure is None
    assert [delta.finish for delta in deltas if delta.finish] == [Finish.LENGTH]


def test_a_failed_response_ends_the_stream_in_the_vendor_s_words() -> None:
    response = {
        "status": "failed",
        "error": {"code": "server_error", "message": "broken inside"},
        "usage": {"input_tokens": 5, "output_tokens": 1},
    }
    deltas, failure = read(text("a") + event("response.failed", response=response))
    assert failure is not None
    assert (failure.kind, failure.message) == (FailureKind.SERVER_ERROR, "broken inside")
    assert deltas[-1].last
    assert deltas[-1].usage is not None


@pytest.mark.parametrize(
    "error",
    [
        {"code": "rate_limit_exceeded", "message": "slow down", "param": None},
        {"error": {"type": "rate_limit_error", "code": "rate_limit_exceeded", "message": "slow down", "param": None}},
    ],
)
def test_an_error_event_in_either_form(error: dict[str, Any]) -> None:
    _, failure = read(text("a") + event("error", **error))
    assert failure is not None
    assert (failure.kind, failure.message) == (FailureKind.RATE_LIMITED, "slow down")


def test_a_terminal_event_that_comes_in_pieces_is_read_when_it_is_whole() -> None:
    stream = text("a") + done(output=[{"nested": {"deep": {}}}, {"a": "}"}])
    expected = read(stream)
    for cut in range(1, len(stream)):
        assert read(stream, cut) == expected


def test_what_follows_the_end_is_not_heard() -> None:
    deltas, failure = read(text("a") + done() + b"data: [DONE]\n\n" + text("b"))
    assert (words(deltas), failure) == ("a", None)


def test_a_marker_of_chat_completions_alone_is_no_end() -> None:
    _, failure = read(text("a") + b"data: [DONE]\n\n")
    assert failure is not None
    assert failure.kind is FailureKind.CUT_STREAM


@pytest.mark.parametrize("index", ["one", [], {}])
def test_a_place_that_is_no_number_is_malformed(index: object) -> None:
    _, failure = read(event("response.output_text.delta", output_index=index, delta="a"))
    assert failure is not None
    assert failure.kind is FailureKind.MALFORMED
    assert "not a response event" in failure.message


def test_pieces_of_one_call_carry_its_place() -> None:
    deltas = whole(added(CALL, 7), event("response.function_call_arguments.delta", output_index=7, delta="{}"))
    assert [delta.tool_calls for delta in deltas if delta.tool_calls] == [
        (ToolCallDelta(index=0, id="call_1", name="f"),),
        (ToolCallDelta(index=0, arguments="{}"),),
    ]


def test_a_model_s_name_that_is_no_text_costs_nothing_but_the_name() -> None:
    begun = event("response.created", response={"model": "m"}).replace(b'"m"', b'"\xff"')
    deltas, failure = read(begun + event("response.output_text.delta", delta="a"))
    assert [delta.served_model for delta in deltas] == ["", ""]
    assert failure is not None
    assert failure.kind is FailureKind.CUT_STREAM
