"""Pools: shared by equal providers, kept across a reload, closed when their last call ends."""

from __future__ import annotations

import asyncio
import dataclasses

import pytest
from yarl import URL

from lanewise.core.policy import ProviderPolicy
from lanewise.core.request import Dialect
from lanewise.providers.pools import Pool, Pools, environment_proxy

ACCOUNT = ProviderPolicy(name="v", dialect=Dialect.OPENAI_CHAT, base_url="http://127.0.0.1:1/v1", api_key="k-1")
OTHER = dataclasses.replace(ACCOUNT, api_key="k-2")


def closed(pool: Pool) -> bool:
    return pool.closed


async def test_equal_providers_share_a_pool_and_others_do_not() -> None:
    pools = Pools()
    assert pools.of(ACCOUNT) is pools.of(dataclasses.replace(ACCOUNT))
    assert pools.of(ACCOUNT) is not pools.of(OTHER)
    await pools.close()


async def test_a_reload_keeps_the_unchanged_and_closes_the_rest() -> None:
    pools = Pools()
    kept, removed = pools.of(ACCOUNT), pools.of(OTHER)
    await pools.keep([dataclasses.replace(ACCOUNT)])
    assert pools.of(ACCOUNT) is kept
    assert (closed(kept), closed(removed)) == (False, True)
    await pools.close()
    assert kept.closed


async def test_two_reloads_may_meet(monkeypatch: pytest.MonkeyPatch) -> None:
    retire = Pool.retire

    async def slowly(self: Pool) -> None:
        await asyncio.sleep(0)  # as with open connections
        await retire(self)

    monkeypatch.setattr(Pool, "retire", slowly)
    pools = Pools()
    removed = [pools.of(dataclasses.replace(ACCOUNT, name=name)) for name in "abc"]
    await asyncio.gather(pools.keep([OTHER]), pools.keep([OTHER]))
    assert all(closed(pool) for pool in removed)
    await pools.close()


async def test_a_removed_pool_stays_open_until_its_calls_are_over() -> None:
    pools = Pools()
    removed = pools.of(ACCOUNT)
    async with removed:
        async with removed:
            await pools.keep([OTHER])
        assert not closed(removed)
    assert closed(removed)
    await pools.close()


async def test_a_run_on_an_older_policy_gets_a_pool_for_its_call_only() -> None:
    pools = Pools()
    await pools.keep([OTHER])
    async with pools.of(ACCOUNT) as late:
        assert not closed(late)
        assert pools.of(OTHER) is pools.of(OTHER)
    assert closed(late)
    await pools.close()


async def test_a_call_cut_off_still_gives_its_pool_back() -> None:
    pools = Pools()
    pool = pools.of(ACCOUNT)

    async def hang() -> None:
        async with pool:
            await asyncio.Event().wait()

    call = asyncio.create_task(hang())
    await asyncio.sleep(0)
    await pools.keep([])
    assert not closed(pool)
    call.cancel()
    await asyncio.gather(call, return_exceptions=True)
    assert pool.closed


async def test_a_url_is_made_once_and_keeps_the_base_s_path() -> None:
    pools = Pools()
    pool = pools.of(dataclasses.replace(ACCOUNT, base_url="http://127.0.0.1:1/v1/", query=(("v", "1"),)))
    url = pool.url("model", "/chat/completions")
    assert url == "http://127.0.0.1:1/v1/chat/completions?v=1"
    assert pool.url("model", "/chat/completions") is url
    await pools.close()


@pytest.mark.parametrize(
    ("url", "no_proxy", "proxied"),
    [
        ("https://api.example.com/v1", "", True),
        ("https://api.example.com/v1", "example.com", False),
        ("http://127.0.0.1:11434/v1", "", False),
        ("http://localhost:8000/v1", "", False),
        ("http://[::1]:8000/v1", "", False),
    ],
)
def test_the_environment_names_the_proxy_and_loopback_needs_none(
    monkeypatch: pytest.MonkeyPatch, url: str, no_proxy: str, *, proxied: bool
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    assert environment_proxy(URL(url)) is None
    for name in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://proxy.test:3128")
    monkeypatch.setenv("no_proxy", no_proxy)
    assert environment_proxy(URL(url)) == (URL("http://proxy.test:3128") if proxied else None)
