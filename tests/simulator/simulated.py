"""What the simulator's tests share: running vendors, official clients, raw sockets."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
import anthropic
import openai

from lanewise.simulator.server import RunningSimulator, SimulatorOptions, running
from patience import PATIENCE_S

WEATHER = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "unit": {"type": "string", "enum": ["celsius", "fahrenheit"]}},
    "required": ["city", "unit"],
    "additionalProperties": False,
}
OPENAI_TOOL: Any = {
    "type": "function",
    "function": {"name": "get_weather", "description": "The weather in a city", "parameters": WEATHER},
}
ANTHROPIC_TOOL: Any = {"name": "get_weather", "description": "The weather in a city", "input_schema": WEATHER}


def asks(text: str) -> Any:
    """One user message, in either dialect."""
    return [{"role": "user", "content": text}]


@dataclass(frozen=True, kw_only=True)
class Vendors:
    sim: RunningSimulator
    open: openai.AsyncOpenAI
    deep: openai.AsyncOpenAI
    thropic: anthropic.AsyncAnthropic
    http: aiohttp.ClientSession

    async def page(self, name: str) -> Any:
        async with self.http.get(f"{self.sim.base_url}/__{name}__") as response:
            return await response.json()

    async def fault(self, **what: Any) -> str:
        async with self.http.post(f"{self.sim.base_url}/__faults__", json=what) as response:
            assert response.status == 201, await response.text()
            return str((await response.json())["id"])

    async def last_logged(self, satisfies: Callable[[dict[str, Any]], bool] = lambda row: True) -> dict[str, Any]:
        """The newest log row once it satisfies; the test's own time limit is the only one."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                rows = (await self.page("log"))["requests"]
                if rows and satisfies(rows[-1]):
                    return dict(rows[-1])
                await asyncio.sleep(0.01)


@asynccontextmanager
async def vendors(**options: Any) -> AsyncIterator[Vendors]:
    async with (
        running(SimulatorOptions(**({"time_scale": 0.0} | options))) as sim,
        openai.AsyncOpenAI(base_url=sim.vendor_url("simopen"), api_key="k", max_retries=0) as first,
        openai.AsyncOpenAI(base_url=sim.vendor_url("simdeep"), api_key="k", max_retries=0) as second,
        anthropic.AsyncAnthropic(base_url=sim.vendor_url("simthropic"), api_key="k", max_retries=0) as third,
        aiohttp.ClientSession() as http,
    ):
        yield Vendors(sim=sim, open=first, deep=second, thropic=third, http=http)


@dataclass(frozen=True, kw_only=True)
class RawAnswer:
    """All bytes a socket gave until it ended, and how it ended."""

    data: bytes
    ending: str
    """`eof` or `reset`."""


@asynccontextmanager
async def raw_call(
    sim: RunningSimulator, path: str, body: dict[str, Any], fault: str | None = None
) -> AsyncIterator[Any]:
    """A request written by hand; yields the reader of the socket."""
    reader, writer = await asyncio.open_connection("127.0.0.1", sim.port)
    payload = json.dumps(body).encode()
    extra = f"x-sim-fault: {fault}\r\n" if fault else ""
    head = (
        f"POST {path} HTTP/1.1\r\nhost: sim\r\nauthorization: Bearer k\r\nanthropic-version: 2023-06-01\r\n"
        f"content-length: {len(payload)}\r\nconnection: close\r\n{extra}\r\n"
    )
    writer.write(head.encode() + payload)
    await writer.drain()
    try:
        yield reader
    finally:
        writer.close()
        await ignoring_resets(writer.wait_closed())


async def ignoring_resets(waiting: Awaitable[None]) -> None:
    try:
        await waiting
    except ConnectionError:
        return


async def read_all(reader: asyncio.StreamReader) -> RawAnswer:
    data = b""
    while True:
        try:
            part = await reader.read(65_536)
        except ConnectionResetError:
            return RawAnswer(data=data, ending="reset")
        if not part:
            return RawAnswer(data=data, ending="eof")
        data += part
