"""Tokens asked of a vendor: the request as it would be put, with what its caller sent beside it."""

from __future__ import annotations

import json

import msgspec

from lanewise.core.policy import Deployment, ModelFacts, ProviderPolicy
from lanewise.core.request import Dialect, Passed
from lanewise.providers.counting import HttpTokenCounter
from lanewise.providers.pools import Pools
from lanewise.wire import INBOUND
from raw_vendor import Exchange, raw_vendor

MESSAGES = Dialect.ANTHROPIC_MESSAGES
BODY = b'{"model":"any","messages":[{"role":"user","content":"Hello"}],"thinking":{"type":"enabled","budget_tokens":20000}}'


async def test_a_vendor_is_asked_in_the_caller_s_own_words() -> None:
    async def answer(exchange: Exchange) -> None:
        await exchange.whole(b'{"input_tokens":12}')

    request = msgspec.structs.replace(
        INBOUND[MESSAGES].read_request(BODY),
        passed=Passed(
            headers=(("anthropic-beta", "later-2030"), ("anthropic-version", "2023-06-01")), query=(("beta", "true"),)
        ),
    )
    pools = Pools()
    try:
        async with raw_vendor(answer) as vendor:
            provider = ProviderPolicy(
                name="v", dialect=MESSAGES, base_url=f"{vendor.address}/v1", api_key="secret", auth_header="x-api-key"
            )
            facts = ModelFacts(thinking="budget", thinking_budget_tokens=(1_024, 32_000))
            deployment = Deployment(provider=provider, model="claude-x", facts=facts)
            assert await HttpTokenCounter(pools).count(request, deployment) == 12
            (asked,) = vendor.requests
    finally:
        await pools.close()
    assert asked.request_line.split()[1] == "/v1/messages/count_tokens?beta=true"
    assert (asked.headers["anthropic-beta"], asked.headers["anthropic-version"]) == ("later-2030", "2023-06-01")
    assert asked.headers["x-api-key"] == "secret"
    assert json.loads(asked.body) == json.loads(BODY) | {"model": "claude-x"}
