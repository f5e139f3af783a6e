"""Usage truth, by vendor and API: what each is known to tell, in how many tokens that is, and what those cost at one rate card."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lanewise.core.usage import RateCard, Usage
from lanewise.wire.anthropic.usage import read_usage as read_messages_usage
from lanewise.wire.gemini.usage import read_usage as read_gemini_usage
from lanewise.wire.openai_chat.usage import read_usage as read_chat_usage
from lanewise.wire.openai_responses.usage import read_usage as read_responses_usage

GOLDEN: list[dict[str, Any]] = json.loads(Path(__file__).with_name("golden_usage.json").read_text())
READERS: dict[str, Callable[[dict[str, Any]], Usage | None]] = {
    "chat": lambda told: read_chat_usage(json.dumps(told).encode()),
    "responses": lambda told: read_responses_usage(json.dumps(told).encode()),
    "messages": read_messages_usage,
    "generateContent": lambda told: read_gemini_usage(json.dumps(told).encode()),
}
PER_TOKEN = 1_000_000  # a rate card counts by the million
CARD = RateCard(
    input=1_000 * PER_TOKEN,
    cached=100 * PER_TOKEN,
    cache_write=1_250 * PER_TOKEN,
    cache_write_1h=2_000 * PER_TOKEN,
    output=5_000 * PER_TOKEN,
)


def counts(usage: Usage) -> dict[str, int]:
    return {
        "input": usage.input_tokens,
        "cached": usage.cached_tokens,
        "cache_write": usage.cache_write_tokens,
        "output": usage.output_tokens,
        "reasoning": usage.reasoning_tokens,
    }


@pytest.mark.parametrize("golden", GOLDEN, ids=lambda golden: f"{golden['vendor']}, {golden['api']}: {golden['rule']}")
def test_each_vendor_s_rule_counts_every_token_once(golden: dict[str, Any]) -> None:
    usage = READERS[golden["api"]](golden["usage"])
    assert usage is not None
    assert counts(usage) == golden["tokens"]
    assert CARD.cost(usage).total_nanousd == golden["cost_nanousd"]
    assert json.loads(usage.raw) == golden["usage"]
    assert not usage.estimated


def test_every_api_has_its_golden_usage() -> None:
    assert {golden["api"] for golden in GOLDEN} == set(READERS)
