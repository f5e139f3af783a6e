"""The yardstick: the least a Python gateway on uvicorn, Starlette, aiohttp and msgspec can do, and nothing more.

It reads the body, decodes it to learn the model and whether to stream, forwards it with the upstream's key, relays the answer.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

UPSTREAM = os.environ.get("BENCH_UPSTREAM", "")
HEADERS = {"Authorization": f"Bearer {os.environ.get('BENCH_KEY', '')}", "Content-Type": "application/json"}


class Asked(msgspec.Struct):
    """What a pass-through must know of a request."""

    model: str
    stream: bool = False


ASKED = msgspec.json.Decoder(Asked)


async def relay(answer: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
    """Hand on each chunk as it comes; a client that leaves closes the upstream's connection."""
    async with answer:
        async for chunk in answer.content.iter_any():
            yield chunk


async def chat(request: Request) -> Response:
    body = await request.body()
    asked = ASKED.decode(body)
    session: aiohttp.ClientSession = request.app.state.session
    if asked.stream:
        streamed = await session.post(f"{UPSTREAM}/v1/chat/completions", data=body, headers=HEADERS)
        return StreamingResponse(relay(streamed), streamed.status, media_type=streamed.content_type)
    async with session.post(f"{UPSTREAM}/v1/chat/completions", data=body, headers=HEADERS) as answer:
        content = await answer.read()
        return Response(content, answer.status, media_type=answer.content_type)


async def ready(_: Request) -> Response:
    return PlainTextResponse("ready")


@asynccontextmanager
async def lifespan(started: Starlette) -> AsyncIterator[None]:
    timeout = aiohttp.ClientTimeout(total=None, sock_connect=5)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), timeout=timeout) as session:
        started.state.session = session
        yield


app = Starlette(
    routes=[Route("/v1/chat/completions", chat, methods=["POST"]), Route("/ready", ready)],
    lifespan=lifespan,
)
