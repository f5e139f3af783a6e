"""A caller that leaves closes the socket to the vendor at once, by the vendor's own log, and the run is written down."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from end_to_end.stage import (
    PATIENT,
    PINNED,
    Vendors,
    asks,
    bare_lanes,
    eventually,
    ledger,
    policy,
    reload,
)
from patience import PATIENCE_S
from processes import GatewayProcess, gateway
from raw_vendor import Exchange, raw_vendor

PROMPTLY_S = 5.0  # the fault would hold the call for ten minutes: who waited for the vendor would never be this quick


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("leaving")


@pytest.fixture(scope="module")
def served(simulator_url: str, folder: Path) -> Iterator[GatewayProcess]:
    (folder / "lanewise.yaml").write_text(policy(simulator_url))
    with gateway("--dev", cwd=folder) as process:
        yield process


@pytest.fixture
def store(folder: Path) -> Path:
    return folder / "lanewise.db"


@asynccontextmanager
async def asking(
    url: str, body: dict[str, Any], request_id: str = ""
) -> AsyncIterator[asyncio.Task[aiohttp.ClientResponse]]:
    """A request on a connection of its own, which is closed when the block ends."""
    async with aiohttp.ClientSession(timeout=PATIENT, headers={"x-request-id": request_id}) as http:
        task = asyncio.create_task(http.post(f"{url}/v1/chat/completions", json=body))
        try:
            yield task
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def the_cancelled_run(store: Path, request_id: str) -> dict[str, Any]:
    """The row of the request that was named so, once it is written."""

    async def written() -> dict[str, Any] | None:
        rows = ledger(store, request_id=request_id)
        return rows[0] if rows else None

    run: dict[str, Any] = await eventually(written, PROMPTLY_S)
    assert (run["outcome"], run["failure"], run["status"], run["calls"]) == ("cancelled", "cancelled", 499, 1)
    assert run["estimated"] == 1
    assert run["cost_nanousd"] > 0, "the vendor has worked on it, and may bill what nobody has read"
    return run


@pytest.mark.parametrize("stream", [True, False], ids=["stream", "whole"])
@pytest.mark.parametrize("dialect", PINNED)
async def test_before_the_vendor_says_anything(
    served: GatewayProcess, store: Path, vendors: Vendors, dialect: str, stream: bool
) -> None:
    await vendors.fails(kind="slow_first_token", s=600)
    name = f"silent {dialect} {stream}"
    async with asking(served.url, {"model": PINNED[dialect], "messages": asks(), "stream": stream}, name) as task:
        await vendors.call_that(lambda row: row["fault"] is not None)
        assert not task.done()

    row = await asyncio.wait_for(vendors.call_that(lambda row: bool(row["client_left"])), PROMPTLY_S)

    assert row["client_left"]["when"] == "before_first_byte"
    assert row["stream"] is stream
    assert not row["completed"]
    assert len(await vendors.calls()) == 1, "nobody is asked in its place"
    run = await the_cancelled_run(store, name)
    assert run["output_tokens"] == 0
    assert run["input_tokens"] > 0


@pytest.mark.parametrize("dialect", PINNED)
async def test_after_the_first_words_of_a_stream(
    served: GatewayProcess, store: Path, vendors: Vendors, dialect: str
) -> None:
    await vendors.fails(kind="stall", after=2, s=600)
    name = f"speaking {dialect}"
    async with asking(served.url, {"model": PINNED[dialect], "messages": asks(), "stream": True}, name) as task:
        response = await task
        while b'"content":"' not in (line := await response.content.readline()) or b'"content":""' in line:
            assert line
        response.close()

    row = await asyncio.wait_for(vendors.call_that(lambda row: bool(row["client_left"])), PROMPTLY_S)

    assert row["client_left"]["when"] == "after_first_byte"
    assert row["charged"]
    run = await the_cancelled_run(store, name)
    assert run["run_id"] == response.headers["x-lanewise-run"]
    assert run["output_tokens"] > 0
    assert run["first_token_us"] > 0


async def test_in_the_middle_of_hidden_thinking(served: GatewayProcess, store: Path, vendors: Vendors) -> None:
    """The vendor has sent its headers, and thinks on without a word."""
    await vendors.fails(kind="stall", after=0, s=600)
    async with asking(served.url, {"model": "sim-reasoner", "messages": asks(), "stream": True}, "thinking") as task:
        await vendors.call_that(lambda row: row["status"] == 200)
        assert not task.done(), "the status is held until there is something to show"

    row = await asyncio.wait_for(vendors.call_that(lambda row: bool(row["client_left"])), PROMPTLY_S)

    assert row["client_left"]["when"] == "after_first_byte"
    await the_cancelled_run(store, "thinking")


async def test_in_the_middle_of_a_whole_answer(
    served: GatewayProcess, simulator_url: str, folder: Path, store: Path
) -> None:
    """The simulator sends whole answers in one piece, so this vendor is a bare socket that stops half way."""
    half_sent, gone = asyncio.Event(), asyncio.Event()

    async def script(exchange: Exchange) -> None:
        await exchange.write(
            b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 900\r\n\r\n" + b'{"id": "'
        )
        half_sent.set()
        await exchange.gone()
        gone.set()

    async with raw_vendor(script) as vendor:
        (folder / "lanewise.yaml").write_text(policy(simulator_url, **bare_lanes(vendor.address)))
        await reload(served.url)
        for dialect in PINNED:
            body = {"model": f"lane:bare_{dialect}", "messages": asks()}
            async with asking(served.url, body, f"half {dialect}"):
                await asyncio.wait_for(half_sent.wait(), PATIENCE_S)
            await asyncio.wait_for(gone.wait(), PROMPTLY_S)
            await the_cancelled_run(store, f"half {dialect}")
            half_sent.clear()
            gone.clear()
        assert len(vendor.requests) == len(PINNED)
