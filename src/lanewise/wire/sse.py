"""Server-sent events cut out of a byte stream, however the network cut it."""

from __future__ import annotations

import re
from typing import NamedTuple

from lanewise.core.errors import MalformedStream

MAX_EVENT_BYTES = 16 * 1024 * 1024

# A blank line ends an event. A carriage return that is the last byte so far may be half of a line end, so it waits for the next byte.
_BLANK = re.compile(rb"(?:\r\n|\n|\r(?!\n))(?:\r\n|\n|\r(?=[^\n]))")
_LINE_END = re.compile(rb"\r\n|\n|\r")
_LONGEST_BLANK = 4
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class ServerEvent(NamedTuple):
    """One event: its bytes with the blank line, its name, its data. No data: comments or keep-alives only."""

    raw: bytes
    name: bytes
    data: bytes


class EventSplitter:
    """Collects bytes and gives the events they complete. An event over 16 MiB is refused, so that the buffer stays bounded."""

    __slots__ = ("_rest", "_searched")

    def __init__(self) -> None:
        self._rest = bytearray()
        self._searched = 0

    def flush(self) -> ServerEvent:
        """What came after the last blank line, taken as an event: for a terminal event whose blank line was left out."""
        rest = bytes(self._rest)
        self._rest.clear()
        self._searched = 0
        return _event(rest.strip(), rest)

    def feed(self, data: bytes) -> list[ServerEvent]:
        """The events that `data` completes. Raises MalformedStream where one grows too large."""
        if not self._rest and data.endswith(b"\n\n") and b"\r" not in data and len(data) <= MAX_EVENT_BYTES:
            blocks = data.split(b"\n\n")
            del blocks[-1]
            return [_event(block, block + b"\n\n") for block in blocks]
        return self._feed_slowly(data)

    def _feed_slowly(self, data: bytes) -> list[ServerEvent]:
        rest = self._rest
        rest += data
        events: list[ServerEvent] = []
        taken = 0
        for blank in _BLANK.finditer(rest, max(0, self._searched - _LONGEST_BLANK)):
            if blank.end() - taken > MAX_EVENT_BYTES:
                raise _too_large()
            events.append(_event(bytes(rest[taken : blank.start()]), bytes(rest[taken : blank.end()])))
            taken = blank.end()
        if taken:
            del rest[:taken]
        self._searched = len(rest)
        if len(rest) > MAX_EVENT_BYTES:
            raise _too_large()
        return events


def _event(block: bytes, raw: bytes) -> ServerEvent:
    """Most events are one data line, alone or after their name; the rest take the long way."""
    if block.startswith(b"data: "):
        if block.find(b"\n", 6) < 0 and block.find(b"\r", 6) < 0:
            return ServerEvent(raw, b"", block[6:])
    elif block.startswith(b"event: "):
        at = block.find(b"\ndata: ")
        if at > 0 and block.find(b"\n", at + 7) < 0 and block.find(b"\r") < 0:
            return ServerEvent(raw, block[7:at], block[at + 7 :])
    return _event_of_lines(block, raw)


def _event_of_lines(block: bytes, raw: bytes) -> ServerEvent:
    name = b""
    data: list[bytes] = []
    for line in _LINE_END.split(block.removeprefix(_BYTE_ORDER_MARK)):
        field, _, value = line.partition(b":")
        if field == b"data":
            data.append(value.removeprefix(b" "))
        elif field == b"event":
            name = value.removeprefix(b" ")
    return ServerEvent(raw, name, b"\n".join(data))


def _too_large() -> MalformedStream:
    return MalformedStream(f"An event of the vendor's stream is larger than {MAX_EVENT_BYTES} bytes")
