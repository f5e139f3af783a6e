"""Places where vendors keep what they count, beside the properties of tests/wire/test_vendor_usage.py."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lanewise.wire.anthropic.usage import read_usage as read_messages_usage
from lanewise.wire.openai_chat.usage import read_usage as read_chat_usage


@pytest.mark.parametrize(
    ("told", "counts"),
    [
        # Perplexity names thinking beside the completion's own count, not in details of it.
        ({"prompt_tokens": 33, "completion_tokens": 7_163, "total_tokens": 7_196, "reasoning_tokens": 5_012}, (0, 0, 7_163, 5_012)),
        # Vercel names what a vendor behind it wrote to its cache the way that vendor does.
        ({"prompt_tokens": 2_100, "completion_tokens": 5, "total_tokens": 2_105, "cache_creation_input_tokens": 2_048}, (0, 2_048, 5, 0)),
        # DeepSeek says zero in OpenAI's place and the truth in its own.
        (
            {
                "prompt_tokens": 20,
                "completion_tokens": 5,
                "prompt_cache_hit_tokens": 16,
                "prompt_cache_miss_tokens": 4,
                "prompt_tokens_details": {"cached_tokens": 0},
            },
            (16, 0, 5, 0),
        ),
        # What was written and what was read cannot both be more than all there was.
        (
            {
                "prompt_tokens": 10,
                "completion_tokens": 5,
                "prompt_tokens_details": {"cached_tokens": 8, "cache_write_tokens": 8},
            },
            (8, 2, 5, 0),
        ),
        # A total beyond prompt and answer was thought, though the vendor names less of it.
        (
            {
                "prompt_tokens": 10,
                "completion_tokens": 5,
                "total_tokens": 40,
                "completion_tokens_details": {"reasoning_tokens": 20},
            },
            (0, 0, 30, 25),
        ),
    ],
)  # fmt: skip
def test_chat_vendors_own_places_for_what_they_count(told: dict[str, Any], counts: tuple[int, ...]) -> None:
    usage = read_chat_usage(json.dumps(told).encode())
    assert usage is not None
    assert (usage.cached_tokens, usage.cache_write_tokens, usage.output_tokens, usage.reasoning_tokens) == counts


def test_anthropics_input_leaves_out_its_cache_and_each_compaction_adds_all_of_its_own() -> None:
    compaction = {
        "type": "compaction",
        "input_tokens": 1_000,
        "cache_read_input_tokens": 200,
        "cache_creation_input_tokens": 30,
        "cache_creation": {"ephemeral_1h_input_tokens": 30},
        "output_tokens": 4,
    }
    usage = read_messages_usage(
        {
            "input_tokens": 10,
            "cache_read_input_tokens": 20,
            "cache_creation_input_tokens": 3,
            "output_tokens": 40,
            "output_tokens_details": {"thinking_tokens": 25},
            "iterations": [compaction, {"type": "message", "input_tokens": 10, "output_tokens": 40}, compaction],
        }
    )
    assert (usage.input_tokens, usage.cached_tokens, usage.cache_write_tokens) == (2_493, 420, 63)
    assert (usage.cache_write_1h_tokens, usage.output_tokens, usage.reasoning_tokens) == (60, 48, 25)
