"""The official anthropic SDK works unmodified: only its base URL is changed. In front of vendors of both dialects."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import anthropic
import pytest
import pytest_asyncio

from end_to_end.stage import ANSWER, PINNED, asks, policy
from patience import PATIENCE_S
from processes import GatewayProcess, gateway

MODELS = tuple(PINNED.values())
WEATHER: Any = {
    "name": "get_weather",
    "description": "The weather in a city",
    "input_schema": {
        "type": "object",
        "properties": {"city": {"type": "string"}, "unit": {"type": "string", "enum": ["celsius", "fahrenheit"]}},
        "required": ["city", "unit"],
        "additionalProperties": False,
    },
}
WEATHER_IN_TWO_CITIES = "What is the weather in Paris and in Rome, in celsius?"
EQUATION = "Solve x^2 - 5x + 6 = 0"
THINKING: Any = {"type": "enabled", "budget_tokens": 2_000}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayProcess]:
    """A gateway as a newcomer starts it."""
    with gateway("--dev", "--simulate", "--time-scale", "0", cwd=tmp_path_factory.mktemp("anthropic")) as process:
        yield process


@pytest_asyncio.fixture
async def client(served: GatewayProcess) -> AsyncIterator[anthropic.AsyncAnthropic]:
    async with anthropic.AsyncAnthropic(
        base_url=served.url, api_key="any", max_retries=0, timeout=PATIENCE_S
    ) as official:
        yield official


def text_of(message: Any) -> str:
    return "".join(block.text for block in message.content if block.type == "text")


@pytest.mark.parametrize("model", MODELS)
async def test_the_asynchronous_client_gets_an_answer_of_its_vendor_s_shape(
    client: anthropic.AsyncAnthropic, model: str
) -> None:
    answer = await client.messages.create(model=model, max_tokens=900, system="Be exact.", messages=asks())

    assert ANSWER in text_of(answer)
    assert (answer.type, answer.role, answer.stop_reason, answer.model) == ("message", "assistant", "end_turn", model)
    assert min(answer.usage.input_tokens, answer.usage.output_tokens) > 0


@pytest.mark.parametrize("model", MODELS)
async def test_the_synchronous_client_gets_the_same_whole_and_streamed(served: GatewayProcess, model: str) -> None:
    asked: Any = {"model": model, "max_tokens": 900, "messages": asks()}

    def whole_and_streamed() -> tuple[str, str]:
        with anthropic.Anthropic(base_url=served.url, api_key="any", max_retries=0) as official:
            answer = official.messages.create(**asked)
            with official.messages.stream(**asked) as stream:
                pieces = list(stream.text_stream)
        return text_of(answer), "".join(pieces)

    whole, streamed = await asyncio.to_thread(whole_and_streamed)

    assert ANSWER in whole
    assert streamed == whole


@pytest.mark.parametrize("model", MODELS)
async def test_a_stream_has_the_dialect_s_events_in_order(client: anthropic.AsyncAnthropic, model: str) -> None:
    asked: Any = {"model": model, "max_tokens": 900, "messages": asks()}
    whole = await client.messages.create(**asked)
    events = [event async for event in await client.messages.create(**asked, stream=True)]

    kinds = [event.type for event in events]
    assert (kinds[0], kinds[-2:]) == ("message_start", ["message_delta", "message_stop"])
    assert kinds.count("content_block_start") == kinds.count("content_block_stop") == 1
    assert kinds.count("content_block_delta") > 3
    told: Any = events[-2]
    assert (told.delta.stop_reason, told.usage.output_tokens) == ("end_turn", whole.usage.output_tokens)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("stream", [False, True])
async def test_tools_in_parallel_and_their_results(
    client: anthropic.AsyncAnthropic, model: str, *, stream: bool
) -> None:
    async def answered(messages: Any) -> Any:
        asked: Any = {"model": model, "max_tokens": 900, "messages": messages, "tools": [WEATHER]}
        if not stream:
            return await client.messages.create(**asked)
        async with client.messages.stream(**asked) as events:  # with the SDK's own accumulation
            return await events.get_final_message()

    first = await answered(asks(WEATHER_IN_TWO_CITIES))

    assert first.stop_reason == "tool_use"
    calls = [block for block in first.content if block.type == "tool_use"]
    assert [call.input for call in calls] == [
        {"city": "Paris", "unit": "celsius"},
        {"city": "Rome", "unit": "celsius"},
    ]

    results = [
        {"type": "tool_result", "tool_use_id": call.id, "content": f"{18 + place} degrees"}
        for place, call in enumerate(calls)
    ]
    said = [block.model_dump(exclude_none=True) for block in first.content]
    told = [*asks(WEATHER_IN_TWO_CITIES), {"role": "assistant", "content": said}, {"role": "user", "content": results}]
    second = await answered(told)

    assert "18 degrees" in text_of(second)
    assert "19 degrees" in text_of(second)
    assert second.stop_reason == "end_turn"


@pytest.mark.parametrize("model", MODELS)
async def test_the_sdk_s_own_tool_loop_gets_along_without_threads(client: anthropic.AsyncAnthropic, model: str) -> None:
    asked_for = []

    @anthropic.beta_async_tool
    async def get_weather(city: str, unit: str) -> str:
        """The weather in a city."""
        asked_for.append(city)
        return f"20 degrees {unit}"

    last = await client.beta.messages.tool_runner(
        model=model, max_tokens=900, tools=[get_weather], messages=[{"role": "user", "content": WEATHER_IN_TWO_CITIES}]
    ).until_done()

    assert ("Paris" in asked_for, last.stop_reason) == (True, "end_turn")
    with pytest.raises(anthropic.BadRequestError, match="send all messages") as refused:
        await client.beta.messages.create(
            model=model, max_tokens=9, messages=asks(), thread={"type": "continue", "previous_message_id": "msg_1"}
        )
    assert refused.value.body["error"]["details"] == {  # type: ignore[index]
        "error_code": "thread_unsupported_request",
        "unsupported": ["thread"],
    }


@pytest.mark.parametrize("model", MODELS)
async def test_one_tool_can_be_demanded(client: anthropic.AsyncAnthropic, model: str) -> None:
    answer = await client.messages.create(
        model=model,
        max_tokens=900,
        messages=asks("Good morning in Paris"),
        tools=[WEATHER],
        tool_choice={"type": "tool", "name": "get_weather", "disable_parallel_tool_use": True},
    )
    assert [block.type for block in answer.content if block.type != "text"] == ["tool_use"]


@pytest.mark.parametrize("model", MODELS)
async def test_structured_output(client: anthropic.AsyncAnthropic, model: str) -> None:
    schema = {
        "type": "object",
        "properties": {"answer": {"type": "integer"}},
        "required": ["answer"],
        "additionalProperties": False,
    }
    config = {"format": {"type": "json_schema", "schema": schema}}
    answer = await client.messages.create(
        model=model, max_tokens=900, messages=asks("What is 12 * 12?"), extra_body={"output_config": config}
    )
    assert json.loads(text_of(answer)) == {"answer": 144}


@pytest.mark.parametrize(("model", "signed"), [("sim-sonnet", True), ("sim-deep-reasoner", False)])
async def test_thinking_is_shown_and_signed_only_by_who_can_check_it(
    client: anthropic.AsyncAnthropic, model: str, *, signed: bool
) -> None:
    asked: Any = {"model": model, "max_tokens": 4_000, "messages": asks(EQUATION), "thinking": THINKING}
    whole = await client.messages.create(**asked)
    async with client.messages.stream(**asked) as stream:
        final = await stream.get_final_message()

    for message in (whole, final):
        thought: Any = message.content[0]
        assert (thought.type, bool(thought.signature)) == ("thinking", signed)
        assert len(thought.thinking) > 100
    assert text_of(final) == text_of(whole)


async def test_signed_thinking_goes_back_and_is_known_by_its_vendor(client: anthropic.AsyncAnthropic) -> None:
    """The simulated vendor checks signatures, as the real one does: it would answer 400 to a changed one."""
    asked: Any = {"model": "sim-sonnet", "max_tokens": 4_000, "tools": [WEATHER], "thinking": THINKING}
    first = await client.messages.create(**asked, messages=asks(WEATHER_IN_TWO_CITIES))
    said = [block.model_dump(exclude_none=True) for block in first.content]
    assert said[0]["signature"]
    results = [
        {"type": "tool_result", "tool_use_id": block["id"], "content": "18 degrees"}
        for block in said
        if block["type"] == "tool_use"
    ]
    told: Any = [
        *asks(WEATHER_IN_TWO_CITIES),
        {"role": "assistant", "content": said},
        {"role": "user", "content": results},
    ]
    second = await client.messages.create(**asked, messages=told)
    assert "18 degrees" in text_of(second)

    elsewhere = await client.messages.create(**asked | {"model": "sim-standard"}, messages=told)
    assert "18 degrees" in text_of(elsewhere)
    told_of: Any = elsewhere.model_extra
    dropped = " ".join(told_of["lanewise"]["dropped"])
    assert "thinking is never sent to another vendor" in dropped


@pytest.mark.parametrize(("model", "estimated"), [("sim-sonnet", False), ("sim-standard", True)])
async def test_tokens_are_counted_before_a_request_is_put(
    client: anthropic.AsyncAnthropic, model: str, *, estimated: bool
) -> None:
    asked: Any = {"model": model, "messages": asks(), "tools": [WEATHER]}
    counted = await client.messages.count_tokens(**asked)
    answer = await client.messages.create(**asked, max_tokens=900)

    assert ("lanewise" in (counted.model_extra or {})) is estimated
    if not estimated:
        assert counted.input_tokens == answer.usage.input_tokens
    assert 0.3 < counted.input_tokens / answer.usage.input_tokens < 3


async def test_a_beta_and_what_only_the_vendor_knows_go_along(client: anthropic.AsyncAnthropic) -> None:
    answer = await client.beta.messages.create(
        model="sim-sonnet", max_tokens=900, messages=asks(), betas=["later-2030-01-01"], extra_body={"later": 1}
    )
    assert ANSWER in text_of(answer)


@pytest.mark.parametrize("model", MODELS)
async def test_an_answer_says_what_became_of_the_request(client: anthropic.AsyncAnthropic, model: str) -> None:
    raw = await client.messages.with_raw_response.create(model=model, max_tokens=900, messages=asks())

    told: Any = (await raw.parse()).model_extra
    assert raw.headers["x-lanewise-run"] == raw.headers["request-id"] == told["lanewise"]["run"]
    assert told["lanewise"]["cost_nanousd"] > 0


@pytest.mark.parametrize("stream", [False, True])
async def test_errors_are_the_sdk_s_own(client: anthropic.AsyncAnthropic, *, stream: bool) -> None:
    with pytest.raises(anthropic.NotFoundError, match="There is no lane 'fast'") as lost:
        await client.messages.create(model="lane:fast", max_tokens=9, messages=asks(), stream=stream)
    body: Any = lost.value.body
    assert (body["type"], body["error"]["type"]) == ("error", "not_found_error")
    assert body["request_id"] == lost.value.response.headers["request-id"]
    wrongs: list[dict[str, Any]] = [{"messages": "hello"}, {"messages": []}, {"lanewise": {"laen": "standard"}}]
    for wrong in wrongs:
        with pytest.raises(anthropic.BadRequestError):
            await client.messages.create(
                model="sim-sonnet", max_tokens=9, messages=asks(), stream=stream, extra_body=wrong
            )


async def test_what_the_vendor_refuses_is_told_in_its_words(client: anthropic.AsyncAnthropic) -> None:
    with pytest.raises(anthropic.BadRequestError, match=r"range: 0\.\.1"):
        await client.messages.create(model="sim-sonnet", max_tokens=9, messages=asks(), extra_body={"temperature": 9})


async def test_a_cache_is_warmed_without_an_answer_and_only_its_input_is_paid_for(
    client: anthropic.AsyncAnthropic,
) -> None:
    warmed = await client.messages.create(model=PINNED["anthropic"], max_tokens=0, messages=asks())

    assert (text_of(warmed), warmed.stop_reason, warmed.usage.output_tokens) == ("", "max_tokens", 0)
    with pytest.raises(anthropic.BadRequestError, match="asks for no answer"):
        await client.messages.create(model=PINNED["openai"], max_tokens=0, messages=asks())


LANE_THINKS = {"X-Lanewise-Lane": "thinks"}


@pytest.fixture(scope="module")
def thinking_lane(tmp_path_factory: pytest.TempPathFactory, simulator_url: str) -> Iterator[GatewayProcess]:
    """A lane that has its models think, whoever asks."""
    lanes = {"thinks": {"deployments": ["simthropic/sim-sonnet"], "effort": "high"}}
    folder = tmp_path_factory.mktemp("thinking_lane")
    (folder / "lanewise.yaml").write_text(policy(simulator_url, lanes=lanes))
    with gateway("--dev", "--config", "lanewise.yaml", cwd=folder) as process:
        yield process


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("asked_for", [False, True])
async def test_a_lane_s_thinking_is_shown_to_who_asked_for_it_and_works_for_everybody(
    thinking_lane: GatewayProcess, *, stream: bool, asked_for: bool
) -> None:
    """Through a tool loop: its vendor refuses to think on where the signed thinking before a call is missing."""
    more: Any = {"thinking": THINKING} if asked_for else {}
    async with anthropic.AsyncAnthropic(base_url=thinking_lane.url, api_key="any", max_retries=0) as client:

        async def answered(messages: Any) -> Any:
            asked: Any = {"model": "auto", "max_tokens": 20_000, "messages": messages, "tools": [WEATHER], **more}
            if not stream:
                raw = await client.messages.with_raw_response.create(**asked, extra_headers=LANE_THINKS)
                assert "dropped" not in json.loads(await raw.text())["lanewise"]
                return await raw.parse()
            async with client.messages.stream(**asked, extra_headers=LANE_THINKS) as events:
                return await events.get_final_message()

        first = await answered(asks(WEATHER_IN_TWO_CITIES))
        said = [block.model_dump(exclude_none=True) for block in first.content]
        results = [
            {"type": "tool_result", "tool_use_id": block.id, "content": "18 degrees"}
            for block in first.content
            if block.type == "tool_use"
        ]
        told = [
            *asks(WEATHER_IN_TWO_CITIES),
            {"role": "assistant", "content": said},
            {"role": "user", "content": results},
        ]
        second = await answered(told)

    kinds = ["thinking", "tool_use", "tool_use"] if asked_for else ["tool_use", "tool_use"]
    assert [block.type for block in first.content] == kinds
    assert [block.type for block in second.content] == (["thinking", "text"] if asked_for else ["text"])
    assert "18 degrees" in text_of(second)
    thought: Any = second.usage.model_extra or {}
    assert second.usage.output_tokens > 100, thought  # it thought before it answered, and that is what it cost
