"""Who did what, over HTTP: every act of an administrator is told with who it was and from where, and no secret with it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from asgi_calls import Caller, Sent, called, scope
from bootstrap.openings import POLICY
from lanewise import bootstrap
from lanewise.bootstrap import ADMIN_KEY_VARIABLE, Application, ServeOptions
from lanewise.core.acts import Actor
from lanewise.core.errors import PolicyError
from ready_store import ready_store
from stores.opening import fill
from stores.samples import a_record

ADMIN = "of-the-environment"


@pytest.fixture
async def application(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Application]:
    monkeypatch.setenv(ADMIN_KEY_VARIABLE, ADMIN)
    (tmp_path / "lanewise.yaml").write_text(POLICY)
    options = ServeOptions(config=tmp_path / "lanewise.yaml", store=ready_store(tmp_path / "lanewise.db"))
    async with bootstrap.opened(options) as application:
        yield application


async def ask(application: Application, method: str, path: str, body: Any = None, *, key: str = ADMIN) -> Sent:
    content = b"" if body is None else msgspec.json.encode(body)
    of = scope(path, method, content_type="application/json", authorization=f"Bearer {key}")
    of["client"] = ("10.0.0.7", 5_000)
    return await called(application.app, of, Caller(content))


async def acts(application: Application, query: str = "") -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = (await ask(application, "GET", f"/admin/audit{query}")).json()
    return told


async def test_every_act_is_told_with_who_it_was_and_from_where(application: Application, tmp_path: Path) -> None:
    made = (await ask(application, "POST", "/admin/keys", {"admin": True, "name": "boss"})).json()
    app = (await ask(application, "POST", "/admin/keys", {"tenant": "acme", "user": "anna"}, key=made["key"])).json()
    await ask(application, "POST", f"/admin/keys/{app['key_id']}/rotate", {"overlap_s": 60}, key=made["key"])
    await ask(application, "DELETE", f"/admin/keys/{app['key_id']}", key=made["key"])
    await ask(application, "POST", "/admin/deployments/wake", key=made["key"])
    before = application.gateway.policy.version
    (tmp_path / "lanewise.yaml").write_text(POLICY + "limits: {max_calls: 3}\n")
    await ask(application, "POST", "/admin/reload", key=made["key"])
    after = application.gateway.policy.version
    (tmp_path / "lanewise.yaml").write_text("lanes: 7\n")
    assert (await ask(application, "POST", "/admin/reload", key=made["key"])).status == 422

    told = await acts(application)
    assert [(each["act"], each["who"], each["subject"]) for each in told] == [
        ("policy.start", "start", before),
        ("key.create", "environment", made["key_id"]),
        ("key.create", made["key_id"], app["key_id"]),
        ("key.rotate", made["key_id"], app["key_id"]),
        ("key.revoke", made["key_id"], app["key_id"]),
        ("deployments.wake", made["key_id"], ""),
        ("policy.reload", made["key_id"], after),
        ("policy.refused", made["key_id"], after),
    ]
    assert told[6]["detail"] == {"from": before, "to": after}
    assert {each["from"] for each in told[1:]} == {"10.0.0.7"}
    assert [each["act"] for each in await acts(application, "?tenant=acme&act=key&count=2")] == [
        "key.rotate",
        "key.revoke",
    ]
    words = msgspec.json.encode(told).decode()
    assert not any(secret in words for secret in (made["key"], app["key"], ADMIN, "anna"))
    checked = (await ask(application, "GET", "/admin/audit/verify")).json()
    assert (checked["sound"], checked["last"]) == (True, len(told))
    known = (await ask(application, "GET", f"/admin/audit/verify?known={checked['last']}:{'0' * 64}")).json()
    assert "the log was written anew" in known["wrong"]
    assert (await ask(application, "GET", "/admin/audit/verify?known=nonsense")).status == 400


async def test_a_verdict_that_comes_late_is_an_act_and_its_reason_is_not_in_the_log(
    application: Application, tmp_path: Path
) -> None:
    await asyncio.to_thread(fill, tmp_path / "lanewise.db", a_record("run_1", tenant="acme", verdict="unchecked"))
    key = (await ask(application, "POST", "/admin/keys", {"tenant": "acme"})).json()
    body = {"verdict": "reject", "reason": "it names Mrs Smith", "kind": "proof"}
    assert (await ask(application, "POST", "/v1/runs/run_1/verdict", body, key=key["key"])).status == 200
    (told,) = await acts(application, "?act=verdict")
    assert (told["who"], told["from"], told["tenant"], told["subject"]) == (key["key_id"], "10.0.0.7", "acme", "run_1")
    assert told["detail"] == {"verifier": "caller", "said": "reject", "from": "unchecked", "to": "reject proof"}


async def test_the_log_is_for_administrators(application: Application) -> None:
    key = (await ask(application, "POST", "/admin/keys", {"tenant": "acme"})).json()["key"]
    for path in ("/admin/audit", "/admin/audit/verify"):
        assert (await ask(application, "GET", path, key=key)).status == 403


async def test_a_reload_by_nobody_s_key_is_told_by_what_brought_it(application: Application, tmp_path: Path) -> None:
    (tmp_path / "lanewise.yaml").write_text("lanes: 7\n")
    with pytest.raises(PolicyError):
        await application.in_force.reload(Actor(who="signal", where="this machine"))
    (told,) = await acts(application, "?act=policy.refused")
    assert (told["who"], told["from"], told["detail"]["mistakes"] > 0) == ("signal", "this machine", True)
