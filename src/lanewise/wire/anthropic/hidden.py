"""Thinking that only a lane asked for, left out of what its own vendor answers: the caller's code takes the first block for the answer.

It is Lanewise's to hide, since Lanewise asked for it. What a vendor shows by itself, or because its caller wished it, is never touched.
"""

from __future__ import annotations

from typing import Any

import msgspec

from lanewise.core.answer import Delta
from lanewise.core.errors import InvalidRequest
from lanewise.core.protocols.dialect import Hiding
from lanewise.wire.anthropic.relay import BLOCKS, index_of, kind_of, with_index
from lanewise.wire.splice import elements, members, splice

_THINKING = frozenset({"thinking", "redacted_thinking"})
_MARKS = (b'"thinking"', b'"redacted_thinking"')


class _Block(msgspec.Struct, gc=False):
    type: Any = ""


class _Start(msgspec.Struct, gc=False):
    content_block: _Block


_BLOCK = msgspec.json.Decoder(_Block)
_START = msgspec.json.Decoder(_Start)


def hiding_thinking() -> Hiding:
    """For one answer: its bytes without thinking, whole or streamed."""
    return Hiding(body=without_thinking, deltas=_Stream().shown)


def without_thinking(body: bytes) -> bytes:
    """A whole message without its blocks of thinking; all other bytes stay. What is no message stays as it is."""
    if not any(mark in body for mark in _MARKS):
        return body
    try:
        found = members(body)
        _, start, end = found["content"]
        blocks = elements(body[start:end])
        shown = [block for block in blocks if _BLOCK.decode(block).type not in _THINKING]
    except (InvalidRequest, KeyError, msgspec.DecodeError):
        return body
    return body if len(shown) == len(blocks) else splice(body, {"content": b"[" + b",".join(shown) + b"]"}, found)


class _Stream:
    """Follows a message's blocks. The indexes of those that are shown follow one another: SDKs keep blocks in a list."""

    __slots__ = ("_hidden", "_places")

    def __init__(self) -> None:
        self._places: dict[int, int | None] = {}  # the vendor's index to the caller's; None: hidden
        self._hidden = 0

    def shown(self, deltas: list[Delta]) -> list[Delta]:
        """The same deltas in the caller's bytes. One that is hidden has none, and still says that the model thinks."""
        return [self._shown(delta) for delta in deltas]

    def _shown(self, delta: Delta) -> Delta:
        raw = delta.raw
        kind = kind_of(raw)
        if kind == b"message_start":
            self._places.clear()
            self._hidden = 0
        index = index_of(raw) if kind in BLOCKS else None
        if index is None:
            return delta
        if kind == b"content_block_start":
            hidden = _begins_thinking(raw)
            self._places[index] = None if hidden else index - self._hidden
            self._hidden += hidden
        place = self._places.get(index, index)
        if place == index:
            return delta
        return msgspec.structs.replace(delta, raw=b"" if place is None else with_index(raw, place))


def _begins_thinking(raw: bytes) -> bool:
    try:
        return _START.decode(raw[raw.index(b"{") : raw.rindex(b"}") + 1]).content_block.type in _THINKING
    except (ValueError, msgspec.DecodeError):
        return False
