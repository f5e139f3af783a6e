"""Gemini's stream of responses, read as it comes: server-sent events, or the elements of one JSON array."""

from __future__ import annotations

import msgspec

from lanewise.core.answer import Delta, Finish, ToolCallDelta
from lanewise.core.errors import MalformedStream
from lanewise.core.failure import Failure
from lanewise.wire.event_reader import EventReader
from lanewise.wire.failure import failure_in_event
from lanewise.wire.gemini.arguments import PartialArguments
from lanewise.wire.gemini.array import ArraySplitter
from lanewise.wire.gemini.candidate import (
    Candidate,
    FunctionCall,
    Response,
    arguments_of,
    call_id,
    finish_of,
    logprobs_of,
    refusal_of,
    text_of,
)
from lanewise.wire.gemini.grounding import Grounding
from lanewise.wire.gemini.usage import read_usage
from lanewise.wire.sse import EventSplitter, ServerEvent
from lanewise.wire.stream_end import CUT, end_of

_CHUNK = msgspec.json.Decoder(Response)
_BLANK = b" \t\r\n\xef\xbb\xbf"


class GeminiStreamReader(EventReader[EventSplitter | ArraySplitter]):
    """Reads chunks. There is no terminal event: the answer is whole where the stream ends well after a `finishReason`."""

    __slots__ = ("_arguments", "_begun", "_calls", "_finished", "_grounding", "_served_model")

    def __init__(self) -> None:
        super().__init__(EventSplitter())
        self._begun = False  # the first byte tells which of both forms it is
        self._calls = 0
        self._arguments: PartialArguments | None = None  # of a call whose arguments come in pieces
        self._grounding = Grounding()
        self._served_model = ""
        self._finished = False

    def feed(self, data: bytes) -> list[Delta]:
        """The chunks that `data` completes, in order; nothing after one that is `last`."""
        if not self._begun:
            begins = data.lstrip(_BLANK)
            if not begins:
                return [Delta(raw=data)] if data else []
            self._begun = True
            if begins.startswith(b"["):
                self._splitter = ArraySplitter()
        return super().feed(data)

    def end(self) -> Failure | None:
        """None if the answer is whole, else what went wrong."""
        if self._ended:
            return self._failure
        splitter = self._splitter
        if isinstance(splitter, EventSplitter):
            return end_of(splitter, self._read_rest) or self._failure
        return None if self._finished and splitter.closed else CUT

    def _read_rest(self, event: ServerEvent) -> Delta:
        """A last event without its blank line; `last` says here that with it the answer is whole."""
        delta = self._read(event)
        return Delta(raw=delta.raw, last=delta.last or self._finished)

    def _read(self, event: ServerEvent) -> Delta:
        raw, name, data = event
        if not data:
            return Delta(raw=raw)
        try:
            chunk = _CHUNK.decode(data)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise MalformedStream(f"A chunk of the vendor's stream is not a response: {error}") from error
        if name == b"error" or chunk.error is not None:
            self._failure = failure_in_event(data)
            self._ended = True
            return Delta(raw=raw, last=True)
        return self._delta(raw, chunk)

    def _delta(self, raw: bytes, chunk: Response) -> Delta:
        for each in chunk.candidates or ():
            self._grounding.hear(each.grounding)
        usage = read_usage(chunk.usage, self._grounding.uses()) if chunk.usage else None
        served_model = ""
        model = text_of(chunk.model)
        if model and model != self._served_model:
            served_model = self._served_model = model
        candidate = chunk.first()
        if candidate is None:
            if not chunk.blocked():
                return Delta(raw=raw, usage=usage, others=chunk.others(), served_model=served_model)
            self._finished = True
            return Delta(
                raw=raw,
                refusal=refusal_of(chunk),
                finish=Finish.CONTENT_FILTER,
                usage=usage,
                served_model=served_model,
            )
        said = self._said(candidate, chunk.response_id)
        calls = [*said.tool_calls]
        finish = finish_of(candidate.finish_reason, calls=self._calls > 0)
        if finish is not None:
            self._finished = True
            calls += self._close_arguments()
        return msgspec.structs.replace(
            said,
            raw=raw,
            tool_calls=tuple(calls),
            finish=finish,
            usage=usage,
            others=chunk.others(),
            served_model=served_model,
        )

    def _said(self, candidate: Candidate, response_id: object) -> Delta:
        text = reasoning = signature = ""
        calls: list[ToolCallDelta] = []
        media = False
        for part in candidate.parts():
            if part.call is not None:
                calls += self._call(part.call, response_id, text_of(part.signature))
                continue
            if part.thought:
                reasoning += text_of(part.text)
            else:
                text += text_of(part.text)
            signature = text_of(part.signature) or signature
            media = media or part.media
        return Delta(
            text=text,
            reasoning=reasoning,
            signature=signature,
            tool_calls=tuple(calls),
            logprobs=logprobs_of(candidate.logprobs),
            media=media,
        )

    def _call(self, call: FunctionCall, response_id: object, signature: str) -> list[ToolCallDelta]:
        """A whole call, or a piece of one: the first names it, those that follow bring arguments, the last is empty."""
        if self._arguments is not None and not text_of(call.name):
            self._arguments.add(call.partial or [])
            return [] if call.continues else self._close_arguments()
        begun = self._close_arguments()
        streams = bool(call.continues or call.partial)
        delta = ToolCallDelta(
            index=self._calls,
            id=call_id(call, response_id, self._calls),
            name=text_of(call.name),
            arguments="" if streams else arguments_of(call),
            signature=signature,
        )
        self._calls += 1
        if streams:
            self._arguments = PartialArguments()
            self._arguments.add(call.partial or [])
        return [*begun, delta] if call.continues or not streams else [*begun, delta, *self._close_arguments()]

    def _close_arguments(self) -> list[ToolCallDelta]:
        """The arguments that came in pieces, put together."""
        if self._arguments is None:
            return []
        whole, self._arguments = self._arguments.text(), None
        return [ToolCallDelta(index=self._calls - 1, arguments=whole)]
