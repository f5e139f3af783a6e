"""Costs over HTTP: whose they are is decided by the key, and by nothing in the query."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest

from lanewise.core.request import Caller
from lanewise.core.scope import KeyScope
from serving import KEYS, serving
from walking import answers, lane, policy

ONE = lane("standard", "alpha/small")


async def report(query: str, key: str) -> tuple[int, Any]:
    async with (
        serving(policy(ONE), {"alpha/small": [answers()]}) as served,
        aiohttp.ClientSession() as http,
        http.get(f"{served.url}/v1/report{query}", headers={"authorization": f"Bearer {key}"}) as response,
    ):
        return response.status, await response.json()


async def test_a_key_asks_for_its_own_tenant_and_a_user_s_key_for_that_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(KEYS, "lw_anna", Caller(tenant="acme", key_id="key-4", scope=KeyScope(user="anna")))
    status, told = await report("?by=model&since=2026-11-20", "lw_acme")
    assert (status, told["by"], told["tenant"], told["user"]) == (200, "model", "acme", None)
    assert told["since_us"] == 1_795_132_800_000_000
    _, told = await report("", "lw_anna")
    assert (told["by"], told["tenant"], told["user"]) == ("feature,model", "acme", "anna")


@pytest.mark.parametrize("query", ["?tenant=globex", "?user=bob", "?bye=model"])
async def test_what_nobody_may_choose_or_nobody_knows_is_refused(query: str) -> None:
    status, told = await report(query, "lw_acme")
    assert (status, "is no parameter of this path" in told["error"]["message"]) == (400, True)


async def test_a_time_that_is_none_is_told_what_to_write() -> None:
    status, told = await report("?since=yesterday", "lw_acme")
    assert (status, told["error"]["message"]) == (400, "`since`: write a time in ISO 8601, for example 2026-11-20")
