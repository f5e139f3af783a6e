"""Objects cut out of one JSON array as its bytes come: what Gemini streams to those who do not ask for events."""

from __future__ import annotations

import re

from lanewise.core.errors import MalformedStream
from lanewise.wire.sse import MAX_EVENT_BYTES, ServerEvent

_TOKEN = re.compile(rb'["{}\[\]\\]')
_STRING_TOKEN = re.compile(rb'["\\]')
_AROUND = b" \t\r\n,[]"
_QUOTE, _ESCAPE, _OPEN, _CLOSE, _FIRST, _END = b'"\\{}[]'


class ArraySplitter:
    """Collects bytes and gives the elements they complete, as events: the bytes with what stands before them, no name, the object."""

    __slots__ = ("_at", "_begun", "_depth", "_in_string", "_rest", "_start", "closed", "fault")

    def __init__(self) -> None:
        self._rest = bytearray()
        self._at = 0  # up to here the bytes were looked at
        self._start = 0  # of the element that is open
        self._depth = 0
        self._in_string = False
        self._begun = False
        self.closed = False
        self.fault: MalformedStream | None = None  # nothing is to be read after it

    def feed(self, data: bytes) -> list[ServerEvent]:
        """The elements that `data` completes, up to a fault: one that grows too large, or is no object."""
        self._rest += data
        events: list[ServerEvent] = []
        try:
            while (token := self._next()) is not None:
                event = self._take(token)
                if event is not None:
                    events.append(event)
        except MalformedStream as fault:
            self.fault = fault
        if len(self._rest) > MAX_EVENT_BYTES:
            self.fault = MalformedStream(f"An element of the vendor's stream is larger than {MAX_EVENT_BYTES} bytes")
        return events

    def flush(self) -> ServerEvent:
        """What came after the last element."""
        rest = bytes(self._rest)
        self._rest.clear()
        self._at = 0
        return rest, b"", b""

    def _next(self) -> int | None:
        """The place of the next byte that matters; None where more bytes are needed to tell."""
        found = (_STRING_TOKEN if self._in_string else _TOKEN).search(self._rest, self._at)
        if found is None:
            self._at = len(self._rest)
            return None
        place = found.start()
        if self._rest[place] == _ESCAPE and place + 1 == len(self._rest):
            self._at = place
            return None
        return place

    def _take(self, place: int) -> ServerEvent | None:
        byte = self._rest[place]
        self._at = place + (2 if byte == _ESCAPE else 1)
        if byte == _QUOTE:
            self._in_string = not self._in_string
        elif byte == _ESCAPE:
            return None
        elif byte in (_OPEN, _FIRST):
            if not self._begun and byte == _FIRST:
                self._begun = True
                return None
            if self._depth == 0:
                self._start = place
            self._depth += 1
        elif self._depth == 0:
            if byte == _END and not self.closed:
                self.closed = True
                return self._cut(b"")
        else:
            self._depth -= 1
            if self._depth == 0:
                return self._cut(bytes(self._rest[self._start : self._at]))
        return None

    def _cut(self, data: bytes) -> ServerEvent:
        raw = bytes(self._rest[: self._at])
        del self._rest[: self._at]
        self._at = 0
        if raw[: len(raw) - len(data)].strip(_AROUND):
            raise MalformedStream("There are other bytes than objects in the array that the vendor streams")
        return raw, b"", data
