"""The admin API over a real store: closed without an admin key, and what it changes counts when it returns."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from asgi_calls import Caller, Sent, called, scope
from lanewise import bootstrap
from lanewise.bootstrap import ADMIN_KEY_VARIABLE, Application, ServeOptions
from lanewise.core.failure import Failure, FailureKind
from ready_store import ready_store
from stores.opening import sql

POLICY = """
providers:
  local: {dialect: openai, base_url: "http://127.0.0.1:9/v1", local: true}
lanes:
  standard: {deployments: [local/small]}
"""
ADMIN = {"authorization": "Bearer of-the-environment"}


@pytest.fixture
async def application(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Application]:
    monkeypatch.setenv(ADMIN_KEY_VARIABLE, "of-the-environment")
    (tmp_path / "lanewise.yaml").write_text(POLICY)
    options = ServeOptions(config=tmp_path / "lanewise.yaml", store=ready_store(tmp_path / "lanewise.db"))
    async with bootstrap.opened(options) as application:
        yield application


async def ask(
    application: Application, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
) -> Sent:
    content = b"" if body is None else msgspec.json.encode(body)
    of = scope(path, method, content_type="application/json", **(ADMIN if headers is None else headers))
    return await called(application.app, of, Caller(content))


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/admin/audit"),
        ("GET", "/admin/report"),
        ("GET", "/admin/audit/verify"),
        ("GET", "/admin/policy"),
        ("POST", "/admin/reload"),
        ("GET", "/admin/budgets"),
        ("GET", "/admin/deployments"),
        ("POST", "/admin/deployments/wake"),
        ("GET", "/admin/keys"),
        ("POST", "/admin/keys"),
        ("POST", "/admin/keys/batch"),
        ("POST", "/admin/keys/key_1/rotate"),
        ("DELETE", "/admin/keys/key_1"),
        ("GET", "/admin/openapi.json"),
        ("GET", "/metrics"),
    ],
)
async def test_every_path_is_closed_to_strangers_and_to_application_keys(
    application: Application, method: str, path: str
) -> None:
    new = {"tenant": "acme"}
    made = (await ask(application, "POST", "/admin/keys", new)).json()

    for headers, status in (({}, 401), ({"authorization": f"Bearer {made['key']}"}, 403)):
        sent = await ask(application, method, path, new if method == "POST" else None, headers)
        assert sent.status == status
        assert sent.json()["error"]["message"]


async def test_a_key_s_life_from_its_making_to_its_revocation(application: Application) -> None:
    made = (await ask(application, "POST", "/admin/keys", {"tenant": "acme", "name": "web"})).json()
    its = {"authorization": f"Bearer {made['key']}"}
    assert (await ask(application, "GET", "/v1/models", headers=its)).status == 200

    listed = await ask(application, "GET", "/admin/keys?tenant=acme")
    assert [each["key_id"] for each in listed.json()] == [made["key_id"]]
    assert made["key"].encode() not in listed.body
    assert (await ask(application, "GET", "/admin/keys?tenant=globex")).json() == []

    gone = await ask(application, "DELETE", f"/admin/keys/{made['key_id']}")
    assert (gone.status, gone.json()) == (200, {"revoked": made["key_id"]})
    assert (await ask(application, "GET", "/v1/models", headers=its)).status == 401
    again = await ask(application, "DELETE", f"/admin/keys/{made['key_id']}")
    assert (again.status, again.json()["error"]["type"]) == (404, "invalid_request_error")


@pytest.mark.parametrize(
    "body", [{"tenant": ""}, {"tenant": "acme", "admin": "perhaps"}, {"tenant": "acme", "expire": "2027-01-01"}]
)
async def test_a_key_is_not_made_from_a_mistake(application: Application, body: Any) -> None:
    sent = await ask(application, "POST", "/admin/keys", body)
    assert (sent.status, sent.json()["error"]["type"]) == (422, "invalid_request_error")
    assert "`body." in sent.json()["error"]["message"]
    assert (await ask(application, "GET", "/admin/keys")).json() == []


async def test_what_was_sent_in_the_wrong_place_is_not_repeated(application: Application) -> None:
    sent = await ask(application, "POST", "/admin/keys", {"tenant": "acme", "nmae": "lw_a-secret"})
    assert "`body.nmae`" in sent.json()["error"]["message"]
    assert b"lw_a-secret" not in sent.body


async def test_an_administrator_can_read_what_there_is(application: Application) -> None:
    sent = (await ask(application, "GET", "/admin/openapi.json")).json()
    assert sent["paths"].keys() == {
        "/audit",
        "/audit/verify",
        "/report",
        "/policy",
        "/reload",
        "/budgets",
        "/similar",
        "/deployments",
        "/deployments/wake",
        "/keys",
        "/keys/batch",
        "/keys/{key_id}",
        "/keys/{key_id}/rotate",
    }
    assert sent["servers"] == [{"url": "/admin"}]


async def test_an_operator_sees_how_a_deployment_stands_and_wakes_it(application: Application) -> None:
    parts, policy = application.gateway.parts, application.gateway.policy
    standard = policy.lanes["standard"]
    (small,) = standard.deployments
    for _ in range(standard.breaker.min_calls):
        ticket = parts.breaker.enter(standard, small)
        parts.breaker.note(standard, small, ticket, Failure(kind=FailureKind.SERVER_ERROR, message="down"))

    (told,) = (await ask(application, "GET", "/admin/deployments")).json()
    assert (told["deployment"], told["limit"], told["held_s"]) == ("local/small", None, 0.0)
    assert [(each["lane"], each["position"]) for each in told["lanes"]] == [("standard", "open")]

    woken = await ask(application, "POST", "/admin/deployments/wake")
    assert (woken.status, woken.json()["closed"]) == (200, [{"lane": "standard", "deployment": "local/small"}])
    (told,) = (await ask(application, "GET", "/admin/deployments")).json()
    assert told["lanes"][0]["position"] == "closed"


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        ({"lane": "standard"}, 200, ""),
        ({"deployment": "local/small"}, 200, ""),
        ({"lane": "fast"}, 404, "there are standard"),
        ({"deployment": "local/large"}, 404, "there are local/small"),
        ({"lanes": "standard"}, 422, "`body.lanes`"),
    ],
)
async def test_who_is_to_be_woken_is_there_or_what_there_is_is_told(
    application: Application, body: Any, status: int, says: str
) -> None:
    sent = await ask(application, "POST", "/admin/deployments/wake", body)
    assert sent.status == status
    assert says in sent.body.decode()


async def test_while_the_store_is_away_administrators_are_told_why_and_others_to_come_back(
    application: Application, tmp_path: Path
) -> None:
    made = (await ask(application, "POST", "/admin/keys", {"tenant": "acme"})).json()

    def rename(table: str, to: str) -> None:
        with sql(tmp_path / "lanewise.db") as other:
            other.execute(f"ALTER TABLE {table} RENAME TO {to}")

    await asyncio.to_thread(rename, "runs", "elsewhere")  # the gateway may be writing, and has to go on
    try:
        of_admin = await ask(application, "GET", "/admin/report")
        of_tenant = await ask(application, "GET", "/v1/report", headers={"authorization": f"Bearer {made['key']}"})
    finally:
        await asyncio.to_thread(rename, "elsewhere", "runs")
    assert (of_admin.status, of_tenant.status) == (503, 503)
    assert "no such table" in of_admin.json()["error"]["message"]
    assert "store" not in of_tenant.json()["error"]["message"]
    assert of_tenant.headers["retry-after"] == "1"


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/admin/docs", 404), ("PUT", "/admin/policy", 405)])
async def test_a_path_that_is_not_there_is_told_where_to_look(
    application: Application, method: str, path: str, status: int
) -> None:
    sent = await ask(application, method, path)
    error = sent.json()["error"]
    assert (sent.status, error["type"]) == (status, "invalid_request_error")
    assert error["message"].startswith(f"{method} {path}: ")
    assert "/admin/openapi.json" in error["message"]


async def test_a_key_with_an_end_in_no_time_zone_is_refused_with_what_to_write(application: Application) -> None:
    sent = await ask(application, "POST", "/admin/keys", {"tenant": "acme", "expires": "2027-01-01T00:00:00"})
    assert sent.status == 400
    assert "2027-01-01T00:00:00Z" in sent.json()["error"]["message"]


async def test_a_policy_is_reloaded_whole_or_not_at_all(application: Application) -> None:
    before = (await ask(application, "GET", "/admin/policy")).json()
    file = application.in_force.file
    assert file is not None
    assert any("small" in each for each in before["warnings"])

    file.write_text(POLICY.replace("local/small", "local/small, nowhere/else"))
    refused = await ask(application, "POST", "/admin/reload")
    assert (refused.status, refused.json()["error"]["type"]) == (422, "policy_error")
    assert "lanewise.yaml" in refused.json()["error"]["message"]
    assert (await ask(application, "GET", "/admin/policy")).json() == before

    file.write_text(POLICY.replace("local/small", "local/large"))
    reloaded = await ask(application, "POST", "/admin/reload")
    assert reloaded.status == 200
    assert (await ask(application, "GET", "/admin/policy")).json()["version"] == reloaded.json()["version"]
    assert reloaded.json()["version"] != before["version"]


@pytest.mark.parametrize(
    ("path", "says"),
    [
        (
            "/admin/report?bye=tenant",
            "`bye` is no parameter of this path. Did you mean 'by'? Known: by, since, tenant.",
        ),
        ("/admin/keys?tenants=acme", "Did you mean 'tenant'?"),
        ("/admin/policy?verbose=1", "`verbose` is no parameter of this path. It takes none."),
    ],
)
async def test_a_parameter_that_would_be_ignored_is_refused_by_name(
    path: str, says: str, application: Application
) -> None:
    sent = await ask(application, "GET", path)
    assert (sent.status, says in sent.json()["error"]["message"]) == (400, True)


async def test_whoever_may_not_come_in_is_told_nothing_of_parameters(application: Application) -> None:
    assert (await ask(application, "GET", "/admin/keys?tenants=acme", headers={})).status == 401
