"""`GET /metrics` at the port of all copies, asked over real connections."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

import aiohttp
from prometheus_client.parser import text_string_to_metric_families

from lanewise.server.asking_copies import AskingCopies, OwnPorts
from lanewise.server.listening import Listeners
from lanewise.server.process import Bind, GatewayServer
from serving import Served, serving
from walking import lane, policy

POLICY = policy(lane("standard", "alpha/small"))
ADMIN = {"authorization": "Bearer lw_admin"}


@asynccontextmanager
async def common_port(copy: Served, own: OwnPorts) -> AsyncIterator[str]:
    """A second door to a copy, as the port is that all of them share."""
    listeners = Listeners()
    server = GatewayServer(AskingCopies(copy.server.config.app, own), Bind(port=0), listeners, drain_s=1.0)  # type: ignore[arg-type]
    task = asyncio.create_task(server.serve())
    await server.ready.wait()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.stop()
        await task


async def told(url: str, headers: dict[str, str] = ADMIN) -> tuple[int, str]:
    async with aiohttp.ClientSession(headers=headers) as http, http.get(f"{url}/metrics") as response:
        return response.status, await response.text()


def rejected(text: str) -> dict[str, float]:
    """By copy, empty where none is named."""
    return {
        sample.labels.get("copy", ""): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == "lanewise_rejected_total"
    }


@asynccontextmanager
async def copies(counts: Sequence[int]) -> AsyncIterator[list[Served]]:
    async with AsyncExitStack() as stack:
        served = [await stack.enter_async_context(serving(POLICY, {"alpha/small": []})) for _ in counts]
        for each, count in zip(served, counts, strict=True):
            for _ in range(count):  # an unknown key is a rejected request, counted where it came to
                async with aiohttp.ClientSession() as http:
                    await http.post(f"{each.url}/v1/chat/completions", json={}, headers={"authorization": "Bearer no"})
        yield served


async def test_whichever_copy_is_reached_tells_of_all_and_each_alone_of_itself() -> None:
    async with copies([2, 3]) as served:
        ports = tuple(each.server.port for each in served)
        for number, copy in enumerate(served):
            async with common_port(copy, OwnPorts(number, ports)) as url:
                status, text = await told(url)
                assert status == 200
                assert rejected(text) == {"0": 2, "1": 3}
        assert rejected((await told(served[1].url))[1]) == {"": 3}


async def test_a_copy_that_does_not_answer_is_named_and_the_others_are_told() -> None:
    async with (
        copies([1, 1]) as served,
        common_port(served[0], OwnPorts(0, (served[0].server.port, 1))) as url,
    ):
        _, text = await told(url)
    assert rejected(text) == {"0": 1}
    assert 'lanewise_copy_up{copy="0"} 1.0' in text
    assert 'lanewise_copy_up{copy="1"} 0.0' in text


async def test_who_may_not_read_them_is_told_so_and_nobody_else_is_asked() -> None:
    async with copies([0, 0]) as served:
        ports = tuple(each.server.port for each in served)
        async with common_port(served[0], OwnPorts(0, ports)) as url:
            status, text = await told(url, {"authorization": "Bearer lw_acme"})
        assert status == 403
        assert "admin" in text


async def test_everything_else_is_the_copy_s_own() -> None:
    async with (
        copies([0]) as served,
        common_port(served[0], OwnPorts(0, (served[0].server.port,))) as url,
        aiohttp.ClientSession() as http,
        http.get(f"{url}/health") as response,
    ):
        assert (response.status, (await response.json())["status"]) == (200, "ok")
