"""Recorded vendor traffic through the real HTTP call: every good exchange, cut at random places, gives what the recording says."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import sys
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest

from contracts.vendor_answers import a_call
from lanewise.core.answer import Delta, Finish, Generation, Meter
from lanewise.core.clock import SystemClock
from lanewise.core.conversation import Translated
from lanewise.core.failure import Failure
from lanewise.core.policy import ModelFacts
from lanewise.core.protocols.dialect import StreamReader, WireAnswer, WireCall
from lanewise.core.protocols.provider import Call
from lanewise.core.request import Dialect
from lanewise.providers.http import HttpProvider
from lanewise.providers.pools import Pools
from lanewise.wire import INBOUND, OUTBOUND
from patience import PATIENCE_S
from recordings import Exchange, cassettes, data_folder, exchanges

pytestmark = pytest.mark.data

DIALECTS = {"chat": Dialect.OPENAI_CHAT, "messages": Dialect.ANTHROPIC_MESSAGES}
PATHS = {"chat": "/chat/completions", "messages": "/messages"}
FINISHES = {
    "stop": Finish.STOP,
    "eos": Finish.STOP,
    "end_turn": Finish.STOP,
    "stop_sequence": Finish.STOP,
    "length": Finish.LENGTH,
    "max_tokens": Finish.LENGTH,
    "tool_calls": Finish.TOOL_CALLS,
    "function_call": Finish.TOOL_CALLS,
    "tool_use": Finish.TOOL_CALLS,
    "content_filter": Finish.CONTENT_FILTER,
    "refusal": Finish.CONTENT_FILTER,
}


class Verbatim:
    """A codec that sends the recorded request as it was, and reads as Lanewise reads."""

    def __init__(self, api: str, exchange: Exchange) -> None:
        self._codec = OUTBOUND[DIALECTS[api]]
        self._call = WireCall(path=PATHS[api], body=json.dumps(exchange.request).encode())

    def write_call(self, call: Call, translated: Translated | None = None) -> WireCall:
        return self._call

    def read_answer(self, body: bytes, *, want_content: bool) -> WireAnswer:
        return self._codec.read_answer(body, want_content=want_content)

    def stream_reader(self, facts: ModelFacts) -> StreamReader:
        return self._codec.stream_reader(facts)

    def read_failure(self, status: int, headers: Mapping[str, str], body: bytes) -> Failure:
        return self._codec.read_failure(status, headers, body)


@contextlib.asynccontextmanager
async def replaying(api: str) -> AsyncIterator[str]:
    """The replay upstream in a process of its own; its bytes are cut into pieces of at most 40."""
    tool = data_folder().parent / "tools" / "replay_upstream.py"
    if not tool.is_file():
        pytest.skip(f"needs the replay upstream {tool}, which lies beside the recorded data")
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(tool),
        str(cassettes() / api),
        "--port",
        "0",
        "--split",
        "rand:40",
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        announced = re.search(rb"http://\S+", await asyncio.wait_for(process.stdout.readline(), PATIENCE_S))
        assert announced is not None
        yield announced[0].decode()
    finally:
        process.terminate()
        await process.wait()


@pytest.mark.parametrize("api", DIALECTS)
async def test_every_recorded_answer_comes_through_whole(api: str) -> None:
    good = [exchange for exchange in exchanges(api) if exchange.request is not None and exchange.status == 200]
    assert len(good) >= 40
    async with replaying(api) as address:
        wrong = {}
        for exchange in good:
            generation, relayed = await ask(api, exchange, address)
            if complaints := differences(api, exchange, generation, relayed):
                wrong[exchange.name] = complaints
    assert wrong == {}


async def ask(api: str, exchange: Exchange, address: str) -> tuple[Generation, bytes]:
    pools = Pools()
    dialect = DIALECTS[api]
    provider = HttpProvider({dialect: Verbatim(api, exchange)}, INBOUND, pools=pools, clock=SystemClock())
    relayed = bytearray()

    async def sink(deltas: list[Delta]) -> None:
        for delta in deltas:
            relayed.extend(delta.raw)

    call = a_call(dialect, address, stream=exchange.stream)
    generation = await provider.generate(call, Meter(), sink)
    await pools.close()
    return generation, bytes(relayed)


def differences(api: str, exchange: Exchange, generation: Generation, relayed: bytes) -> list[str]:
    """What the generation says otherwise than the recording, which is read here by other code."""
    said = read_stream(api, exchange.body) if exchange.stream else read_whole(api, json.loads(exchange.body))
    if said["error"]:
        return [] if generation.failure is not None else ["an error inside a 200 was taken for an answer"]
    if generation.failure is not None:
        return [f"failed: {generation.failure}"]
    assert generation.content is not None
    usage = generation.usage
    got = {
        "text": generation.content.text,
        "finish": generation.finish,
        "tools": [(call.name, call.arguments) for call in generation.content.tool_calls],
        "usage": None if usage is None else (usage.input_tokens, usage.output_tokens),
        "error": False,
    }
    complaints = [f"{name}: {got[name]!r} instead of {said[name]!r}" for name in said if got[name] != said[name]]
    if exchange.stream and not exchange.body.startswith(relayed):
        complaints.append("the relayed bytes are not the vendor's")
    return complaints


def read_whole(api: str, body: dict[str, Any]) -> dict[str, Any]:
    if api == "messages":
        return summary(
            text="".join(block["text"] for block in body["content"] if block["type"] == "text"),
            tools=[
                (block["name"], json.dumps(block["input"])) for block in body["content"] if block["type"] == "tool_use"
            ],
            finish=body["stop_reason"],
            usage=body["usage"],
        )
    if "error" in body and not body.get("choices"):
        return summary(error=True)
    choice = body["choices"][0]
    message = choice["message"]
    functions = [call["function"] for call in message.get("tool_calls") or ()]
    if not functions and (message.get("function_call") or {}).get("name"):  # as it was written before there were tools
        functions = [message["function_call"]]
    return summary(
        text=chat_text(message.get("content")),
        tools=[(function["name"], function["arguments"]) for function in functions],
        finish=choice["finish_reason"],
        usage=body.get("usage"),
    )


def read_stream(api: str, body: bytes) -> dict[str, Any]:
    lines = [line[5:].strip() for line in body.decode().splitlines() if line.startswith("data:")]
    events = [json.loads(line) for line in lines if line != "[DONE]"]
    if any(event.get("error") for event in events):
        return summary(error=True)
    return read_messages_events(events) if api == "messages" else read_chat_chunks(events)


def read_messages_events(events: list[dict[str, Any]]) -> dict[str, Any]:
    usage: dict[str, Any] = {}
    text, finish = "", None
    tools: dict[int, list[str]] = {}
    for event in events:
        usage |= {key: value for key, value in (event.get("usage") or {}).items() if value is not None}
        if event["type"] == "message_start":
            usage |= event["message"]["usage"]
        if event["type"] == "content_block_start" and event["content_block"]["type"] == "tool_use":
            tools[event["index"]] = [event["content_block"]["name"], ""]
        delta = event.get("delta", {})
        finish = delta.get("stop_reason") or finish
        text += delta.get("text", "")
        if delta.get("type") == "input_json_delta" and event["index"] in tools:
            tools[event["index"]][1] += delta["partial_json"]
    called = [(name, arguments or "{}") for name, arguments in tools.values()]  # no input is an empty object
    return summary(text=text, tools=called, finish=finish, usage=usage)


def read_chat_chunks(chunks: list[dict[str, Any]]) -> dict[str, Any]:
    text, finish, usage = "", None, None
    tools: dict[int, list[str]] = {}
    for chunk in chunks:
        usage = chunk.get("usage") or (chunk.get("x_groq") or {}).get("usage") or usage
        for choice in chunk.get("choices") or ():
            finish = choice.get("finish_reason") or finish
            delta = choice.get("delta") or {}
            text += chat_text(delta.get("content"))
            for piece in delta.get("tool_calls") or ():
                tool = tools.setdefault(piece.get("index") or 0, ["", ""])
                tool[0] = tool[0] or (piece.get("function") or {}).get("name") or ""
                tool[1] += (piece.get("function") or {}).get("arguments") or ""
    return summary(
        text=text, tools=[(name, arguments) for name, arguments in tools.values()], finish=finish, usage=usage
    )


def chat_text(content: Any) -> str:
    if isinstance(content, list):
        return "".join(part.get("text") or "" for part in content if part.get("type") == "text")
    return content or ""


def chat_output_tokens(usage: dict[str, Any]) -> int:
    """Some vendors leave thinking out of `completion_tokens`: then the total shows it, or it is more than it could be a part of."""
    completion: int = usage["completion_tokens"]
    reasoning = (usage.get("completion_tokens_details") or {}).get("reasoning_tokens") or 0
    if reasoning > completion:
        return completion + reasoning
    beyond_the_prompt: int = (usage.get("total_tokens") or 0) - usage["prompt_tokens"]
    return max(completion, beyond_the_prompt)


def summary(
    *,
    text: str = "",
    tools: list[tuple[str, str]] | None = None,
    finish: str | None = None,
    usage: dict[str, Any] | None = None,
    error: bool = False,
) -> dict[str, Any]:
    counted = None
    if usage and "prompt_tokens" in usage:
        counted = (usage["prompt_tokens"], chat_output_tokens(usage))
    elif usage:
        cached = (usage.get("cache_read_input_tokens") or 0) + (usage.get("cache_creation_input_tokens") or 0)
        counted = (usage["input_tokens"] + cached, usage["output_tokens"])
    return {
        "text": text,
        "finish": FINISHES.get(finish, Finish.OTHER) if finish else None,
        "tools": tools or [],
        "usage": counted,
        "error": error,
    }
