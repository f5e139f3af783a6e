"""Gemini's usage, brought to the core's one meaning.

Its `candidatesTokenCount` leaves thinking out, so `thoughtsTokenCount` is added: output is both, and thinking is counted once. What the cache
served is part of `promptTokenCount`; what Google's own tools fed to the model (`toolUsePromptTokenCount`) stands beside it and is added.
"""

from __future__ import annotations

from typing import Any

import msgspec

from lanewise.core.usage import Usage


class _Told(msgspec.Struct, gc=False):
    promptTokenCount: Any = None  # noqa: N815 - the vendor's own names, read by the decoder
    candidatesTokenCount: Any = None  # noqa: N815
    thoughtsTokenCount: Any = None  # noqa: N815
    cachedContentTokenCount: Any = None  # noqa: N815
    toolUsePromptTokenCount: Any = None  # noqa: N815


_TOLD = msgspec.json.Decoder(_Told)


def read_usage(raw: msgspec.Raw | bytes) -> Usage | None:
    """The core's meaning of `usageMetadata`; None where it counts nothing, as the chunks of Vertex before the last."""
    text = bytes(raw)
    if not text.startswith(b"{"):
        return None
    try:
        told = _TOLD.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    prompt, answer, thought = told.promptTokenCount, told.candidatesTokenCount, told.thoughtsTokenCount
    if prompt is None and answer is None and thought is None:
        return None
    input_tokens = _count(prompt) + _count(told.toolUsePromptTokenCount)
    return Usage(
        input_tokens=input_tokens,
        cached_tokens=min(_count(told.cachedContentTokenCount), input_tokens),
        output_tokens=_count(answer) + _count(thought),
        reasoning_tokens=_count(thought),
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
