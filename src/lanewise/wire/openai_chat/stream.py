"""A vendor's stream of chat completion chunks, read as it comes."""

from __future__ import annotations

from typing import Any

import msgspec

from lanewise.core.answer import Delta, ToolCallDelta
from lanewise.core.errors import MalformedStream
from lanewise.core.failure import Failure, FailureKind
from lanewise.core.policy import ModelFacts
from lanewise.core.usage import Usage
from lanewise.wire.event_reader import EventReader
from lanewise.wire.failure import failure_in_event
from lanewise.wire.openai_chat.logprobs import read_logprobs
from lanewise.wire.openai_chat.message import (
    Function,
    Message,
    ToolCallPart,
    arguments_of,
    finish_of,
    said,
    text_or_none,
)
from lanewise.wire.openai_chat.usage import read_usage
from lanewise.wire.sse import EventSplitter, ServerEvent
from lanewise.wire.stream_end import end_of


class _Choice(msgspec.Struct, gc=False):
    index: Any = 0
    delta: Message | None = None
    finish_reason: Any = None
    logprobs: Any = None


class _Chunk(msgspec.Struct, gc=False):
    choices: list[_Choice] | None = None
    model: Any = None
    usage: Any = None
    x_groq: Any = None
    error: Any = None


class _Groq(msgspec.Struct, gc=False):
    usage: msgspec.Raw = msgspec.Raw()


class _Usages(msgspec.Struct, gc=False):
    usage: msgspec.Raw = msgspec.Raw()
    x_groq: _Groq | None = None
    service_tier: Any = None


_CHUNK = msgspec.json.Decoder(_Chunk)
_USAGES = msgspec.json.Decoder(_Usages)
_DONE = b"[DONE]"
_NO_ANSWER = Failure(kind=FailureKind.MALFORMED, message="The vendor's stream came to its end without an answer in it")


class ChatStreamReader(EventReader[EventSplitter]):
    """Reads chunks. The answer is whole at `[DONE]`, or at a clean end after a `finish_reason`: some vendors leave `[DONE]` out."""

    __slots__ = ("_begun", "_calls", "_finished", "_reasoning_field", "_served_model")

    def __init__(self, facts: ModelFacts) -> None:
        self._reasoning_field = facts.reasoning_field
        super().__init__(EventSplitter())
        self._calls: dict[str, int] = {}  # ids of tool calls to their places
        self._served_model = ""
        self._begun = False  # there is an answer, be it empty
        self._finished = False

    def end(self) -> Failure | None:
        """None if the answer is whole, else what went wrong."""
        if self._ended or self._finished:
            return self._failure
        return end_of(self._splitter, self._read) or self._failure

    def _read(self, event: ServerEvent) -> Delta:
        raw, name, data = event
        if not data:
            return Delta(raw=raw)
        if data.startswith(_DONE):
            self._ended = True
            self._failure = self._failure if self._begun else _NO_ANSWER
            return Delta(raw=raw, last=True)
        try:
            chunk = _CHUNK.decode(data)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise MalformedStream(f"A chunk of the vendor's stream is not a chat completion chunk: {error}") from error
        if name == b"error" or chunk.error:
            self._failure = failure_in_event(data)
            self._ended = True
            return Delta(raw=raw, last=True)
        return self._delta(raw, data, chunk)

    def _delta(self, raw: bytes, data: bytes, chunk: _Chunk) -> Delta:
        usage = None if chunk.usage is None and chunk.x_groq is None else _usage(data)
        served_model = ""
        if chunk.model != self._served_model and isinstance(chunk.model, str) and chunk.model:
            served_model = self._served_model = chunk.model
        choice = _first(chunk.choices)
        if choice is None:
            others = bool(chunk.choices)
            usage_only = usage is not None and not others
            return Delta(raw=raw, usage=usage, usage_only=usage_only, others=others, served_model=served_model)
        others = chunk.choices is not None and len(chunk.choices) > 1
        self._begun = True
        finish = finish_of(choice.finish_reason)
        if finish is not None:
            self._finished = True
        message = choice.delta
        if message is None:
            return Delta(raw=raw, finish=finish, usage=usage, others=others, served_model=served_model)
        text, reasoning, signature = said(message, self._reasoning_field)
        return Delta(
            raw=raw,
            text=text,
            reasoning=reasoning,
            signature=signature,
            refusal=text_or_none(message.refusal) or "",
            tool_calls=self._tool_calls(message) if message.tool_calls or message.function_call else (),
            media=bool(message.audio or message.images),
            logprobs=() if choice.logprobs is None else read_logprobs(choice.logprobs),
            finish=finish,
            usage=usage,
            others=others,
            served_model=served_model,
        )

    def _tool_calls(self, message: Message) -> tuple[ToolCallDelta, ...]:
        pieces = message.tool_calls
        if not pieces:
            function = message.function_call
            return (_piece(0, None, function),) if function is not None else ()
        return tuple(_piece(self._place(piece), text_or_none(piece.id), piece.function) for piece in pieces)

    def _place(self, piece: ToolCallPart) -> int:
        """Which call a piece belongs to. Some vendors give no index, some give every call the index 0: then a new id begins a new call."""
        call_id = text_or_none(piece.id)
        given = piece.index if isinstance(piece.index, int) else None
        if call_id is None:
            return max(0, len(self._calls) - 1) if given is None else given
        place = self._calls.get(call_id)
        if place is None:
            taken = self._calls.values()
            begins = piece.function is not None and bool(piece.function.name)
            fresh = given is None or (given in taken and begins)
            place = max(taken, default=-1) + 1 if fresh or given is None else given
            self._calls[call_id] = place
        return place


def _first(choices: list[_Choice] | None) -> _Choice | None:
    """The first answer's choice; others of the same call pass by in their bytes."""
    if not choices:
        return None
    choice = choices[0]
    return choice if not choice.index else next((other for other in choices if not other.index), None)


def _usage(data: bytes) -> Usage | None:
    """Few chunks carry usage, so its own bytes are looked for only then."""
    try:
        told = _USAGES.decode(data)
    except msgspec.ValidationError:  # an `x_groq` that is not Groq's
        return None
    groq = None if told.x_groq is None else told.x_groq.usage
    return read_usage(told.usage, told.service_tier) or (None if groq is None else read_usage(groq, told.service_tier))


def _piece(index: int, call_id: str | None, function: Function | None) -> ToolCallDelta:
    return ToolCallDelta(
        index=index,
        id=call_id,
        name=text_or_none(function.name) if function is not None else None,
        arguments=arguments_of(function),
    )
