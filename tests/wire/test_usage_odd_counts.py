"""Usage that no vendor should send: it is read as far as it makes sense, and never becomes an error or a negative bill."""

from __future__ import annotations

import msgspec
import pytest

from lanewise.wire.anthropic.usage import read_usage as read_messages_usage
from lanewise.wire.openai_chat.usage import read_usage as read_chat_usage


def test_a_part_never_exceeds_its_whole() -> None:
    usage = read_chat_usage(b'{"prompt_tokens": 0, "total_tokens": 1, "reasoning_tokens": 2}')

    assert usage is not None
    assert usage.reasoning_tokens <= usage.output_tokens


def test_negative_counts_are_none() -> None:
    told = {"prompt_tokens": -5, "completion_tokens": -3, "completion_tokens_details": {"reasoning_tokens": -1}}
    usage = read_chat_usage(msgspec.json.encode(told))

    assert usage is not None
    assert (usage.input_tokens, usage.output_tokens, usage.reasoning_tokens) == (0, 0, 0)


@pytest.mark.parametrize("iterations", [3, True, "many", {"type": "compaction"}, None])
def test_iterations_that_are_no_list_are_left_out(iterations: object) -> None:
    usage = read_messages_usage({"input_tokens": 5, "output_tokens": 2, "iterations": iterations})

    assert (usage.input_tokens, usage.output_tokens) == (5, 2)
