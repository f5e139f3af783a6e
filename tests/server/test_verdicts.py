"""Verdicts that come later, over HTTP."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest

from lanewise.core.verdict import MAX_REASON_CHARS
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
    assert told == {
        "name": "msg_1",
        "where": "127.0.0.1",
        "word": "reject",
        "reason": "3 tests fail",
        "score": 0.5,
        "repeated": False,
    }


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
    "body",
    [
        {},
        {"verdict": "maybe"},
        {"verdict": "accept", "score": 2},
        {"verdict": "accept", "score": -1},
        {"verdict": "accept", "score": 1e308},
        {"verdict": "accept", "score": "1"},
        {"verdict": "accept", "score": float("nan")},
        {"verdict": "accept", "reason": ["why"]},
        {"verdict": "accept", "x": 1},
        {"verdict": "accept", "verifier": "ci\x1b[2J"},
        {"verdict": "accept", "verifier": "ci\n"},
        {"verdict": "accept", "verifier": "c" * 101},
        [],
    ],
)
async def test_a_body_that_says_nothing_is_refused_with_an_example(body: Any) -> None:
    status, told = await posted("/v1/verdicts/msg_1", body)
    assert status == 400
    assert 'Write for example {"verdict": "accept"' in told["error"]["message"]


@pytest.mark.parametrize("path", ["/v1/verdicts/run_1%00", "/v1/verdicts/sha256:0f", "/v1/runs/run_1%0a/verdict"])
async def test_what_can_be_no_name_is_looked_for_nowhere(path: str) -> None:
    assert (await posted(path, {"verdict": "accept"}))[0] == 404


async def test_a_long_reason_is_cut_and_steers_no_terminal() -> None:
    _, told = await posted("/v1/verdicts/msg_1", {"verdict": "reject", "reason": "a\x00\x1b[2Jb\n" + "x" * 20_000})
    assert told["reason"].startswith("a  [2Jb\n")
    assert len(told["reason"]) == MAX_REASON_CHARS
    status, told = await posted("/v1/verdicts/msg_1", {"verdict": "reject", "reason": "x" * 1_000_000})
    assert (status, "65,536 bytes" in told["error"]["message"]) == (413, True)


async def test_verdicts_are_counted_but_not_their_repetitions() -> None:
    async with serving(policy(ONE), {"alpha/small": [answers()]}, dev=True) as served, aiohttp.ClientSession() as http:
        for path in ("/v1/verdicts/msg_1", "/v1/verdicts/msg_again", "/v1/verdicts/msg_none"):
            async with http.post(f"{served.url}{path}", json={"verdict": "reject"}):
                pass
        async with http.get(f"{served.url}/metrics") as response:
            assert 'lanewise_late_verdicts_total{verdict="reject"} 1.0' in await response.text()
