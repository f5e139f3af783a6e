"""Open Responses: its compliance suite's seven cases, and whether what is said to them is valid under its description."""

from __future__ import annotations

import json
from typing import Any

import aiohttp
import jsonschema_rs

from clients.counted import Counted
from clients.place import ASKED

PIXEL = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
WEATHER = {
    "type": "function",
    "name": "get_weather",
    "description": "Get the weather of a city",
    "parameters": {"type": "object", "properties": {"location": {"type": "string"}}, "required": ["location"]},
}
ASKS_WEATHER = {"type": "message", "role": "user", "content": "What's the weather like in San Francisco?"}


def said(role: str, content: Any) -> dict[str, Any]:
    return {"type": "message", "role": role, "content": content}


CASES: dict[str, dict[str, Any]] = {
    "text": {"input": [said("user", "Say hello in exactly 3 words.")]},
    "stream": {"input": [said("user", "Count from 1 to 5.")], "stream": True},
    "system prompt": {"input": [said("system", "You are a pirate."), said("user", "Say hello.")]},
    "tool call": {"input": [ASKS_WEATHER], "tools": [WEATHER]},
    "image": {
        "input": [
            said("user", [{"type": "input_text", "text": "What is it?"}, {"type": "input_image", "image_url": PIXEL}])
        ]
    },
    "several turns": {
        "input": [
            said("user", "My name is Alice."),
            said("assistant", "Hello Alice!"),
            said("user", "What is my name?"),
        ]
    },
    "tool result": {
        "input": [
            ASKS_WEATHER,
            {"type": "function_call", "call_id": "call_1", "name": "get_weather", "arguments": '{"location": "Paris"}'},
            {"type": "function_call_output", "call_id": "call_1", "output": "21 C"},
        ],
        "tools": [WEATHER],
    },
}


class Described:
    """The specification's schemas: of a response, and of each event by its type."""

    def __init__(self, spec: dict[str, Any]) -> None:
        self._spec = spec
        self.response = self._validator("ResponseResource")
        self.events = {
            schema["properties"]["type"]["enum"][0]: self._validator(name)
            for name, schema in spec["components"]["schemas"].items()
            if name.endswith("StreamingEvent")
        }

    def _validator(self, name: str) -> Any:
        schema = {"$ref": f"#/components/schemas/{name}", "components": self._spec["components"]}
        return jsonschema_rs.validator_for(schema)

    def wrong(self, case: str, status: int, text: str) -> str:
        """What is wrong with the answer to a case, empty where nothing is."""
        if status != 200:
            return f"{status}: {text[:500]}"
        try:
            events = [json.loads(line[6:]) for line in text.splitlines() if line.startswith("data: {")]
            response = events[-1]["response"] if events else json.loads(text)
            for event in events:
                self.events[event["type"]].validate(event)
            self.response.validate(response)
        except (ValueError, KeyError) as error:
            return f"{type(error).__name__}: {error}"
        if response["status"] != "completed":
            return f"its status is {response['status']!r}"
        if bool(events) != (case == "stream"):
            return "it is streamed where it should be whole, or whole where it should be streamed"
        wanted = "function_call" if case == "tool call" else "message"
        kinds = [item["type"] for item in response["output"]]
        return "" if wanted in kinds else f"there is no {wanted} in {kinds}"


async def run_cases(url: str, described: Described, vendor: str) -> Counted:
    """All seven, answered by a vendor of this dialect."""
    failures = [f"{case}: {wrong}" for case in CASES if (wrong := await wrong_in(url, described, case, vendor))]
    return Counted(passed=len(CASES) - len(failures), refused=0, failures=tuple(failures))


async def wrong_in(url: str, described: Described, case: str, vendor: str) -> str:
    """What is wrong with the answer to one case, empty where nothing is."""
    body = {"model": ASKED[vendor], "store": False, **CASES[case]}
    async with (
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60)) as http,
        http.post(f"{url}/v1/responses", json=body) as answer,
    ):
        return described.wrong(case, answer.status, await answer.text())
