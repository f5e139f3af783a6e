"""Usage of the Responses dialect, read and said."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanewise.core.usage import Usage
from lanewise.wire.openai_responses.usage import read_usage, usage_object

TOKENS = st.integers(0, 10**6)


def test_parts_are_parts_of_their_whole() -> None:
    raw = json.dumps(
        {
            "input_tokens": 100,
            "input_tokens_details": {"cached_tokens": 60, "cache_write_tokens": 20},
            "output_tokens": 50,
            "output_tokens_details": {"reasoning_tokens": 40},
            "total_tokens": 150,
        }
    ).encode()
    assert read_usage(raw) == Usage(
        input_tokens=100, cached_tokens=60, cache_write_tokens=20, output_tokens=50, reasoning_tokens=40, raw=raw
    )


def test_a_vendor_s_own_count_of_its_tools_wins_over_the_items_that_are_seen() -> None:
    told = {"input_tokens": 1, "output_tokens": 1, "server_side_tool_usage_details": {"x_search_calls": 3}}
    seen = json.dumps([{"type": "web_search_call"}]).encode()
    ours, theirs = read_usage(json.dumps(told).encode(), None, seen), read_usage(b'{"input_tokens":1}', None, seen)
    assert ours is not None
    assert theirs is not None
    assert (ours.tool_uses, theirs.tool_uses) == ({"x_search": 3}, {"web_search": 1})


@pytest.mark.parametrize(
    ("shown", "thought", "total", "output", "reasoning"),
    [(50, 40, 150, 50, 40), (10, 40, 150, 50, 40), (10, 40, 110, 50, 40), (50, 0, 0, 50, 0), (50, 0, 170, 70, 20)],
)
def test_thinking_counts_once_wherever_a_vendor_counts_it(
    shown: int, thought: int, total: int, output: int, reasoning: int
) -> None:
    told = {"input_tokens": 100, "output_tokens": shown, "total_tokens": total}
    usage = read_usage(json.dumps(told | {"output_tokens_details": {"reasoning_tokens": thought}}).encode())
    assert usage is not None
    assert (usage.output_tokens, usage.reasoning_tokens) == (output, reasoning)


@pytest.mark.parametrize("raw", [b"", b"null", b"[]", b"{}", b'{"input_tokens": "many"}', b'{"total_tokens": 3}'])
def test_what_says_nothing_is_no_usage(raw: bytes) -> None:
    assert read_usage(raw) is None


@given(TOKENS, TOKENS, TOKENS, TOKENS)
def test_what_is_said_is_what_was_meant(fresh: int, cached: int, thought: int, shown: int) -> None:
    usage = Usage(
        input_tokens=fresh + cached, cached_tokens=cached, output_tokens=thought + shown, reasoning_tokens=thought
    )
    raw = json.dumps(usage_object(usage)).encode()
    again = read_usage(raw)
    assert again is not None
    assert (again.input_tokens, again.cached_tokens) == (usage.input_tokens, cached)
    assert (again.output_tokens, again.reasoning_tokens) == (usage.output_tokens, thought)
