"""The simulated OpenAI remembers responses, of each account apart."""

from __future__ import annotations

import json
from typing import Any

import openai
import pytest

from simulator.simulated import WEATHER, Vendors

pytestmark = pytest.mark.asyncio(loop_scope="module")

TOOL: Any = {
    "type": "function",
    "name": "get_weather",
    "description": "The weather in a city",
    "parameters": WEATHER,
    "strict": False,
}


async def test_a_tool_loop_that_the_vendor_remembers(at: Vendors) -> None:
    first = await at.open.responses.create(model="sim-standard", input="What is the weather in Paris?", tools=[TOOL])
    (call,) = [item for item in first.output if item.type == "function_call"]
    assert json.loads(call.arguments)["city"] == "Paris"
    output: Any = {"type": "function_call_output", "call_id": call.call_id, "output": '{"sky": "clear"}'}
    second = await at.open.responses.create(
        model="sim-standard", input=[output], previous_response_id=first.id, tools=[TOOL]
    )
    assert "clear" in second.output_text


async def test_what_was_not_kept_or_is_another_s_is_not_found(at: Vendors) -> None:
    forgotten = await at.open.responses.create(model="sim-reasoner", input="What is 2 + 2?", store=False)
    kept = await at.open.responses.create(model="sim-reasoner", input="What is 2 + 2?")
    other = at.open.with_options(api_key="another")
    for client, response in ((at.open, forgotten), (other, kept)):
        with pytest.raises(openai.BadRequestError, match="not found"):
            await client.responses.create(model="sim-reasoner", input="And?", previous_response_id=response.id)
        reasoning: Any = [response.output[0].model_dump(exclude_none=True), {"role": "user", "content": "And?"}]
        with pytest.raises(openai.NotFoundError, match="not persisted"):
            await client.responses.create(model="sim-reasoner", input=reasoning)
    reference: Any = [
        {"type": "item_reference", "id": kept.output[1].id},
        {"role": "user", "content": "What is 3 + 4?"},
    ]
    assert "7" in (await at.open.responses.create(model="sim-reasoner", input=reference)).output_text
