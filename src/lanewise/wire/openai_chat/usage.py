"""Usage as OpenAI-compatible vendors tell it, brought to the core's one meaning.

What recorded traffic shows beside OpenAI's own form: xAI and Gemini count thinking outside `completion_tokens` but inside `total_tokens`
(Gemini without naming it); Vercel's gateway counts it outside both; DeepSeek, Mistral and Hugging Face name cached tokens elsewhere.
"""

from __future__ import annotations

import msgspec

from lanewise.core.usage import Usage
from lanewise.wire.rates import rate_in


class _Prompt(msgspec.Struct, gc=False):
    cached_tokens: int | None = None
    cache_write_tokens: int | None = None


class _Completion(msgspec.Struct, gc=False):
    reasoning_tokens: int | None = None


class _Uses(msgspec.Struct, gc=False):
    web_search_requests: int | None = None


class _Usage(msgspec.Struct, gc=False):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    total_tokens: int | None = None
    prompt_tokens_details: _Prompt | None = None
    completion_tokens_details: _Completion | None = None
    prompt_cache_hit_tokens: int | None = None  # DeepSeek
    num_cached_tokens: int | None = None  # Mistral
    cached_tokens: int | None = None  # Hugging Face
    cache_creation_input_tokens: int | None = None  # Vercel
    reasoning_tokens: int | None = None  # Perplexity
    server_tool_use_details: _Uses | None = None  # OpenRouter; OpenAI's own searches are told nowhere


_NO_PROMPT = _Prompt()
_NO_COMPLETION = _Completion()
_USAGE = msgspec.json.Decoder(_Usage)


def read_usage(raw: msgspec.Raw | bytes, service_tier: object = None) -> Usage | None:
    """The core's meaning of a usage object, and of the rate that stands beside it; None where it is null, not an object or says nothing."""
    text = bytes(raw)
    if not text.startswith(b"{"):
        return None
    try:
        told = _USAGE.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    if told.prompt_tokens is None and told.completion_tokens is None:
        return None
    prompt = told.prompt_tokens_details or _NO_PROMPT
    input_tokens = max(0, told.prompt_tokens or 0)
    cached_tokens = _first(
        prompt.cached_tokens,
        told.prompt_cache_hit_tokens,
        told.num_cached_tokens,
        told.cached_tokens,
    )
    cache_write_tokens = _first(prompt.cache_write_tokens, told.cache_creation_input_tokens)
    cached_tokens = min(cached_tokens, input_tokens)
    output_tokens, reasoning_tokens = _output(told, input_tokens)
    return Usage(
        input_tokens=input_tokens,
        cached_tokens=cached_tokens,
        cache_write_tokens=min(cache_write_tokens, input_tokens - cached_tokens),
        output_tokens=output_tokens,
        reasoning_tokens=reasoning_tokens,
        tool_uses=_tool_uses(told.server_tool_use_details),
        rate=rate_in(service_tier) if service_tier is not None else "",
        raw=text,
    )


def _tool_uses(told: _Uses | None) -> dict[str, int] | None:
    if told is None or told.web_search_requests is None:
        return None
    return {"web_search": told.web_search_requests} if told.web_search_requests > 0 else {}


def _output(told: _Usage, input_tokens: int) -> tuple[int, int]:
    """Output with thinking inside it, once, and the thinking."""
    completion = told.completion_tokens_details or _NO_COMPLETION
    shown = max(0, told.completion_tokens or 0)
    thought = _first(completion.reasoning_tokens, told.reasoning_tokens)
    outside = (told.total_tokens or 0) - input_tokens - shown
    if outside > 0:  # the total is the vendor's own sum: what it holds beyond prompt and answer was thought
        return shown + outside, min(max(thought, outside), shown + outside)
    if thought > shown:  # a part cannot be more than the whole, so it stands beside it
        return shown + thought, thought
    return shown, thought


def _first(*values: int | None) -> int:
    for value in values:
        if value and value > 0:
            return value
    return 0
