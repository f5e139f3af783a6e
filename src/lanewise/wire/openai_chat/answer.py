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
from lanewise.wire.openai_chat.logprobs import logprobs_object, read_logprobs
from lanewise.wire.openai_chat.message import FINISH_WORDS, Message, arguments_of, finish_of, said, text_or_none
from lanewise.wire.openai_chat.usage import read_usage
from lanewise.wire.own_keys import with_record
from lanewise.wire.silence import decoded, is_blank, should_have_spoken


class _Choice(msgspec.Struct, gc=False):
    index: Any = 0
    finish_reason: Any = None
    message: Message | None = None
    logprobs: Any = None


class _Unread(msgspec.Struct, gc=False):
    """A message of which only is known what there is."""

    content: msgspec.Raw = msgspec.Raw()
    refusal: msgspec.Raw = msgspec.Raw()
    tool_calls: msgspec.Raw = msgspec.Raw()
    function_call: msgspec.Raw = msgspec.Raw()
    audio: msgspec.Raw = msgspec.Raw()
    images: msgspec.Raw = msgspec.Raw()


class _Outline(msgspec.Struct, gc=False):
    finish_reason: Any = None
    message: _Unread | None = None


class _Completion(msgspec.Struct, gc=False):
    choices: list[_Choice] | None = None
    model: Any = ""
    usage: msgspec.Raw = msgspec.Raw()
    error: msgspec.Raw = msgspec.Raw()
    service_tier: Any = None


class _CompletionOutline(msgspec.Struct, gc=False):
    choices: list[_Outline] | None = None
    model: Any = ""
    usage: msgspec.Raw = msgspec.Raw()
    error: msgspec.Raw = msgspec.Raw()
    service_tier: Any = None


_WHOLE = msgspec.json.Decoder(_Completion)
_OUTLINE = msgspec.json.Decoder(_CompletionOutline)
_LIST = ord("[")


def read_answer(body: bytes, *, want_content: bool) -> WireAnswer:
    """What a whole body says; its content is only decoded where it is wanted."""
    try:
        told: _Completion | _CompletionOutline = (_WHOLE if want_content else _OUTLINE).decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _no_answer(failure_in_answer(body))
    served_model = told.model if isinstance(told.model, str) else ""
    usage = read_usage(told.usage, told.service_tier) if told.usage else None
    failure: Failure | None = None
    if not told.choices:
        failure = failure_in_answer(body)
        return WireAnswer(finish=None, usage=usage, served_model=served_model, failure=failure)
    if told.error and bytes(told.error) != b"null":
        failure = failure_in_answer(body)
    finish = finish_of(told.choices[0].finish_reason)
    return WireAnswer(
        finish=finish,
        usage=usage,
        served_model=served_model,
        content=_content(told.choices[0]) if isinstance(told, _Completion) else None,
        others=len(told.choices) > 1,
        empty=failure is None and _say_nothing(told.choices) and should_have_spoken(finish),
        failure=failure,
    )


def write_answer(generation: Generation, request: Request, lanewise: bytes, *, run_id: str, created_s: int) -> bytes:
    """The caller's body: the vendor's own bytes where it spoke this dialect, else a chat completion of the same meaning."""
    body = generation.body
    if generation.dialect is not Dialect.OPENAI_CHAT or not body:
        body = _render(generation, request, run_id=run_id, created_s=created_s)
    return with_record(body, lanewise)


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


def _say_nothing(choices: list[_Choice] | list[_Outline]) -> bool:
    for choice in choices:
        message = choice.message
        if not (_is_unspoken(message) if isinstance(message, _Unread) else _is_empty(message)):
            return False
    return True


def _is_empty(message: Message | None) -> bool:
    if message is None:
        return True
    others = message.refusal or message.tool_calls or message.function_call or message.audio or message.images
    return not (others or _speaks(message.content))


def _is_unspoken(message: _Unread) -> bool:
    """The same of a message that was not read: nearly always its content is long, and no more is looked at."""
    return (
        _is_mute(message.content)
        and is_blank(message.refusal)
        and is_blank(message.tool_calls)
        and is_blank(message.function_call)
        and is_blank(message.audio)
        and is_blank(message.images)
    )


def _is_mute(content: msgspec.Raw) -> bool:
    """Whether it is blank, or a list of parts that are all thinking."""
    view = memoryview(content)
    if not view or view[0] != _LIST:
        return is_blank(content)
    return not _speaks(decoded(content))


def _speaks(content: object) -> bool:
    if isinstance(content, str):
        return bool(content.strip())
    return isinstance(content, list) and any(_is_spoken(part) for part in content)


def _is_spoken(part: object) -> bool:
    """Whether a part of a message is words, or something that has none, such as a picture."""
    if isinstance(part, dict):
        if "thinking" in part:
            return False
        part = part.get("text", part)
    return not isinstance(part, str) or bool(part.strip())


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
        logprobs=() if choice.logprobs is None else read_logprobs(choice.logprobs),
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
                "logprobs": logprobs_object(content.logprobs),
                "finish_reason": FINISH_WORDS[generation.finish or Finish.STOP],
            }
        ],
    }
    if generation.usage is not None:
        answer["usage"] = usage_object(generation.usage)
    return msgspec.json.encode(answer)
