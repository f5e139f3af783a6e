"""Recorded streams of all dialects, cut at their bytes: nothing changes, and what ends before its end is never taken for whole."""

from __future__ import annotations

import copy
import itertools
import re
from collections.abc import Iterator
from random import Random
from typing import Any, NamedTuple

import pytest

from lanewise.core.answer import Delta
from lanewise.core.failure import Failure
from lanewise.core.policy import ModelFacts
from lanewise.core.protocols.dialect import StreamReader
from lanewise.core.request import Dialect
from lanewise.wire import OUTBOUND
from recordings import Exchange, exchanges
from wire.calls import read_whole

pytestmark = pytest.mark.data

WINDOWS = 3  # events of each stream that are cut at every byte, its last one among them
MOST_CUTS = 160  # of one window
#: What says that an answer is whole, or that there is none.
ENDS = {
    "chat": rb'"finish_reason": ?"|\[DONE\]|"error"',
    "responses": rb'"type": ?"(?:response\.(?:completed|incomplete|failed|cancelled)|error)"',
    "messages": rb'"type": ?"(?:message_stop|error)"',
    "generateContent": rb'"finishReason"|"blockReason"|"error"',
}
DIALECTS = {
    "chat": Dialect.OPENAI_CHAT,
    "responses": Dialect.OPENAI_RESPONSES,
    "messages": Dialect.ANTHROPIC_MESSAGES,
    "generateContent": Dialect.GEMINI,
}


class Read(NamedTuple):
    """What was heard, however it was cut: deltas without their bytes, all bytes, and the end."""

    deltas: list[Any]
    raw: bytes
    failure: Failure | None


def streams(api: str) -> list[Exchange]:
    return [each for each in exchanges(api) if each.stream and each.status == 200]


def reader(api: str) -> StreamReader:
    return OUTBOUND[DIALECTS[api]].stream_reader(ModelFacts())


def read(deltas: list[Delta], failure: Failure | None) -> Read:
    return Read(
        [delta for delta in deltas if delta.raw.strip() or delta.last], b"".join(d.raw for d in deltas), failure
    )


def events_of(exchange: Exchange) -> list[bytes]:
    """The stream in pieces that end where events do; of an array, where its elements do."""
    ends = rb"\n,\r?\n|\r?\n\]" if exchange.body.lstrip().startswith(b"[") else rb"\r?\n\r?\n"
    places = [0, *(found.end() for found in re.finditer(ends, exchange.body)), len(exchange.body)]
    return [exchange.body[start:end] for start, end in itertools.pairwise(places) if end > start]


def windows(events: list[bytes], random: Random) -> list[int]:
    """Which of them are cut at every byte."""
    some = random.sample(range(len(events)), min(WINDOWS - 1, len(events)))
    return sorted({*some, len(events) - 1})


@pytest.mark.parametrize("api", DIALECTS)
def test_a_stream_that_comes_byte_by_byte_says_the_same(api: str) -> None:
    for exchange in streams(api):
        whole = read(*read_whole(reader(api), exchange.body))
        every = list(range(1, len(exchange.body)))
        assert read(*read_whole(reader(api), exchange.body, every)) == whole, exchange.name


@pytest.mark.parametrize("api", DIALECTS)
def test_a_cut_at_any_byte_of_an_event_changes_nothing_and_an_end_there_is_told(api: str) -> None:
    random, seen = Random(11), 0
    for exchange in streams(api):
        events = events_of(exchange)
        before = reader(api)
        wanted = set(windows(events, random))
        for place, event in enumerate(events):
            if place in wanted:
                seen += sum(1 for _ in _cuts(api, exchange, before, event, random))
            before.feed(event)
    assert seen > 3_000


def _cuts(api: str, exchange: Exchange, before: StreamReader, event: bytes, random: Random) -> Iterator[None]:
    """Cut one event at its bytes, at all where it is not long."""
    over = copy.deepcopy(before).end() is None
    expected = read(copy.deepcopy(before).feed(event), None)
    places = range(1, len(event))
    for cut in places if len(event) <= MOST_CUTS else sorted(random.sample(places, MOST_CUTS)):
        there = copy.deepcopy(before)
        begun = there.feed(event[:cut])
        ended = copy.deepcopy(there).end()
        where = (exchange.name, event[:cut][-80:])
        assert ended is not None or over or any(delta.last for delta in begun) or _is_said(api, event[:cut]), where
        assert read([*begun, *there.feed(event[cut:])], None) == expected, where
        yield


def _is_said(api: str, begin: bytes) -> bool:
    """Whether the event said so far that the answer is whole: its blank line may be left out, and nothing else."""
    return re.search(ENDS[api], begin) is not None and begin.rstrip().endswith((b"}", b"[DONE]", b"]"))


@pytest.mark.parametrize("api", DIALECTS)
def test_a_stream_that_ends_at_any_event_before_its_end_is_never_whole(api: str) -> None:
    for exchange in streams(api):
        there = reader(api)
        said = False
        for event in events_of(exchange):
            ended = copy.deepcopy(there).end()
            assert ended is not None or said, exchange.name
            there.feed(event)
            said = said or re.search(ENDS[api], event) is not None
