"""The Anthropic-dialect vendor counts a request's tokens as it would bill them."""

from __future__ import annotations

from typing import Any

import anthropic
import pytest

from simulator.simulated import ANTHROPIC_TOOL, Vendors, asks

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_the_count_is_what_an_answer_is_billed_for_and_costs_nothing(at: Vendors) -> None:
    asked: Any = {"model": "sim-sonnet", "messages": asks("What is 17 * 23?"), "tools": [ANTHROPIC_TOOL]}
    paid = (await at.page("books"))["total"]
    counted = await at.thropic.messages.count_tokens(**asked)
    assert (await at.page("books"))["total"] == paid | {"calls": paid["calls"] + 1}
    answer = await at.thropic.messages.create(**asked, max_tokens=500)
    assert counted.input_tokens == answer.usage.input_tokens


async def test_what_has_no_place_in_a_count_is_refused(at: Vendors) -> None:
    for more in ({"max_tokens": 5}, {"stream": False}):
        with pytest.raises(anthropic.BadRequestError, match="Extra inputs are not permitted"):
            await at.thropic.messages.count_tokens(model="sim-sonnet", messages=asks("Hi"), extra_body=more)
    with pytest.raises(anthropic.NotFoundError):
        await at.thropic.messages.count_tokens(model="sim-nobody", messages=asks("Hi"))


async def test_a_fault_meets_a_count_too(at: Vendors) -> None:
    await at.fault(kind="status", code=529, times=1)
    with pytest.raises(anthropic.APIStatusError) as failed:
        await at.thropic.messages.count_tokens(model="sim-sonnet", messages=asks("Hi"))
    assert failed.value.status_code == 529
