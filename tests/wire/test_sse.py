from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanewise.wire.sse import MAX_EVENT_BYTES, EventSplitter, ServerEvent
from wire.calls import unhurried


def _split(stream: bytes, cuts: list[int]) -> list[ServerEvent]:
    splitter = EventSplitter()
    places = [0, *sorted(cuts), len(stream)]
    read = [event for start, end in itertools.pairwise(places) for event in splitter.feed(stream[start:end])]
    rest = splitter.flush()
    return [*read, rest] if rest[0] else read


_STREAMS = st.lists(
    st.sampled_from(
        [
            b"data: {}",
            b"data:x",
            b"event: ping\ndata: {}",
            b": comment",
            b"",
            b"data: a\ndata: b",
            b"\xc3\xa9",
            b"id: 1",
            b"data",
        ]
    ),
    max_size=6,
)


@unhurried
@given(_STREAMS, st.sampled_from([b"\n", b"\r\n", b"\r"]), st.data())
def test_cuts_change_nothing(blocks: list[bytes], line_end: bytes, data: st.DataObject) -> None:
    stream = b"".join(block.replace(b"\n", line_end) + line_end * 2 for block in blocks)
    cuts = data.draw(st.lists(st.integers(0, len(stream)), max_size=8))
    whole = _split(stream, [])
    assert _split(stream, cuts) == whole
    assert b"".join(raw for raw, _, _ in whole) == stream


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n", b"\r"])
def test_every_single_cut_of_a_stream_gives_the_same_events(line_end: bytes) -> None:
    lines = b": hi\n\nevent: a\ndata: 1\n\ndata:2\n\n\ndata: 3\ndata: 4\n\n: tail\ndata: [DONE]\n\n"
    stream = lines.replace(b"\n", line_end)
    whole = _split(stream, [])
    assert [data for _, _, data in whole if data] == [b"1", b"2", b"3\n4", b"[DONE]"]
    for cut in range(len(stream)):
        assert _split(stream, [cut]) == whole
    assert _split(stream, list(range(len(stream)))) == whole


def test_an_event_keeps_its_name_its_data_and_all_its_bytes() -> None:
    splitter = EventSplitter()
    assert splitter.feed(b": alive\nevent: delta\ndata: {}\n\n") == [
        (b": alive\nevent: delta\ndata: {}\n\n", b"delta", b"{}")
    ]


def test_a_comment_alone_is_an_event_without_data() -> None:
    assert EventSplitter().feed(b": OPENROUTER PROCESSING\n\n") == [(b": OPENROUTER PROCESSING\n\n", b"", b"")]


def test_a_byte_order_mark_hides_no_data() -> None:
    assert EventSplitter().feed(b"\xef\xbb\xbfdata: 1\n\n")[0][2] == b"1"


def test_an_event_without_end_is_refused_before_it_fills_the_memory() -> None:
    splitter = EventSplitter()
    block = b"x" * (1024 * 1024)
    for _ in range(MAX_EVENT_BYTES // len(block)):
        splitter.feed(block)
    assert splitter.fault is None
    splitter.feed(block)
    assert "larger than" in str(splitter.fault)


def test_one_whole_event_that_is_too_large_is_refused_too() -> None:
    splitter = EventSplitter()
    events = splitter.feed(b"data: 1\n\ndata: " + b"x" * MAX_EVENT_BYTES + b"\n\n")
    assert [data for _, _, data in events] == [b"1"]
    assert "larger than" in str(splitter.fault)
