"""The events of one response, in the order in which its items open, grow and close."""

from __future__ import annotations

from typing import Any

import msgspec

from lanewise.core.answer import Delta, Finish, TokenLogprob, ToolCall, ToolCallDelta
from lanewise.core.usage import Usage
from lanewise.wire.openai_responses.render import Item, Rendering, logprob_object, refusal_part, summary_part, text_part
from lanewise.wire.openai_responses.tools import free_text_of

_encode = msgspec.json.Encoder().encode


class Output:
    """Tells another vendor's answer in this dialect's events. Words and thinking follow one another; calls stay open until the end."""

    __slots__ = ("_calls", "_items", "_message", "_model", "_rendering", "_thinking", "numbered")

    def __init__(self, rendering: Rendering) -> None:
        self._rendering = rendering
        self._items: list[Item] = []  # as far as they are closed; a place is kept for one that is open
        self._message: _Message | None = None
        self._thinking: _Thinking | None = None
        self._calls: dict[int, _Call] = {}
        self._model = ""
        self.numbered = 0  # events so far

    def begin(self) -> bytes:
        """The first events."""
        response = self.response("in_progress")
        return self._event("response.created", response=response) + self._event(
            "response.in_progress", response=response
        )

    def response(
        self,
        status: str,
        *,
        usage: Usage | None = None,
        reason: str | None = None,
        error: dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        """The response with the items that are closed."""
        output = [item for item in self._items if item]
        return self._rendering.response(status, output, model=self._model, usage=usage, reason=reason, error=error)

    def write(self, delta: Delta) -> bytes:
        """The events of one delta."""
        self._model = delta.served_model or self._model
        parts: list[bytes] = []
        if delta.reasoning:
            self._think(delta.reasoning, parts)
        if delta.text or delta.logprobs:
            self._say(delta.text, delta.logprobs, parts)
        if delta.refusal:
            self._refuse(delta.refusal, parts)
        for piece in delta.tool_calls:
            self._call(piece, parts)
        return b"".join(parts)

    def close(self, finish: Finish) -> bytes:
        """The events that close every item that is open."""
        parts: list[bytes] = []
        status = "incomplete" if finish is Finish.LENGTH else "completed"
        self._close_thinking(parts)
        self._close_message(parts, status)
        for call in self._calls.values():
            self._close_call(call, parts, status)
        return b"".join(parts)

    def _event(self, kind: str, **members: object) -> bytes:
        data = _encode({"type": kind, "sequence_number": self.numbered, **members})
        self.numbered += 1
        return b"event: %b\ndata: %b\n\n" % (kind.encode(), data)

    def _place(self) -> int:
        self._items.append({})
        return len(self._items) - 1

    def _done(self, place: int, item: Item) -> bytes:
        self._items[place] = item
        return self._event("response.output_item.done", output_index=place, item=item)

    def _think(self, text: str, parts: list[bytes]) -> None:
        self._close_message(parts)
        if self._thinking is None:
            place = self._place()
            item = self._rendering.thinking(place, "")
            self._thinking = _Thinking(place, item["id"])
            parts.append(self._event("response.output_item.added", output_index=place, item=item))
            at = self._thinking.at | {"part": summary_part("")}
            parts.append(self._event("response.reasoning_summary_part.added", **at))
        self._thinking.texts.append(text)
        parts.append(self._event("response.reasoning_summary_text.delta", **self._thinking.at, delta=text))

    def _close_thinking(self, parts: list[bytes]) -> None:
        thinking, self._thinking = self._thinking, None
        if thinking is None:
            return
        text = "".join(thinking.texts)
        parts += (
            self._event("response.reasoning_summary_text.done", **thinking.at, text=text),
            self._event("response.reasoning_summary_part.done", **thinking.at, part=summary_part(text)),
            self._done(thinking.place, self._rendering.thinking(thinking.place, text)),
        )

    def _opened(self, kind: str, parts: list[bytes]) -> _Message:
        """The message, with a part of this kind open."""
        self._close_thinking(parts)
        message = self._message
        if message is None:
            place = self._place()
            item = self._rendering.message(place, [], "in_progress")
            message = self._message = _Message(place, item["id"])
            parts.append(self._event("response.output_item.added", output_index=place, item=item))
        if message.kind != kind:
            self._close_part(message, parts)
            message.kind = kind
            empty = text_part("") if kind == "output_text" else refusal_part("")
            parts.append(self._event("response.content_part.added", **message.at, part=empty))
        return message

    def _say(self, text: str, logprobs: tuple[TokenLogprob, ...], parts: list[bytes]) -> None:
        message = self._opened("output_text", parts)
        message.texts.append(text)
        message.logprobs += logprobs
        told = [logprob_object(each) for each in logprobs]
        parts.append(self._event("response.output_text.delta", **message.at, delta=text, logprobs=told))

    def _refuse(self, text: str, parts: list[bytes]) -> None:
        message = self._opened("refusal", parts)
        message.texts.append(text)
        parts.append(self._event("response.refusal.delta", **message.at, delta=text))

    def _close_part(self, message: _Message, parts: list[bytes]) -> None:
        if not message.kind:
            return
        text = "".join(message.texts)
        if message.kind == "output_text":
            part = text_part(text, tuple(message.logprobs))
            done = self._event("response.output_text.done", **message.at, text=text, logprobs=part["logprobs"])
        else:
            part = refusal_part(text)
            done = self._event("response.refusal.done", **message.at, refusal=text)
        parts += (done, self._event("response.content_part.done", **message.at, part=part))
        message.close_part(part)

    def _close_message(self, parts: list[bytes], status: str = "completed") -> None:
        message, self._message = self._message, None
        if message is None:
            return
        self._close_part(message, parts)
        parts.append(self._done(message.place, self._rendering.message(message.place, message.parts, status)))

    def _call(self, piece: ToolCallDelta, parts: list[bytes]) -> None:
        self._close_thinking(parts)
        self._close_message(parts)
        call = self._calls.get(piece.index)
        if call is None:
            place = self._place()
            told = ToolCall(id=piece.id or "", name=piece.name or "", arguments="")
            item = self._rendering.call(place, told, "in_progress")
            call = self._calls[piece.index] = _Call(place, item, told)
            parts.append(self._event("response.output_item.added", output_index=place, item=item))
        if piece.arguments:
            call.arguments.append(piece.arguments)
            if not call.free_text:
                kind = "response.function_call_arguments.delta"
                parts.append(self._event(kind, **call.at, delta=piece.arguments))

    def _close_call(self, call: _Call, parts: list[bytes], status: str) -> None:
        arguments = "".join(call.arguments)
        told = ToolCall(id=call.item["call_id"], name=call.told.name, arguments=arguments)
        item = self._rendering.call(call.place, told, status) | {"id": call.item["id"]}
        if call.free_text:
            text = free_text_of(arguments)
            parts.append(self._event("response.custom_tool_call_input.delta", **call.at, delta=text))
            parts.append(self._event("response.custom_tool_call_input.done", **call.at, input=text))
        else:
            kind = "response.function_call_arguments.done"
            parts.append(self._event(kind, **call.at, name=item["name"], arguments=arguments))
        parts.append(self._done(call.place, item))


class _Thinking:
    """A reasoning item that is open."""

    __slots__ = ("at", "place", "texts")

    def __init__(self, place: int, item_id: str) -> None:
        self.place = place
        self.at = {"item_id": item_id, "output_index": place, "summary_index": 0}
        self.texts: list[str] = []


class _Message:
    """A message item that is open, and its part that is."""

    __slots__ = ("_item_id", "kind", "logprobs", "parts", "place", "texts")

    def __init__(self, place: int, item_id: str) -> None:
        self._item_id = item_id
        self.place = place
        self.kind = ""
        self.texts: list[str] = []
        self.logprobs: list[TokenLogprob] = []
        self.parts: list[Item] = []

    @property
    def at(self) -> dict[str, Any]:
        """Where the open part is."""
        return {"item_id": self._item_id, "output_index": self.place, "content_index": len(self.parts)}

    def close_part(self, part: Item) -> None:
        """The open part is whole."""
        self.parts.append(part)
        self.kind, self.texts, self.logprobs = "", [], []


class _Call:
    """A call whose arguments are still coming."""

    __slots__ = ("arguments", "at", "free_text", "item", "place", "told")

    def __init__(self, place: int, item: Item, told: ToolCall) -> None:
        self.place = place
        self.item = item
        self.told = told
        self.free_text = item["type"] == "custom_tool_call"
        self.at = {"item_id": item["id"], "output_index": place}
        self.arguments: list[str] = []
