"""A caller's stream of message events, whoever answers it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.vendor_answers import SAMPLES
from lanewise.core.answer import Delta, Finish, ToolCallDelta
from lanewise.core.policy import ModelFacts
from lanewise.core.protocols.dialect import ErrorReport, StreamWriter
from lanewise.core.usage import Usage
from lanewise.wire import INBOUND, OUTBOUND
from wire.calls import CHAT, MESSAGES, messages, read_whole

REQUEST = INBOUND[MESSAGES].read_request(messages(stream=True, thinking={"type": "adaptive"}))
UNASKED = INBOUND[MESSAGES].read_request(messages(stream=True))


def writer() -> StreamWriter:
    return INBOUND[MESSAGES].stream_writer(REQUEST, run_id="run_1", created_s=1)


def events(stream: bytes) -> list[dict[str, Any]]:
    """The events as a client reads them; each must be named as its data says."""
    found = []
    for event in stream.decode().split("\n\n"):
        lines = [line for line in event.split("\n") if line and not line.startswith(":")]
        if lines:
            name, data = lines[0].removeprefix("event: "), json.loads(lines[1].removeprefix("data: "))
            assert data["type"] == name
            found.append(data)
    return found


def piece(index: int, arguments: str = "", **named: str) -> Delta:
    return Delta(tool_calls=(ToolCallDelta(index=index, arguments=arguments, **named),))


def shape(stream: bytes) -> list[str]:
    """Each event in a word, with its block's index."""
    return [f"{event['type']} {event['index']}" if "index" in event else event["type"] for event in events(stream)]


def test_an_answer_of_another_dialect_is_told_block_by_block() -> None:
    subject = writer()
    stream = subject.write(
        CHAT,
        [
            Delta(served_model="m-2"),
            Delta(reasoning="h"),
            Delta(reasoning="m"),
            Delta(text="I look."),
            piece(0, id="call.1", name="f"),
            piece(0, '{"a":'),
            piece(0, "1}"),
            piece(1, "{}", id="call_2", name="g"),
            Delta(finish=Finish.TOOL_CALLS),
            Delta(usage=Usage(input_tokens=10, cached_tokens=4, output_tokens=5)),
        ],
    )
    stream += subject.finish(b'{"run":"run_1"}')
    told = events(stream)

    assert shape(stream) == [
        "message_start",
        "content_block_start 0",
        "content_block_delta 0",
        "content_block_delta 0",
        "content_block_stop 0",
        "content_block_start 1",
        "content_block_delta 1",
        "content_block_stop 1",
        "content_block_start 2",
        "content_block_delta 2",
        "content_block_delta 2",
        "content_block_stop 2",
        "content_block_start 3",
        "content_block_delta 3",
        "content_block_stop 3",
        "message_delta",
        "message_stop",
    ]
    assert (told[0]["message"]["id"], told[0]["message"]["model"]) == ("msg_run_1", "m-2")
    assert [each["content_block"] for each in told if "content_block" in each] == [
        {"type": "thinking", "thinking": "", "signature": ""},
        {"type": "text", "text": ""},
        {"type": "tool_use", "id": "call_1", "name": "f", "input": {}},
        {"type": "tool_use", "id": "call_2", "name": "g", "input": {}},
    ]
    assert told[-2]["delta"] == {"stop_reason": "tool_use", "stop_sequence": None}
    assert told[-2]["usage"] == {
        "input_tokens": 6,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 4,
        "output_tokens": 5,
    }


@pytest.mark.parametrize("second", [CHAT, MESSAGES])
def test_thinking_nobody_asked_for_begins_the_message_and_has_no_block(second: Any) -> None:
    subject = INBOUND[MESSAGES].stream_writer(UNASKED, run_id="run_1", created_s=1)
    begun = subject.write(CHAT, [Delta(reasoning="h", served_model="m-1"), Delta(reasoning="m")])
    assert shape(begun) == ["message_start"]

    stream = begun + subject.write(second, whole_answer(second)) + subject.finish(b"{}")
    begins = [each for each in events(stream) if each["type"] == "content_block_start"]
    assert [(each["index"], each["content_block"]["type"]) for each in begins] == [(0, "text")]
    deltas, failure = read_whole(OUTBOUND[MESSAGES].stream_reader(ModelFacts()), stream)
    assert failure is None
    assert "".join(delta.text for delta in deltas) == "Hello, wörld!"
    assert shape(stream).count("message_start") == 1


def test_two_calls_told_by_turns_both_arrive_whole() -> None:
    subject = writer()
    stream = subject.write(
        CHAT,
        [
            piece(0, '{"a":', id="1", name="f"),
            piece(1, '{"b":', id="2", name="g"),
            piece(0, "1}"),
            piece(1, "2}"),
            Delta(finish=Finish.TOOL_CALLS),
        ],
    )
    deltas, failure = read_whole(OUTBOUND[MESSAGES].stream_reader(ModelFacts()), stream + subject.finish(b"{}"))
    assert failure is None
    arguments: dict[int, str] = {}
    for delta in deltas:
        for each in delta.tool_calls:
            arguments[each.index] = arguments.get(each.index, "") + each.arguments
    assert arguments == {0: '{"a":1}', 1: '{"b":2}'}


def test_a_refusal_ends_as_one() -> None:
    subject = writer()
    stream = subject.write(CHAT, [Delta(refusal="I will not."), Delta(finish=Finish.STOP)]) + subject.finish(b"{}")
    told = events(stream)
    assert told[2]["delta"] == {"type": "text_delta", "text": "I will not."}
    assert told[-2]["delta"]["stop_reason"] == "refusal"


def test_an_answer_without_a_word_is_a_message_all_the_same() -> None:
    subject = writer()
    stream = subject.write(CHAT, [Delta(finish=Finish.STOP)]) + subject.finish(b"{}")
    assert shape(stream) == ["message_start", "message_delta", "message_stop"]


def test_another_vendor_s_proof_is_never_shown() -> None:
    stream = writer().write(CHAT, [Delta(reasoning="hm", signature="of another"), Delta(text="8")])
    assert b"of another" not in stream


def thinking_then_silence() -> list[Delta]:
    """The stream of a vendor of this dialect that thinks and breaks."""
    whole = b"".join(SAMPLES[MESSAGES].events[:1])
    begin = {
        "type": "content_block_start",
        "index": 0,
        "content_block": {"type": "thinking", "thinking": "", "signature": ""},
    }
    thought = {"type": "content_block_delta", "index": 0, "delta": {"type": "thinking_delta", "thinking": "hm"}}
    for event in (begin, thought):
        whole += f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode()
    return OUTBOUND[MESSAGES].stream_reader(ModelFacts()).feed(whole)


def whole_answer(dialect: Any) -> list[Delta]:
    deltas = OUTBOUND[dialect].stream_reader(ModelFacts()).feed(b"".join(SAMPLES[dialect].events))
    return [delta for delta in deltas if not delta.last]


@pytest.mark.parametrize("second", [CHAT, MESSAGES])
@pytest.mark.parametrize("first", [CHAT, MESSAGES])
def test_a_vendor_that_takes_over_after_shown_thinking_goes_on_with_the_same_message(first: Any, second: Any) -> None:
    subject = writer()
    shown = thinking_then_silence() if first is MESSAGES else [Delta(reasoning="hm", served_model="m-1")]
    stream = subject.write(first, shown) + subject.write(second, whole_answer(second)) + subject.finish(b"{}")

    assert shape(stream) == [
        "message_start",
        "content_block_start 0",
        "content_block_delta 0",
        "content_block_stop 0",
        "content_block_start 1",
        "content_block_delta 1",
        "content_block_delta 1",
        *([] if second is CHAT else ["content_block_stop 1"]),
        *(["content_block_stop 1"] if second is CHAT else []),
        "message_delta",
        "message_stop",
    ]
    deltas, failure = read_whole(OUTBOUND[MESSAGES].stream_reader(ModelFacts()), stream)
    assert failure is None
    assert "".join(delta.text for delta in deltas) == "Hello, wörld!"


def test_an_error_event_has_anthropic_s_shape() -> None:
    report = ErrorReport(status=529, kind="upstream_error", message="Busy", request_id="run_1")
    assert events(writer().error(report)) == [
        {"type": "error", "error": {"type": "overloaded_error", "message": "Busy"}, "request_id": "run_1"}
    ]


def test_progress_is_an_event_of_a_kind_of_its_own() -> None:
    assert events(writer().progress("routed", b'{"lane":"standard"}')) == [
        {"type": "lanewise", "event": "routed", "lane": "standard"}
    ]
    assert events(writer().progress("queued", b"{}")) == [{"type": "lanewise", "event": "queued"}]


DELTAS = st.lists(
    st.builds(Delta, text=st.text(min_size=1, max_size=4))
    | st.builds(Delta, reasoning=st.text(min_size=1, max_size=4))
    | st.builds(piece, st.integers(0, 2), st.sampled_from(["{", '"a":', "1}", "{}"])),
    max_size=8,
)


@given(DELTAS)
def test_blocks_are_well_formed_whatever_the_order(deltas: list[Delta]) -> None:
    """Indexes count up from 0, every block that begins is stopped once, and nothing of it comes before or after."""
    subject = writer()
    stream = subject.write(CHAT, [*deltas, Delta(finish=Finish.STOP)]) + subject.finish(b"{}")
    begun, stopped = [], []
    for event in events(stream):
        if event["type"] == "content_block_start":
            begun.append(event["index"])
        elif event["type"] == "content_block_stop":
            stopped.append(event["index"])
        elif event["type"] == "content_block_delta":
            assert event["index"] in begun
    assert begun == list(range(len(begun)))
    assert sorted(stopped) == begun
