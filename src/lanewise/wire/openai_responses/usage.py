"""Usage as vendors of the Responses dialect tell it, brought to the core's one meaning, and said again in its words.

What recorded traffic shows: OpenAI, Azure, xAI, DeepSeek and Bedrock count thinking inside `output_tokens`; the total is their sum.
"""

from __future__ import annotations

from typing import Any

import msgspec

from lanewise.core.usage import Usage
from lanewise.wire.openai_responses.uses import told_uses, tool_uses
from lanewise.wire.rates import rate_in


class _Input(msgspec.Struct, gc=False):
    cached_tokens: int | None = None
    cache_write_tokens: int | None = None


class _Output(msgspec.Struct, gc=False):
    reasoning_tokens: int | None = None


class _Usage(msgspec.Struct, gc=False):
    input_tokens: int | None = None
    output_tokens: int | None = None
    total_tokens: int | None = None
    input_tokens_details: _Input | None = None
    output_tokens_details: _Output | None = None
    server_side_tool_usage_details: Any = None  # xAI's own count of its tools' uses


_NO_INPUT = _Input()
_NO_OUTPUT = _Output()
_USAGE = msgspec.json.Decoder(_Usage)


def read_usage(
    raw: msgspec.Raw | bytes, service_tier: object = None, output: msgspec.Raw | bytes = b""
) -> Usage | None:
    """The core's meaning of a usage object, with the rate and the output beside it; None where it is no object or says nothing."""
    text = bytes(raw)
    if not text.startswith(b"{"):
        return None
    try:
        told = _USAGE.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    if told.input_tokens is None and told.output_tokens is None:
        return None
    given, made = told.input_tokens_details or _NO_INPUT, told.output_tokens_details or _NO_OUTPUT
    input_tokens = max(0, told.input_tokens or 0)
    cached_tokens = min(max(0, given.cached_tokens or 0), input_tokens)
    shown, thought = max(0, told.output_tokens or 0), max(0, made.reasoning_tokens or 0)
    outside = (told.total_tokens or 0) - input_tokens - shown
    # The total is the vendor's own sum: what it holds beyond both was thought.
    # A part cannot be more than its whole: then it stands beside it.
    output_tokens = shown + (outside if outside > 0 else thought if thought > shown else 0)
    return Usage(
        input_tokens=input_tokens,
        cached_tokens=cached_tokens,
        cache_write_tokens=min(max(0, given.cache_write_tokens or 0), input_tokens - cached_tokens),
        output_tokens=output_tokens,
        reasoning_tokens=min(max(thought, outside), output_tokens),
        tool_uses=told_uses(told.server_side_tool_usage_details) or (tool_uses(output) if output else None),
        rate=rate_in(service_tier),
        raw=text,
    )


def usage_object(usage: Usage) -> dict[str, Any]:
    """Usage in this dialect's words."""
    return {
        "input_tokens": usage.input_tokens,
        "input_tokens_details": {"cached_tokens": usage.cached_tokens, "cache_write_tokens": usage.cache_write_tokens},
        "output_tokens": usage.output_tokens,
        "output_tokens_details": {"reasoning_tokens": usage.reasoning_tokens},
        "total_tokens": usage.input_tokens + usage.output_tokens,
    }
