"""Anthropic's usage in the core's meaning."""

from __future__ import annotations

import json
from typing import Any

from lanewise.wire import OUTBOUND
from lanewise.wire.anthropic.usage import read_usage
from wire.calls import MESSAGES


def test_what_is_kept_for_an_hour_is_a_part_of_what_was_written() -> None:
    told = {"input_tokens": 10, "cache_creation_input_tokens": 30, "output_tokens": 5}
    created = {"ephemeral_5m_input_tokens": 10, "ephemeral_1h_input_tokens": 20}
    usage = read_usage({**told, "cache_creation": created})
    assert (usage.cache_write_tokens, usage.cache_write_1h_tokens, usage.input_tokens) == (30, 20, 40)
    for odd in (None, 5, {}, {"ephemeral_1h_input_tokens": None}):
        assert read_usage({**told, "cache_creation": odd}).cache_write_1h_tokens == 0


def _message(*blocks: dict[str, Any], **members: Any) -> bytes:
    usage = {"input_tokens": 10, "cache_read_input_tokens": 4, "output_tokens": 9}
    message = {"type": "message", "model": "claude-x", "content": blocks, "stop_reason": "end_turn", "usage": usage}
    return json.dumps({**message, **members}).encode()


def test_a_compaction_before_the_answer_is_billed_and_an_advisor_is_not_this_models() -> None:
    usage = {
        "input_tokens": 612,
        "output_tokens": 2_819,
        "iterations": [
            {"type": "compaction", "input_tokens": 60_385, "output_tokens": 522},
            {"type": "advisor_message", "model": "other", "input_tokens": 9, "output_tokens": 9},
            {"type": "message", "input_tokens": 612, "output_tokens": 2_819},
        ],
    }
    told = OUTBOUND[MESSAGES].read_answer(_message(usage=usage), want_content=False).usage
    assert told is not None
    assert (told.input_tokens, told.output_tokens) == (60_997, 3_341)
