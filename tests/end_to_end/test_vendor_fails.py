"""What breaks at the very moment a caller reads: the rest of what vendors do wrong is in `test_failure_table.py`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import openai
import pytest
import pytest_asyncio

from end_to_end.bare_words import FIRST_WORDS
from end_to_end.stage import DEPLOYMENTS, asks, bare_lanes, ledger, policy, reload, sdk
from processes import GatewayProcess, gateway
from raw_vendor import Exchange, raw_vendor


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("faults")


@pytest.fixture(scope="module")
def served(simulator_url: str, folder: Path) -> Iterator[GatewayProcess]:
    (folder / "lanewise.yaml").write_text(policy(simulator_url))
    with gateway("--dev", cwd=folder) as process:
        yield process


@pytest_asyncio.fixture
async def client(served: GatewayProcess) -> AsyncIterator[openai.AsyncOpenAI]:
    async with sdk(served.url) as official:
        yield official


@pytest.mark.parametrize("dialect", DEPLOYMENTS)
@pytest.mark.parametrize(("kind", "called"), [("malformed", "malformed"), ("reset", "connection_lost")])
async def test_what_breaks_once_the_first_words_are_read_ends_in_an_error(
    served: GatewayProcess,
    client: openai.AsyncOpenAI,
    simulator_url: str,
    folder: Path,
    dialect: str,
    *,
    kind: str,
    called: str,
) -> None:
    """The vendor is a bare socket that does its harm only when the caller has read its first words."""
    was_read = asyncio.Event()

    async def script(exchange: Exchange) -> None:
        await exchange.stream()
        await exchange.event(FIRST_WORDS[dialect])
        await was_read.wait()
        if kind == "reset":
            exchange.reset()
        else:
            await exchange.event(b'data: {"choices": [{"index": 0, "delta"\n\n')
            await exchange.gone()

    async with raw_vendor(script) as vendor:
        (folder / "lanewise.yaml").write_text(policy(simulator_url, **bare_lanes(vendor.address)))
        await reload(served.url)
        stream = await client.chat.completions.create(model=f"lane:bare_{dialect}", messages=asks(), stream=True)
        text = ""
        with pytest.raises(openai.APIError) as told:  # noqa: PT012 - the stream raises where it is read
            async for chunk in stream:
                text += chunk.choices[0].delta.content or ""
                if text:
                    was_read.set()

    assert text == "The answer"
    assert told.value.code == called
    (run,) = ledger(folder / "lanewise.db", run_id=stream.response.headers["x-lanewise-run"])
    assert (run["outcome"], run["failure"], run["calls"], run["estimated"]) == ("failure", called, 1, 1)
