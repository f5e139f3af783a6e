"""The Gemini-dialect vendor is as strict as Google is."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from simulator.googling import SDK_WARNING, google_models, loop, posted
from simulator.simulated import Vendors

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.filterwarnings(SDK_WARNING)]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def google(at: Vendors) -> AsyncIterator[Any]:
    async with google_models(at.sim.vendor_url("simini")) as models:
        yield models


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"lanewise": {}}, 'Unknown name "lanewise": Cannot find field'),
        ({"generationConfig": {"max_tokens": 1}}, 'Unknown name "max_tokens"'),
        ({"generationConfig": {"topK": 1, "top_k": 1}}, "is already set"),
        ({"generationConfig": {"maxOutputTokens": 10**6}}, "supported range"),
        ({"generationConfig": {"thinkingConfig": {"thinkingLevel": "low"}}}, "Thinking level is not supported"),
        ({"generationConfig": {"thinkingConfig": {"thinkingLevel": "low", "thinkingBudget": 1}}}, "only one of"),
        ({"generationConfig": {"responseLogprobs": True}}, "Logprobs is not enabled"),
        ({"generationConfig": {"responseSchema": {"type": "OBJECT"}}}, "response_mime_type"),
        ({"contents": []}, "contents is not specified"),
        ({"contents": [{"role": "assistant", "parts": []}]}, "valid role"),
        (
            {"contents": [*loop()[:2], {"role": "user", "parts": [{"text": "well?"}]}]},
            "number of function response parts",
        ),
        ({"toolConfig": {"functionCallingConfig": {"allowedFunctionNames": ["f"]}}}, "mode is ANY or VALIDATED"),
        (
            {"tools": [{"functionDeclarations": [{"name": "f", "parameters": {"type": "OBJECT"}}]}]},
            "non-empty for OBJECT",
        ),
    ],
)
async def test_what_google_refuses_is_refused(at: Vendors, body: dict[str, Any], words: str) -> None:
    status, told = await posted(at, **body)
    assert (status, told["error"]["code"], told["error"]["status"]) == (400, 400, "INVALID_ARGUMENT")
    assert words in told["error"]["message"]


async def test_a_schema_is_followed_in_either_form(at: Vendors) -> None:
    for schema in (
        {"responseSchema": {"type": "OBJECT", "properties": {"answer": {"type": "INTEGER"}}, "required": ["answer"]}},
        {
            "responseJsonSchema": {
                "type": "object",
                "properties": {"answer": {"type": "integer"}},
                "required": ["answer"],
            }
        },
    ):
        _, told = await posted(at, generationConfig={"responseMimeType": "application/json", **schema})
        assert json.loads(told["candidates"][0]["content"]["parts"][0]["text"]) == {"answer": 391}


async def test_without_a_key_nobody_is_answered(at: Vendors) -> None:
    url = f"{at.sim.vendor_url('simini')}/v1beta/models/sim-flash:generateContent"
    async with at.http.post(url, json={}) as response:
        assert (response.status, (await response.json())["error"]["status"]) == (403, "PERMISSION_DENIED")


async def test_models_are_listed(google: Any) -> None:
    listed = [model.name async for model in await google.list()]
    assert listed == ["models/sim-flash-lite", "models/sim-flash", "models/sim-pro"]
    assert (await google.get(model="sim-pro")).output_token_limit == 65_536
