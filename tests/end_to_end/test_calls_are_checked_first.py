"""A call that cannot be taken back is checked before it is handed out: in every dialect, whole and streamed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest
import yaml

from end_to_end.four_vendors import ASKED, SPOKEN, settings
from end_to_end.speaker import NAME, Wish
from end_to_end.speakers import SPEAKERS
from end_to_end.stage import PATIENT
from end_to_end.test_dialect_matrix import VERSION, events
from lanewise.core.request import Dialect
from processes import GatewayProcess, gateway

RULE = {"name": "celsius", "check": 'unit = "celsius"', "say": "Only celsius may be asked for."}


@pytest.fixture(scope="module")
def served(simulator_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayProcess]:
    folder: Path = tmp_path_factory.mktemp("guarded")
    policy = yaml.safe_load(settings(simulator_url))
    policy["irreversible_tools"] = ["get_*"]
    policy["verify"] = [{"use": {"business_rules": {"tools": [NAME], "rules": [RULE]}}}]
    policy["lanes"]["all"]["repairs"] = 0
    (folder / "lanewise.yaml").write_text(yaml.safe_dump(policy))
    with gateway("--dev", cwd=folder) as process:
        yield process


async def asked(served: GatewayProcess, dialect: Dialect, unit: str, *, stream: bool) -> tuple[int, bytes]:
    speaker, model = SPEAKERS[dialect](Wish(tools=True)), ASKED[dialect][0]
    speaker.ask(f"What is the weather in Paris, in {unit}?")
    url, body = served.url + speaker.path(model, stream=stream), speaker.body(model, stream=stream)
    async with (
        aiohttp.ClientSession(timeout=PATIENT) as http,
        http.post(url, json=body, headers=VERSION) as answer,
    ):
        return answer.status, await answer.read()


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize("dialect", SPOKEN)
async def test_a_call_that_passes_is_handed_out_and_one_that_does_not_is_not(
    served: GatewayProcess, dialect: Dialect, stream: bool
) -> None:
    speaker = SPEAKERS[dialect](Wish(tools=True))
    status, raw = await asked(served, dialect, "celsius", stream=stream)
    assert status == 200, raw[:400]
    told = speaker.hear(speaker.gathered(events(raw)) if stream else json.loads(raw))
    assert [(call.name, call.arguments["unit"]) for call in told.calls] == [(NAME, "celsius")]

    status, raw = await asked(served, dialect, "fahrenheit", stream=stream)
    assert status == 422  # of a stream too: nothing of it was shown before its check
    assert b"Only celsius may be asked for" in raw
    assert not any(call in raw for call in (b"tool_calls", b"tool_use", b"function_call", b"functionCall"))
