"""Whole generateContent responses: a vendor's read, a caller's written."""

from __future__ import annotations

from typing import Any

import msgspec

from lanewise.core.answer import Content, Finish, Generation, Thought, ToolCall
from lanewise.core.errors import InvalidRequest
from lanewise.core.failure import Failure
from lanewise.core.protocols.dialect import WireAnswer
from lanewise.core.request import Dialect, Request
from lanewise.wire.failure import failure_in_answer
from lanewise.wire.gemini.candidate import (
    FINISH_WORDS,
    Candidate,
    Response,
    arguments_of,
    call_id,
    finish_of,
    logprobs_object,
    logprobs_of,
    refusal_of,
    text_of,
)
from lanewise.wire.gemini.grounding import Grounding
from lanewise.wire.gemini.signing import NOT_MINE
from lanewise.wire.gemini.usage import read_usage, usage_object
from lanewise.wire.silence import should_have_spoken
from lanewise.wire.splice import members, splice

_RESPONSE = msgspec.json.Decoder(Response)


def read_answer(body: bytes, *, want_content: bool) -> WireAnswer:
    """What a whole body says; its content is only gathered where it is wanted."""
    try:
        told = _RESPONSE.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _no_answer(failure_in_answer(body))
    candidate = told.first()
    if told.error is not None or (candidate is None and not told.blocked()):
        return _no_answer(failure_in_answer(body))
    grounding = Grounding()
    for each in told.candidates or ():
        grounding.hear(each.grounding)
    usage, served_model = read_usage(told.usage, grounding.uses()), text_of(told.model)
    if candidate is None:
        return WireAnswer(
            finish=Finish.CONTENT_FILTER,
            usage=usage,
            served_model=served_model,
            content=Content(refusal=refusal_of(told)) if want_content else None,
        )
    parts = candidate.parts()
    calls = any(part.call is not None for part in parts)
    finish = finish_of(candidate.finish_reason, calls=calls)
    spoke = calls or any(part.media or (not part.thought and text_of(part.text).strip()) for part in parts)
    return WireAnswer(
        finish=finish,
        usage=usage,
        served_model=served_model,
        content=content_of(candidate, told.response_id) if want_content else None,
        others=told.others(),
        empty=not spoke and should_have_spoken(finish),
    )


def content_of(candidate: Candidate, response_id: object) -> Content:
    """The meaning of an answer. A proof of thinking that stands on text goes to the thinking before it."""
    texts: list[str] = []
    thoughts: list[Thought] = []
    pending = ""  # thinking whose proof may still come
    calls: list[ToolCall] = []
    for part in candidate.parts():
        text, signature = text_of(part.text), text_of(part.signature)
        if part.call is not None:
            calls.append(
                ToolCall(
                    id=call_id(part.call, response_id, len(calls)),
                    name=text_of(part.call.name),
                    arguments=arguments_of(part.call),
                    signature=signature,
                )
            )
            continue
        if part.thought:
            pending += text
        else:
            texts.append(text)
        if signature:
            thoughts.append(Thought(text=pending, signature=signature))
            pending = ""
    if pending:
        thoughts.append(Thought(text=pending))
    return Content(
        text="".join(texts),
        reasoning="".join(thought.text for thought in thoughts),
        tool_calls=tuple(calls),
        thoughts=tuple(thoughts),
        logprobs=logprobs_of(candidate.logprobs),
    )


def write_answer(generation: Generation, request: Request, lanewise: bytes, *, run_id: str) -> bytes:
    """The caller's body: the vendor's own bytes where it spoke this dialect, else a response of the same meaning."""
    body = generation.body
    if generation.dialect is not Dialect.GEMINI or not body:
        body = msgspec.json.encode(_render(generation, request, run_id=run_id))
    return with_record(body, lanewise)


def with_record(body: bytes, lanewise: bytes) -> bytes:
    """The object with Lanewise's own key at its end; the word of another gateway behind this one is replaced."""
    if b'"lanewise"' in body:
        return splice(body, {"lanewise": lanewise})
    end = body.rindex(b"}")
    comma = b"" if body[:end].rstrip().endswith(b"{") else b","
    return b"".join((body[:end], comma, b'"lanewise":', lanewise, body[end:]))


def call_part(call: ToolCall, source: Dialect, *, first: bool) -> dict[str, Any]:
    """A function call for a caller. One that another vendor made says so, or a Gemini model would miss its proof when it comes back."""
    part: dict[str, Any] = {"functionCall": {"id": call.id, "name": call.name, "args": _object(call.arguments)}}
    signature = call.signature if source is Dialect.GEMINI else NOT_MINE if first else ""
    return part | ({"thoughtSignature": signature} if signature else {})


def _object(arguments: str) -> msgspec.Raw:
    """Arguments must be an object in this dialect; what is none stands in one, under a name of its own."""
    raw = (arguments.strip() or "{}").encode()
    try:
        members(raw)
    except InvalidRequest:
        return msgspec.Raw(msgspec.json.encode({"arguments": arguments}))
    return msgspec.Raw(raw)


def _no_answer(failure: Failure) -> WireAnswer:
    return WireAnswer(finish=None, usage=None, served_model="", failure=failure)


def _render(generation: Generation, request: Request, *, run_id: str) -> dict[str, Any]:
    content = generation.content
    if content is None:
        raise ValueError("An answer of another dialect needs its content: the call must be made with want_content")
    parts: list[dict[str, Any]] = []
    if content.reasoning and (request.shows_thinking or generation.dialect is Dialect.GEMINI):
        parts.append({"text": content.reasoning, "thought": True})
    said = content.text or content.refusal
    if said:
        parts.append({"text": said})
    for place, call in enumerate(content.tool_calls):
        parts.append(call_part(call, generation.dialect, first=place == 0))
    candidate: dict[str, Any] = {
        "content": {"parts": parts, "role": "model"},
        "finishReason": FINISH_WORDS[generation.finish or Finish.STOP],
        "index": 0,
    }
    if content.logprobs:
        candidate["logprobsResult"] = logprobs_object(content.logprobs)
    answer: dict[str, Any] = {"candidates": [candidate]}
    if generation.usage is not None:
        answer["usageMetadata"] = usage_object(generation.usage)
    return answer | {"modelVersion": generation.served_model or request.model, "responseId": run_id}
