"""Verdicts that come later, over HTTP."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest

from serving import serving
from walking import answers, lane, policy

ONE = lane("standard", "alpha/small")


async def posted(path: str, body: Any, **headers: str) -> tuple[int, Any]:
    async with (
        serving(policy(ONE), {"alpha/small": [answers()]}, dev=True) as served,
        aiohttp.ClientSession() as http,
        http.post(f"{served.url}{path}", json=body, headers=headers) as response,
    ):
        return response.status, await response.json()


async def test_a_webhook_names_what_it_was_asked_under_and_needs_no_key() -> None:
    status, told = await posted("/v1/verdicts/msg_1", {"verdict": "reject", "reason": "3 tests fail", "score": 0.5})
    assert status == 200
    assert told == {"name": "msg_1", "where": "127.0.0.1", "word": "reject", "reason": "3 tests fail", "score": 0.5}


async def test_a_tenant_judges_its_own_run() -> None:
    body = {"verdict": "accept", "kind": "proof", "verifier": "ci"}
    status, told = await posted("/v1/runs/run_1/verdict", body, authorization="Bearer any")
    assert status == 200
    assert (told["run_id"], told["kind"], told["verifier"], told["word"]) == ("run_1", "proof", "ci", "accept")
    assert told["tenant"]


@pytest.mark.parametrize("path", ["/v1/verdicts/msg_2", "/v1/runs/run_2/verdict"])
async def test_what_nobody_waits_for_is_not_there(path: str) -> None:
    status, told = await posted(path, {"verdict": "accept"})
    assert status == 404
    assert "nothing waits" in told["error"]["message"]


@pytest.mark.parametrize(
    "body", [{}, {"verdict": "maybe"}, {"verdict": "accept", "score": 2}, {"verdict": "accept", "x": 1}, []]
)
async def test_a_body_that_says_nothing_is_refused_with_an_example(body: Any) -> None:
    status, told = await posted("/v1/verdicts/msg_1", body)
    assert status == 400
    assert 'Write for example {"verdict": "accept"' in told["error"]["message"]
