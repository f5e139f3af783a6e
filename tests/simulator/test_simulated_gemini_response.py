"""What the Gemini-dialect vendor answers, as Google's own SDK hears it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from google.genai import errors, types

from simulator.googling import SDK_WARNING, google_models, posted
from simulator.simulated import Vendors

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.filterwarnings(SDK_WARNING)]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def google(at: Vendors) -> AsyncIterator[Any]:
    async with google_models(at.sim.vendor_url("simini")) as models:
        yield models


async def test_a_plain_answer_and_its_usage(google: Any) -> None:
    answer = await google.generate_content(model="sim-flash-lite", contents="What is 17 * 23?")
    assert "391" in answer.text
    assert answer.candidates[0].finish_reason is types.FinishReason.STOP
    usage = answer.usage_metadata
    assert usage.prompt_token_count + usage.candidates_token_count == usage.total_token_count
    assert answer.model_version == "sim-flash-lite"


async def test_a_stream_says_the_same(google: Any) -> None:
    asked: Any = {"model": "sim-flash", "contents": "What is 40% of 85?"}
    whole = await google.generate_content(**asked)
    chunks = [chunk async for chunk in await google.generate_content_stream(**asked)]
    assert "".join(chunk.text or "" for chunk in chunks) == whole.text
    assert chunks[-1].usage_metadata.total_token_count == whole.usage_metadata.total_token_count
    assert [chunk.candidates[0].finish_reason for chunk in chunks[:-1]] == [None] * (len(chunks) - 1)
    assert chunks[-1].candidates[0].finish_reason is types.FinishReason.STOP


async def test_without_alt_sse_it_is_one_json_array(at: Vendors) -> None:
    status, chunks = await posted(at, act="streamGenerateContent")
    _, events = await posted(at, act="streamGenerateContent?alt=sse")
    datas = [json.loads(event.removeprefix(b"data: ")) for event in events.split(b"\r\n\r\n") if event]
    assert status == 200
    assert [chunk["candidates"] for chunk in chunks[:-1]] == [chunk["candidates"] for chunk in datas[:-1]]
    assert chunks[-1]["candidates"][0]["finishReason"] == "STOP"


async def test_thoughts_are_shown_on_request_and_counted_always(google: Any) -> None:
    shown = types.GenerateContentConfig(
        thinking_config=types.ThinkingConfig(include_thoughts=True, thinking_budget=2_048)
    )
    answer = await google.generate_content(model="sim-flash", contents="What is 17 * 23?", config=shown)
    thought, said = answer.candidates[0].content.parts
    assert thought.thought
    assert thought.thought_signature is None
    assert said.thought_signature
    assert answer.usage_metadata.thoughts_token_count > 0
    none = types.GenerateContentConfig(thinking_config=types.ThinkingConfig(thinking_budget=0))
    answer = await google.generate_content(model="sim-flash", contents="What is 17 * 23?", config=none)
    assert answer.usage_metadata.thoughts_token_count is None


async def test_the_books_count_what_usage_says(at: Vendors, google: Any) -> None:
    before = (await at.page("books"))["total"]
    answer = await google.generate_content(model="sim-flash", contents="What is 6 * 7?")
    after = (await at.page("books"))["total"]
    usage = answer.usage_metadata
    assert after["output_tokens"] - before["output_tokens"] == usage.candidates_token_count + usage.thoughts_token_count
    assert after["reasoning_tokens"] - before["reasoning_tokens"] == usage.thoughts_token_count
    assert after["cost_nanousd"] > before["cost_nanousd"]


@pytest.mark.parametrize(
    ("code", "status", "word"), [(429, 429, "RESOURCE_EXHAUSTED"), (503, 503, "UNAVAILABLE"), (500, 500, "INTERNAL")]
)
async def test_faults_speak_google_s_words(at: Vendors, google: Any, code: int, status: int, word: str) -> None:
    await at.fault(kind="status", code=code, vendor="simini", times=1)
    with pytest.raises(errors.APIError) as raised:
        await google.generate_content(model="sim-flash", contents="Hi")
    assert (raised.value.code, raised.value.status) == (status, word)


async def test_a_stream_s_error_event_is_raised_by_the_sdk(at: Vendors, google: Any) -> None:
    await at.fault(kind="error_event", code=503, after=1, vendor="simini", times=1)
    with pytest.raises(errors.APIError) as raised:
        async for _ in await google.generate_content_stream(model="sim-flash", contents="What is 17 * 23?"):
            pass
    assert raised.value.status == "UNAVAILABLE"


async def test_a_filter_s_word_and_an_unknown_model(at: Vendors, google: Any) -> None:
    await at.fault(kind="refusal", vendor="simini", times=1)
    answer = await google.generate_content(model="sim-flash", contents="Hi")
    assert answer.candidates[0].finish_reason is types.FinishReason.SAFETY
    with pytest.raises(errors.ClientError) as raised:
        await google.generate_content(model="nobody", contents="Hi")
    assert (raised.value.code, raised.value.status) == (404, "NOT_FOUND")
