"""Callers of Anthropic's dialect while vendors fail or lack what they ask for: the official SDK sees one good message."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import anthropic
import pytest
import pytest_asyncio
from pydantic import BaseModel

from end_to_end.stage import Vendors, asks, policy, sdk
from patience import PATIENCE_S
from processes import GatewayProcess, gateway

EQUATION = "Solve x^2 - 5x + 6 = 0"


@pytest.fixture(scope="module")
def served(simulator_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayProcess]:
    folder = tmp_path_factory.mktemp("survives")
    lanes = {"thinks": {"deployments": ["simthropic/sim-sonnet", "simdeep/sim-deep-reasoner"], "timeout": "60s"}}
    text = policy(simulator_url, lanes=lanes, facts={"simthropic/sim-haiku": {"json_schema": False}})
    (folder / "lanewise.yaml").write_text(text)
    with gateway("--dev", cwd=folder) as process:
        yield process


@pytest_asyncio.fixture
async def client(served: GatewayProcess) -> AsyncIterator[anthropic.AsyncAnthropic]:
    async with anthropic.AsyncAnthropic(
        base_url=served.url, api_key="any", max_retries=0, timeout=PATIENCE_S
    ) as official:
        yield official


async def test_a_message_whose_thinking_broke_off_is_carried_on_by_another_vendor(
    client: anthropic.AsyncAnthropic, vendors: Vendors
) -> None:
    await vendors.fails(vendor="simthropic", kind="cut", after=3)
    asked: Any = {
        "model": "lane:thinks",
        "max_tokens": 4_000,
        "messages": asks(EQUATION),
        "thinking": {"type": "enabled", "budget_tokens": 2_000},
    }
    async with client.messages.stream(**asked) as stream:
        kinds = [event.type async for event in stream]
        final = await stream.get_final_message()

    assert kinds.count("message_start") == kinds.count("message_stop") == 1
    assert [block.type for block in final.content] == ["thinking", "thinking", "text"]
    said: Any = final.content
    assert [bool(block.thinking) for block in said[:2]] == [True, True]
    assert "2" in said[-1].text
    assert final.stop_reason == "end_turn"
    tried = [call["vendor"] for call in await vendors.calls()]
    assert tried == ["simthropic", "simdeep"]


class Sum(BaseModel):
    answer: int


@pytest.mark.parametrize("stream", [False, True])
async def test_a_model_without_schemas_answers_in_their_form_all_the_same(
    served: GatewayProcess, vendors: Vendors, *, stream: bool
) -> None:
    """Asked by a caller of chat completions: the answer is words, not the call of a tool that nobody knows."""
    asked: Any = {"model": "sim-haiku", "messages": asks("What is 12 * 12?"), "response_format": Sum}
    async with sdk(served.url) as official:
        if stream:
            async with official.chat.completions.stream(**asked) as events:
                answer: Any = await events.get_final_completion()
        else:
            answer = await official.chat.completions.parse(**asked)

    choice = answer.choices[0]
    assert set(json.loads(choice.message.content)) == {"answer"}
    assert (choice.finish_reason, choice.message.tool_calls or None) == ("stop", None)
    (call,) = await vendors.calls()
    assert call["body"]["tool_choice"] == {"type": "tool", "name": "lanewise_answer"}
