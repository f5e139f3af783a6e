"""Events handed on in order, up to the one that ends the stream or the bytes that nobody can read."""

from __future__ import annotations

import pytest

from lanewise.core.answer import Delta
from lanewise.core.errors import MalformedStream
from lanewise.core.failure import Failure, FailureKind
from lanewise.wire.event_reader import NOTHING_MORE, EventReader
from lanewise.wire.sse import MAX_EVENT_BYTES, EventSplitter, ServerEvent


class Words(EventReader[EventSplitter]):
    """A dialect of words; `end` ends it, and it knows no `nonsense`."""

    def _read(self, event: ServerEvent) -> Delta:
        raw, _, data = event
        if data == b"nonsense":
            raise MalformedStream("Nobody says this")
        self._ended = data == b"end"
        return Delta(raw=raw, text=data.decode(), last=self._ended)

    @property
    def failure(self) -> Failure | None:
        return self._failure


def said(*words: str) -> bytes:
    return "".join(f"data: {word}\n\n" for word in words).encode()


@pytest.fixture
def reader() -> Words:
    return Words(EventSplitter())


def test_nothing_is_handed_on_after_the_end(reader: Words) -> None:
    assert [delta.text for delta in reader.feed(said("a", "end", "b", "nonsense"))] == ["a", "end"]
    assert reader.feed(said("c")) == []
    assert reader.failure is None


def test_what_was_said_before_nonsense_is_handed_on(reader: Words) -> None:
    deltas = reader.feed(said("a", "b", "nonsense", "c"))

    assert [delta.text for delta in deltas] == ["a", "b", ""]
    assert deltas[-1] is NOTHING_MORE
    assert reader.failure == Failure(kind=FailureKind.MALFORMED, message="Nobody says this")
    assert reader.feed(said("d")) == []


def test_and_before_an_event_that_never_ends(reader: Words) -> None:
    deltas = reader.feed(said("a") + b"x" * (MAX_EVENT_BYTES + 1))

    assert [delta.text for delta in deltas] == ["a", ""]
    assert reader.failure is not None
    assert "larger than" in reader.failure.message


def test_of_an_answer_that_ended_it_does_not_matter_what_follows(reader: Words) -> None:
    assert reader.feed(said("end") + b"x" * (MAX_EVENT_BYTES + 1))[-1].text == "end"
    assert reader.failure is None
