"""A client that closes its connection is noticed, logged and generated for no further."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.simulated import Vendors, asks, raw_call, vendors

pytestmark = pytest.mark.asyncio(loop_scope="module")

CHAT = "/simopen/v1/chat/completions"
MESSAGES = "/simthropic/v1/messages"


def left(row: dict[str, Any]) -> bool:
    return bool(row["client_left"])


@pytest.mark.parametrize("stream", [True, False])
async def test_before_the_first_byte(at: Vendors, stream: bool) -> None:
    body = {"model": "sim-standard", "messages": asks("Hello"), "stream": stream}
    async with raw_call(at.sim, CHAT, body, "slow_first_token;s=600"):
        await at.last_logged(lambda row: row["fault"] == "slow_first_token" and row["ended_at"] is None)
    row = await at.last_logged(left)
    assert row["client_left"]["when"] == "before_first_byte"
    assert row["client_left"]["reason"] == "the client closed the connection"
    assert (row["charged"], row["cost_nanousd"], row["completed"]) == (False, 0, False)


async def test_after_the_first_byte_of_a_stream(at: Vendors) -> None:
    body = {"model": "sim-sonnet", "max_tokens": 300, "messages": asks("Tell me about fences"), "stream": True}
    async with raw_call(at.sim, MESSAGES, body, "stall;after=2;s=600") as reader:
        await reader.readuntil(b"text_delta")
    row = await at.last_logged(left)
    assert row["client_left"]["when"] == "after_first_byte"
    assert row["charged"]
    assert 0 < row["output_tokens"] < 30
    assert row["client_left"]["output_tokens"] == row["output_tokens"]


async def test_while_a_whole_answer_is_being_generated() -> None:
    async with vendors(time_scale=1.0) as at:
        body = {"model": "sim-small", "messages": asks("Write a very long story"), "max_tokens": 4_000}
        async with raw_call(at.sim, CHAT, body, "stall;s=600"):
            await at.last_logged(lambda row: bool(row["model"]))
        row = await at.last_logged(left)
        assert row["client_left"]["when"] == "before_first_byte"


async def test_hidden_thinking_stops_and_is_charged_as_far_as_it_came() -> None:
    async with vendors(time_scale=0.2) as at:
        asked: Any = {"model": "sim-reasoner", "messages": asks("Solve x^2 + 5x - 3 = 0"), "reasoning_effort": "high"}
        async with raw_call(at.sim, CHAT, asked | {"stream": True}) as reader:
            await reader.readuntil(b"\r\n\r\n")
        row = await at.last_logged(left)
        assert row["client_left"]["when"] == "after_first_byte"
        assert row["output_tokens"] == row["reasoning_tokens"] < 1_000
