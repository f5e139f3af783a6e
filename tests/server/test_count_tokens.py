"""`POST /v1/messages/count_tokens`, as a client of Anthropic's dialect sees it."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest

from lanewise.core.failure import Failure, FailureKind
from serving import Abacus, serving
from walking import lane, policy

OF = policy(lane("standard", "one/a"))
BODY = {"model": "auto", "messages": [{"role": "user", "content": "Hello"}]}
REFUSED = Failure(kind=FailureKind.BAD_REQUEST, message="messages: too many", status=400)


async def asked(
    counter: Abacus, *, body: Any = None, path: str = "/v1/messages/count_tokens", key: str = "lw_acme"
) -> tuple[int, Any]:
    async with (
        serving(OF, {}, counter=counter) as served,
        aiohttp.ClientSession() as http,
        http.post(f"{served.url}{path}", json=body or BODY, headers={"x-api-key": key}) as response,
    ):
        assert served.walk.ledger.records == []
        return response.status, await response.json()


@pytest.mark.parametrize("path", ["/v1/messages/count_tokens", "/anthropic/v1/messages/count_tokens?beta=true"])
async def test_a_count_has_the_vendor_s_shape(path: str) -> None:
    assert await asked(Abacus(one=12), path=path) == (200, {"input_tokens": 12})


async def test_an_estimate_says_that_it_is_one() -> None:
    assert await asked(Abacus()) == (200, {"input_tokens": 7, "lanewise": {"estimated": True}})


async def test_nobody_counts_without_a_key() -> None:
    status, told = await asked(Abacus(one=1), key="lw_nobody")
    assert (status, told["error"]["type"]) == (401, "authentication_error")


async def test_what_is_wrong_is_told_in_the_dialect() -> None:
    status, told = await asked(Abacus(one=1), body={"model": "auto"})
    assert (status, told["type"], told["error"]["type"]) == (400, "error", "invalid_request_error")
    assert told["request_id"].startswith("run_")
    status, told = await asked(Abacus(one=REFUSED))
    assert (status, told["error"]["message"]) == (400, "messages: too many")


async def test_a_fault_of_ours_is_told_too() -> None:
    class Broken(Abacus):
        def estimate(self, request: Any) -> int:
            raise ValueError("broken")

    status, told = await asked(Broken())
    assert (status, told["error"]["type"]) == (500, "api_error")
