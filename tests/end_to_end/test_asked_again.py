"""An `Idempotency-Key` outlives the process that answered it: nothing is paid twice, and the bytes are the same."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from end_to_end.stage import PATIENT, Vendors, asks, ledger, policy
from processes import GatewayProcess

ROUTES: dict[str, tuple[str, dict[str, Any]]] = {
    "chat": ("/v1/chat/completions", {"model": "lane:standard", "messages": asks()}),
    "chat stream": ("/v1/chat/completions", {"model": "lane:standard", "messages": asks(), "stream": True}),
    "messages stream": (
        "/v1/messages",
        {"model": "lane:standard", "messages": asks(), "stream": True, "max_tokens": 500},
    ),
    "vectors": ("/v1/embeddings", {"model": "lane:vectors", "input": "a spider"}),
}
VECTORS = {
    "lanes": {"vectors": {"deployments": ["simdeep/sim-embed"]}},
    "models": {"*": "auto"},
    "prices": {"simdeep/sim-embed": {"input": "$0.02", "output": "$0"}},
}


async def heard(url: str, name: str) -> tuple[str | None, bytes]:
    path, body = ROUTES[name]
    async with (
        aiohttp.ClientSession(timeout=PATIENT, headers={"idempotency-key": f"order-{name}"}) as http,
        http.post(url + path, json=body) as response,
    ):
        raw = await response.read()
        assert response.status == 200, raw
        return response.headers.get("x-lanewise-idempotent"), raw


@pytest.mark.parametrize("ending", [signal.SIGKILL, signal.SIGTERM], ids=["killed", "stopped"])
async def test_an_answer_survives_the_process_that_gave_it(
    simulator_url: str, tmp_path: Path, vendors: Vendors, ending: signal.Signals
) -> None:
    (tmp_path / "lanewise.yaml").write_text(policy(simulator_url, **VECTORS))
    process = GatewayProcess("--dev", cwd=tmp_path)
    try:
        first = {name: await heard(process.url, name) for name in ROUTES}
        process.stop(ending)
        process = GatewayProcess("--dev", cwd=tmp_path)
        again = {name: await heard(process.url, name) for name in ROUTES}
    finally:
        process.stop()

    for name in ROUTES:
        assert (first[name][0], again[name][0]) == (None, "replayed"), name
        assert again[name][1] == first[name][1], name
    assert len(await vendors.calls()) == len(ROUTES) == len(ledger(tmp_path / "lanewise.db"))


async def test_killed_under_load_every_key_has_one_row(simulator_url: str, tmp_path: Path, vendors: Vendors) -> None:
    """A row is in the books with its answer or not at all: who asks again for all of them pays for those that were lost, once."""
    (tmp_path / "lanewise.yaml").write_text(policy(simulator_url))
    store, keys = tmp_path / "lanewise.db", [f"key-{number}" for number in range(120)]

    async def ask(http: aiohttp.ClientSession, url: str, key: str) -> str | None:
        path, body = ROUTES["chat stream" if key.endswith("0") else "chat"]
        async with http.post(url + path, json=body, headers={"idempotency-key": key}) as response:
            await response.read()
            assert response.status == 200
            return response.headers.get("x-lanewise-idempotent")

    process = GatewayProcess("--dev", cwd=tmp_path)
    try:
        async with aiohttp.ClientSession(timeout=PATIENT) as http:
            asking = [asyncio.create_task(ask(http, process.url, key)) for key in keys]
            while len(ledger(store)) < len(keys) // 4:
                await asyncio.sleep(0.002)
            process.child.kill()
            await asyncio.gather(*asking, return_exceptions=True)
        process.stop(signal.SIGKILL)
        before = len(ledger(store))
        process = GatewayProcess("--dev", cwd=tmp_path)
        async with aiohttp.ClientSession(timeout=PATIENT) as http:
            again = await asyncio.gather(*(ask(http, process.url, key) for key in keys))
    finally:
        process.stop()

    assert before < len(keys), "it was not killed in the middle"
    assert again.count("replayed") == before
    assert len(ledger(store)) == len(keys)
