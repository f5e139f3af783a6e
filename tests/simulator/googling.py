"""What the tests of the Gemini-dialect vendor share: Google's SDK, raw posts, a tool loop."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from google import genai
from google.genai import types

from simulator.simulated import Vendors

WEATHER = "What is the weather in Paris, in celsius?"
DECLARATION = {
    "name": "get_weather",
    "description": "The weather in a city",
    "parametersJsonSchema": {
        "type": "object",
        "properties": {"city": {"type": "string"}, "unit": {"type": "string", "enum": ["celsius", "fahrenheit"]}},
        "required": ["city", "unit"],
    },
}
#: The SDK's own affair with its HTTP client.
SDK_WARNING = "ignore:Inheritance class AiohttpClientSession:DeprecationWarning"


@asynccontextmanager
async def google_models(url: str, key: str = "k") -> AsyncIterator[Any]:
    """The SDK's `models`, asynchronous, with nothing changed but the base URL."""
    client = genai.Client(api_key=key, http_options=types.HttpOptions(base_url=url)).aio
    try:
        yield client.models
    finally:
        await client.aclose()


async def posted(
    at: Vendors, model: str = "sim-flash", *, act: str = "generateContent", **body: Any
) -> tuple[int, Any]:
    """Status and body of one POST; of events their bytes."""
    url = f"{at.sim.vendor_url('simini')}/v1beta/models/{model}:{act}"
    asked = {"contents": [{"role": "user", "parts": [{"text": "What is 17 * 23?"}]}]} | body
    async with at.http.post(url, json=asked, headers={"x-goog-api-key": "k"}) as response:
        return response.status, await response.read() if "alt=" in act else json.loads(await response.text())


def tools() -> types.GenerateContentConfig:
    """One function, called by the test itself."""
    return types.GenerateContentConfig(
        tools=[types.Tool(function_declarations=[types.FunctionDeclaration.model_validate(DECLARATION)])],
        automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True),
    )


def loop(**call: Any) -> list[dict[str, Any]]:
    """A question, a call with these members beside it, and its result."""
    return [
        {"role": "user", "parts": [{"text": WEATHER}]},
        {"role": "model", "parts": [{"functionCall": {"name": "get_weather", "args": {}}, **call}]},
        {"role": "user", "parts": [{"functionResponse": {"name": "get_weather", "response": {"result": "21"}}}]},
    ]
