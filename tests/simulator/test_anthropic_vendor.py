"""The official anthropic SDK talks to the Anthropic-dialect vendor."""

from __future__ import annotations

import asyncio
from typing import Any

import anthropic
import pytest

from simulator.simulated import ANTHROPIC_TOOL, Vendors, asks, vendors

pytestmark = pytest.mark.asyncio(loop_scope="module")

THINKING: Any = {"type": "enabled", "budget_tokens": 2_000}
WEATHER = "What is the weather in Paris, in celsius?"


async def test_a_plain_answer(at: Vendors) -> None:
    raw = await at.thropic.messages.with_raw_response.create(
        model="sim-sonnet", max_tokens=500, messages=asks("What is 17 * 23?")
    )
    answer = await raw.parse()
    assert answer.content[0].type == "text"
    assert "391" in answer.content[0].text
    assert answer.stop_reason == "end_turn"
    assert raw.headers["request-id"].startswith("req_")
    assert "anthropic-ratelimit-requests-remaining" in raw.headers


async def test_a_stream_carries_the_same_blocks_and_usage(at: Vendors) -> None:
    asked: Any = {
        "model": "sim-sonnet",
        "max_tokens": 4_000,
        "thinking": THINKING,
        "messages": asks("What is 40% of 85?"),
    }
    whole = await at.thropic.messages.create(**asked)
    async with at.thropic.messages.stream(**asked) as stream:
        kinds = [event.type async for event in stream]
        final = await stream.get_final_message()
    assert final.usage.output_tokens == whole.usage.output_tokens
    assert [b.type for b in final.content] == [b.type for b in whole.content] == ["thinking", "text"]
    assert final.content[-1].text == whole.content[-1].text  # type: ignore[union-attr]
    assert kinds[0] == "message_start"
    assert {"content_block_start", "content_block_delta", "content_block_stop", "message_delta"} <= set(kinds)
    assert kinds[-1] == "message_stop"


async def test_the_raw_stream_pings_and_counts_up(at: Vendors) -> None:
    body = {"model": "sim-sonnet", "max_tokens": 100, "stream": True, "messages": asks("Hi")}
    headers = {"x-api-key": "k", "anthropic-version": "2023-06-01"}
    async with at.http.post(at.sim.vendor_url("simthropic") + "/v1/messages", json=body, headers=headers) as response:
        text = await response.text()
    names = [line.removeprefix("event: ") for line in text.splitlines() if line.startswith("event: ")]
    assert names[:3] == ["message_start", "content_block_start", "ping"]
    assert names[-2:] == ["message_delta", "message_stop"]
    assert text.count('"output_tokens":') == 2


async def test_thinking_may_be_omitted_or_redacted(at: Vendors) -> None:
    asked: Any = {"model": "sim-opus", "max_tokens": 4_000, "messages": asks("What is 9 * 9?")}
    shown = await at.thropic.messages.create(**asked, thinking={"type": "adaptive"})
    omitted = await at.thropic.messages.create(**asked, thinking={"type": "adaptive", "display": "omitted"})
    asked["messages"] = asks("SIMULATED_TRIGGER_REDACTED_THINKING What is 9 * 9?")
    redacted = await at.thropic.messages.create(**asked, thinking={"type": "adaptive"})
    assert shown.content[0].thinking
    assert omitted.content[0].thinking == ""
    assert omitted.content[0].signature
    assert omitted.usage.output_tokens == shown.usage.output_tokens
    assert redacted.content[0].type == "redacted_thinking"


async def test_effort_steers_adaptive_thinking(at: Vendors) -> None:
    spent = []
    for effort in ("low", "high"):
        answer = await at.thropic.messages.create(
            model="sim-opus",
            max_tokens=20_000,
            thinking={"type": "adaptive"},
            output_config={"effort": effort},
            messages=asks("Solve x^2 - 5x + 6 = 0"),
        )
        spent.append(answer.usage.output_tokens)
    assert spent[0] < spent[1] / 2


async def _with_tool_use(at: Vendors, model: str = "sim-sonnet") -> tuple[list[Any], list[Any]]:
    first = await at.thropic.messages.create(
        model=model, max_tokens=4_000, thinking=THINKING, tools=[ANTHROPIC_TOOL], messages=asks(WEATHER)
    )
    assert first.stop_reason == "tool_use"
    blocks: list[Any] = [block.model_dump(exclude_none=True) for block in first.content]
    assert [block["type"] for block in blocks] == ["thinking", "tool_use"]
    assert blocks[1]["input"] == {"city": "Paris", "unit": "celsius"}
    result = {"type": "tool_result", "tool_use_id": blocks[1]["id"], "content": "18 degrees"}
    return blocks, [{"role": "user", "content": [result]}]


async def _continue(at: Vendors, blocks: list[Any], results: list[Any], **changes: Any) -> Any:
    turns = [*asks(WEATHER), {"role": "assistant", "content": blocks}, *results]
    asked: dict[str, Any] = {
        "model": "sim-sonnet",
        "max_tokens": 4_000,
        "thinking": THINKING,
        "tools": [ANTHROPIC_TOOL],
    }
    return await at.thropic.messages.create(messages=turns, **(asked | changes))


async def test_signed_thinking_comes_back_with_the_tool_result(at: Vendors) -> None:
    blocks, results = await _with_tool_use(at)
    answer = await _continue(at, blocks, results)
    assert "18 degrees" in answer.content[-1].text


async def test_thinking_that_was_tampered_with_is_refused(at: Vendors) -> None:
    blocks, results = await _with_tool_use(at)
    with pytest.raises(
        anthropic.BadRequestError, match=r"messages\.1\.content\.0: Invalid `signature` in `thinking` block"
    ):
        await _continue(at, [blocks[0] | {"thinking": "I know better"}, blocks[1]], results)
    with pytest.raises(anthropic.BadRequestError, match="Invalid `signature`"):
        await _continue(at, [blocks[0] | {"signature": "Zm9yZWlnbg=="}, blocks[1]], results)


async def test_thinking_of_another_model_or_account_is_refused(at: Vendors) -> None:
    blocks, results = await _with_tool_use(at, "sim-haiku")
    with pytest.raises(anthropic.BadRequestError, match="Invalid `signature`"):
        await _continue(at, blocks, results)
    blocks, results = await _with_tool_use(at)
    with pytest.raises(anthropic.BadRequestError, match="Invalid `signature`"):
        await _continue(at, blocks, results, extra_headers={"x-api-key": "somebody-else"})


async def test_thinking_must_lead_an_open_tool_use(at: Vendors) -> None:
    blocks, results = await _with_tool_use(at)
    with pytest.raises(
        anthropic.BadRequestError, match="Expected `thinking` or `redacted_thinking`, but found `tool_use`"
    ):
        await _continue(at, blocks[1:], results)
    answer = await _continue(at, blocks[1:], results, thinking={"type": "disabled"})
    assert answer.stop_reason == "end_turn"


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"thinking": {"type": "enabled", "budget_tokens": 100}}, "greater than or equal to 1024"),
        ({"thinking": {"type": "enabled", "budget_tokens": 5_000}}, "must be greater than `thinking.budget_tokens`"),
        ({"thinking": THINKING, "temperature": 0.2}, "may only be set to 1 when thinking is enabled"),
        ({"model": "sim-opus", "thinking": THINKING}, "is not supported for this model"),
        ({"model": "sim-opus", "temperature": 0.2}, "is not supported for this model"),
        ({"model": "sim-haiku", "thinking": {"type": "adaptive"}}, "adaptive thinking is not supported"),
        ({"thinking": THINKING, "tools": [ANTHROPIC_TOOL], "tool_choice": {"type": "any"}}, "forces tool use"),
        ({"max_tokens": 900_000}, "maximum allowed number of output tokens"),
        ({"messages": [{"role": "system", "content": "x"}]}, "Unexpected role"),
    ],
)
async def test_what_the_vendor_refuses(at: Vendors, wrong: dict[str, Any], says: str) -> None:
    with pytest.raises(anthropic.BadRequestError, match=says) as refused:
        await at.thropic.messages.create(model="sim-sonnet", max_tokens=4_000, messages=asks("Hi"), extra_body=wrong)
    assert refused.value.type == "invalid_request_error"


async def test_key_version_and_model_are_required() -> None:
    async with vendors(api_keys=frozenset({"right"})) as at:
        url = at.sim.vendor_url("simthropic") + "/v1/messages"
        body = {"model": "sim-haiku", "max_tokens": 10, "messages": asks("Hi")}
        statuses = []
        for headers in (
            {"anthropic-version": "2023-06-01"},
            {"x-api-key": "wrong", "anthropic-version": "2023-06-01"},
            {"x-api-key": "right"},
            {"x-api-key": "right", "anthropic-version": "2023-06-01"},
            {"authorization": "Bearer right", "anthropic-version": "2023-06-01"},
        ):
            async with at.http.post(url, json=body, headers=headers) as response:
                statuses.append(response.status)
        assert statuses == [401, 401, 400, 200, 200]
        with pytest.raises(anthropic.NotFoundError):
            await at.thropic.with_options(api_key="right").messages.create(
                model="claude-real", max_tokens=10, messages=asks("Hi")
            )


async def test_marked_prefixes_are_written_then_read(at: Vendors) -> None:
    long = "These are the rules of the house. " * 250

    async def call(system: str) -> Any:
        block: Any = {"type": "text", "text": system, "cache_control": {"type": "ephemeral"}}
        answer = await at.thropic.messages.create(
            model="sim-sonnet", max_tokens=50, system=[block], messages=asks("What is 2 + 2?")
        )
        return answer.usage

    first, second, other = await call(long), await call(long), await call("x" + long)
    written = first.cache_creation_input_tokens
    assert written > 1_024
    assert (first.cache_read_input_tokens, second.cache_read_input_tokens) == (0, written)
    assert second.cache_creation_input_tokens == other.cache_read_input_tokens == 0
    assert second.input_tokens == first.input_tokens
    assert (await call("short")).cache_creation_input_tokens == 0


async def test_limit_and_stop_sequence(at: Vendors) -> None:
    cut = await at.thropic.messages.create(model="sim-haiku", max_tokens=3, messages=asks("Tell me about fences"))
    stopped = await at.thropic.messages.create(
        model="sim-haiku", max_tokens=300, stop_sequences=["Answer"], messages=asks("What is 3 * 4?")
    )
    assert (cut.stop_reason, cut.usage.output_tokens) == ("max_tokens", 3)
    assert (stopped.stop_reason, stopped.stop_sequence) == ("stop_sequence", "Answer")
    assert "Answer" not in stopped.content[0].text  # type: ignore[union-attr]


async def test_structured_output(at: Vendors) -> None:
    schema: dict[str, object] = {
        "type": "object",
        "properties": {"answer": {"type": "integer"}},
        "required": ["answer"],
    }
    answer = await at.thropic.messages.create(
        model="sim-sonnet",
        max_tokens=200,
        messages=asks("What is 12 * 12?"),
        output_config={"format": {"type": "json_schema", "schema": schema}},
    )
    assert answer.content[0].text == '{"answer": 144}'  # type: ignore[union-attr]


async def test_models_and_the_synchronous_sdk(at: Vendors) -> None:
    assert [model.id async for model in at.thropic.models.list()] == ["sim-haiku", "sim-sonnet", "sim-opus"]
    assert (await at.thropic.models.retrieve("sim-opus")).display_name == "sim-opus (simulated)"

    def call() -> str:
        with (
            anthropic.Anthropic(base_url=at.sim.vendor_url("simthropic"), api_key="k") as client,
            client.messages.stream(model="sim-sonnet", max_tokens=100, messages=asks("What is 6 * 7?")) as stream,
        ):
            return stream.get_final_text()

    assert "42" in await asyncio.to_thread(call)
