"""The official openai SDK's Responses API works unmodified, whichever vendor answers, and whoever remembers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import openai
import pytest
import pytest_asyncio
from pydantic import BaseModel

from end_to_end.stage import Vendors, policy, sdk
from processes import GatewayProcess, gateway

#: A lane for each way to be answered: by a vendor that speaks Responses, by another account of it, by chat completions, by Anthropic.
LANES = ("lane:native", "lane:elsewhere", "lane:chat", "lane:messages")
TOOL: Any = {
    "type": "function",
    "name": "get_weather",
    "description": "The weather in a city",
    "parameters": {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
        "additionalProperties": False,
    },
    "strict": True,
}


def sections(url: str) -> dict[str, Any]:
    at = f"{url}/simopen/v1"
    models = ("sim-standard", "sim-reasoner")
    names = [f"{provider}/{model}" for provider in ("native", "elsewhere") for model in models]
    return {
        "providers": {
            "native": {"dialect": "openai_responses", "base_url": at, "api_key": "one", "simulated": True},
            "elsewhere": {"dialect": "openai_responses", "base_url": at, "api_key": "another", "simulated": True},
        },
        "lanes": {
            "native": {"deployments": ["native/sim-standard"]},
            "elsewhere": {"deployments": ["elsewhere/sim-standard"]},
            "thinks": {"deployments": ["native/sim-reasoner"]},
            "thinks_elsewhere": {"deployments": ["elsewhere/sim-reasoner"]},
            "chat": {"deployments": ["simopen/sim-standard"]},
            "messages": {"deployments": ["simthropic/sim-sonnet"]},
        },
        "prices": {name: {"input": "$1", "output": "$1"} for name in names},
        "facts": {
            name: {"thinking": "effort", "efforts": ["low", "medium", "high"], "sampling": False}
            for name in names
            if name.endswith("reasoner")
        },
        "tenants": {"acme": {}, "globex": {}},
    }


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, simulator_url: str) -> Iterator[GatewayProcess]:
    folder = tmp_path_factory.mktemp("responses")
    (folder / "lanewise.yaml").write_text(policy(simulator_url, **sections(simulator_url)))
    with gateway("--dev", "--config", "lanewise.yaml", cwd=folder) as process:
        yield process


@pytest_asyncio.fixture
async def client(served: GatewayProcess) -> AsyncIterator[openai.AsyncOpenAI]:
    async with sdk(served.url) as official:
        yield official


@pytest.mark.parametrize("lane", LANES)
async def test_a_plain_answer(client: openai.AsyncOpenAI, lane: str) -> None:
    response = await client.responses.create(model=lane, input="What is 17 * 23? Show the steps.")
    assert "391" in response.output_text
    assert (response.object, response.status) == ("response", "completed")
    assert response.usage is not None
    assert response.usage.total_tokens == response.usage.input_tokens + response.usage.output_tokens > 0
    assert response.model_extra is not None
    assert response.model_extra["lanewise"]["lane"] == lane.removeprefix("lane:")


@pytest.mark.parametrize("lane", LANES)
async def test_a_stream_comes_to_the_whole_answer(client: openai.AsyncOpenAI, lane: str) -> None:
    pieces: list[str] = []
    async with client.responses.stream(model=lane, input="What is 17 * 23? Show the steps.") as stream:
        pieces += [event.delta async for event in stream if event.type == "response.output_text.delta"]
        final = await stream.get_final_response()
    assert "391" in final.output_text == "".join(pieces)
    assert final.status == "completed"


class Sum(BaseModel):
    result: int


@pytest.mark.parametrize("lane", LANES)
async def test_a_parsed_answer(client: openai.AsyncOpenAI, lane: str) -> None:
    parsed = await client.responses.parse(model=lane, input="What is 40 + 2?", text_format=Sum)
    assert parsed.output_parsed == Sum(result=42)


@pytest.mark.parametrize("lane", LANES)
async def test_a_tool_loop_whose_caller_sends_all_of_it(client: openai.AsyncOpenAI, lane: str) -> None:
    conversation: list[Any] = [{"role": "user", "content": "What is the weather in Paris?"}]
    first = await client.responses.create(model=lane, input=conversation, tools=[TOOL])
    (call,) = [item for item in first.output if item.type == "function_call"]
    assert json.loads(call.arguments) == {"city": "Paris"}
    conversation += [item.model_dump(exclude_none=True) for item in first.output]
    conversation.append({"type": "function_call_output", "call_id": call.call_id, "output": '{"sky": "clear"}'})
    second = await client.responses.create(model=lane, input=conversation, tools=[TOOL])
    assert "clear" in second.output_text


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("lane", LANES)
@pytest.mark.parametrize("then", LANES)
async def test_a_tool_loop_that_is_remembered_whoever_answers_next(
    client: openai.AsyncOpenAI, lane: str, then: str, stream: bool
) -> None:
    asked: Any = {"model": lane, "input": "What is the weather in Paris?", "tools": [TOOL]}
    if stream:
        async with client.responses.stream(**asked) as events:
            first: Any = await events.get_final_response()
    else:
        first = await client.responses.create(**asked)
    (call,) = [item for item in first.output if item.type == "function_call"]
    output: Any = {"type": "function_call_output", "call_id": call.call_id, "output": '{"sky": "clear"}'}
    second = await client.responses.create(model=then, input=[output], previous_response_id=first.id, tools=[TOOL])
    assert "clear" in second.output_text
    assert second.previous_response_id == (first.id if _knows(lane, then) else second.previous_response_id)
    third = await client.responses.create(model=lane, input="What is 2 + 2?", previous_response_id=second.id)
    assert third.status == "completed"


def _knows(lane: str, then: str) -> bool:
    """Whether the answering vendor is handed the id itself, or Lanewise echoes it."""
    return lane == then or then in {"lane:chat", "lane:messages"}


async def test_the_account_that_remembers_is_asked_by_its_own_id(client: openai.AsyncOpenAI, vendors: Vendors) -> None:
    first = await client.responses.create(model="lane:native", input="What is 2 + 2?")
    await client.responses.create(model="lane:native", input="And 3 + 3?", previous_response_id=first.id)
    (last,) = (await vendors.calls())[-1:]
    assert last["body"]["previous_response_id"] == first.id
    assert last["body"]["input"] == "And 3 + 3?"
    await client.responses.create(model="lane:elsewhere", input="And 4 + 4?", previous_response_id=first.id)
    (last,) = (await vendors.calls())[-1:]
    assert "previous_response_id" not in last["body"]
    assert [item["role"] for item in last["body"]["input"]] == ["user", "assistant", "user"]


async def test_sealed_reasoning_goes_back_to_its_account_and_is_no_obstacle_elsewhere(
    client: openai.AsyncOpenAI,
) -> None:
    asked: Any = {"include": ["reasoning.encrypted_content"], "store": False}
    first = await client.responses.create(model="lane:thinks", input="What is 17 * 23?", **asked)
    assert first.output[0].type == "reasoning"
    assert first.output[0].encrypted_content
    again: list[Any] = [{"role": "user", "content": "What is 17 * 23?"}]
    again += [item.model_dump(exclude_none=True) for item in first.output]
    again.append({"role": "user", "content": "And 2 * 3?"})
    for lane in ("lane:thinks", "lane:thinks_elsewhere", "lane:chat", "lane:messages"):
        assert (await client.responses.create(model=lane, input=again, **asked)).status == "completed"


async def test_what_is_named_by_its_id_is_found(client: openai.AsyncOpenAI) -> None:
    for lane in LANES:
        first = await client.responses.create(model=lane, input="What is 17 * 23?")
        named: list[Any] = [
            {"role": "user", "content": "What is 17 * 23?"},
            *({"type": "item_reference", "id": item.id} for item in first.output),
            {"role": "user", "content": "What is 2 + 2?"},
        ]
        for then in LANES:
            assert (await client.responses.create(model=then, input=named)).status == "completed"


async def test_a_kept_response_is_read_listed_and_deleted(client: openai.AsyncOpenAI) -> None:
    first = await client.responses.create(model="lane:messages", input="What is 2 + 2?")
    second = await client.responses.create(model="lane:native", input="And 3 + 3?", previous_response_id=first.id)
    assert (await client.responses.retrieve(second.id)).output_text == second.output_text
    items = [item async for item in client.responses.input_items.list(second.id, order="asc", limit=1)]
    assert [getattr(item, "role", None) for item in items] == ["user", "assistant", "user"]
    assert len({item.id for item in items}) == 3
    with pytest.raises(openai.BadRequestError, match="Cannot cancel"):
        await client.responses.cancel(second.id)
    await client.responses.delete(first.id)
    for gone in (client.responses.retrieve(first.id), client.responses.input_items.list(first.id)):
        with pytest.raises(openai.NotFoundError):
            await gone
    with pytest.raises(openai.NotFoundError) as refused:
        await client.responses.create(model="lane:native", input="And?", previous_response_id=second.id)
    assert refused.value.code == "previous_response_not_found"


async def test_what_is_not_to_be_kept_is_not(client: openai.AsyncOpenAI) -> None:
    for lane in LANES:
        response = await client.responses.create(model=lane, input="What is 2 + 2?", store=False)
        with pytest.raises(openai.NotFoundError):
            await client.responses.retrieve(response.id)


async def test_the_background_is_refused_clearly(client: openai.AsyncOpenAI) -> None:
    with pytest.raises(openai.BadRequestError, match="background") as refused:
        await client.responses.create(model="lane:native", input="Later", background=True)
    assert refused.value.param == "background"


async def test_a_caller_that_names_many_at_once_is_answered_each(client: openai.AsyncOpenAI) -> None:
    """Those that end together are kept in one write."""
    asked = [client.responses.create(model="lane:chat", input=f"What is {number} + 1?") for number in range(12)]
    responses = await asyncio.gather(*asked)
    found = await asyncio.gather(*(client.responses.retrieve(response.id) for response in responses))
    assert [each.output_text for each in found] == [each.output_text for each in responses]


async def test_a_conversation_from_before_goes_on_where_its_vendor_knows_it_and_the_operator_says_so(
    tmp_path: Path, simulator_url: str
) -> None:
    told = sections(simulator_url) | {"tenants": {}, "responses": {"unknown": "send_on"}}
    (tmp_path / "lanewise.yaml").write_text(policy(simulator_url, **told))
    async with openai.AsyncOpenAI(base_url=f"{simulator_url}/simopen/v1", api_key="one", max_retries=0) as directly:
        first = await directly.responses.create(model="sim-standard", input="What is 17 * 23?")
    with gateway("--dev", "--config", "lanewise.yaml", cwd=tmp_path) as process:
        async with sdk(process.url) as client:
            again: Any = {"input": "That is wrong, try again.", "previous_response_id": first.id}
            second = await client.responses.create(model="lane:native", **again)
            third = await client.responses.create(model="lane:native", **again | {"previous_response_id": second.id})
            for lane in ("lane:messages", "lane:elsewhere"):  # another dialect, another account
                with pytest.raises(openai.BadRequestError, match="not found"):
                    await client.responses.create(model=lane, **again)
    assert "391" in second.output_text
    assert "391" in third.output_text
