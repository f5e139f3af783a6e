"""Server-sent events cut out of a byte stream, however the network cut it."""

from __future__ import annotations

import re

from lanewise.core.errors import MalformedStream

MAX_EVENT_BYTES = 16 * 1024 * 1024

# A blank line ends an event. A carriage return that is the last byte so far may be half of a line end, so it waits for the next byte.
_BLANK = re.compile(rb"(?:\r\n|\n|\r(?!\n))(?:\r\n|\n|\r(?=[^\n]))")
_LINE_END = re.compile(rb"\r\n|\n|\r")
_LONGEST_BLANK = 4
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


#: One event: its bytes with the blank line, its name, its data. No data: comments or keep-alives only.
ServerEvent = tuple[bytes, bytes, bytes]


class EventSplitter:
    """Collects bytes and gives the events they complete. An event over 16 MiB is a fault, so that the buffer stays bounded."""

    __slots__ = ("_rest", "_searched", "fault")

    def __init__(self) -> None:
        self._rest = bytearray()
        self._searched = 0
        self.fault: MalformedStream | None = None  # nothing is to be read after it

    def feed(self, data: bytes) -> list[ServerEvent]:
        """The events that `data` completes, up to a fault."""
        if self._rest or not data.endswith(b"\n\n") or b"\r" in data or len(data) > MAX_EVENT_BYTES:
            return self._feed_slowly(data)
        blocks = data.split(b"\n\n")
        if blocks.pop():  # a third line end in a row belongs to the next event
            return self._feed_slowly(data)
        if len(blocks) == 1:
            return [_event(blocks[0], data)]
        return [_event(block, block + b"\n\n") for block in blocks]

    @property
    def rest(self) -> bytearray:
        """What came after the last blank line."""
        return self._rest

    def peek(self) -> ServerEvent:
        """The same, taken as an event; it stays where it is."""
        rest = bytes(self._rest)
        return _event(rest.strip(), rest)

    def flush(self) -> ServerEvent:
        """What came after the last blank line, taken as an event: for a terminal event whose blank line was left out."""
        rest = bytes(self._rest)
        self._rest.clear()
        self._searched = 0
        return _event(rest.strip(), rest)

    def _feed_slowly(self, data: bytes) -> list[ServerEvent]:
        rest = self._rest
        rest += data
        events: list[ServerEvent] = []
        taken = 0
        for blank in _BLANK.finditer(rest, max(0, self._searched - _LONGEST_BLANK)):
            if blank.end() - taken > MAX_EVENT_BYTES:
                self.fault = _too_large()
                break
            events.append(_event(bytes(rest[taken : blank.start()]), bytes(rest[taken : blank.end()])))
            taken = blank.end()
        if taken:
            del rest[:taken]
        self._searched = len(rest)
        if len(rest) > MAX_EVENT_BYTES:
            self.fault = _too_large()
        return events


def _event(block: bytes, raw: bytes) -> ServerEvent:
    """Most events are one data line, alone or after their name; the rest take the long way."""
    if block.startswith(b"data: "):
        if b"\n" not in block and b"\r" not in block:
            return raw, b"", block[6:]
    elif block.startswith(b"event: "):
        name, _, line = block.partition(b"\n")
        if line.startswith(b"data: ") and b"\n" not in line and b"\r" not in block:
            return raw, name[7:], line[6:]
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
    return raw, name, b"\n".join(data)


def _too_large() -> MalformedStream:
    return MalformedStream(f"An event of the vendor's stream is larger than {MAX_EVENT_BYTES} bytes")
