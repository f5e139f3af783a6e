"""The seven cases of the Open Responses compliance suite through vendors of all dialects: what is said is valid under its schemas."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import aiohttp
import jsonschema_rs
import pytest
from clients.cases import VENDORS
from clients.place import ASKED, settings

from end_to_end.stage import PATIENT
from processes import gateway
from raw_vendor import unused_port
from recordings import data_folder

pytestmark = pytest.mark.data
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


@pytest.fixture(scope="module")
def described() -> Described:
    file = data_folder() / "specs" / "openresponses-spec.json"
    if not file.exists():
        pytest.skip(f"needs {file}; set LANEWISE_DATA to the folder that holds `specs`")
    return Described(json.loads(file.read_text()))


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory, simulator_url: str) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("open_responses")
    (folder / "lanewise.yaml").write_text(settings(simulator_url, f"http://127.0.0.1:{unused_port()}"))
    with gateway("--dev", "--config", "lanewise.yaml", cwd=folder) as process:
        yield process.url


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize("case", CASES)
async def test_what_is_said_is_valid(url: str, described: Described, case: str, vendor: str) -> None:
    body = {"model": ASKED[vendor], "store": False, **CASES[case]}
    async with (
        aiohttp.ClientSession(timeout=PATIENT) as http,
        http.post(f"{url}/v1/responses", json=body) as answer,
    ):
        text = await answer.text()
        assert answer.status == 200, text
    events = [json.loads(line[6:]) for line in text.splitlines() if line.startswith("data: {")]
    for event in events:
        described.events[event["type"]].validate(event)
    response = events[-1]["response"] if events else json.loads(text)
    described.response.validate(response)
    assert response["status"] == "completed"
    assert bool(events) == (case == "stream")
    kinds = {item["type"] for item in response["output"]}
    assert ("function_call" if case == "tool call" else "message") in kinds
