"""How a stream ended whose terminal event was not seen."""

from __future__ import annotations

from collections.abc import Callable

from lanewise.core.answer import Delta
from lanewise.core.errors import MalformedStream
from lanewise.core.failure import Failure, FailureKind
from lanewise.wire.failure import failure_in_answer
from lanewise.wire.sse import EventSplitter, ServerEvent

#: What a stream is that ended too early.
CUT = Failure(
    kind=FailureKind.CUT_STREAM,
    message="The vendor closed its stream before its terminal event: the answer is not whole",
)


def end_of(splitter: EventSplitter, read: Callable[[ServerEvent], Delta]) -> Failure | None:
    """None if the rest is a terminal event whose blank line was left out, else why the answer is not whole."""
    event = splitter.flush()
    raw = event[0]
    if raw.lstrip().startswith(b"{"):  # one JSON body where a stream was asked for
        return failure_in_answer(raw)
    try:
        return None if read(event).last else CUT
    except MalformedStream:  # the rest of an event that was cut
        return CUT
