"""Whatever changes something for others, over HTTP, leaves a row in the audit log: tried for every route there is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.routing import BaseRoute, Mount, Route

from bootstrap.openings import POLICY
from lanewise import bootstrap
from lanewise.bootstrap import ADMIN_KEY_VARIABLE, Application, ServeOptions
from lanewise.core.record import CheckRecord
from ready_store import ready_store
from server.test_audit_routes import ADMIN, acts, ask
from stores.opening import fill
from stores.samples import a_record, a_trace

#: Routes that a caller uses for its own requests: what they do is in the ledger, and changes nothing for anybody else.
OF_CALLERS = {
    ("POST", "/v1/chat/completions"),
    ("POST", "/v1/responses"),
    ("POST", "/v1/messages"),
    ("POST", "/v1/messages/count_tokens"),
    ("POST", "/v1/embeddings"),
    ("POST", "/v1beta/models/{call:path}:generateContent"),
    ("DELETE", "/v1/responses/{response_id}"),
    ("POST", "/v1/responses/{response_id}/cancel"),
}
#: All others: what is sent, and the act it is.
ACTS: dict[tuple[str, str], tuple[Any, str]] = {
    ("POST", "/admin/keys"): ({"tenant": "acme"}, "key.create"),
    ("POST", "/admin/keys/batch"): ({"tenant": "acme", "count": 2}, "key.create"),
    ("POST", "/admin/keys/{key_id}/rotate"): ({}, "key.rotate"),
    ("DELETE", "/admin/keys/{key_id}"): (None, "key.revoke"),
    ("POST", "/admin/deployments/wake"): ({}, "deployments.wake"),
    ("POST", "/admin/reload"): (None, "policy.reload"),
    ("POST", "/v1/runs/{run_id}/verdict"): ({"verdict": "reject"}, "verdict.late"),
    ("POST", "/v1/verdicts/{name}"): ({"verdict": "accept"}, "verdict.late"),
}


@pytest.fixture
async def application(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Application]:
    monkeypatch.setenv(ADMIN_KEY_VARIABLE, ADMIN)
    (tmp_path / "lanewise.yaml").write_text(POLICY)
    options = ServeOptions(config=tmp_path / "lanewise.yaml", store=ready_store(tmp_path / "lanewise.db"))
    async with bootstrap.opened(options) as application:
        yield application


def changing(routes: list[BaseRoute], under: str = "") -> set[tuple[str, str]]:
    """Every method and path that is not for reading."""
    found: set[tuple[str, str]] = set()
    for route in routes:
        if isinstance(route, Mount):
            assert isinstance(route.app, FastAPI)
            found |= changing(route.app.routes, route.path)
        elif isinstance(route, Route):
            found |= {(method, under + route.path) for method in (route.methods or ()) if method not in ("GET", "HEAD")}
    return found


async def test_every_route_that_changes_something_is_known_here(application: Application) -> None:
    found = changing(application.app.routes)  # type: ignore[attr-defined]
    own = {each for each in found if each in OF_CALLERS or "enerateContent" in each[1]}
    assert found - own == set(ACTS), "a new route: tell its act, or why it is none"


@pytest.mark.parametrize("route", ACTS, ids=" ".join)
async def test_it_leaves_a_row(application: Application, route: tuple[str, str], tmp_path: Path) -> None:
    method, path = route
    body, act = ACTS[route]
    key = (await ask(application, "POST", "/admin/keys", {"tenant": "acme"})).json()
    waits = CheckRecord(verifier="webhook", kind="proof", verdict="unverifiable", deferred="msg_1", lane="standard")
    run = a_record(
        "run_1", tenant="acme", verdict="unverifiable", trace=a_trace(checks=(waits,), answer="standard/call-")
    )
    await asyncio.to_thread(fill, tmp_path / "lanewise.db", run)
    before = len(await acts(application))
    of = key["key"] if path.startswith("/v1/runs") else ADMIN
    target = path.format(key_id=key["key_id"], run_id="run_1", name="msg_1")
    assert (await ask(application, method, target, body, key=of)).status in (200, 201)
    told = (await acts(application))[before:]
    assert {each["act"] for each in told} == {act}
    assert all(each["who"] for each in told)
