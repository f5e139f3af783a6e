"""A call that cannot be taken back is checked before it is handed out, and asked for again where it does not pass.

In every dialect, whole and streamed.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
import yaml

from end_to_end.four_vendors import ASKED, SPOKEN, settings
from end_to_end.speaker import NAME, Wish
from end_to_end.speakers import SPEAKERS
from end_to_end.stage import PATIENT, policy, run_of
from end_to_end.test_dialect_matrix import VERSION, events
from lanewise.core.request import Dialect
from processes import GatewayProcess, gateway
from raw_vendor import Exchange, raw_vendor

RULE = {"name": "celsius", "check": 'unit = "celsius"', "say": "Only celsius may be asked for."}


@pytest.fixture(scope="module")
def served(simulator_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayProcess]:
    folder: Path = tmp_path_factory.mktemp("guarded")
    guarded = yaml.safe_load(settings(simulator_url))
    guarded["irreversible_tools"] = ["get_*"]
    guarded["verify"] = [{"use": {"business_rules": {"tools": [NAME], "rules": [RULE]}}}]
    guarded["lanes"]["all"]["repairs"] = 0
    (folder / "lanewise.yaml").write_text(yaml.safe_dump(guarded))
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


QUESTION = "Refund order 7."
FIELDS = {"type": "object", "properties": {"amount": {"type": "number"}}, "required": ["amount"]}
LIMIT = {"name": "limit", "check": "amount <= $100", "say": "At most $100 can be refunded."}
CHAT_TOOL = {"type": "function", "function": {"name": "refund", "parameters": FIELDS}}

REFUNDS: dict[str, tuple[str, dict[str, Any]]] = {
    "openai_chat": (
        "/v1/chat/completions",
        {"messages": [{"role": "user", "content": QUESTION}], "tools": [CHAT_TOOL]},
    ),
    "openai_responses": (
        "/v1/responses",
        {"input": QUESTION, "tools": [{"type": "function", "name": "refund", "parameters": FIELDS}], "store": False},
    ),
    "anthropic_messages": (
        "/v1/messages",
        {
            "messages": [{"role": "user", "content": QUESTION}],
            "tools": [{"name": "refund", "input_schema": FIELDS}],
            "max_tokens": 500,
        },
    ),
    "gemini": (
        "/v1beta/models/lane:refunds:generateContent",
        {
            "contents": [{"role": "user", "parts": [{"text": QUESTION}]}],
            "tools": [{"functionDeclarations": [{"name": "refund", "parameters": FIELDS}]}],
        },
    ),
}


class Refunder:
    """Calls for too much, and for less once it is told so; or for too much however often it is told."""

    def __init__(self) -> None:
        self.listens = True
        self.heard: list[dict[str, Any]] = []

    async def __call__(self, exchange: Exchange) -> None:
        body = json.loads(exchange.body)
        self.heard.append(body)
        told = "It was not run." in exchange.body.decode()
        arguments = json.dumps({"amount": 50 if told and self.listens else 5000 + len(self.heard)})
        call = {
            "id": f"call_{len(self.heard)}",
            "type": "function",
            "function": {"name": "refund", "arguments": arguments},
        }
        head = {"id": "c", "created": 1, "model": "bare"}
        usage = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}
        if not body.get("stream"):
            message = {"role": "assistant", "content": None, "tool_calls": [call]}
            choice = {"index": 0, "message": message, "finish_reason": "tool_calls"}
            await exchange.whole(
                json.dumps({**head, "object": "chat.completion", "choices": [choice], "usage": usage}).encode()
            )
            return
        await exchange.stream()
        for choice in (
            {"index": 0, "delta": {"role": "assistant", "tool_calls": [{"index": 0, **call}]}, "finish_reason": None},
            {"index": 0, "delta": {}, "finish_reason": "tool_calls"},
        ):
            chunk = {**head, "object": "chat.completion.chunk", "choices": [choice]}
            await exchange.event(f"data: {json.dumps(chunk)}\n\n".encode())
        ending = {**head, "object": "chat.completion.chunk", "choices": [], "usage": usage}
        await exchange.event(f"data: {json.dumps(ending)}\n\ndata: [DONE]\n\n".encode())
        await exchange.end()


@pytest_asyncio.fixture
async def refunder() -> AsyncIterator[tuple[Refunder, str]]:
    script = Refunder()
    async with raw_vendor(script) as vendor:
        yield script, vendor.address


@pytest.fixture
def refunds(simulator_url: str, refunder: tuple[Refunder, str], tmp_path: Path) -> Any:
    text = policy(
        simulator_url,
        providers={"bare": {"dialect": "openai", "base_url": f"{refunder[1]}/v1", "api_key": "any"}},
        lanes={"refunds": {"deployments": ["bare/bare"]}},
        prices={"bare/bare": {"input": "$1", "output": "$1"}},
        irreversible_tools=["refund"],
        verify=[{"use": {"business_rules": {"tools": ["refund"], "rules": [LIMIT]}}}],
    )
    (tmp_path / "lanewise.yaml").write_text(text)
    process = GatewayProcess("--dev", cwd=tmp_path)
    yield process
    process.stop()


async def asked_to_refund(url: str, dialect: str, *, stream: bool) -> tuple[int, str, str]:
    """Status, body and run of one question in this dialect."""
    path, body = REFUNDS[dialect]
    if dialect != "gemini":
        body = {**body, "model": "lane:refunds", "stream": stream}
    elif stream:
        path = path.replace(":generateContent", ":streamGenerateContent?alt=sse")
    async with aiohttp.ClientSession(timeout=PATIENT) as http, http.post(url + path, json=body) as response:
        return response.status, await response.text(), response.headers["x-lanewise-run"]


async def test_a_rejected_call_is_mended_and_only_the_mended_one_is_handed_out(
    refunds: GatewayProcess, refunder: tuple[Refunder, str]
) -> None:
    vendor = refunder[0]
    for dialect, stream in itertools.product(REFUNDS, (False, True)):
        vendor.heard.clear()
        status, body, run_id = await asked_to_refund(refunds.url, dialect, stream=stream)

        assert status == 200, (dialect, body)
        assert "refund" in body
        assert "500" not in body.replace('"max_tokens"', ""), (dialect, stream)  # nothing of the call that did not pass
        assert "50" in body
        first, again = vendor.heard
        assert first["stream" if stream else "tools"]
        assert again["tools"] == first["tools"]
        told = again["messages"][-1]["content"]
        told = told if isinstance(told, str) else told[0]["text"]
        assert 'You called refund({"amount": 5001}). It was not run.' in told
        assert "At most $100 can be refunded." in told
        run = await run_of(refunds.url, run_id)
        assert (run["verdict"], run["attempts"], run["calls"], run["outcome"]) == ("accept", 2, 2, "success")
        assert [call.get("reason") for call in run["trace"]["calls"]] == [None, "repair: business_rules"]


async def test_one_that_is_never_mended_is_not_handed_out_either(
    refunds: GatewayProcess, refunder: tuple[Refunder, str]
) -> None:
    refunder[0].listens = False
    for stream in (False, True):
        status, body, run_id = await asked_to_refund(refunds.url, "openai_chat", stream=stream)
        assert status == 422, body
        assert "cannot be taken back" in body
        run = await run_of(refunds.url, run_id)
        assert (run["failure"], run["outcome"], run["attempts"]) == ("withheld", "refused", 3)
