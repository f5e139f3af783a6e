"""What every StreamReader must do. A new implementation adds one line to `STREAMS`."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.vendor_answers import SAMPLES, TEXT
from lanewise.core.answer import Delta, Finish
from lanewise.core.failure import Failure, FailureKind
from lanewise.core.policy import ModelFacts
from lanewise.core.protocols.dialect import StreamReader
from lanewise.core.request import Dialect
from lanewise.wire.anthropic.stream import MessageStreamReader
from lanewise.wire.gemini.stream import GeminiStreamReader
from lanewise.wire.openai_chat.stream import ChatStreamReader
from lanewise.wire.openai_responses.stream import ResponseStreamReader

MEGABYTE = 1024 * 1024


#: Data that no dialect allows, of one line, and no `[DONE]`.
MALFORMED = st.one_of(
    st.sampled_from([b"{", b'{"a":1}}', b"[]", b"null", b"\xff"]),
    st.binary(min_size=1, max_size=12),
).filter(lambda data: data.strip() and not set(data) & set(b"\r\n") and not data.startswith(b"[DONE]"))


@dataclass(frozen=True, kw_only=True)
class Stream:
    """A reader, one good stream of its dialect event by event, and an error event."""

    reader: Callable[[], StreamReader]
    events: tuple[bytes, ...]
    error_event: bytes
    needed: int  # events after which a clean end is a whole answer
    terminal: bool = True  # an event of its own ends the stream; else its end is a clean one after all that is needed

    @property
    def whole(self) -> bytes:
        return b"".join(self.events)


def _stream(
    dialect: Dialect, reader: Callable[[], StreamReader], *, unneeded: int = 0, terminal: bool = True
) -> Stream:
    sample = SAMPLES[dialect]
    return Stream(
        reader=reader,
        events=sample.events,
        error_event=sample.error_event,
        needed=len(sample.events) - unneeded,
        terminal=terminal,
    )


STREAMS: dict[str, Stream] = {
    # Some vendors of OpenAI's dialect leave out `[DONE]` or the usage chunk: the finish reason is what cannot be missing.
    ChatStreamReader.__name__: _stream(Dialect.OPENAI_CHAT, lambda: ChatStreamReader(ModelFacts()), unneeded=2),
    ResponseStreamReader.__name__: _stream(Dialect.OPENAI_RESPONSES, ResponseStreamReader),
    MessageStreamReader.__name__: _stream(Dialect.ANTHROPIC_MESSAGES, MessageStreamReader),
    GeminiStreamReader.__name__: _stream(Dialect.GEMINI, GeminiStreamReader, terminal=False),
}


def read(reader: StreamReader, *pieces: bytes) -> tuple[list[Delta], Failure | None]:
    """All deltas of these pieces, and how the stream ended."""
    return [delta for piece in pieces for delta in reader.feed(piece)], reader.end()


def cut(stream: bytes, places: list[int]) -> list[bytes]:
    return [stream[start:end] for start, end in itertools.pairwise([0, *sorted(places), len(stream)])]


@pytest.mark.parametrize("stream", STREAMS.values(), ids=STREAMS)
class TestStreamReader:
    """One run of it per reader."""

    def test_a_good_stream_is_whole_and_says_what_the_vendor_said(self, stream: Stream) -> None:
        deltas, failure = read(stream.reader(), stream.whole)

        assert failure is None
        assert "".join(delta.text for delta in deltas) == TEXT
        assert [delta.finish for delta in deltas if delta.finish] == [Finish.STOP]
        assert [delta.served_model for delta in deltas if delta.served_model] == ["model-2026"]
        usage = [delta.usage for delta in deltas if delta.usage][-1]
        assert (usage.input_tokens, usage.output_tokens) == (12, 7)
        assert [delta.last for delta in deltas] == [False] * (len(deltas) - 1) + [stream.terminal]

    def test_every_byte_is_handed_on_in_some_delta(self, stream: Stream) -> None:
        deltas, _ = read(stream.reader(), stream.whole)
        assert b"".join(delta.raw for delta in deltas) == stream.whole

    @given(st.data())
    def test_it_does_not_matter_where_the_network_cuts(self, stream: Stream, data: st.DataObject) -> None:
        places = data.draw(st.lists(st.integers(0, len(stream.whole)), max_size=12))
        assert read(stream.reader(), *cut(stream.whole, places)) == read(stream.reader(), stream.whole)

    def test_not_even_when_it_cuts_after_every_byte(self, stream: Stream) -> None:
        pieces = cut(stream.whole, list(range(1, len(stream.whole))))
        assert read(stream.reader(), *pieces) == read(stream.reader(), stream.whole)

    def test_a_clean_end_anywhere_before_the_answer_was_whole_is_a_cut_stream(self, stream: Stream) -> None:
        """At every byte of all events that are needed but the last one's blank line, which some vendors leave out."""
        needed = b"".join(stream.events[: stream.needed]).rstrip(b"\r\n")
        for length in range(len(needed) - 1):
            _, failure = read(stream.reader(), stream.whole[:length])
            assert failure is not None, stream.whole[:length]
            assert failure.kind is FailureKind.CUT_STREAM

    def test_a_terminal_event_whose_blank_line_is_missing_still_ends_the_answer(self, stream: Stream) -> None:
        _, failure = read(stream.reader(), stream.whole.rstrip(b"\r\n"))
        assert failure is None

    def test_nothing_comes_after_the_last_event_whatever_the_vendor_still_sends(self, stream: Stream) -> None:
        reader = stream.reader()
        last = b"" if stream.terminal else stream.error_event
        at_once = reader.feed(stream.whole + last + stream.events[0] + b"data: nonsense\n\n")
        later = reader.feed(stream.whole)

        assert (at_once[-1].last, later, reader.end() is None) == (True, [], stream.terminal)

    def test_an_error_event_is_the_last_and_says_what_went_wrong(self, stream: Stream) -> None:
        deltas, failure = read(stream.reader(), *stream.events[:3], stream.error_event, *stream.events[3:])

        assert deltas[-1].last
        assert [delta.last for delta in deltas].count(True) == 1
        assert failure is not None
        assert "broken inside" in failure.message
        assert failure.transient

    @pytest.mark.parametrize("keep_alive", [b": still here\n\n", b":\n\n", b"\n\n"])
    def test_a_comment_alone_is_a_delta_of_nothing_but_its_bytes(self, stream: Stream, keep_alive: bytes) -> None:
        reader = stream.reader()
        deltas = reader.feed(keep_alive)

        assert deltas == [Delta(raw=keep_alive)]
        assert read(reader, stream.whole)[1] is None

    @pytest.mark.parametrize("data", [b'{"choices": [{"delta"', b"<html>", b"[1, 2]", b'"words"', b"{]"])
    def test_an_event_that_the_dialect_does_not_allow_is_malformed(self, stream: Stream, data: bytes) -> None:
        deltas, failure = read(stream.reader(), *stream.events[:2], b"data: " + data + b"\n\n", *stream.events[2:])

        assert deltas == [*read(stream.reader(), *stream.events[:2])[0], Delta(last=True)]
        assert failure is not None
        assert failure.kind is FailureKind.MALFORMED

    @given(good=st.integers(0, 2), bad=MALFORMED, data=st.data())
    def test_what_came_before_malformed_bytes_is_handed_on_however_the_network_cuts(
        self, stream: Stream, good: int, bad: bytes, data: st.DataObject
    ) -> None:
        broken = b"".join([*stream.events[:good], b"data: ", bad, b"\n\n", *stream.events[good:]])
        places = data.draw(st.lists(st.integers(0, len(broken)), max_size=12))
        before, _ = read(stream.reader(), *stream.events[:good])

        assert read(stream.reader(), *cut(broken, places)) == read(stream.reader(), broken)
        deltas, failure = read(stream.reader(), broken)
        assert deltas == [*before, Delta(last=True)]
        assert failure is not None
        assert failure.kind is FailureKind.MALFORMED

    def test_an_event_without_end_is_refused_before_it_fills_the_memory(self, stream: Stream) -> None:
        _, failure = read(stream.reader(), *[b"x" * MEGABYTE] * 64)
        assert failure is not None
        assert failure.kind is FailureKind.MALFORMED

    @given(pieces=st.lists(st.binary(max_size=60) | st.sampled_from([b"data: ", b"\n\n", b"{}", b'{"type":'])))
    def test_no_bytes_at_all_bring_it_down(self, stream: Stream, pieces: list[bytes]) -> None:
        reader = stream.reader()
        for piece in pieces:
            reader.feed(piece)
        failure = reader.end()
        assert failure is None or failure.message
