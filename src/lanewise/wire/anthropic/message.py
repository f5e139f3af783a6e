"""Whole messages and errors, written for callers."""

from __future__ import annotations

from typing import Any

import msgspec

from lanewise.core.answer import Content, Finish, Generation, Thought
from lanewise.core.errors import HeldElsewhere
from lanewise.core.protocols.dialect import ErrorReport
from lanewise.core.request import Dialect, Request
from lanewise.core.usage import Usage
from lanewise.wire.anthropic import blocks
from lanewise.wire.splice import splice

_STOP_REASONS = {
    Finish.STOP: "end_turn",
    Finish.LENGTH: "max_tokens",
    Finish.TOOL_CALLS: "tool_use",
    Finish.CONTENT_FILTER: "refusal",
    Finish.OTHER: "end_turn",
}
#: Anthropic's name of an error by its status; of those that are not here by their hundred.
_ERROR_TYPES = {
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    503: "overloaded_error",
    504: "timeout_error",
    529: "overloaded_error",
}
_encode = msgspec.json.Encoder().encode
_OBJECT = msgspec.json.Decoder(dict[str, Any])


def write_answer(generation: Generation, request: Request, lanewise: bytes, *, run_id: str, created_s: int) -> bytes:  # noqa: ARG001  # this dialect dates nothing
    """The caller's body: the vendor's own bytes where it spoke this dialect, else a message of the same meaning."""
    body = generation.body
    if generation.dialect is not Dialect.ANTHROPIC_MESSAGES or not body:
        body = _render(generation, request, run_id)
    if b'"lanewise"' in body:  # another gateway of this kind may stand behind this one
        return splice(body, {"lanewise": lanewise})
    end = body.rindex(b"}")
    comma = b"" if body[:end].rstrip().endswith(b"{") else b","
    return b"".join((body[:end], comma, b'"lanewise":', lanewise, body[end:]))


def write_error(report: ErrorReport) -> bytes:
    """An error's body in Anthropic's shape; what that has no place for stands under the key `lanewise`."""
    kind = _ERROR_TYPES.get(report.status, "api_error" if report.status >= 500 else "invalid_request_error")
    body: dict[str, Any] = {"type": "error", "error": {"type": kind, "message": report.message}}
    if report.code == HeldElsewhere.code:  # by these words SDKs know that they have to send everything, and do
        body["error"]["details"] = {"error_code": report.code, "unsupported": [report.param]}
    if report.request_id:
        body["request_id"] = report.request_id
    told = {"code": report.code, "param": report.param, "refusal": report.refusal}
    told = {key: value for key, value in told.items() if value is not None}
    if told:
        body["lanewise"] = told
    return _encode(body)


def head(request: Request, served_model: str, run_id: str) -> dict[str, Any]:
    """A message before there is anything in it."""
    return {
        "id": f"msg_{run_id}",
        "type": "message",
        "role": "assistant",
        "model": served_model or request.model,
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
    }


def stop_reason(finish: Finish | None, *, refused: bool) -> str:
    """Anthropic's word for an ending."""
    return "refusal" if refused else _STOP_REASONS[finish or Finish.STOP]


def usage_object(usage: Usage | None) -> dict[str, Any]:
    """Usage in Anthropic's words: its `input_tokens` leave out what a cache served or stored."""
    if usage is None:
        return {"input_tokens": 0, "output_tokens": 0}
    told: dict[str, Any] = {
        "input_tokens": max(0, usage.input_tokens - usage.cached_tokens - usage.cache_write_tokens),
        "cache_creation_input_tokens": usage.cache_write_tokens,
        "cache_read_input_tokens": usage.cached_tokens,
        "output_tokens": usage.output_tokens,
    }
    if usage.cache_write_1h_tokens:
        told["cache_creation"] = {
            "ephemeral_5m_input_tokens": usage.cache_write_tokens - usage.cache_write_1h_tokens,
            "ephemeral_1h_input_tokens": usage.cache_write_1h_tokens,
        }
    if usage.reasoning_tokens:
        told["output_tokens_details"] = {"thinking_tokens": usage.reasoning_tokens}
    return told


def tool_id(text: str, run_id: str, place: int) -> str:
    """A call's id as Anthropic takes it back; one of our own where its vendor gives none."""
    return blocks.tool_id(text) or f"toolu_{run_id}_{place}"


def tool_input(arguments: str) -> msgspec.Raw:
    """A call's arguments byte for byte; what is not a JSON object, as of an answer that was cut off, as one that holds its text."""
    text = arguments.strip() or "{}"
    try:
        _OBJECT.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, UnicodeEncodeError, RecursionError):
        return msgspec.Raw(_encode({"unparsed": arguments}))
    return msgspec.Raw(text.encode())


def _render(generation: Generation, request: Request, run_id: str) -> bytes:
    content = generation.content
    if content is None:
        raise ValueError("An answer of another dialect needs its content: the call must be made with want_content")
    answer = head(request, generation.served_model, run_id)
    own = generation.dialect is Dialect.ANTHROPIC_MESSAGES
    thinks = not generation.hides_thinking if own else request.shows_thinking
    shown = content if thinks else msgspec.structs.replace(content, reasoning="", thoughts=())
    answer["content"] = _blocks(shown, run_id, own=own)
    answer["stop_reason"] = stop_reason(generation.finish, refused=bool(content.refusal))
    answer["usage"] = usage_object(generation.usage)
    return _encode(answer)


def _blocks(content: Content, run_id: str, *, own: bool) -> list[dict[str, Any]]:
    """Thinking, text, tool calls. Only Anthropic's own thinking has a proof that Anthropic would take back."""
    thoughts = content.thoughts if own else ()
    if not thoughts and content.reasoning:
        thoughts = (Thought(text=content.reasoning),)
    written: list[dict[str, Any]] = [
        {"type": "redacted_thinking", "data": thought.encrypted}
        if thought.encrypted
        else {"type": "thinking", "thinking": thought.text, "signature": thought.signature}
        for thought in thoughts
    ]
    written += [{"type": "text", "text": text} for text in (content.text, content.refusal) if text]
    written += [
        {
            "type": "tool_use",
            "id": tool_id(call.id, run_id, place),
            "name": call.name,
            "input": tool_input(call.arguments),
        }
        for place, call in enumerate(content.tool_calls)
    ]
    return written
