"""The HTTP call: what it sends, where to, and how it trusts."""

from __future__ import annotations

import gzip
from collections.abc import AsyncIterator
from typing import Any

import pytest
import trustme
from msgspec import structs

from contracts.vendor_answers import SAMPLES, TEXT, a_call
from lanewise.core.answer import Delta, Generation, Meter
from lanewise.core.clock import SystemClock
from lanewise.core.failure import FailureKind
from lanewise.core.policy import Deployment, ModelFacts, ProviderPolicy
from lanewise.core.protocols.pace import Quota
from lanewise.core.protocols.provider import Call
from lanewise.core.request import Dialect, Passed
from lanewise.providers import http
from lanewise.providers.http import HttpProvider
from lanewise.providers.pools import Pools
from lanewise.wire import INBOUND, OUTBOUND
from raw_vendor import Exchange, raw_vendor

CHAT = Dialect.OPENAI_CHAT
SAMPLE = SAMPLES[CHAT]


@pytest.fixture
async def provider() -> AsyncIterator[HttpProvider]:
    pools = Pools()
    yield HttpProvider(OUTBOUND, INBOUND, pools=pools, clock=SystemClock())
    await pools.close()


async def answer(exchange: Exchange) -> None:
    await exchange.whole(SAMPLE.whole)


def call_to(account: ProviderPolicy, *, stream: bool = False, model: str = "model", **asked: Any) -> Call:
    facts = asked.pop("facts", ModelFacts())
    at = Deployment(provider=account, model=model, facts=facts)
    return a_call(account.dialect, stream=stream, at=at, **asked)


async def generate(provider: HttpProvider, call: Call) -> Generation:
    async def ignore(_: list[Delta]) -> None:
        return

    return await provider.generate(call, Meter(), ignore)


@pytest.mark.parametrize(
    ("auth_header", "sent"), [("authorization", "Bearer k-1"), ("x-api-key", "k-1"), ("api-key", "k-1")]
)
async def test_the_key_goes_into_the_header_the_vendor_wants(
    provider: HttpProvider, auth_header: Any, sent: str
) -> None:
    async with raw_vendor(answer) as vendor:
        account = ProviderPolicy(
            name="v",
            dialect=CHAT,
            base_url=vendor.address,
            api_key="k-1",
            auth_header=auth_header,
            headers=(("X-Team", "blue"),),
        )
        await generate(provider, call_to(account))
        (request,) = vendor.requests
    keys = {name: value for name, value in request.headers.items() if name in {"authorization", "x-api-key", "api-key"}}
    assert keys == {auth_header: sent}
    assert request.headers["x-team"] == "blue"
    assert request.headers["content-type"] == "application/json"
    assert request.headers["user-agent"].startswith("lanewise/")
    assert "cookie" not in request.headers


async def test_without_a_key_no_key_header_is_sent(provider: HttpProvider) -> None:
    async with raw_vendor(answer) as vendor:
        await generate(provider, call_to(ProviderPolicy(name="v", dialect=CHAT, base_url=vendor.address)))
        assert "authorization" not in vendor.requests[0].headers


async def test_azure_s_deployment_stands_in_the_path_and_its_version_in_the_query(provider: HttpProvider) -> None:
    async with raw_vendor(answer) as vendor:
        account = ProviderPolicy(
            name="azure",
            dialect=CHAT,
            base_url=vendor.address + "/openai/deployments/{model}",
            query=(("api-version", "2024-10-21"),),
        )
        await generate(provider, call_to(account, model="my model/4o"))
        assert vendor.requests[0].request_line == (
            "POST /openai/deployments/my%20model%2F4o/chat/completions?api-version=2024-10-21 HTTP/1.1"
        )


PASSED = Passed(headers=(("openai-beta", "responses=v2"),), query=(("beta", "true"),))


@pytest.mark.parametrize(("spoken", "passes"), [(CHAT, True), (Dialect.OPENAI_RESPONSES, False)])
async def test_what_came_beside_the_body_goes_to_a_vendor_of_the_caller_s_dialect_only(
    provider: HttpProvider, spoken: Dialect, passes: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(HttpProvider, "_translated", lambda *_: None)
    async with raw_vendor(answer) as vendor:
        account = ProviderPolicy(name="v", dialect=CHAT, base_url=vendor.address)
        call = call_to(account)
        asked = structs.replace(call.request, dialect=spoken, passed=PASSED)
        await generate(provider, structs.replace(call, request=asked))
        (request,) = vendor.requests
    assert request.headers.get("openai-beta") == ("responses=v2" if passes else None)
    assert request.request_line == f"POST /chat/completions{'?beta=true' if passes else ''} HTTP/1.1"


async def test_cookies_of_a_vendor_are_not_kept(provider: HttpProvider) -> None:
    async def set_cookie(exchange: Exchange) -> None:
        await exchange.whole(SAMPLE.whole, 200, **{"set-cookie": "session=1; Path=/"})

    async with raw_vendor(set_cookie) as vendor:
        account = ProviderPolicy(name="v", dialect=CHAT, base_url=vendor.address)
        for _ in range(2):
            await generate(provider, call_to(account))
        assert "cookie" not in vendor.requests[1].headers


async def test_a_compressed_answer_is_read(provider: HttpProvider) -> None:
    async def compressed(exchange: Exchange) -> None:
        await exchange.whole(gzip.compress(SAMPLE.whole), 200, **{"content-encoding": "gzip"})

    async with raw_vendor(compressed) as vendor:
        generation = await generate(provider, call_to(ProviderPolicy(name="v", dialect=CHAT, base_url=vendor.address)))
    assert generation.body == SAMPLE.whole


async def test_an_answer_that_cannot_be_decompressed_is_malformed(provider: HttpProvider) -> None:
    async def falsely_compressed(exchange: Exchange) -> None:
        await exchange.whole(SAMPLE.whole, 200, **{"content-encoding": "gzip"})

    async with raw_vendor(falsely_compressed) as vendor:
        generation = await generate(provider, call_to(ProviderPolicy(name="v", dialect=CHAT, base_url=vendor.address)))
    assert generation.failure is not None
    assert generation.failure.kind is FailureKind.MALFORMED


@pytest.mark.parametrize("stream", [False, True])
async def test_an_endless_answer_is_given_up(
    provider: HttpProvider, monkeypatch: pytest.MonkeyPatch, *, stream: bool
) -> None:
    monkeypatch.setattr(http, "MAX_ANSWER_BYTES", 100_000)

    async def never_stop(exchange: Exchange) -> None:
        await exchange.stream()
        while True:
            await exchange.event(SAMPLE.events[0])

    async with raw_vendor(never_stop) as vendor:
        account = ProviderPolicy(name="v", dialect=CHAT, base_url=vendor.address)
        generation = await generate(provider, call_to(account, stream=stream))
    assert generation.failure is not None
    assert generation.failure.kind is FailureKind.MALFORMED
    assert "100000 bytes" in generation.failure.message


async def test_a_request_the_model_cannot_take_is_never_sent(provider: HttpProvider) -> None:
    async with raw_vendor(answer) as vendor:
        account = ProviderPolicy(name="v", dialect=CHAT, base_url=vendor.address)
        tool = {"type": "function", "function": {"name": "look_up"}}
        generation = await generate(provider, call_to(account, facts=ModelFacts(tools=False), tools=[tool]))
        assert vendor.requests == []
    assert generation.failure is not None
    assert generation.failure.kind is FailureKind.UNTRANSLATABLE
    assert not generation.failure.transient


async def test_what_the_model_cannot_take_is_told(provider: HttpProvider) -> None:
    async with raw_vendor(answer) as vendor:
        account = ProviderPolicy(name="v", dialect=CHAT, base_url=vendor.address)
        generation = await generate(provider, call_to(account, facts=ModelFacts(sampling=False), temperature=0.2))
        assert b"temperature" not in vendor.requests[0].body
    assert [dropped.partition(":")[0] for dropped in generation.dropped] == ["temperature"]


async def test_tls_trusts_the_authority_that_ssl_cert_file_names(
    provider: HttpProvider, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1")
    context = http_server_context(certificate)
    async with raw_vendor(answer, tls=context) as vendor:
        account = ProviderPolicy(name="v", dialect=CHAT, base_url=vendor.address)
        stranger = await generate(provider, call_to(account))
        assert stranger.failure is not None
        assert stranger.failure.kind is FailureKind.UNREACHABLE
        assert "certificate" in stranger.failure.message.lower()

        authority.cert_pem.write_to_path(tmp_path / "authority.pem")
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
        pools = Pools()
        trusting = HttpProvider(OUTBOUND, INBOUND, pools=pools, clock=SystemClock())
        generation = await generate(trusting, call_to(account))
        await pools.close()
    assert generation.failure is None
    assert generation.content is not None
    assert generation.content.text == TEXT


def http_server_context(certificate: trustme.LeafCert) -> Any:
    import ssl

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


async def test_the_environment_s_proxy_is_asked_with_its_credentials(
    provider: HttpProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with raw_vendor(answer) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.address.replace("//", "//me:secret@"))
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        account = ProviderPolicy(name="v", dialect=CHAT, base_url="http://vendor.test/v1", api_key="k-1")
        generation = await generate(provider, call_to(account))
        (request,) = proxy.requests
    assert generation.failure is None
    assert request.request_line == "POST http://vendor.test/v1/chat/completions HTTP/1.1"
    assert request.headers["proxy-authorization"].startswith("Basic ")
    assert request.headers["authorization"] == "Bearer k-1"


ALL_SPENT = {"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "2s"}


@pytest.mark.parametrize("shape", ["whole", "stream", "failure"])
async def test_what_is_left_of_the_vendor_s_limits_is_read_from_every_answer(
    provider: HttpProvider, shape: str
) -> None:
    async def script(exchange: Exchange) -> None:
        if shape == "stream":
            await exchange.stream(**ALL_SPENT)
            await exchange.event(b"data: [DONE]\n\n")
            await exchange.end()
        else:
            await exchange.whole(SAMPLE.whole, 200 if shape == "whole" else 429, **ALL_SPENT)

    async def ignore(_: list[Delta]) -> None:
        return

    meter = Meter()
    async with raw_vendor(script) as vendor:
        account = ProviderPolicy(name="v", dialect=CHAT, base_url=vendor.address)
        await provider.generate(call_to(account, stream=shape == "stream"), meter, ignore)
    assert meter.quota == Quota(requests_left=0, requests_reset_s=2.0)


async def test_a_vendor_that_says_nothing_of_limits_leaves_them_unknown(provider: HttpProvider) -> None:
    async def ignore(_: list[Delta]) -> None:
        return

    meter = Meter()
    async with raw_vendor(answer) as vendor:
        account = ProviderPolicy(name="v", dialect=CHAT, base_url=vendor.address)
        await provider.generate(call_to(account), meter, ignore)
    assert meter.quota is None


@pytest.mark.parametrize("finish", [b"", b',"finish_reason":"stop"'])
async def test_a_stream_of_sound_is_not_an_empty_answer(provider: HttpProvider, finish: bytes) -> None:
    async def script(exchange: Exchange) -> None:
        await exchange.stream()
        await exchange.event(b'data: {"choices":[{"index":0,"delta":{"audio":{"data":"AAAA"}}' + finish + b"}]}\n\n")
        await exchange.event(b"data: [DONE]\n\n")
        await exchange.end()

    async with raw_vendor(script) as vendor:
        account = ProviderPolicy(name="v", dialect=CHAT, base_url=vendor.address)
        generation = await generate(provider, call_to(account, stream=True))
    assert (generation.failure, generation.empty) == (None, False)


@pytest.mark.parametrize("usage", [b"", b',"usage":{"prompt_tokens":9,"completion_tokens":3,"total_tokens":12}'])
async def test_of_a_whole_answer_nobody_reads_its_size_tells_what_was_made_where_no_usage_does(
    provider: HttpProvider, usage: bytes
) -> None:
    body = (
        b'{"id":"c","object":"chat.completion","created":1,"model":"model","choices":[{"index":0,"finish_reason":"stop",'
        b'"message":{"role":"assistant","content":"Eight."}}]' + usage + b"}"
    )

    async def tell(exchange: Exchange) -> None:
        await exchange.whole(body)

    meter = Meter()
    async with raw_vendor(tell) as vendor:
        account = ProviderPolicy(name="v", dialect=CHAT, base_url=vendor.address, api_key="k")
        generation = await provider.generate(structs.replace(call_to(account), want_content=False), meter, _ignore)
    assert generation.failure is None
    assert meter.output_chars == (0 if usage else len(body))


async def _ignore(_: list[Delta]) -> None:
    return


@pytest.mark.parametrize(("told", "rate"), [("flex", "flex"), ("standard", "")])
async def test_google_says_in_a_header_at_which_rate_it_served(provider: HttpProvider, told: str, rate: str) -> None:
    sample = SAMPLES[Dialect.GEMINI]

    async def tell(exchange: Exchange) -> None:
        await exchange.whole(sample.whole, **{"x-gemini-service-tier": told})

    async with raw_vendor(tell) as vendor:
        account = ProviderPolicy(name="v", dialect=Dialect.GEMINI, base_url=vendor.address, api_key="k")
        generation = await generate(provider, call_to(account))
    assert generation.usage is not None
    assert generation.usage.rate == rate
