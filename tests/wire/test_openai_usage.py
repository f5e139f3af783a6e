"""Usage in the spellings of OpenAI-compatible vendors."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lanewise.wire.openai_chat.usage import read_usage


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"prompt_tokens": 9, "completion_tokens": 4, "total_tokens": 13}, (9, 0, 0, 4, 0)),
        (
            {
                "prompt_tokens": 9,
                "completion_tokens": 4,
                "total_tokens": 13,
                "prompt_tokens_details": {"cached_tokens": 5, "cache_write_tokens": 2},
                "completion_tokens_details": {"reasoning_tokens": 3},
            },
            (9, 5, 2, 4, 3),
        ),
        # xAI: thinking is in the total, not in the completion.
        (
            {
                "prompt_tokens": 12,
                "completion_tokens": 2,
                "total_tokens": 354,
                "completion_tokens_details": {"reasoning_tokens": 340},
            },
            (12, 0, 0, 342, 340),
        ),
        # Gemini: the same, without a name for it.
        ({"prompt_tokens": 35, "completion_tokens": 12, "total_tokens": 109}, (35, 0, 0, 74, 62)),
        # Vercel: thinking is in neither.
        (
            {
                "prompt_tokens": 28,
                "completion_tokens": 9,
                "total_tokens": 37,
                "completion_tokens_details": {"reasoning_tokens": 61},
            },
            (28, 0, 0, 70, 61),
        ),
        (
            {"prompt_tokens": 9, "completion_tokens": 1, "total_tokens": 10, "prompt_cache_hit_tokens": 8},
            (9, 8, 0, 1, 0),
        ),
        ({"prompt_tokens": 9, "completion_tokens": 1, "total_tokens": 10, "num_cached_tokens": 7}, (9, 7, 0, 1, 0)),
        ({"prompt_tokens": 9, "completion_tokens": 1, "total_tokens": 10, "cached_tokens": 6}, (9, 6, 0, 1, 0)),
        ({"prompt_tokens": 4, "completion_tokens": 1, "total_tokens": 5, "cached_tokens": 6}, (4, 4, 0, 1, 0)),
    ],
)
def test_usage_is_brought_to_one_meaning(told: dict[str, Any], expected: tuple[int, ...]) -> None:
    raw = json.dumps(told).encode()
    usage = read_usage(raw)
    assert usage is not None
    counts = (
        usage.input_tokens,
        usage.cached_tokens,
        usage.cache_write_tokens,
        usage.output_tokens,
        usage.reasoning_tokens,
    )
    assert counts == expected
    assert usage.raw == raw
    assert not usage.estimated


@pytest.mark.parametrize("raw", [b"null", b"{}", b"[]", b'{"prompt_tokens": "many"}', b""])
def test_usage_that_says_nothing_is_none(raw: bytes) -> None:
    assert read_usage(raw) is None
