"""Whole chat completions: a vendor's read, a caller's written."""

from __future__ import annotations

from typing import Any

import msgspec

from lanewise.core.answer import Content, Finish, Generation, ToolCall
from lanewise.core.failure import Failure
from lanewise.core.protocols.dialect import WireAnswer
from lanewise.core.request import Dialect, Request
from lanewise.core.usage import Usage
from lanewise.wire.failure import failure_in_answer
from lanewise.wire.openai_chat.message import FINISH_WORDS, Message, arguments_of, finish_of, said, text_or_none
from lanewise.wire.openai_chat.usage import read_usage
from lanewise.wire.splice import splice


class _Choice(msgspec.Struct, gc=False):
    index: Any = 0
    finish_reason: Any = None
    message: Message | None = None


class _Outline(msgspec.Struct, gc=False):
    finish_reason: Any = None


class _Completion(msgspec.Struct, gc=False):
    choices: list[_Choice] | None = None
    model: Any = ""
    usage: msgspec.Raw = msgspec.Raw()
    error: msgspec.Raw = msgspec.Raw()


class _CompletionOutline(msgspec.Struct, gc=False):
    choices: list[_Outline] | None = None
    model: Any = ""
    usage: msgspec.Raw = msgspec.Raw()
    error: msgspec.Raw = msgspec.Raw()


_WHOLE = msgspec.json.Decoder(_Completion)
_OUTLINE = msgspec.json.Decoder(_CompletionOutline)


def read_answer(body: bytes, *, want_content: bool) -> WireAnswer:
    """What a whole body says; its content is only decoded where it is wanted."""
    try:
        told: _Completion | _CompletionOutline = (_WHOLE if want_content else _OUTLINE).decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _no_answer(failure_in_answer(body))
    served_model = told.model if isinstance(told.model, str) else ""
    usage = read_usage(told.usage) if told.usage else None
    failure: Failure | None = None
    if not told.choices:
        failure = failure_in_answer(body)
        return WireAnswer(finish=None, usage=usage, served_model=served_model, failure=failure)
    if told.error and bytes(told.error) != b"null":
        failure = failure_in_answer(body)
    return WireAnswer(
        finish=finish_of(told.choices[0].finish_reason),
        usage=usage,
        served_model=served_model,
        content=_content(told.choices[0]) if isinstance(told, _Completion) else None,
        failure=failure,
    )


def write_answer(generation: Generation, request: Request, lanewise: bytes, *, run_id: str, created_s: int) -> bytes:
    """The caller's body: the vendor's own bytes where it spoke this dialect, else a chat completion of the same meaning."""
    body = generation.body
    if generation.dialect is not Dialect.OPENAI_CHAT or not body:
        body = _render(generation, request, run_id=run_id, created_s=created_s)
    if b'"lanewise"' in body:  # another gateway of this kind may stand behind this one
        return splice(body, {"lanewise": lanewise})
    end = body.rindex(b"}")
    comma = b"" if body[:end].rstrip().endswith(b"{") else b","
    return b"".join((body[:end], comma, b'"lanewise":', lanewise, body[end:]))


def usage_object(usage: Usage) -> dict[str, Any]:
    """Usage in OpenAI's words."""
    return {
        "prompt_tokens": usage.input_tokens,
        "completion_tokens": usage.output_tokens,
        "total_tokens": usage.input_tokens + usage.output_tokens,
        "prompt_tokens_details": {"cached_tokens": usage.cached_tokens, "cache_write_tokens": usage.cache_write_tokens},
        "completion_tokens_details": {"reasoning_tokens": usage.reasoning_tokens},
    }


def _no_answer(failure: Failure) -> WireAnswer:
    return WireAnswer(finish=None, usage=None, served_model="", failure=failure)


def _content(choice: _Choice) -> Content:
    message = choice.message or Message()
    text, reasoning, _ = said(message, None)
    calls = [
        ToolCall(
            id=text_or_none(call.id) or "",
            name=text_or_none(call.function and call.function.name) or "",
            arguments=arguments_of(call.function),
        )
        for call in message.tool_calls or ()
    ]
    function = message.function_call
    if not calls and function is not None and function.name:
        calls = [ToolCall(id="", name=text_or_none(function.name) or "", arguments=arguments_of(function))]
    return Content(
        text=text,
        reasoning=reasoning,
        refusal=text_or_none(message.refusal) or "",
        tool_calls=tuple(calls),
    )


def _render(generation: Generation, request: Request, *, run_id: str, created_s: int) -> bytes:
    content = generation.content
    if content is None:
        raise ValueError("An answer of another dialect needs its content: the call must be made with want_content")
    message: dict[str, Any] = {
        "role": "assistant",
        "content": content.text if content.text or not content.tool_calls else None,
        "refusal": content.refusal or None,
    }
    if content.reasoning:
        message["reasoning_content"] = content.reasoning
    if content.tool_calls:
        message["tool_calls"] = [
            {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
            for call in content.tool_calls
        ]
    answer: dict[str, Any] = {
        "id": f"chatcmpl-{run_id}",
        "object": "chat.completion",
        "created": created_s,
        "model": generation.served_model or request.model,
        "choices": [
            {
                "index": 0,
                "message": message,
                "logprobs": None,
                "finish_reason": FINISH_WORDS[generation.finish or Finish.STOP],
            }
        ],
    }
    if generation.usage is not None:
        answer["usage"] = usage_object(generation.usage)
    return msgspec.json.encode(answer)
