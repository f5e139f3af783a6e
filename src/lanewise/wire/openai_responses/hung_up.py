"""The end of a vendor's own events that its vendor was not heard to: what was open is closed as far as it came, the response told whole.

A vendor is hung up on once what it has said is verified. Its events were relayed as they came; nothing of them is said again.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from lanewise.core.answer import Delta
from lanewise.wire.openai_responses.render import Item, Rendering, text_part

_NAME = b"event:"
_NAMED_WITHIN_BYTES = 60
#: Of an event that has no name its data says the kind, wherever it stands; within words the quotation mark would be escaped.
_OPENS_OR_CLOSES = re.compile(rb'(?:^event: ?|(?<!\\)")response\.(?:output_item|content_part)\.')


class _Event(msgspec.Struct, gc=False):
    type: Any = ""
    output_index: int | None = 0
    content_index: int | None = 0
    item: dict[str, Any] | None = None
    part: dict[str, Any] | None = None


_EVENT = msgspec.json.Decoder(_Event)


class Shown:
    """What was relayed, as far as its end needs it: the words, and the events that open and close items and parts."""

    __slots__ = ("_kept",)

    def __init__(self) -> None:
        self._kept: list[bytes | str] = []

    def note(self, delta: Delta) -> None:
        """Keep what matters of one event."""
        raw = delta.raw
        if _OPENS_OR_CLOSES.search(raw[:_NAMED_WITHIN_BYTES] if raw.startswith(_NAME) else raw):
            self._kept.append(raw)
        elif delta.text:
            self._kept.append(delta.text)

    def read(self) -> Items:
        """The items, as they are now."""
        items = Items()
        for each in self._kept:
            if isinstance(each, str):
                items.say(each)
            else:
                items.take(_decoded(each))
        return items


class Items:
    """The items of a response: those that are done as their vendor said them, the others as far as they came."""

    def __init__(self) -> None:
        self._items: dict[int, Item] = {}
        self._parts: dict[int, dict[int, Item]] = {}  # of items that are not done
        self._open: tuple[int, int] | None = None  # where words go

    def take(self, event: _Event) -> None:
        """An event that opens or closes something."""
        at, within = event.output_index or 0, event.content_index or 0
        if event.item is not None:
            self._items[at] = event.item
            done = str(event.type).endswith(".done")
            if done:
                self._parts.pop(at, None)
            elif event.item.get("type") == "message":
                self._parts[at] = {}
            if done and self._open is not None and self._open[0] == at:
                self._open = None
        elif event.part is not None:
            self._parts.setdefault(at, {})[within] = dict(event.part)
            self._open = None if str(event.type).endswith(".done") else (at, within)

    def say(self, text: str) -> None:
        """Words of the part that is open; a vendor that opens none has them in the first of its last message."""
        at, within = self._open or (max(self._parts, default=len(self._items)), 0)
        part = self._parts.setdefault(at, {}).setdefault(within, text_part(""))
        part["text"] = f"{part.get('text', '')}{text}"

    def ending(self, rendering: Rendering) -> tuple[list[tuple[str, dict[str, object]]], list[Item]]:
        """The events that close what is open, by their kinds, and all items."""
        events: list[tuple[str, dict[str, object]]] = []
        for at in sorted(self._parts):
            parts = self._parts[at]
            item = self._items.get(at) or rendering.message(at, [], "in_progress")
            if at not in self._items:
                events.append(("response.output_item.added", {"output_index": at, "item": item}))
            if self._open is not None and self._open[0] == at:
                events += _part_done(item, self._open, parts[self._open[1]])
            content = [parts[within] for within in sorted(parts)]
            self._items[at] = item | {"status": "completed", "content": content}
            events.append(("response.output_item.done", {"output_index": at, "item": self._items[at]}))
        return events, [self._items[at] for at in sorted(self._items)]


def _part_done(item: Item, at: tuple[int, int], part: Item) -> list[tuple[str, dict[str, object]]]:
    place: dict[str, object] = {"item_id": item.get("id", ""), "output_index": at[0], "content_index": at[1]}
    words = {"text": part.get("text", ""), "logprobs": part.get("logprobs") or []}
    return [("response.output_text.done", place | words), ("response.content_part.done", place | {"part": part})]


def _decoded(raw: bytes) -> _Event:
    lines = [line.removeprefix(b"data:").strip() for line in raw.splitlines() if line.startswith(b"data:")]
    try:
        return _EVENT.decode(b"".join(lines))
    except (msgspec.DecodeError, UnicodeDecodeError):
        return _Event()
