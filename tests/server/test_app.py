"""Which path leads where, and what is said about one that leads nowhere."""

from __future__ import annotations

import aiohttp
import pytest

from lanewise.core.request import Dialect
from lanewise.wire import INBOUND
from pipeline.runs import ONE
from serving import serving
from walking import answers, policy

PATHS = "/v1/models, /v1/models/{model}, /v1beta/models, /v1beta/models/{model}, /v1/runs/{run_id}, /v1/report, /health, /ready, /metrics"


@pytest.mark.parametrize(
    ("method", "path", "status", "says"),
    [
        ("GET", "/", 404, PATHS),
        ("POST", "/v1/completions", 404, PATHS),
        ("POST", "/v1/chat/completion", 404, "Not Found. Did you mean /v1/chat/completions? Paths: "),
        ("GET", "/v1/chat/completions", 405, "This path takes POST"),
        ("DELETE", "/v1/models", 405, "This path takes GET, HEAD"),
    ],
)
async def test_a_path_or_method_that_is_not_there_is_told_in_the_dialect_with_those_that_are(
    method: str, path: str, status: int, says: str
) -> None:
    async with (
        serving(policy(ONE), {"alpha/small": [answers()]}) as at,
        aiohttp.ClientSession() as session,
        session.request(method, at.url + path) as response,
    ):
        told = (await response.json())["error"]
        allowed = response.headers.get("allow")

    assert (response.status, told["type"]) == (status, "invalid_request_error")
    assert told["message"].startswith(f"{method} {path}: ")
    assert says in told["message"]
    assert (allowed is not None) is (status == 405)


#: The same words for every dialect: where a path leads is tested here, and what is said there with each dialect.
EVERYWHERE = dict.fromkeys(Dialect, INBOUND[Dialect.OPENAI_CHAT])


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/v1/chat/completions", "x-request-id"),
        ("/chat/completions", "x-request-id"),
        ("/openai/deployments/d/chat/completions", "x-request-id"),
        ("/v1/responses", "x-request-id"),
        ("/v1/messages?beta=true", "request-id"),
        ("/anthropic/v1/messages", "request-id"),
        ("/v1beta/models/m:generateContent", None),
        ("/v1/models/m:streamGenerateContent?alt=sse", None),
    ],
)
async def test_every_dialect_s_path_asks_for_a_key_and_names_the_request_in_its_own_header(
    path: str, name: str
) -> None:
    async with (
        serving(policy(ONE), {"alpha/small": [answers()]}, inbound=EVERYWHERE) as at,
        aiohttp.ClientSession() as session,
    ):
        async with session.post(at.url + path, data=b"{}") as refused:
            assert refused.status == 401
            names = {each.lower() for each in refused.headers if each.lower().endswith("request-id")}
            assert names == ({name} - {None})
        async with session.post(at.url + path, data=b"{", headers={"x-api-key": "lw_acme"}) as read:
            assert read.status == 400


async def test_other_routes_have_the_same_spellings() -> None:
    async with (
        serving(policy(ONE), {"alpha/small": [answers()]}, inbound=EVERYWHERE) as at,
        aiohttp.ClientSession() as session,
    ):
        for path in ("/v1/models", "/models", "/openai/v1/models", "/v1/v1/models"):
            async with session.get(at.url + path, headers={"api-key": "lw_acme"}) as listed:
                assert listed.status == 200, path
        async with session.get(at.url + "/openai/health") as unknown:
            assert unknown.status == 404


async def test_no_other_site_s_page_is_told_that_it_may_read_an_answer() -> None:
    """CORS is off: a browser's preflight gets no permission."""
    async with (
        serving(policy(ONE), {"alpha/small": [answers()]}) as at,
        aiohttp.ClientSession() as session,
        session.options(
            f"{at.url}/v1/chat/completions",
            headers={"origin": "https://evil.example", "access-control-request-method": "POST"},
        ) as response,
    ):
        assert response.status == 405
        assert not [name for name in response.headers if name.lower().startswith("access-control")]


async def test_nothing_says_which_server_it_is() -> None:
    async with (
        serving(policy(ONE), {"alpha/small": [answers()]}) as at,
        aiohttp.ClientSession() as session,
        session.get(f"{at.url}/health") as response,
    ):
        assert "server" not in response.headers
