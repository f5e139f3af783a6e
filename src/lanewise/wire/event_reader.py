"""What readers of all dialects do with the events of a stream: hand them on in order, up to the one that ends it."""

from __future__ import annotations

from typing import Generic, Protocol, TypeVar

from lanewise.core.answer import Delta
from lanewise.core.errors import MalformedStream
from lanewise.core.failure import Failure, FailureKind
from lanewise.wire.sse import ServerEvent

#: Ends a stream; all that was said has been handed on.
NOTHING_MORE = Delta(last=True)


class Splitter(Protocol):
    """Cuts events out of bytes."""

    fault: MalformedStream | None

    def feed(self, data: bytes) -> list[ServerEvent]:
        """The events that `data` completes, up to a fault."""


S = TypeVar("S", bound=Splitter)


class EventReader(Generic[S]):
    """Reads events with the words of a dialect, `_read`, which says by `_ended` and `_failure` how its stream ended."""

    __slots__ = ("_ended", "_failure", "_splitter")

    def __init__(self, splitter: S) -> None:
        self._splitter = splitter
        self._ended = False
        self._failure: Failure | None = None

    def feed(self, data: bytes) -> list[Delta]:
        """The events that `data` completes, in order; nothing after one that is `last`.

        What came before bytes that the dialect does not allow is handed on, however the network cut them; a `last` delta follows.
        """
        deltas: list[Delta] = []
        splitter = self._splitter
        try:
            for event in splitter.feed(data):
                if self._ended:
                    break
                deltas.append(self._read(event))
            if splitter.fault is not None and not self._ended:
                raise splitter.fault
        except MalformedStream as error:
            self._failure = Failure(kind=FailureKind.MALFORMED, message=error.message)
            self._ended = True
            deltas.append(NOTHING_MORE)
        return deltas

    def _read(self, event: ServerEvent) -> Delta:
        """What an event says. Raises MalformedStream."""
        raise NotImplementedError
