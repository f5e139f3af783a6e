"""Usage in the core's one meaning, whatever a vendor tells: parts never exceed their whole, and nothing that was counted goes unbilled."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanewise.core.usage import Usage
from lanewise.wire.anthropic.usage import read_usage as read_messages_usage
from lanewise.wire.openai_chat.usage import read_usage as read_chat_usage

COUNTS = st.none() | st.integers(0, 2_000_000)


def _some(**members: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=members)


CHAT_USAGES = _some(
    prompt_tokens=COUNTS,
    completion_tokens=COUNTS,
    total_tokens=COUNTS,
    prompt_tokens_details=st.none() | _some(cached_tokens=COUNTS, cache_write_tokens=COUNTS, audio_tokens=COUNTS),
    completion_tokens_details=st.none() | _some(reasoning_tokens=COUNTS, accepted_prediction_tokens=COUNTS),
    prompt_cache_hit_tokens=COUNTS,
    num_cached_tokens=COUNTS,
    cached_tokens=COUNTS,
    cache_creation_input_tokens=COUNTS,
    reasoning_tokens=COUNTS,
    cost=st.floats(0, 1),
)
MESSAGES_COUNTS: dict[str, st.SearchStrategy[Any]] = {
    "input_tokens": COUNTS | st.just("many"),
    "cache_read_input_tokens": COUNTS,
    "cache_creation_input_tokens": COUNTS,
    "output_tokens": COUNTS,
    "cache_creation": st.none() | _some(ephemeral_1h_input_tokens=COUNTS, ephemeral_5m_input_tokens=COUNTS),
}
MESSAGES_USAGES = _some(
    **MESSAGES_COUNTS,
    output_tokens_details=st.none() | _some(thinking_tokens=COUNTS),
    service_tier=st.just("standard"),
    iterations=st.none()
    | st.lists(
        st.none() | _some(type=st.sampled_from(["compaction", "message", "advisor_message"]), **MESSAGES_COUNTS),
        max_size=3,
    ),
)


def _hangs_together(usage: Usage) -> bool:
    return (
        min(usage.cached_tokens, usage.cache_write_tokens, usage.cache_write_1h_tokens, usage.reasoning_tokens) >= 0
        and usage.cached_tokens + usage.cache_write_tokens <= usage.input_tokens
        and usage.cache_write_1h_tokens <= usage.cache_write_tokens
        and usage.reasoning_tokens <= usage.output_tokens
        and not usage.estimated
    )


@given(CHAT_USAGES)
def test_a_chat_vendors_parts_never_exceed_their_whole_and_no_count_of_its_own_is_undercut(
    told: dict[str, Any],
) -> None:
    raw = json.dumps(told).encode()
    usage = read_chat_usage(raw)
    if told.get("prompt_tokens") is None and told.get("completion_tokens") is None:
        assert usage is None
        return
    assert usage is not None
    assert _hangs_together(usage)
    assert usage.raw == raw
    assert usage.input_tokens == (told.get("prompt_tokens") or 0)
    assert usage.output_tokens >= (told.get("completion_tokens") or 0)
    assert usage.input_tokens + usage.output_tokens >= (told.get("total_tokens") or 0)
    assert usage.reasoning_tokens >= ((told.get("completion_tokens_details") or {}).get("reasoning_tokens") or 0)


@given(MESSAGES_USAGES)
def test_a_messages_vendors_parts_never_exceed_their_whole_and_its_own_words_are_kept(told: dict[str, Any]) -> None:
    usage = read_messages_usage(told)
    assert _hangs_together(usage)
    assert json.loads(usage.raw) == told
    assert usage.output_tokens >= (told.get("output_tokens") or 0)


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
