"""What GET tells on the socket."""

from __future__ import annotations

from typing import Any

import aiohttp

from serving import serving
from walking import answers, lane, policy

ONE = lane("standard", "alpha/small")
KEY = {"authorization": "Bearer lw_acme"}
BODY = '{"id":"chatcmpl-1","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"Eight."}}]}'


async def test_everything_that_can_be_asked_with_get() -> None:
    async with (
        serving(policy(ONE), {"alpha/small": [answers(BODY)]}) as at,
        aiohttp.ClientSession(headers=KEY) as session,
    ):

        async def get(path: str, **headers: str) -> tuple[int, Any]:
            async with session.get(at.url + path, headers=headers) as response:
                return response.status, await response.json(
                    content_type=None
                ) if "metrics" not in path else await response.text()

        asked = {"model": "auto", "messages": [{"role": "user", "content": "How many?"}]}
        async with session.post(f"{at.url}/v1/chat/completions", json=asked) as response:
            run = response.headers["x-lanewise-run"]
        assert await get(f"/v1/runs/{run}") == (200, {"run_id": run, "user": None})
        assert (await get(f"/v1/runs/{run}", authorization="Bearer lw_globex"))[0] == 404
        assert [each["id"] for each in (await get("/v1/models"))[1]["data"]] == [
            "auto",
            "lane:standard",
            "gpt-5",
            "small",
        ]
        assert (await get("/health"))[1]["status"] == "ok"
        assert (await get("/ready"))[1] == {
            "status": "ready",
            "policy": "test",
            "checks": {"ledger": "ok"},
            "in_flight": 0,
            "breakers": [],
            "held": [],
            "degraded": [],
        }
        assert (await get("/metrics"))[0] == 403
        _, text = await get("/metrics", authorization="Bearer lw_admin")
        assert "lanewise_requests_in_flight 0.0" in text
        at.walk.ledger.healthy = False
        assert (await get("/ready"))[0] == 503
        assert (await get("/v1/nothing"))[0] == 404
        assert (await get("/v1/chat/completions"))[0] == 405
