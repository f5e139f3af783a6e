from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

import pytest

from lanewise.config.loopback import models_at


@contextlib.asynccontextmanager
async def server(answer: Callable[[str], bytes | None]) -> AsyncIterator[str]:
    """A one-answer HTTP server on loopback; None keeps the caller waiting."""

    serving: list[asyncio.Task[None] | None] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        serving.append(asyncio.current_task())
        path = (await reader.readuntil(b"\r\n\r\n")).split(b" ")[1].decode()
        if (reply := answer(path)) is not None:
            writer.write(reply)
            await writer.drain()
        else:
            await reader.read()
        writer.close()
        with contextlib.suppress(ConnectionError):  # the caller was first
            await writer.wait_closed()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with listening:
        yield f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/v1"
    await asyncio.gather(*(task for task in serving if task is not None))


def http(status: str, body: bytes, *headers: bytes) -> bytes:
    lines = [f"HTTP/1.1 {status}".encode(), b"content-length: %d" % len(body), b"connection: close", *headers]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


async def test_a_model_server_says_what_it_has() -> None:
    body = b'{"object":"list","data":[{"id":"llama3.2:3b","object":"model"},{"id":"qwen3"}]}'
    async with server(lambda path: http("200 OK", body) if path == "/v1/models" else http("404 No", b"")) as url:
        assert await models_at(url) == ("llama3.2:3b", "qwen3")


@pytest.mark.parametrize(
    "reply",
    [
        http("404 Not Found", b"no"),
        http("200 OK", b"<html>some other thing on this port</html>"),
        http("200 OK", b'{"data": 5}'),
        http("302 Found", b"", b"location: http://example.com/v1/models"),
        b"not http at all\r\n\r\n",
        None,
    ],
)
async def test_anything_else_is_no_model_server(reply: bytes | None) -> None:
    async with server(lambda _: reply) as url:
        assert await models_at(url, timeout_s=0.3) == ()


async def test_nothing_listening_is_no_model_server() -> None:
    async with server(lambda _: b"") as url:
        pass
    assert await models_at(url) == ()


async def test_nothing_but_this_machine_is_asked() -> None:
    with pytest.raises(ValueError, match="not on this machine"):
        await models_at("http://192.0.2.1:11434/v1")
