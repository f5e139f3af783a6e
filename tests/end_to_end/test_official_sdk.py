"""The official openai SDK works unmodified: only its base URL is changed. In front of vendors of both dialects."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import openai
import pytest
import pytest_asyncio
from pydantic import BaseModel

from end_to_end.stage import ANSWER, PINNED, asks, sdk
from processes import GatewayProcess, gateway

MODELS = tuple(PINNED.values())
WEATHER: Any = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather in a city",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}, "unit": {"type": "string", "enum": ["celsius", "fahrenheit"]}},
            "required": ["city", "unit"],
            "additionalProperties": False,
        },
    },
}
WEATHER_IN_TWO_CITIES = "What is the weather in Paris and in Rome, in celsius?"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayProcess]:
    """A gateway as a newcomer starts it."""
    with gateway("--dev", "--simulate", "--time-scale", "0", cwd=tmp_path_factory.mktemp("sdk")) as process:
        yield process


@pytest_asyncio.fixture
async def client(served: GatewayProcess) -> AsyncIterator[openai.AsyncOpenAI]:
    async with sdk(served.url) as official:
        yield official


@pytest.mark.parametrize("model", MODELS)
async def test_the_asynchronous_client_gets_an_answer_of_its_vendor_s_shape(
    client: openai.AsyncOpenAI, model: str
) -> None:
    answer = await client.chat.completions.create(model=model, messages=asks())

    assert ANSWER in (answer.choices[0].message.content or "")
    assert (answer.object, answer.choices[0].finish_reason, answer.choices[0].message.role) == (
        "chat.completion",
        "stop",
        "assistant",
    )
    assert answer.usage is not None
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens > 0


@pytest.mark.parametrize("model", MODELS)
async def test_the_synchronous_client_gets_the_same_whole_and_streamed(served: GatewayProcess, model: str) -> None:
    def whole_and_streamed() -> tuple[str, str]:
        with openai.OpenAI(base_url=f"{served.url}/v1", api_key="any", max_retries=0) as official:
            answer = official.chat.completions.create(model=model, messages=asks())
            with official.chat.completions.create(model=model, messages=asks(), stream=True) as stream:
                pieces = [chunk.choices[0].delta.content or "" for chunk in stream if chunk.choices]
        return answer.choices[0].message.content or "", "".join(pieces)

    whole, streamed = await asyncio.to_thread(whole_and_streamed)

    assert ANSWER in whole
    assert streamed == whole


@pytest.mark.parametrize("model", MODELS)
async def test_a_stream_brings_the_same_words_piece_by_piece(client: openai.AsyncOpenAI, model: str) -> None:
    whole = await client.chat.completions.create(model=model, messages=asks())

    chunks = [chunk async for chunk in await client.chat.completions.create(model=model, messages=asks(), stream=True)]

    pieces = [chunk.choices[0].delta.content for chunk in chunks if chunk.choices and chunk.choices[0].delta.content]
    assert len(pieces) > 3
    assert "".join(pieces) == whole.choices[0].message.content
    assert chunks[0].choices[0].delta.role == "assistant"
    assert [c.choices[0].finish_reason for c in chunks if c.choices and c.choices[0].finish_reason] == ["stop"]
    assert len({chunk.id for chunk in chunks}) == 1
    assert not [chunk for chunk in chunks if chunk.usage], "usage is not sent unless it is asked for"


@pytest.mark.parametrize("model", MODELS)
async def test_a_stream_tells_its_usage_once_where_it_is_asked_for(client: openai.AsyncOpenAI, model: str) -> None:
    whole = await client.chat.completions.create(model=model, messages=asks())
    stream = await client.chat.completions.create(
        model=model, messages=asks(), stream=True, stream_options={"include_usage": True}
    )

    told = [chunk async for chunk in stream if chunk.usage is not None]

    assert len(told) == 1
    assert told[0].choices == []
    assert told[0].usage is not None
    assert whole.usage is not None
    assert told[0].usage.completion_tokens == whole.usage.completion_tokens
    assert told[0].usage.prompt_tokens == whole.usage.prompt_tokens


@pytest.mark.parametrize("model", MODELS)
async def test_tools_in_parallel_and_their_results(client: openai.AsyncOpenAI, model: str) -> None:
    first = await client.chat.completions.create(model=model, messages=asks(WEATHER_IN_TWO_CITIES), tools=[WEATHER])

    assert first.choices[0].finish_reason == "tool_calls"
    calls: Any = first.choices[0].message.tool_calls
    assert [json.loads(call.function.arguments)["city"] for call in calls] == ["Paris", "Rome"]

    results = [
        {"role": "tool", "tool_call_id": call.id, "content": f"{18 + place} degrees"}
        for place, call in enumerate(calls)
    ]
    told: Any = [*asks(WEATHER_IN_TWO_CITIES), first.choices[0].message.model_dump(exclude_none=True), *results]
    second = await client.chat.completions.create(model=model, messages=told, tools=[WEATHER])

    text = second.choices[0].message.content or ""
    assert "18 degrees" in text
    assert "19 degrees" in text
    assert second.choices[0].finish_reason == "stop"


@pytest.mark.parametrize("model", MODELS)
async def test_tool_arguments_are_streamed(client: openai.AsyncOpenAI, model: str) -> None:
    """With the SDK's own accumulation: it must be able to put the pieces together."""
    pieces = 0
    async with client.chat.completions.stream(
        model=model, messages=asks(WEATHER_IN_TWO_CITIES), tools=[WEATHER]
    ) as stream:
        async for event in stream:
            pieces += event.type == "tool_calls.function.arguments.delta"
        final = await stream.get_final_completion()

    calls: Any = final.choices[0].message.tool_calls
    assert [call.function.name for call in calls] == ["get_weather", "get_weather"]
    assert [json.loads(call.function.arguments) for call in calls] == [
        {"city": "Paris", "unit": "celsius"},
        {"city": "Rome", "unit": "celsius"},
    ]
    assert pieces > len(calls)
    assert final.choices[0].finish_reason == "tool_calls"


@pytest.mark.parametrize("model", MODELS)
async def test_one_tool_can_be_demanded(client: openai.AsyncOpenAI, model: str) -> None:
    answer = await client.chat.completions.create(
        model=model,
        messages=asks("Good morning in Paris"),
        tools=[WEATHER],
        tool_choice={"type": "function", "function": {"name": "get_weather"}},
        parallel_tool_calls=False,
    )

    calls: Any = answer.choices[0].message.tool_calls
    assert [call.function.name for call in calls] == ["get_weather"]


class Sum(BaseModel):
    answer: int


@pytest.mark.parametrize("model", MODELS)
async def test_structured_output(client: openai.AsyncOpenAI, model: str) -> None:
    parsed = await client.chat.completions.parse(model=model, messages=asks("What is 12 * 12?"), response_format=Sum)

    assert parsed.choices[0].message.parsed == Sum(answer=144)

    async with client.chat.completions.stream(
        model=model, messages=asks("What is 12 * 12?"), response_format=Sum
    ) as stream:
        streamed = await stream.get_final_completion()

    assert streamed.choices[0].message.parsed == Sum(answer=144)


@pytest.mark.parametrize("model", ["sim-deep-reasoner", "sim-opus"])
async def test_thinking_is_seen_where_the_vendor_shows_it(client: openai.AsyncOpenAI, model: str) -> None:
    whole = await client.chat.completions.create(model=model, messages=asks("Solve x^2 - 5x + 6 = 0"))
    thought, said, order = "", "", []
    async for chunk in await client.chat.completions.create(
        model=model, messages=asks("Solve x^2 - 5x + 6 = 0"), stream=True
    ):
        for choice in chunk.choices:
            piece = getattr(choice.delta, "reasoning_content", None) or ""
            thought, said = thought + piece, said + (choice.delta.content or "")
            order += ["thought"] * bool(piece) + ["said"] * bool(choice.delta.content)

    message: Any = whole.choices[0].message
    assert len(thought) > 100
    assert thought == message.reasoning_content
    assert said == message.content
    assert order == sorted(order, reverse=True), "it thinks first and speaks then"
    assert whole.usage is not None
    details = whole.usage.completion_tokens_details
    assert details is not None
    assert 0 < (details.reasoning_tokens or 0) < whole.usage.completion_tokens


async def test_hidden_thinking_is_counted(client: openai.AsyncOpenAI) -> None:
    answer = await client.chat.completions.create(model="sim-reasoner", messages=asks("Solve 3x + 5 = 20"))

    assert answer.usage is not None
    assert answer.usage.completion_tokens_details is not None
    assert (answer.usage.completion_tokens_details.reasoning_tokens or 0) > 10


async def test_an_unmodified_application_is_routed(client: openai.AsyncOpenAI) -> None:
    """It names a model of a vendor we do not have; the policy says that such names are routed."""
    raw = await client.chat.completions.with_raw_response.create(
        model="gpt-5", messages=asks(), extra_body={"lanewise": {"task": "arithmetic"}}
    )

    assert raw.headers["x-lanewise-lane"] == "standard"
    assert ANSWER in (raw.parse().choices[0].message.content or "")


@pytest.mark.parametrize("model", MODELS)
async def test_an_answer_says_what_became_of_the_request(client: openai.AsyncOpenAI, model: str) -> None:
    raw = await client.chat.completions.with_raw_response.create(model=model, messages=asks())

    told: Any = raw.parse().model_extra
    assert raw.headers["x-lanewise-run"] == told["lanewise"]["run"]
    assert told["lanewise"]["model"] == model
    assert told["lanewise"]["outcome"] == "success"
    assert float(raw.headers["x-lanewise-cost"]) == pytest.approx(told["lanewise"]["cost_usd"])
    assert told["lanewise"]["cost_nanousd"] > 0
    assert raw.headers["x-lanewise-verdict"] == "unchecked"
    assert "total;dur=" in raw.headers["server-timing"]
    assert "x-lanewise-degraded" not in raw.headers


async def test_the_models_that_can_be_named(client: openai.AsyncOpenAI) -> None:
    listed = {model.id async for model in client.models.list()}

    assert {"auto", "lane:standard", "lane:reasoning", *MODELS} <= listed
    answer = await client.chat.completions.create(model="lane:small", messages=asks())
    assert ANSWER in (answer.choices[0].message.content or "")


@pytest.mark.parametrize("stream", [False, True])
async def test_a_lane_that_is_not_there(client: openai.AsyncOpenAI, stream: bool) -> None:
    with pytest.raises(openai.NotFoundError, match="There is no lane 'fast'") as lost:
        await client.chat.completions.create(model="lane:fast", messages=asks(), stream=stream)
    assert (lost.value.param, lost.value.type) == ("model", "invalid_request_error")


@pytest.mark.parametrize("model", MODELS)
async def test_a_request_that_is_wrong_is_told_what_is_wrong(client: openai.AsyncOpenAI, model: str) -> None:
    for wrong, param in (
        ({"messages": "hello"}, "messages"),
        ({"messages": []}, "messages"),
        ({"stream": "yes"}, "stream"),
        ({"lanewise": {"laen": "standard"}}, "lanewise.laen"),
    ):
        with pytest.raises(openai.BadRequestError) as refused:
            await client.chat.completions.create(model=model, messages=asks(), extra_body=wrong)
        assert refused.value.type == "invalid_request_error"
        assert (refused.value.param or "").startswith(param.split(".", maxsplit=1)[0]), refused.value


async def test_what_the_vendor_refuses_keeps_its_parameter(client: openai.AsyncOpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as refused:
        await client.chat.completions.create(model="sim-standard", messages=asks(), temperature=9)
    assert refused.value.param == "temperature"


async def test_who_names_no_model_is_routed_as_who_asks_for_auto(client: openai.AsyncOpenAI) -> None:
    unnamed: Any = {"messages": asks()}
    answers = [
        await client.post("/chat/completions", cast_to=dict[str, Any], body=unnamed | named)
        for named in ({}, {"model": "auto"}, {"model": None})
    ]

    assert {answer["lanewise"]["lane"] for answer in answers} == {answers[1]["lanewise"]["lane"]}
    assert all(ANSWER in answer["choices"][0]["message"]["content"] for answer in answers)


async def test_a_cap_that_bounds_nothing_is_answered_within_the_lane_s_and_told(client: openai.AsyncOpenAI) -> None:
    answer = await client.chat.completions.create(model=PINNED["openai"], messages=asks(), max_tokens=0)

    assert ANSWER in (answer.choices[0].message.content or "")
    assert answer.model_extra is not None
    assert [each.partition(":")[0] for each in answer.model_extra["lanewise"]["dropped"]] == ["max_tokens"]
