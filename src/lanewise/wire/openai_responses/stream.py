"""A vendor's stream of response events, read as it comes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from lanewise.core.answer import Delta, ToolCallDelta
from lanewise.core.errors import MalformedStream
from lanewise.core.failure import Failure
from lanewise.core.usage import Usage
from lanewise.wire.event_reader import NOTHING_MORE, EventReader
from lanewise.wire.failure import failure_in_event
from lanewise.wire.openai_responses.answer import Incomplete, failure_of
from lanewise.wire.openai_responses.items import (
    BETWEEN_SUMMARIES,
    CALLS,
    OutputItem,
    arguments_of,
    content_of,
    finish_of,
    logprobs_of,
    name_of,
    text_or_empty,
    thought_of,
)
from lanewise.wire.openai_responses.usage import read_usage
from lanewise.wire.sse import EventSplitter, ServerEvent
from lanewise.wire.stream_end import end_of


class _Event(msgspec.Struct, gc=False):
    type: str
    delta: Any = None
    logprobs: Any = None
    text: Any = None
    refusal: Any = None
    arguments: Any = None
    input: Any = None
    output_index: int | None = 0
    content_index: int | None = 0
    summary_index: int | None = 0
    item: OutputItem | None = None
    response: msgspec.Raw = msgspec.Raw()


class _Response(msgspec.Struct, gc=False):
    """The response of an event that begins or ends a stream."""

    status: Any = None
    model: Any = ""
    usage: msgspec.Raw = msgspec.Raw()
    output: msgspec.Raw = msgspec.Raw()
    service_tier: Any = None
    incomplete_details: Incomplete | None = None


class _OpenCall:
    """A tool call whose arguments are still coming."""

    __slots__ = ("begun", "place")

    def __init__(self, place: int) -> None:
        self.place = place
        self.begun = False


_EVENT = msgspec.json.Decoder(_Event)
_RESPONSE = msgspec.json.Decoder(_Response)
_TERMINAL = frozenset({"response.completed", "response.incomplete"})
_DONE = b"[DONE]"
_SAYS_ITS_TYPE_WITHIN = 120  # bytes: after the event's name, or as the first member of its data


class ResponseStreamReader(EventReader[EventSplitter]):
    """Reads events. The answer is whole at `response.completed` or `response.incomplete`, and nowhere else.

    The terminal event holds the whole response, so its bytes are handed on like any other's, followed by a `last` delta of nothing.
    """

    __slots__ = ("_calls", "_said", "_served_model", "_summarised", "_thinking")

    def __init__(self) -> None:
        super().__init__(EventSplitter())
        self._calls: dict[int | None, _OpenCall] = {}  # by the place of their items
        self._said: tuple[int | None, int | None] | None = None  # the place of the part that came last
        self._thinking: int | None = None  # the place of the reasoning item that came in pieces last
        self._summarised = False  # and whether it shows a summary or its own words
        self._served_model = ""

    def feed(self, data: bytes) -> list[Delta]:
        """The events that `data` completes, in order; nothing after one that is `last`."""
        deltas = super().feed(data)
        if not self._ended and self._may_be_the_end():
            self._read_the_end(deltas)
        if self._ended and deltas and not deltas[-1].last:
            deltas.append(NOTHING_MORE)
        return deltas

    def end(self) -> Failure | None:
        """None if the answer is whole, else what went wrong."""
        if self._ended:
            return self._failure
        return end_of(self._splitter, self._read) or self._failure

    def _may_be_the_end(self) -> bool:
        """Whether the rest may be a whole terminal event whose blank line is still to come, or was left out."""
        rest = self._splitter.rest
        if len(rest) < _SAYS_ITS_TYPE_WITHIN or not rest.rstrip().endswith(b"}"):
            return False
        begin = rest[:_SAYS_ITS_TYPE_WITHIN]
        return b"response.completed" in begin or b"response.incomplete" in begin

    def _read_the_end(self, deltas: list[Delta]) -> None:
        raw, name, data = self._splitter.peek()
        try:
            event = _EVENT.decode(data)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return  # a brace inside of it
        if event.type in _TERMINAL:
            deltas.append(self._read((raw.rstrip() + b"\n\n", name, data)))

    def _read(self, server_event: ServerEvent) -> Delta:
        raw, name, data = server_event
        if not data or data.startswith(_DONE):
            return Delta(raw=raw)
        try:
            event = _EVENT.decode(data)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            if name == b"error":
                return self._failed(raw, failure_in_event(data))
            raise MalformedStream(f"An event of the vendor's stream is not a response event: {error}") from error
        kind = event.type
        if kind == "response.output_text.delta":
            self._said = (event.output_index, event.content_index)
            logprobs = logprobs_of(event.logprobs) if event.logprobs else ()
            return Delta(raw=raw, text=text_or_empty(event.delta), logprobs=logprobs)
        if kind == "error":
            return self._failed(raw, failure_in_event(data))
        read = _READERS.get(kind)
        return Delta(raw=raw) if read is None else read(self, raw, event)  # a vendor's own tools, and kinds yet to come

    def _text_done(self, raw: bytes, event: _Event) -> Delta:
        """A part that did not come in pieces comes here."""
        place = (event.output_index, event.content_index)
        if place == self._said:
            return Delta(raw=raw)
        self._said = place
        return Delta(raw=raw, text=text_or_empty(event.text), logprobs=logprobs_of(event.logprobs))

    def _refusal(self, raw: bytes, event: _Event) -> Delta:
        self._said = (event.output_index, event.content_index)
        return Delta(raw=raw, refusal=text_or_empty(event.delta))

    def _refusal_done(self, raw: bytes, event: _Event) -> Delta:
        place = (event.output_index, event.content_index)
        if place == self._said:
            return Delta(raw=raw)
        self._said = place
        return Delta(raw=raw, refusal=text_or_empty(event.refusal))

    def _summary_part(self, raw: bytes, event: _Event) -> Delta:
        later = event.summary_index != 0 and self._thinking == event.output_index
        return Delta(raw=raw, reasoning=BETWEEN_SUMMARIES if later and self._summarised else "")

    def _summary(self, raw: bytes, event: _Event) -> Delta:
        return Delta(raw=raw, reasoning=self._thought(event, summary=True))

    def _thought_words(self, raw: bytes, event: _Event) -> Delta:
        return Delta(raw=raw, reasoning=self._thought(event, summary=False))

    def _thought(self, event: _Event, *, summary: bool) -> str:
        """The piece of thinking. An item that shows both its words and a summary is heard once: what it began with."""
        if self._thinking != event.output_index:
            self._thinking, self._summarised = event.output_index, summary
        return text_or_empty(event.delta) if self._summarised is summary else ""

    def _item_added(self, raw: bytes, event: _Event) -> Delta:
        item = event.item or OutputItem()
        if item.type in CALLS:
            call = self._calls[event.output_index] = _OpenCall(len(self._calls))
            arguments = arguments_of(item)
            call.begun = bool(arguments)
            call_id = text_or_empty(item.call_id) or text_or_empty(item.id)
            piece = ToolCallDelta(index=call.place, id=call_id, name=name_of(item), arguments=arguments)
            return Delta(raw=raw, tool_calls=(piece,))
        return Delta(raw=raw, media=item.type not in _OF_THE_ANSWER)

    def _arguments(self, raw: bytes, event: _Event) -> Delta:
        call, arguments = self._calls.get(event.output_index), text_or_empty(event.delta)
        if call is None or not arguments:  # of a tool the vendor runs itself
            return Delta(raw=raw)
        call.begun = True
        return Delta(raw=raw, tool_calls=(ToolCallDelta(index=call.place, arguments=arguments),))

    def _arguments_done(self, raw: bytes, event: _Event) -> Delta:
        return self._whole_arguments(raw, event, text_or_empty(event.arguments) or text_or_empty(event.input))

    def _item_done(self, raw: bytes, event: _Event) -> Delta:
        item = event.item or OutputItem()
        if item.type in CALLS:
            if event.output_index not in self._calls:
                return self._item_added(raw, event)
            return self._whole_arguments(raw, event, arguments_of(item))
        if item.type == "message" and (self._said is None or self._said[0] != event.output_index):
            whole = content_of([item])
            return Delta(raw=raw, text=whole.text, refusal=whole.refusal, logprobs=whole.logprobs)
        if item.type != "reasoning":
            return Delta(raw=raw)
        thought = thought_of(item)
        unheard = thought.text if self._thinking != event.output_index else ""
        return Delta(raw=raw, reasoning=unheard, redacted=thought.encrypted, thought=thought)

    def _whole_arguments(self, raw: bytes, event: _Event, arguments: str) -> Delta:
        """Arguments that did not come in pieces come here."""
        call = self._calls.get(event.output_index)
        if call is None or call.begun or not arguments:
            return Delta(raw=raw)
        call.begun = True
        return Delta(raw=raw, tool_calls=(ToolCallDelta(index=call.place, arguments=arguments),))

    def _begun(self, raw: bytes, event: _Event) -> Delta:
        model = text_or_empty(_response(event).model)
        if model == self._served_model:
            return Delta(raw=raw)
        self._served_model = model
        return Delta(raw=raw, served_model=model)

    def _completed(self, raw: bytes, event: _Event) -> Delta:
        self._ended = True
        told = _response(event)
        status = "incomplete" if event.type == "response.incomplete" else "completed"
        reason = None if told.incomplete_details is None else told.incomplete_details.reason
        model = text_or_empty(told.model)
        served_model = "" if model == self._served_model else model
        finish = finish_of(status, reason, calls=bool(self._calls))
        usage = read_usage(told.usage, told.service_tier, told.output)
        return Delta(raw=raw, finish=finish, usage=usage, served_model=served_model)

    def _failed_response(self, raw: bytes, event: _Event) -> Delta:
        body = bytes(event.response)
        told = _response(event)
        usage = read_usage(told.usage, told.service_tier, told.output)
        return self._failed(raw, failure_of(body, event.type.removeprefix("response.")), usage)

    def _failed(self, raw: bytes, failure: Failure, usage: Usage | None = None) -> Delta:
        self._failure = failure
        self._ended = True
        return Delta(raw=raw, last=True, usage=usage)


def _response(event: _Event) -> _Response:
    try:
        return _RESPONSE.decode(event.response) if event.response else _Response()
    except (msgspec.DecodeError, UnicodeDecodeError):
        return _Response()


_OF_THE_ANSWER = frozenset({"message", "reasoning", "compaction", ""})
_READERS: dict[str, Callable[[ResponseStreamReader, bytes, _Event], Delta]] = {
    "response.created": ResponseStreamReader._begun,  # this class's own
    "response.in_progress": ResponseStreamReader._begun,
    "response.output_text.done": ResponseStreamReader._text_done,
    "response.refusal.delta": ResponseStreamReader._refusal,
    "response.refusal.done": ResponseStreamReader._refusal_done,
    "response.reasoning_summary_part.added": ResponseStreamReader._summary_part,
    "response.reasoning_summary_text.delta": ResponseStreamReader._summary,
    "response.reasoning_text.delta": ResponseStreamReader._thought_words,
    "response.reasoning.delta": ResponseStreamReader._thought_words,  # Open Responses' name for it
    "response.output_item.added": ResponseStreamReader._item_added,
    "response.output_item.done": ResponseStreamReader._item_done,
    "response.function_call_arguments.delta": ResponseStreamReader._arguments,
    "response.function_call_arguments.done": ResponseStreamReader._arguments_done,
    "response.custom_tool_call_input.delta": ResponseStreamReader._arguments,
    "response.custom_tool_call_input.done": ResponseStreamReader._arguments_done,
    "response.completed": ResponseStreamReader._completed,
    "response.incomplete": ResponseStreamReader._completed,
    "response.failed": ResponseStreamReader._failed_response,
    "response.cancelled": ResponseStreamReader._failed_response,
}
