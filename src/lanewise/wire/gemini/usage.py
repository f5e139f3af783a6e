"""Gemini's usage, brought to the core's one meaning.

Its `candidatesTokenCount` leaves thinking out, so `thoughtsTokenCount` is added: output is both, and thinking is counted once. What the
cache served is part of `promptTokenCount`; what Google's own tools fed to the model (`toolUsePromptTokenCount`) stands beside it and is
added.
"""

from __future__ import annotations

from typing import Any

import msgspec

from lanewise.core.usage import Usage


class _Told(msgspec.Struct, gc=False):
    prompt: Any = msgspec.field(default=None, name="promptTokenCount")
    answer: Any = msgspec.field(default=None, name="candidatesTokenCount")
    thought: Any = msgspec.field(default=None, name="thoughtsTokenCount")
    cached: Any = msgspec.field(default=None, name="cachedContentTokenCount")
    tools: Any = msgspec.field(default=None, name="toolUsePromptTokenCount")


_TOLD = msgspec.json.Decoder(_Told)


def read_usage(raw: msgspec.Raw | bytes, tool_uses: dict[str, int] | None = None) -> Usage | None:
    """The core's meaning of `usageMetadata`, and of the tools beside it; None where it counts nothing: Vertex's chunks before the last."""
    text = bytes(raw)
    if not text.startswith(b"{"):
        return None
    try:
        told = _TOLD.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    if told.prompt is None and told.answer is None and told.thought is None:
        return None
    input_tokens = _count(told.prompt) + _count(told.tools)
    return Usage(
        input_tokens=input_tokens,
        cached_tokens=min(_count(told.cached), input_tokens),
        output_tokens=_count(told.answer) + _count(told.thought),
        reasoning_tokens=_count(told.thought),
        tool_uses=tool_uses,
        raw=text,
    )


def usage_object(usage: Usage) -> dict[str, int]:
    """Usage in Gemini's words."""
    told = {
        "promptTokenCount": usage.input_tokens,
        "candidatesTokenCount": usage.output_tokens - usage.reasoning_tokens,
        "totalTokenCount": usage.input_tokens + usage.output_tokens,
    }
    if usage.cached_tokens:
        told["cachedContentTokenCount"] = usage.cached_tokens
    if usage.reasoning_tokens:
        told["thoughtsTokenCount"] = usage.reasoning_tokens
    return told


def _count(value: object) -> int:
    return value if isinstance(value, int) and value > 0 else 0
