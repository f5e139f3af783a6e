"""The bare pass-through again, with other HTTP clients; run only by `bench.choose`, in an environment that has them."""

from __future__ import annotations

import importlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from bench.bare import ASKED, HEADERS, UPSTREAM, ready

URL = f"{UPSTREAM}/v1/chat/completions"


async def httpx2_chat(request: Request) -> Response:
    body = await request.body()
    asked, client = ASKED.decode(body), request.app.state.client
    if not asked.stream:
        answer = await client.post(URL, content=body, headers=HEADERS)
        return Response(answer.content, answer.status_code, media_type="application/json")
    streamed = await client.send(client.build_request("POST", URL, content=body, headers=HEADERS), stream=True)
    return StreamingResponse(httpx2_relay(streamed), streamed.status_code, media_type="text/event-stream")


async def httpx2_relay(streamed: Any) -> AsyncIterator[bytes]:  # noqa: ANN401 - httpx2 is imported by name
    try:
        async for chunk in streamed.aiter_raw():
            yield chunk
    finally:
        await streamed.aclose()


@asynccontextmanager
async def httpx2_lifespan(started: Starlette) -> AsyncIterator[None]:
    httpx2 = importlib.import_module("httpx2")
    limits = httpx2.Limits(max_connections=None, max_keepalive_connections=None)
    async with httpx2.AsyncClient(limits=limits, timeout=httpx2.Timeout(None, connect=5)) as client:
        started.state.client = client
        yield


async def pyreqwest_chat(request: Request) -> Response:
    body = await request.body()
    asked = ASKED.decode(body)
    asking = request.app.state.client.post(URL).headers(HEADERS).body_bytes(body)
    if not asked.stream:
        answer = await asking.build().send()
        return Response(bytes(await answer.bytes()), answer.status, media_type="application/json")
    # By default the first 64 KB are gathered before the caller sees a byte: a stream would come as one block at its end.
    context = asking.streamed_read_buffer_limit(0).build_streamed()
    streamed = await context.__aenter__()
    return StreamingResponse(pyreqwest_relay(context, streamed), streamed.status, media_type="text/event-stream")


async def pyreqwest_relay(context: Any, streamed: Any) -> AsyncIterator[bytes]:  # noqa: ANN401 - pyreqwest is imported by name
    try:
        while (chunk := await streamed.body_reader.read_chunk()) is not None:
            yield bytes(chunk)
    finally:
        await context.__aexit__(None, None, None)


@asynccontextmanager
async def pyreqwest_lifespan(started: Starlette) -> AsyncIterator[None]:
    builder = importlib.import_module("pyreqwest.client").ClientBuilder()
    async with builder.connect_timeout(timedelta(seconds=5)).build() as client:
        started.state.client = client
        yield


httpx2_app = Starlette(
    routes=[Route("/v1/chat/completions", httpx2_chat, methods=["POST"]), Route("/ready", ready)],
    lifespan=httpx2_lifespan,
)
pyreqwest_app = Starlette(
    routes=[Route("/v1/chat/completions", pyreqwest_chat, methods=["POST"]), Route("/ready", ready)],
    lifespan=pyreqwest_lifespan,
)
