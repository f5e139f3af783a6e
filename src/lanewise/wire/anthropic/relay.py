"""A vendor's message events for a caller of the same dialect: its bytes as they are, as long as one vendor answers.

Thinking may be shown of a call that then fails. The vendor that answers in its place begins anew, and no client understands a message that
begins twice: its beginning is left out then, and its blocks are counted on from those that were shown.
"""

from __future__ import annotations

import re

from lanewise.core.answer import Delta
from lanewise.wire.splice import splice

_NAME = re.compile(rb"event: ?(\w+)")
_KIND = re.compile(rb'"type"\s*:\s*"(message_start|content_block_start|content_block_delta|content_block_stop)"')
_INDEX = re.compile(rb'"index"\s*:\s*(\d+)')
#: Events of blocks: each names the block's index.
BLOCKS = frozenset({b"content_block_start", b"content_block_delta", b"content_block_stop"})
_STOP = b'event: content_block_stop\ndata: {"type":"content_block_stop","index":%d}\n\n'


class Relay:
    """Follows what it relays until a piece of the answer itself is among it: from there on nobody else can take over."""

    __slots__ = ("_offset", "_open", "_settled", "begun", "next_index")

    def __init__(self) -> None:
        self.begun = False
        self.next_index = 0  # of a block that would follow
        self._open: int | None = None  # the index of a block that was begun and not stopped, as the caller knows it
        self._offset = 0  # what is added to the vendor's indexes
        self._settled = False

    def write(self, deltas: list[Delta]) -> bytes:
        """The caller's bytes for these deltas."""
        if self._settled and not self._offset:
            return b"".join([delta.raw for delta in deltas if not delta.last])
        return b"".join([self._followed(delta) for delta in deltas if not delta.last])

    def go_on(self, *, begun: bool, next_index: int) -> None:
        """Events of another origin were shown until here, and all their blocks are stopped."""
        self.begun, self.next_index, self._open, self._settled = begun, next_index, None, False

    def stop_open(self) -> bytes:
        """The end of a block that its vendor did not end."""
        if self._open is None:
            return b""
        index, self._open = self._open, None
        return _STOP % index

    def _followed(self, delta: Delta) -> bytes:
        raw = delta.raw
        kind = kind_of(raw)
        if kind == b"message_start":
            # A vendor names its model with the first of its events; one that begins twice by itself is the client's to understand.
            if self.begun and delta.served_model:
                return self._begun_anew()
            self.begun = True
        elif kind in BLOCKS:
            raw = self._moved(raw, kind)
        self._settled = self._settled or delta.answers
        return raw

    def _begun_anew(self) -> bytes:
        closing = self.stop_open()
        self._offset = self.next_index
        return closing

    def _moved(self, raw: bytes, kind: bytes) -> bytes:
        """A block's event with its index as the caller counts."""
        told = index_of(raw)
        if told is None:
            return raw
        index = told + self._offset
        if kind == b"content_block_start":
            self._open, self.next_index = index, max(self.next_index, index + 1)
        elif kind == b"content_block_stop" and self._open == index:
            self._open = None
        return with_index(raw, index) if self._offset else raw


def index_of(raw: bytes) -> int | None:
    """Which block an event is about."""
    found = _INDEX.search(raw)
    return None if found is None else int(found[1])


def with_index(raw: bytes, index: int) -> bytes:
    """A block's event with another index; all other bytes stay."""
    begin = raw.index(b"{")
    end = raw.rindex(b"}") + 1
    return raw[:begin] + splice(raw[begin:end], {"index": b"%d" % index}) + raw[end:]


def kind_of(raw: bytes) -> bytes:
    """Which event it is: by its name, and where it has none by its data."""
    found = _NAME.match(raw) or _KIND.search(raw)
    return b"" if found is None else found[1]
