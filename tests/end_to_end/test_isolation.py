"""Nobody sees what is another tenant's, nor a user's key what is another user's: on every route there is.

The routes are read off the application. One that is asked for nothing here makes the first test fail, so that none is forgotten.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import aiohttp
import msgspec
import pytest
import yarl
from starlette.applications import Starlette
from starlette.routing import Mount, Route
from starlette.types import ASGIApp

from lanewise import bootstrap
from lanewise.bootstrap import ADMIN_KEY_VARIABLE, ServeOptions
from lanewise.core.protocols.kept import KeptResponse
from lanewise.core.record import KeptAnswer
from lanewise.core.request import Caller, Dialect, Target
from lanewise.core.scope import KeyScope
from lanewise.server.app import Front
from lanewise.server.process import Bind, GatewayServer
from lanewise.server.shared_runs import keyed_as
from lanewise.stores.ledger_file import LedgerFile
from lanewise.stores.ledger_rows import Kept
from lanewise.stores.responses import SqlResponses
from lanewise.wire import EMBEDDINGS, INBOUND
from stores.opening import database_of, new_store
from stores.samples import a_record

SECRET = "what-only-anna-of-acme-may-see"
KEY = "the-same-key"
POLICY = f"""
providers:
  local: {{dialect: openai, base_url: "http://127.0.0.1:9/v1", local: true}}
lanes:
  standard: {{deployments: [local/small]}}
limits: {{max_retries: 0}}
tenants:
  acme: {{models: {{{SECRET}: auto}}}}
"""
CHAT = {"model": "auto", "messages": [{"role": "user", "content": "Hi"}]}
MESSAGES = {"model": "auto", "max_tokens": 9, "messages": [{"role": "user", "content": "Hi"}]}
RESPONSES = {"model": "auto", "input": "Hi"}
GEMINI = {"contents": [{"role": "user", "parts": [{"text": "Hi"}]}]}
VECTORS = {"model": "auto", "input": "Hi"}


@dataclass(frozen=True)
class Probe:
    """How to ask a route for what is anna's."""

    path: str
    body: Any = None
    keyed: bool = False  # by the idempotency key that anna used
    shows: bool = True  # anna herself sees her secret there
    of_tenant: bool = False  # it is the tenant's: all its users' keys see it


#: Every route but those below /admin, which all are closed to whoever is no administrator.
PROBES: dict[str, Probe] = {
    "POST /v1/chat/completions": Probe("/v1/chat/completions", CHAT, keyed=True),
    "POST /v1/messages": Probe("/v1/messages", MESSAGES, keyed=True),
    "POST /v1/responses": Probe("/v1/responses", RESPONSES, keyed=True),
    "POST /v1beta/models/{model}:generateContent": Probe("/v1beta/models/auto:generateContent", GEMINI, keyed=True),
    "POST /v1beta/models/{model}:streamGenerateContent": Probe(
        "/v1beta/models/auto:streamGenerateContent", GEMINI, keyed=True
    ),
    "POST /v1/embeddings": Probe("/v1/embeddings", VECTORS, keyed=True),
    "POST /v1/messages/count_tokens": Probe("/v1/messages/count_tokens", MESSAGES, shows=False),
    "GET /v1/responses/{response_id}": Probe("/v1/responses/resp_anna"),
    "GET /v1/responses/{response_id}/input_items": Probe("/v1/responses/resp_anna/input_items"),
    "POST /v1/responses/{response_id}/cancel": Probe("/v1/responses/resp_anna/cancel", {}, shows=False),
    "GET /v1/models": Probe("/v1/models", of_tenant=True),
    "GET /v1/models/{model}": Probe(f"/v1/models/{SECRET}", of_tenant=True),
    "GET /v1beta/models": Probe("/v1beta/models", of_tenant=True),
    "GET /v1beta/models/{model}": Probe(f"/v1beta/models/{SECRET}", of_tenant=True),
    "GET /v1/runs/{run_id}": Probe("/v1/runs/run_anna"),
    "GET /v1/report": Probe("/v1/report?by=feature,user,task"),
    "POST /v1/runs/{run_id}/verdict": Probe("/v1/runs/run_anna/verdict", {"verdict": "accept"}, shows=False),
    "POST /v1/verdicts/{name}": Probe("/v1/verdicts/run_anna", {"verdict": "accept"}, shows=False),
    "GET /health": Probe("/health", shows=False),
    "GET /ready": Probe("/ready", shows=False),
    "GET /metrics": Probe("/metrics", shows=False),
    "DELETE /v1/responses/{response_id}": Probe("/v1/responses/resp_anna", shows=False),  # the last: it is gone then
}
#: What is the owner's to change: asked for by another, it is as unknown as what is not there.
CHANGES = (
    "POST /v1/responses/{response_id}/cancel",
    "POST /v1/runs/{run_id}/verdict",
    "DELETE /v1/responses/{response_id}",
)
OWNER: dict[str, Any] = {"tenant": "acme", "user": "anna"}
OTHERS: dict[str, dict[str, Any]] = {
    "another tenant": {"tenant": "globex"},
    "another tenant's user of the same name": {"tenant": "globex", "user": "anna"},
    "another user of the tenant": {"tenant": "acme", "user": "bob"},
    "another user's key that only reads": {"tenant": "acme", "user": "bob", "read_only": True},
}


def routes(app: Starlette | Front, prefix: str = "") -> Iterator[tuple[str, str]]:
    """Every method and path of the application."""
    for route in app.routes:
        if isinstance(route, Mount):
            assert isinstance(route.app, Starlette)
            yield from routes(route.app, prefix + route.path)
        elif isinstance(route, Route):
            path = prefix + route.path.replace(":path}", "}")
            yield from ((method, path) for method in sorted((route.methods or set()) - {"HEAD"}))


class Sent(NamedTuple):
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Served:
    """A gateway that really listens."""

    app: ASGIApp
    http: aiohttp.ClientSession
    url: str


@pytest.fixture
async def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Served]:
    """A gateway whose store has a run, a kept response and answers of anna's, a user of acme."""
    monkeypatch.setenv(ADMIN_KEY_VARIABLE, "of-the-environment")
    (tmp_path / "lanewise.yaml").write_text(POLICY)
    store = await new_store(tmp_path)
    async with bootstrap.opened(ServeOptions(config=tmp_path / "lanewise.yaml", store=store)) as application:
        now_us = int(application.gateway.parts.clock.now_s() * 1e6)
    file = LedgerFile(store, 5.0)
    file.open()
    run = a_record("run_anna", started_us=now_us, tenant="acme", user="anna", feature=SECRET, key_id="key_anna")
    assert (
        file.write([Kept(record=run), *(Kept(record=a_record(each.run_id), answer=each) for each in answers(now_us))])
        == {}
    )
    file.close()
    async with database_of(store) as database:
        responses = SqlResponses(database, application.gateway.parts.clock, most_bytes=lambda: 1 << 30)
        await responses.keep(response(now_us))
        await responses.close()
    async with (
        bootstrap.opened(ServeOptions(config=tmp_path / "lanewise.yaml", store=store)) as application,
        aiohttp.ClientSession() as http,
    ):
        server = GatewayServer(application.app, Bind(port=0), application.listeners, drain_s=1.0)
        serving = asyncio.create_task(server.serve())
        await server.ready.wait()
        yield Served(application.app, http, f"http://127.0.0.1:{server.port}")
        server.stop()
        await serving


def answers(now_us: int) -> Iterator[KeptAnswer]:
    """What anna was answered by her idempotency key, on every route that takes one."""
    anna = Caller(tenant="acme", key_id="key_anna", scope=KeyScope(user="anna"))
    for number, (route, probe) in enumerate(PROBES.items()):
        if probe.keyed:
            keyed = keyed_as(KEY, probe.path, read(route, probe), anna)
            yield KeptAnswer(
                name=keyed.name, asked=keyed.asked, run_id=f"run_kept_{number}", created_us=now_us,
                expires_us=now_us + 10**12, status=200, headers=((b"content-type", b"application/json"),),
                body=msgspec.json.encode({"said": SECRET}),
            )  # fmt: skip


def read(route: str, probe: Probe) -> Any:
    """Her request, as the server reads it."""
    body = msgspec.json.encode(probe.body)
    if "embeddings" in route:
        made = EMBEDDINGS.read_request(body)
    elif "Content" in route:
        made = INBOUND[Dialect.GEMINI].read_request(body, Target(model="auto", stream="stream" in route))
    elif "messages" in route:
        made = INBOUND[Dialect.ANTHROPIC_MESSAGES].read_request(body)
    else:
        made = INBOUND[Dialect.OPENAI_CHAT if "chat" in route else Dialect.OPENAI_RESPONSES].read_request(body)
    hints = msgspec.structs.replace(made.hints, user="anna")  # as her key says
    return msgspec.structs.replace(made, hints=hints)


def response(now_us: int) -> KeptResponse:
    item = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": SECRET}], "id": "msg_in"}
    said = {
        "type": "message",
        "role": "assistant",
        "id": "msg_out",
        "content": [{"type": "output_text", "text": SECRET}],
    }
    return KeptResponse(
        tenant="acme", response_id="resp_anna", user="anna", created_us=now_us, expires_us=now_us + 10**12, account="",
        previous_id=None, body=msgspec.json.encode({"id": "resp_anna", "object": "response", "output": [said]}),
        asked=msgspec.json.encode([item]), item_ids=("msg_in", "msg_out"),
    )  # fmt: skip


async def ask(served: Served, route: str, probe: Probe, key: str) -> Sent:
    headers = {"authorization": f"Bearer {key}"} | ({"idempotency-key": KEY} if probe.keyed else {})
    headers["content-type"] = "application/json"
    content = None if probe.body is None else msgspec.json.encode(probe.body)
    url = yarl.URL(served.url + probe.path, encoded=True)
    async with served.http.request(route.partition(" ")[0], url, data=content, headers=headers) as response:
        return Sent(response.status, response.headers, await response.read())


async def key_of(served: Served, whose: dict[str, Any]) -> str:
    sent = await ask(served, "POST", Probe("/admin/keys", whose), "of-the-environment")
    assert sent.status == 201, sent.body
    return str(msgspec.json.decode(sent.body)["key"])


async def test_every_route_is_asked_for_what_is_another_s(served: Served) -> None:
    assert isinstance(served.app, Front)
    there = {f"{method} {path}" for method, path in routes(served.app) if not path.startswith("/admin/")}
    assert there == set(PROBES), "say in PROBES how to ask a new route for what is anna's"


async def test_nothing_of_one_user_s_is_shown_to_another_key_and_all_of_it_to_her_own(served: Served) -> None:
    owner = await key_of(served, OWNER)
    others = {name: await key_of(served, whose) for name, whose in OTHERS.items()}
    for route, probe in PROBES.items():
        for name, key in others.items():
            sent = await ask(served, route, probe, key)
            of_her_tenant = probe.of_tenant and OTHERS[name]["tenant"] == "acme"
            repeats = sent.status >= 400 and SECRET in probe.path  # an error may name what was asked for
            shown = SECRET.encode() in sent.body and not repeats
            assert shown is of_her_tenant, (route, name, sent.body)
            if probe.keyed:  # another's use of the same key is not even noticed
                assert sent.status not in (409, 422), (route, name, sent.body)
            if route in CHANGES:
                assert sent.status in (403, 404), (route, name, sent.status)
        sent = await ask(served, route, probe, owner)
        assert (SECRET.encode() in sent.body) is probe.shows, (route, sent.status, sent.body)
        if probe.keyed:
            assert (sent.status, sent.headers["x-lanewise-idempotent"]) == (200, "replayed")


async def test_what_another_user_was_answered_cannot_be_gone_on_from(served: Served) -> None:
    for whose in OTHERS.values():
        if "read_only" in whose:
            continue
        key = await key_of(served, whose)
        for more in ({"previous_response_id": "resp_anna"}, {"input": [{"type": "item_reference", "id": "msg_out"}]}):
            sent = await ask(served, "POST /v1/responses", Probe("/v1/responses", RESPONSES | more), key)
            assert (sent.status, SECRET.encode() in sent.body) == (404, False), sent.body


async def test_what_is_for_administrators_is_closed_to_everybody_else(served: Served) -> None:
    assert isinstance(served.app, Front)
    keys = [await key_of(served, whose) for whose in (OWNER, *OTHERS.values())]
    closed = [(method, path) for method, path in routes(served.app) if path.startswith("/admin/")]
    assert len(closed) >= 12
    for method, path in (*closed, ("GET", "/metrics")):
        probe = Probe(re.sub(r"\{\w+\}", "x", path), {} if method == "POST" else None)
        assert (await ask(served, f"{method} {path}", probe, "lw_nobodys")).status == 401
        for key in keys:
            assert (await ask(served, f"{method} {path}", probe, key)).status == 403, (method, path)
