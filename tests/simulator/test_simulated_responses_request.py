"""The simulated OpenAI refuses what the real one refuses."""

from __future__ import annotations

from typing import Any

import openai
import pytest

from simulator.simulated import Vendors

pytestmark = pytest.mark.asyncio(loop_scope="module")

SEALED: Any = {"model": "sim-reasoner", "include": ["reasoning.encrypted_content"], "store": False}


async def test_sealed_reasoning_returns_to_its_own_account_and_model_only(at: Vendors) -> None:
    first = await at.open.responses.create(**SEALED, input="What is 17 * 23?")
    again: Any = [{"role": "user", "content": "What is 17 * 23?"}, *(item.model_dump() for item in first.output)]
    again.append({"role": "user", "content": "And 2 * 3?"})
    second = await at.open.responses.create(**SEALED, input=again)
    assert second.status == "completed"

    other = at.open.with_options(api_key="another")
    with pytest.raises(openai.BadRequestError, match="could not be verified"):
        await other.responses.create(**SEALED, input=again)
    again[1]["encrypted_content"] = again[1]["encrypted_content"][:-4] + "AAAA"
    with pytest.raises(openai.BadRequestError) as refused:
        await at.open.responses.create(**SEALED, input=again)
    assert refused.value.code == "invalid_encrypted_content"


@pytest.mark.parametrize(
    ("wrong", "param"),
    [
        ({"input": None}, "input"),
        ({"max_output_tokens": 5}, "max_output_tokens"),
        ({"extra_body": {"messages": []}}, "messages"),
        ({"input": [{"type": "function_call_output", "call_id": "c", "output": "x"}]}, "input"),
        ({"input": [{"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"}]}, "input"),
    ],
)
async def test_what_the_real_vendor_refuses_is_refused(at: Vendors, wrong: Any, param: str) -> None:
    with pytest.raises(openai.BadRequestError) as refused:
        await at.open.responses.create(**({"model": "sim-standard", "input": "Hello"} | wrong))
    assert refused.value.param == param
