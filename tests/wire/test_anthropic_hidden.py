"""Thinking that only a lane asked for is left out of a message, whole and streamed; everything else stays byte for byte."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lanewise.core.answer import Delta
from lanewise.core.policy import ModelFacts
from lanewise.wire import OUTBOUND
from lanewise.wire.anthropic.hidden import hiding_thinking, without_thinking
from wire.calls import MESSAGES, call, messages, written

THINKING = {"type": "thinking", "thinking": "hm", "signature": "proof"}
REDACTED = {"type": "redacted_thinking", "data": "sealed"}
TEXT = {"type": "text", "text": 'of "thinking"'}
TOOL = {"type": "tool_use", "id": "toolu_1", "name": "f", "input": {"type": "thinking", "index": 7}}


def whole(*blocks: dict[str, Any]) -> bytes:
    return b'{"id": "msg_1",  "content": ' + json.dumps(blocks).encode() + b', "usage": {"output_tokens": 1.50}}'


@pytest.mark.parametrize(
    ("blocks", "shown"),
    [
        ([THINKING, TEXT], [TEXT]),
        ([REDACTED, THINKING, TEXT, TOOL], [TEXT, TOOL]),
        ([TEXT, THINKING, TOOL], [TEXT, TOOL]),
        ([THINKING], []),
    ],
)
def test_a_whole_message_has_no_thinking_and_every_other_byte(
    blocks: list[dict[str, Any]], shown: list[dict[str, Any]]
) -> None:
    left = without_thinking(whole(*blocks))
    assert json.loads(left)["content"] == shown
    assert left.startswith(b'{"id": "msg_1",  "content": [')
    assert left.endswith(b', "usage": {"output_tokens": 1.50}}')


@pytest.mark.parametrize("body", [whole(TEXT, TOOL), b"", b"<thinking>", b'{"content": "thinking"}', b'{"thinking"'])
def test_what_holds_none_is_not_touched(body: bytes) -> None:
    assert without_thinking(body) == body


def event(kind: str, **members: Any) -> bytes:
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **members})}\n\n".encode()


def block(index: int, begin: dict[str, Any], *deltas: dict[str, Any]) -> list[bytes]:
    return [
        event("content_block_start", index=index, content_block=begin),
        *(event("content_block_delta", index=index, delta=delta) for delta in deltas),
        event("content_block_stop", index=index),
    ]


HM = [
    {"type": "thinking_delta", "thinking": "hm"},
    {"type": "signature_delta", "signature": "proof"},
]
WORDS = [{"type": "text_delta", "text": 'say "index": 3'}, {"type": "text_delta", "text": "!"}]
BEGIN = event("message_start", message={"model": "claude-x", "content": [], "usage": {"input_tokens": 3}})
END = [event("message_delta", delta={"stop_reason": "end_turn"}, usage={"output_tokens": 9}), event("message_stop")]


def read(*events: bytes) -> list[Delta]:
    return OUTBOUND[MESSAGES].stream_reader(ModelFacts()).feed(b"".join(events))


def streamed(*events: bytes) -> tuple[list[Delta], bytes]:
    """What is shown of a stream: delta by delta, and its bytes without the last event, which the writer adds."""
    hiding = hiding_thinking()
    shown = [each for delta in read(*events) for each in hiding.deltas([delta])]
    return shown, b"".join(delta.raw for delta in shown)


def test_a_stream_s_blocks_follow_one_another_without_thinking() -> None:
    interleaved = [
        *block(0, THINKING, *HM),
        event("ping"),
        *block(1, {"type": "text", "text": ""}, *WORDS),
        *block(2, REDACTED),
        *block(3, TOOL, {"type": "input_json_delta", "partial_json": '{"index": 3}'}),
    ]
    expected = [
        event("ping"),
        *block(0, {"type": "text", "text": ""}, *WORDS),
        *block(1, TOOL, {"type": "input_json_delta", "partial_json": '{"index": 3}'}),
    ]
    deltas, raw = streamed(BEGIN, *interleaved, *END)

    assert raw == b"".join([BEGIN, *expected, *END])
    assert "".join(delta.reasoning for delta in deltas) == "hmhm"  # it thinks, and its proof is there to be kept
    assert [delta.redacted for delta in deltas if delta.redacted] == ["sealed"]


def test_a_stream_without_thinking_is_its_own_bytes() -> None:
    events = [BEGIN, *block(0, {"type": "text", "text": ""}, *WORDS), *END]
    assert streamed(*events)[1] == b"".join(events)


def test_a_message_that_begins_again_is_counted_anew() -> None:
    text = block(0, {"type": "text", "text": ""}, *WORDS)
    assert streamed(BEGIN, *block(0, THINKING), BEGIN, *text)[1] == b"".join([BEGIN, BEGIN, *text])


BUDGET = ModelFacts(thinking="budget", thinking_budget_tokens=(1_024, 60_000))
ADAPTIVE = ModelFacts(thinking="adaptive", efforts=("low", "high"))


@pytest.mark.parametrize(
    ("said", "lane", "hidden"),
    [
        ({}, {"effort": "high"}, True),
        ({}, {"thinking_budget_tokens": 2_000}, True),
        ({"thinking": {"type": "disabled"}}, {"effort": "high"}, True),
        ({}, {}, False),  # if it thinks all the same, it is its vendor's own way
        ({}, {"effort": "none"}, False),
        ({"thinking": {"type": "enabled", "budget_tokens": 2_000}}, {"effort": "high"}, False),
        ({"thinking": {"type": "adaptive", "display": "omitted"}}, {"effort": "high"}, False),
        ({"thinking": {"type": "later"}}, {"effort": "high"}, False),
        ({"output_config": {"effort": "low"}}, {"effort": "high"}, False),
        ({"tool_choice": {"type": "any"}, "tools": [{"name": "f", "input_schema": {}}]}, {"effort": "high"}, False),
    ],
)
def test_only_what_the_lane_asked_for_alone_is_hidden(said: dict[str, Any], lane: dict[str, Any], hidden: bool) -> None:
    made = call(messages(**said), dialect=MESSAGES, spoken=MESSAGES, facts=BUDGET, **lane)
    assert (written(made).hiding is not None) is hidden


def test_an_adaptive_model_s_too() -> None:
    made = call(messages(), dialect=MESSAGES, spoken=MESSAGES, facts=ADAPTIVE, effort="high")
    assert written(made).hiding is not None


def test_nothing_is_hidden_from_callers_of_other_dialects() -> None:
    assert (
        written(
            call(b'{"model":"m","messages":[{"role":"user","content":"Hi"}]}', dialect=MESSAGES, effort="high")
        ).hiding
        is None
    )
