"""The official openai SDK talks to the OpenAI-dialect vendors."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import openai
import pytest
from pydantic import BaseModel

from simulator.simulated import OPENAI_TOOL, Vendors, asks

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_plain_answer_is_right_and_says_it_is_simulated(at: Vendors) -> None:
    raw = await at.open.chat.completions.with_raw_response.create(
        model="sim-standard", messages=asks("What is 17 * 23?")
    )
    answer = raw.parse()
    assert "391" in (answer.choices[0].message.content or "")
    assert answer.choices[0].finish_reason == "stop"
    assert answer.system_fingerprint == "simulated"
    assert raw.headers["x-simulated"] == "true"
    assert raw.headers["x-request-id"].startswith("req_")
    assert answer.usage is not None
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens


async def test_a_stream_carries_the_same_words_and_usage(at: Vendors) -> None:
    asked: Any = {"model": "sim-standard", "messages": asks("What is 12.5% of 960? Show the steps.")}
    whole = await at.open.chat.completions.create(**asked)
    text, finishes, usages = "", [], []
    async for chunk in await at.open.chat.completions.create(
        **asked, stream=True, stream_options={"include_usage": True}
    ):
        usages.append(chunk.usage)
        for choice in chunk.choices:
            text += choice.delta.content or ""
            finishes.append(choice.finish_reason)
    assert text == whole.choices[0].message.content
    assert [finish for finish in finishes if finish] == ["stop"]
    assert [usage for usage in usages if usage] == [usages[-1]]
    assert usages[-1] is not None
    assert whole.usage is not None
    assert usages[-1].completion_tokens == whole.usage.completion_tokens


async def test_usage_is_absent_unless_asked_for(at: Vendors) -> None:
    stream = await at.open.chat.completions.create(model="sim-small", messages=asks("Hello"), stream=True)
    assert [chunk.usage async for chunk in stream if chunk.usage] == []


async def test_hidden_reasoning_is_only_counted(at: Vendors) -> None:
    answer = await at.open.chat.completions.create(
        model="sim-reasoner", messages=asks("Solve 3x + 5 = 20"), reasoning_effort="high", max_completion_tokens=8_000
    )
    assert answer.usage is not None
    assert answer.usage.completion_tokens_details is not None
    thought = answer.usage.completion_tokens_details.reasoning_tokens or 0
    assert 100 < thought < answer.usage.completion_tokens
    assert not hasattr(answer.choices[0].message, "reasoning_content")


async def test_more_effort_thinks_more(at: Vendors) -> None:
    spent = []
    for effort in ("low", "medium", "high"):
        answer = await at.open.chat.completions.create(
            model="sim-reasoner", messages=asks("Solve x^2 - 5x + 6 = 0"), reasoning_effort=effort
        )
        assert answer.usage is not None
        spent.append(answer.usage.completion_tokens)
    assert spent == sorted(spent)
    assert spent[0] < spent[-1] / 3


@pytest.mark.parametrize(
    ("wrong", "param"),
    [
        ({"temperature": 0.2}, "temperature"),
        ({"max_tokens": 50}, "max_tokens"),
        ({"logprobs": True}, "logprobs"),
        ({"n": 2}, "n"),
        ({"reasoning_effort": "enormous"}, "reasoning_effort"),
        ({"tool_choice": "auto"}, "tool_choice"),
        ({"stream_options": {"include_usage": True}}, "stream_options"),
        ({"messages": []}, "messages"),
        ({"messages": [{"role": "tool", "content": "x", "tool_call_id": "nobody"}]}, "messages.[0].role"),
        ({"response_format": {"type": "json_object"}}, "messages"),
        ({"response_format": {"type": "json_schema", "json_schema": [None]}}, "response_format.json_schema"),
    ],
)
async def test_what_a_reasoning_model_cannot_take_is_a_400(at: Vendors, wrong: dict[str, Any], param: str) -> None:
    with pytest.raises(openai.BadRequestError) as refused:
        await at.open.chat.completions.create(**({"model": "sim-reasoner", "messages": asks("Hi")} | wrong))
    assert refused.value.param == param
    assert refused.value.type == "invalid_request_error"
    assert refused.value.request_id is not None


async def test_the_old_token_limit_is_named_with_its_successor(at: Vendors) -> None:
    with pytest.raises(openai.BadRequestError, match="Use 'max_completion_tokens' instead"):
        await at.open.chat.completions.create(model="sim-reasoner", messages=asks("Hi"), max_tokens=5)


async def test_unknown_models_paths_and_keys(at: Vendors) -> None:
    with pytest.raises(openai.NotFoundError) as lost:
        await at.open.chat.completions.create(model="gpt-real", messages=asks("Hi"))
    assert lost.value.code == "model_not_found"
    with pytest.raises(openai.NotFoundError):
        await at.open.embeddings.create(model="sim-small", input="x")
    with pytest.raises(openai.NotFoundError):
        await at.open.models.retrieve("gpt-real")
    async with at.http.post(at.sim.vendor_url("simopen") + "/chat/completions", json={}) as response:
        assert response.status == 401


async def test_too_long_a_prompt_is_refused(at: Vendors) -> None:
    with pytest.raises(openai.BadRequestError) as refused:
        await at.open.chat.completions.create(model="sim-small", messages=asks("word " * 140_000))
    assert refused.value.code == "context_length_exceeded"


async def test_thinking_can_eat_the_whole_limit(at: Vendors) -> None:
    answer = await at.open.chat.completions.create(
        model="sim-reasoner", messages=asks("Solve x^2 - 5x + 6 = 0"), max_completion_tokens=60
    )
    assert answer.choices[0].finish_reason == "length"
    assert answer.choices[0].message.content == ""
    assert answer.usage is not None
    assert answer.usage.completion_tokens == 60


async def test_limit_and_stop_sequence_cut_the_answer(at: Vendors) -> None:
    question = asks("Tell me about garden fences")
    short = await at.open.chat.completions.create(model="sim-small", messages=question, max_tokens=5)
    whole = await at.open.chat.completions.create(model="sim-small", messages=question)
    text = whole.choices[0].message.content or ""
    mark = text.split()[5]
    stopped = await at.open.chat.completions.create(model="sim-small", messages=question, stop=[mark])
    assert short.choices[0].finish_reason == "length"
    assert short.usage is not None
    assert short.usage.completion_tokens == 5
    assert text.startswith(short.choices[0].message.content or "-")
    assert stopped.choices[0].message.content == text[: text.index(mark)]


async def test_tools_in_parallel_and_their_results(at: Vendors) -> None:
    messages = asks("What is the weather in Paris and Oslo, in celsius?")
    first = await at.open.chat.completions.create(model="sim-frontier", messages=messages, tools=[OPENAI_TOOL])
    calls: Any = first.choices[0].message.tool_calls
    assert first.choices[0].finish_reason == "tool_calls"
    assert [json.loads(call.function.arguments) for call in calls] == [
        {"city": "Paris", "unit": "celsius"},
        {"city": "Oslo", "unit": "celsius"},
    ]
    results = [{"role": "tool", "tool_call_id": c.id, "content": f"{20 + i} degrees"} for i, c in enumerate(calls)]
    turns: Any = [*messages, first.choices[0].message.model_dump(exclude_none=True), *results]
    second = await at.open.chat.completions.create(model="sim-frontier", messages=turns, tools=[OPENAI_TOOL])
    assert "20 degrees" in (second.choices[0].message.content or "")
    assert "21 degrees" in (second.choices[0].message.content or "")
    with pytest.raises(openai.BadRequestError, match="must be followed by tool messages"):
        await at.open.chat.completions.create(model="sim-frontier", messages=turns[:2], tools=[OPENAI_TOOL])


async def test_tool_choice_and_parallel_are_honoured(at: Vendors) -> None:
    ask: Any = {"model": "sim-small", "tools": [OPENAI_TOOL]}
    forced = await at.open.chat.completions.create(**ask, messages=asks("Tell me a joke"), tool_choice="required")
    assert forced.choices[0].finish_reason == "tool_calls"
    free = await at.open.chat.completions.create(**ask, messages=asks("Tell me a joke"))
    assert free.choices[0].message.tool_calls is None
    weather = asks("What is the weather in Paris and Oslo?")
    none = await at.open.chat.completions.create(**ask, messages=weather, tool_choice="none")
    assert none.choices[0].message.tool_calls is None
    one = await at.open.chat.completions.create(**ask, messages=weather, parallel_tool_calls=False)
    assert len(one.choices[0].message.tool_calls or []) == 1


async def test_streamed_tool_calls_add_up(at: Vendors) -> None:
    async with at.open.chat.completions.stream(
        model="sim-frontier", messages=asks("What is the weather in Paris and Oslo?"), tools=[OPENAI_TOOL]
    ) as stream:
        final = await stream.get_final_completion()
    calls: Any = final.choices[0].message.tool_calls
    assert [json.loads(call.function.arguments)["city"] for call in calls] == ["Paris", "Oslo"]


class Equation(BaseModel):
    steps: list[str]
    answer: float


async def test_structured_output_is_valid_and_true(at: Vendors) -> None:
    answer = await at.open.chat.completions.parse(
        model="sim-frontier", messages=asks("What is 12 * 12 + 1?"), response_format=Equation
    )
    parsed = answer.choices[0].message.parsed
    assert parsed is not None
    assert parsed.answer == 145
    assert parsed.steps


async def test_log_probabilities_come_with_every_token(at: Vendors) -> None:
    answer = await at.open.chat.completions.create(
        model="sim-small", messages=asks("What is 2 + 2?"), logprobs=True, top_logprobs=2
    )
    logprobs = answer.choices[0].logprobs
    assert logprobs is not None
    assert logprobs.content is not None
    assert "".join(token.token for token in logprobs.content) == answer.choices[0].message.content
    assert all(token.logprob <= 0 and len(token.top_logprobs) == 2 for token in logprobs.content)


async def test_deep_shows_its_reasoning_and_puts_usage_on_the_last_choice(at: Vendors) -> None:
    asked: Any = {"model": "sim-deep-reasoner", "messages": asks("Solve 2x + 3 = 7")}
    whole: Any = await at.deep.chat.completions.create(**asked)
    chunks: list[Any] = [chunk async for chunk in await at.deep.chat.completions.create(**asked, stream=True)]
    thought = "".join(getattr(chunk.choices[0].delta, "reasoning_content", None) or "" for chunk in chunks)
    assert thought == whole.choices[0].message.reasoning_content
    assert chunks[-1].choices[0].finish_reason == "stop"
    assert chunks[-1].usage == whole.usage
    assert chunks[-1].usage.prompt_cache_miss_tokens == chunks[-1].usage.prompt_tokens


async def test_a_repeated_long_prompt_is_read_from_the_cache(at: Vendors) -> None:
    asked: Any = {"model": "sim-standard", "messages": asks("The same long text again. " * 300 + "What is 2 + 2?")}
    first = await at.open.chat.completions.create(**asked)
    second = await at.open.chat.completions.create(**asked)
    cached = [answer.usage.prompt_tokens_details.cached_tokens for answer in (first, second)]
    assert cached[0] == 0
    assert (cached[1] or 0) >= 1_024
    assert (cached[1] or 0) % 128 == 0


async def test_models_are_listed_as_simulated(at: Vendors) -> None:
    listed = [model async for model in at.open.models.list()]
    assert {model.owned_by for model in listed} == {"simulated"}
    assert "sim-reasoner" in {model.id for model in listed}


async def test_the_synchronous_sdk_works_too(at: Vendors) -> None:
    def call() -> str:
        with openai.OpenAI(base_url=at.sim.vendor_url("simopen"), api_key="k") as client:
            stream = client.chat.completions.create(model="sim-frontier", messages=asks("What is 6 * 7?"), stream=True)
            return "".join(chunk.choices[0].delta.content or "" for chunk in stream)

    assert "42" in await asyncio.to_thread(call)
