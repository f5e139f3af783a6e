"""Events relayed as they are, until another vendor begins in the place of one that broke."""

from __future__ import annotations

import json
from typing import Any

from contracts.vendor_answers import SAMPLES
from lanewise.core.answer import Delta
from lanewise.core.policy import ModelFacts
from lanewise.wire import OUTBOUND
from lanewise.wire.anthropic.relay import Relay
from wire.calls import MESSAGES

EVENTS = SAMPLES[MESSAGES].events


def read(*events: bytes) -> list[Delta]:
    return OUTBOUND[MESSAGES].stream_reader(ModelFacts()).feed(b"".join(events))


def event(kind: str, *, named: bool = True, **members: Any) -> bytes:
    data = b"data: " + json.dumps({**members, "type": kind}).encode() + b"\n\n"
    return b"event: " + kind.encode() + b"\n" + data if named else data


def thinking(*, named: bool = True) -> list[bytes]:
    return [
        event("content_block_start", named=named, index=0, content_block={"type": "thinking", "thinking": ""}),
        event("content_block_delta", named=named, index=0, delta={"type": "thinking_delta", "thinking": "hm"}),
    ]


def test_one_vendor_s_events_are_its_own_bytes() -> None:
    deltas = read(*EVENTS)
    assert Relay().write(deltas) == b"".join(EVENTS[:-1])


def test_a_message_that_its_own_vendor_begins_twice_is_relayed_as_it_came() -> None:
    stream = [EVENTS[0], EVENTS[0], *EVENTS[1:-1]]
    assert Relay().write(read(*stream)) == b"".join(stream)


def test_blocks_of_a_second_vendor_are_counted_on_with_all_other_bytes_kept() -> None:
    for named in (True, False):
        relay = Relay()
        shown = relay.write(read(EVENTS[0], *thinking(named=named)))
        taken_over = relay.write(read(*EVENTS))
        assert shown == b"".join([EVENTS[0], *thinking(named=named)])
        expected = b'event: content_block_stop\ndata: {"type":"content_block_stop","index":0}\n\n'
        expected += b"".join(EVENTS[1:-1]).replace(b'"index":0', b'"index":1')
        assert taken_over == expected


def test_a_block_that_was_stopped_is_not_stopped_again() -> None:
    relay = Relay()
    relay.write(read(EVENTS[0], *thinking(), event("content_block_stop", index=0)))
    assert relay.stop_open() == b""
    assert (relay.begun, relay.next_index) == (True, 1)


def test_an_index_is_looked_for_where_it_stands_and_not_in_words() -> None:
    relay = Relay()
    relay.write(read(EVENTS[0], *thinking(), event("content_block_stop", index=0)))
    words = event("content_block_delta", delta={"type": "thinking_delta", "thinking": '"index": 7'}, index=0)
    moved = relay.write(read(EVENTS[0], thinking()[0], words))
    last = json.loads(moved.rstrip().rsplit(b"data: ", 1)[1])
    assert (last["index"], last["delta"]["thinking"]) == (1, '"index": 7')
