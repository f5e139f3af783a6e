"""A tool call that its check rejects is asked for again and handed out mended, to callers of every dialect, streamed or not."""

from __future__ import annotations

import itertools
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from end_to_end.stage import PATIENT, policy, run_of
from processes import GatewayProcess
from raw_vendor import Exchange, raw_vendor

QUESTION = "Refund order 7."
FIELDS = {"type": "object", "properties": {"amount": {"type": "number"}}, "required": ["amount"]}
LIMIT = {"name": "limit", "check": "amount <= $100", "say": "At most $100 can be refunded."}
CHAT_TOOL = {"type": "function", "function": {"name": "refund", "parameters": FIELDS}}

ASKED: dict[str, tuple[str, dict[str, Any]]] = {
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
def served(simulator_url: str, refunder: tuple[Refunder, str], tmp_path: Path) -> Any:
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


async def ask(url: str, dialect: str, *, stream: bool) -> tuple[int, str, str]:
    """Status, body and run of one question in this dialect."""
    path, body = ASKED[dialect]
    if dialect != "gemini":
        body = {**body, "model": "lane:refunds", "stream": stream}
    elif stream:
        path = path.replace(":generateContent", ":streamGenerateContent?alt=sse")
    async with aiohttp.ClientSession(timeout=PATIENT) as http, http.post(url + path, json=body) as response:
        return response.status, await response.text(), response.headers["x-lanewise-run"]


async def test_a_rejected_call_is_mended_and_only_the_mended_one_is_handed_out(
    served: GatewayProcess, refunder: tuple[Refunder, str]
) -> None:
    vendor = refunder[0]
    for dialect, stream in itertools.product(ASKED, (False, True)):
        vendor.heard.clear()
        status, body, run_id = await ask(served.url, dialect, stream=stream)

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
        run = await run_of(served.url, run_id)
        assert (run["verdict"], run["attempts"], run["calls"], run["outcome"]) == ("accept", 2, 2, "success")
        assert [call.get("reason") for call in run["trace"]["calls"]] == [None, "repair: business_rules"]

    vendor.listens = False
    for dialect, stream in itertools.product(ASKED, (False, True)):
        vendor.heard.clear()
        status, body, run_id = await ask(served.url, dialect, stream=stream)
        assert status == 422, (
            dialect,
            stream,
            body,
        )  # it cannot be taken back, so a call that never passed is not handed out
        assert "cannot be taken back" in body
        run = await run_of(served.url, run_id)
        assert (run["failure"], run["outcome"], run["attempts"]) == ("withheld", "refused", 3)
