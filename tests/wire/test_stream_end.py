"""How a stream ended: whole, cut, or with an error in place of an answer."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lanewise.core.failure import Failure, FailureKind
from lanewise.core.policy import ModelFacts
from lanewise.core.request import Dialect
from lanewise.wire import OUTBOUND
from wire.calls import CHAT, MESSAGES, events, read_whole


def _end(stream: bytes, dialect: Dialect = CHAT) -> Failure | None:
    return read_whole(OUTBOUND[dialect].stream_reader(ModelFacts()), stream)[1]


def _chunk(**choice: Any) -> str:
    return json.dumps({"model": "m-1", "choices": [{"index": 0, "delta": {}, **choice}]})


WHOLE = events(
    _chunk(delta={"content": "Grüße, "}), _chunk(delta={"content": "world"}), _chunk(finish_reason="stop"), "[DONE]"
)


def test_a_stream_cut_before_its_finish_is_never_whole() -> None:
    finished = WHOLE.index(b"\n\n", WHOLE.index(b'"finish_reason": "stop"')) + 2
    for end in range(0, len(WHOLE), 7):
        failure = _end(WHOLE[:end])
        if end >= finished:
            assert failure is None
        else:
            assert failure is not None
            assert failure.kind is FailureKind.CUT_STREAM
            assert failure.transient


def test_a_done_without_a_finish_reason_is_whole() -> None:
    assert _end(events(_chunk(delta={"content": "x"}), "[DONE]")) is None


@pytest.mark.parametrize("events_before", [[], [json.dumps({"choices": [], "usage": {"completion_tokens": 0}})]])
def test_a_done_without_any_answer_before_it_is_none(events_before: list[str]) -> None:
    failure = _end(events(*events_before, "[DONE]"))
    assert failure is not None
    assert failure.kind is FailureKind.MALFORMED
    assert _end(events(_chunk(finish_reason="stop"), "[DONE]")) is None


@pytest.mark.parametrize(
    ("dialect", "before", "terminal"),
    [(CHAT, events(_chunk(delta={"content": "x"})), "[DONE]"), (MESSAGES, b"", '{"type":"message_stop"}')],
    ids=["openai", "anthropic"],
)
def test_a_terminal_event_counts_without_its_blank_line(dialect: Dialect, before: bytes, terminal: str) -> None:
    assert _end(before + f"data: {terminal}".encode(), dialect) is None
    cut = _end(before + f"data: {terminal[:-1]}".encode(), dialect)
    assert cut is not None
    assert cut.kind is FailureKind.CUT_STREAM


@pytest.mark.parametrize("dialect", [CHAT, MESSAGES])
def test_an_error_body_in_place_of_a_stream_is_told(dialect: Dialect) -> None:
    failure = _end(b'{"error": {"type": "rate_limit_error", "message": "Slow down"}}', dialect)
    assert failure is not None
    assert failure.kind is FailureKind.RATE_LIMITED
