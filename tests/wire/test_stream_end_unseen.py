"""How a stream ended whose terminal event was not seen: by what was still in the buffer when the vendor hung up."""

from __future__ import annotations

import pytest

from lanewise.core.answer import Delta
from lanewise.core.errors import MalformedStream
from lanewise.core.failure import Failure, FailureKind
from lanewise.core.policy import ModelFacts
from lanewise.core.request import Dialect
from lanewise.wire import OUTBOUND
from lanewise.wire.sse import EventSplitter, ServerEvent
from lanewise.wire.stream_end import end_of
from wire.calls import CHAT, MESSAGES, read_whole


def _read(event: ServerEvent) -> Delta:
    """A dialect of three words."""
    raw, _, data = event
    if data not in {b"", b"word", b"end"}:
        raise MalformedStream("not a word of this dialect")
    return Delta(raw=raw, last=data == b"end")


def _end(rest: bytes) -> Failure | None:
    splitter = EventSplitter()
    splitter.feed(b"data: word\n\n" + rest)
    return end_of(splitter, _read)


@pytest.mark.parametrize(
    "rest", [b"data: end", b"data: end\n", b"data: end\r\n", b": alive\ndata: end", b"event: e\ndata:end"]
)
def test_a_terminal_event_whose_blank_line_was_left_out_ends_a_whole_answer(rest: bytes) -> None:
    assert _end(rest) is None


@pytest.mark.parametrize(
    "rest", [b"", b"\n", b": alive", b"event: end", b"data: word", b"data: en", b"data: end of it", b"da"]
)
def test_anything_else_is_a_cut_stream_which_another_deployment_may_answer(rest: bytes) -> None:
    failure = _end(rest)
    assert failure is not None
    assert failure.kind is FailureKind.CUT_STREAM
    assert failure.transient
    assert "the answer is not whole" in failure.message


@pytest.mark.parametrize(
    ("body", "kind", "message"),
    [
        (b'{"error":{"type":"rate_limit_error","message":"Slow down"}}', FailureKind.RATE_LIMITED, "Slow down"),
        (b'\n {"error":{"message":"Busy","code":503}}\n', FailureKind.OVERLOADED, "Busy"),
        (b'{"choices":[{"message":{"content":"Hi"}}]}', FailureKind.MALFORMED, "not an answer of its dialect"),
        (b'{"error":{"mess', FailureKind.MALFORMED, "not an answer of its dialect"),
    ],
)
def test_a_body_in_place_of_a_stream_is_an_error_told_in_the_vendors_words_or_no_answer(
    body: bytes, kind: FailureKind, message: str
) -> None:
    splitter = EventSplitter()
    splitter.feed(body)
    failure = end_of(splitter, _read)
    assert failure is not None
    assert failure.kind is kind
    assert message in failure.message


@pytest.mark.parametrize(
    ("dialect", "event"),
    [
        (CHAT, b'data: {"error":{"type":"server_error","message":"Sorry"}}'),
        (CHAT, b'event: error\ndata: {"type":"server_error","message":"Sorry"}\n'),
        (MESSAGES, b'event: error\ndata: {"type":"error","error":{"type":"api_error","message":"Sorry"}}'),
    ],
)
def test_an_error_event_whose_blank_line_was_left_out_is_told_and_not_taken_for_a_good_end(
    dialect: Dialect, event: bytes
) -> None:
    _, failure = read_whole(OUTBOUND[dialect].stream_reader(ModelFacts()), b": alive\n\n" + event)
    assert failure is not None
    assert (failure.kind, failure.message) == (FailureKind.SERVER_ERROR, "Sorry")
