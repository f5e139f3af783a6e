"""An `Idempotency-Key` outlives the process that answered it: nothing is paid twice, and the bytes are the same."""

from __future__ import annotations

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
