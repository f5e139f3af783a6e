"""The official openai SDK reads the simulated OpenAI's responses."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel

from simulator.simulated import Vendors

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_plain_answer_is_right_and_says_it_is_simulated(at: Vendors) -> None:
    response = await at.open.responses.create(model="sim-standard", input="What is 17 * 23?")
    assert "391" in response.output_text
    assert (response.status, response.id[:5]) == ("completed", "resp_")
    assert response.model_extra is not None
    assert response.model_extra["simulated"] is True
    assert response.usage is not None
    assert response.usage.total_tokens == response.usage.input_tokens + response.usage.output_tokens


@pytest.mark.parametrize("summary", [None, "auto"])
async def test_a_stream_comes_to_the_same_response(at: Vendors, summary: Any) -> None:
    asked: Any = {
        "model": "sim-reasoner",
        "input": "What is 12.5% of 960? Show the steps.",
        "reasoning": {"summary": summary},
    }
    whole = await at.open.responses.create(**asked)
    async with at.open.responses.stream(**asked) as stream:
        final = await stream.get_final_response()
    assert final.output_text == whole.output_text
    assert final.usage == whole.usage
    assert [item.type for item in final.output] == [item.type for item in whole.output] == ["reasoning", "message"]
    thinking: Any = final.output[0]
    assert bool(thinking.summary) is (summary is not None)


class Sum(BaseModel):
    result: int


async def test_a_parsed_answer(at: Vendors) -> None:
    parsed = await at.open.responses.parse(model="sim-standard", input="What is 40 + 2?", text_format=Sum)
    assert parsed.output_parsed == Sum(result=42)


async def test_an_answer_that_is_cut_says_why(at: Vendors) -> None:
    response = await at.open.responses.create(model="sim-standard", input="Explain gravity.", max_output_tokens=16)
    assert response.status == "incomplete"
    assert response.incomplete_details is not None
    assert response.incomplete_details.reason == "max_output_tokens"
