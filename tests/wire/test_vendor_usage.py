"""Whatever a vendor tells about usage, what comes of it can be billed: parts are parts, and nothing it named is lost."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from lanewise.core.usage import Usage
from lanewise.wire.anthropic.usage import read_usage as read_messages_usage
from lanewise.wire.openai_chat.usage import read_usage as read_chat_usage

COUNT = st.none() | st.integers(0, 100_000)
ODD: st.SearchStrategy[Any] = (
    st.none() | st.integers(-5, 10**7) | st.booleans() | st.text(max_size=3) | st.just({}) | st.just([])
)


def chat_usage(count: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    names = ("prompt_tokens", "completion_tokens", "total_tokens", "cached_tokens", "reasoning_tokens")
    details = {
        "prompt_tokens_details": st.none()
        | st.fixed_dictionaries({"cached_tokens": count, "cache_write_tokens": count}),
        "completion_tokens_details": st.none() | st.fixed_dictionaries({"reasoning_tokens": count}),
    }
    return st.fixed_dictionaries({}, optional=dict.fromkeys(names, count) | details)


def messages_usage(count: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    names = ("input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens")
    more = {
        "output_tokens_details": st.none() | st.fixed_dictionaries({"thinking_tokens": count}),
        "cache_creation": st.none() | st.fixed_dictionaries({"ephemeral_1h_input_tokens": count}),
    }
    return st.fixed_dictionaries({}, optional=dict.fromkeys(names, count) | more)


def parts_are_parts(usage: Usage) -> bool:
    cached_or_written = usage.cached_tokens + usage.cache_write_tokens
    counts = (usage.cached_tokens, usage.cache_write_tokens, usage.cache_write_1h_tokens, usage.reasoning_tokens)
    return (
        min(counts) >= 0
        and cached_or_written <= usage.input_tokens
        and usage.cache_write_1h_tokens <= usage.cache_write_tokens
        and usage.reasoning_tokens <= usage.output_tokens
    )


@given(chat_usage(COUNT))
def test_a_compatible_vendor_is_billed_for_at_least_what_it_names(told: dict[str, Any]) -> None:
    usage = read_chat_usage(json.dumps(told).encode())
    if usage is None:
        assert told.get("prompt_tokens") is None
        assert told.get("completion_tokens") is None
        return
    assert parts_are_parts(usage)
    assert usage.input_tokens == (told.get("prompt_tokens") or 0)
    assert usage.output_tokens >= (told.get("completion_tokens") or 0)
    assert usage.input_tokens + usage.output_tokens >= (told.get("total_tokens") or 0)


@given(messages_usage(COUNT))
def test_anthropic_s_input_is_the_sum_of_what_it_counts_apart(told: dict[str, Any]) -> None:
    usage = read_messages_usage(told)
    apart = ("input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens")
    assert parts_are_parts(usage)
    assert usage.input_tokens == sum(told.get(name) or 0 for name in apart)
    assert usage.output_tokens == (told.get("output_tokens") or 0)


@given(chat_usage(ODD), messages_usage(ODD))
def test_odd_values_are_no_fault(chat: dict[str, Any], messages: dict[str, Any]) -> None:
    read_chat_usage(json.dumps(chat).encode())
    assert parts_are_parts(read_messages_usage(messages))


def test_the_vendor_s_own_words_are_kept_beside_it() -> None:
    raw = b'{"prompt_tokens": 9, "completion_tokens": 1, "exact": 1.10}'
    usage = read_chat_usage(raw)
    assert usage is not None
    assert usage.raw == raw
    assert json.loads(read_messages_usage({"input_tokens": 9, "odd": None}).raw) == {"input_tokens": 9, "odd": None}
