"""Every recorded answer, through a real gateway process to the official SDKs, cut at random: what arrives is what was recorded."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import Random
from typing import Any, NamedTuple

import aiohttp
import anthropic
import openai
import pytest
import pytest_asyncio
import yaml
from aiohttp import web
from anthropic.types import Message, RawMessageStreamEvent
from openai.types import CreateEmbeddingResponse
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from openai.types.responses import Response, ResponseStreamEvent

from end_to_end.stage import PATIENT
from lanewise.config.build import DIALECTS
from lanewise.core.request import Dialect
from processes import gateway
from recordings import Exchange, cassettes, encoded, exchanges

pytestmark = [pytest.mark.data, pytest.mark.asyncio(loop_scope="module")]

LARGEST_PIECE = 300  # bytes
LANEWISE = "lanewise"
#: Headers that belong to a connection and not to its content.
_HOP = frozenset(
    {"content-length", "transfer-encoding", "content-encoding", "connection", "date", "server", "keep-alive"}
)


class Api(NamedTuple):
    """How a recorded API is asked for and read."""

    dialect: Dialect
    path: str
    whole: Any
    event: Any = None


APIS = {
    "chat": Api(Dialect.OPENAI_CHAT, "/v1/chat/completions", ChatCompletion, ChatCompletionChunk),
    "responses": Api(Dialect.OPENAI_RESPONSES, "/v1/responses", Response, ResponseStreamEvent),
    "messages": Api(Dialect.ANTHROPIC_MESSAGES, "/v1/messages", Message, RawMessageStreamEvent),
    "generateContent": Api(Dialect.GEMINI, "", None),
    "embeddings": Api(Dialect.OPENAI_CHAT, "/v1/embeddings", CreateEmbeddingResponse),
}
WORDS = {dialect: word for word, dialect in DIALECTS.items()}


def recorded() -> dict[str, tuple[str, Exchange]]:
    """Every exchange with an answer, by the name of the model that stands for it."""
    return {
        each.name.replace("/", "-"): (api, each)
        for api in APIS
        if APIS[api].dialect in WORDS
        for each in exchanges(api)
        if each.status == 200 and each.request is not None
    }


class Replayed(NamedTuple):
    """Where the recordings are played: by their vendor, and by a gateway in front of it."""

    vendor: str
    gateway: str
    exchanges: dict[str, tuple[str, Exchange]]


@asynccontextmanager
async def vendor(played: dict[str, tuple[str, Exchange]]) -> AsyncIterator[str]:
    """Answers with the recording whose name is asked for as the model, in pieces of any length."""

    async def answer(request: web.Request) -> web.StreamResponse:
        last = request.path.rsplit("/", 1)[-1]
        name = last.split(":")[0] if ":" in last else (await request.json())["model"]
        _, exchange = played[name]
        response = web.StreamResponse(
            headers={
                key: value for key, value in exchange.headers.items() if key.lower() not in _HOP and "\n" not in value
            }
        )
        response.headers.setdefault("content-type", "text/event-stream" if exchange.stream else "application/json")
        await response.prepare(request)
        random, rest = Random(name), exchange.body
        while rest:
            size = random.randint(1, LARGEST_PIECE)
            await response.write(rest[:size])
            rest = rest[size:]
        await response.write_eof()
        return response

    app = web.Application(client_max_size=2**28)
    app.router.add_post("/{path:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


def settings(url: str, played: dict[str, tuple[str, Exchange]]) -> str:
    names = [f"{WORDS[APIS[api].dialect]}/{name}" for name, (api, _) in played.items()]
    return yaml.safe_dump(
        {
            "providers": {
                word: {"dialect": word, "base_url": f"{url}/v1", "api_key": "any"}
                for word in sorted(set(WORDS.values()))
            },
            "lanes": {"all": {"deployments": names, "max_output_tokens": 64_000}},
            "routing": {"default": "all"},
            "models": {"*": "pin"},
            "prices": {name: {"input": "$0", "output": "$0"} for name in names},
        }
    )


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def replayed(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Replayed]:
    played, folder = recorded(), tmp_path_factory.mktemp("replayed")
    async with vendor(played) as url:
        (folder / "lanewise.yaml").write_text(settings(url, played))
        with gateway("--dev", "--config", "lanewise.yaml", cwd=folder) as process:
            yield Replayed(url, process.url, played)


def asked(name: str, api: str, exchange: Exchange) -> tuple[str, dict[str, Any]]:
    """Path and body of the recorded request, the model named after its recording."""
    assert exchange.request is not None
    if api != "generateContent":
        return APIS[api].path, exchange.request | {"model": name}
    recorded_request = json.loads((cassettes() / f"{exchange.name}.json").read_text())["request"]
    act = recorded_request["path"].rsplit(":", 1)[1]
    query = "?alt=sse" if "alt" in json.dumps(recorded_request.get("query", "")) else ""
    return f"/v1beta/models/{name}:{act}{query}", exchange.request


def meaning(body: bytes, *, stream: bool) -> list[Any]:
    """Every JSON value in a body or a stream, in order, without what Lanewise added, and the words that are none."""
    if not stream:
        value = json.loads(body)
        return [_bare(each) for each in (value if isinstance(value, list) else [value])]
    lines = [line for line in body.decode().replace("\r\n", "\n").split("\n") if line.startswith("data:")]
    return [_bare(json.loads(data)) if data.startswith("{") else data for data in (line[5:].strip() for line in lines)]


def _bare(value: Any) -> Any:
    return {key: each for key, each in value.items() if key != LANEWISE} if isinstance(value, dict) else value


async def test_every_recorded_answer_arrives_as_it_was_recorded(replayed: Replayed) -> None:
    differing = []
    async with aiohttp.ClientSession(timeout=PATIENT, headers={"content-type": "application/json"}) as http:
        for name, (api, exchange) in replayed.exchanges.items():
            path, body = asked(name, api, exchange)
            async with http.post(replayed.gateway + path, data=encoded(body)) as response:
                raw = await response.read()
            assert response.status == 200, (name, raw[:500])
            if meaning(raw, stream=exchange.stream) != meaning(exchange.body, stream=exchange.stream):
                differing.append(name)
    assert differing == []
    assert len(replayed.exchanges) >= 120


def clients(url: str) -> dict[str, Any]:
    official = openai.AsyncOpenAI(base_url=f"{url}/v1", api_key="any", max_retries=0)
    theirs = anthropic.AsyncAnthropic(base_url=url, api_key="any", max_retries=0)
    return {"chat": official, "responses": official, "embeddings": official, "messages": theirs}


async def seen(client: Any, api: str, body: dict[str, Any], *, stream: bool) -> list[Any]:
    """What the SDK makes of an answer, event by event."""
    of = APIS[api]
    path = of.path if api == "messages" else of.path.removeprefix("/v1")
    if not stream:
        told = await client.post(path, body=body, cast_to=of.whole)
        return [_bare(told.model_dump(warnings=False))]
    kind = (anthropic if api == "messages" else openai).AsyncStream[of.event]
    events = await client.post(path, body=body, cast_to=of.event, stream=True, stream_cls=kind)
    return [_bare(event.model_dump(warnings=False)) async for event in events]


async def test_the_official_sdks_see_the_same_as_without_a_gateway(replayed: Replayed) -> None:
    differing, compared = [], 0
    direct, through = clients(replayed.vendor), clients(replayed.gateway)
    for name, (api, exchange) in replayed.exchanges.items():
        if api == "generateContent":
            continue
        _, body = asked(name, api, exchange)
        compared += 1
        try:
            expected = await seen(direct[api], api, body, stream=exchange.stream)
        except (openai.APIError, anthropic.APIError):  # a recorded error inside a stream
            with pytest.raises((openai.APIError, anthropic.APIError)):
                await seen(through[api], api, body, stream=exchange.stream)
            continue
        if await seen(through[api], api, body, stream=exchange.stream) != expected:
            differing.append(name)
    for client in (*direct.values(), *through.values()):
        await client.close()
    assert differing == []
    assert compared >= 90
