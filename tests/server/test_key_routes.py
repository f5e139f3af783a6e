"""A key's scope and its secrets over the admin API of a gateway that really runs, and what the log says of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from asgi_calls import Caller, Sent, called, scope
from bootstrap.openings import POLICY
from lanewise import bootstrap
from lanewise.bootstrap import ADMIN_KEY_VARIABLE, Application, ServeOptions
from ready_store import ready_store

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
    return await called(application.app, of, Caller(content))


async def test_the_old_secret_is_good_for_the_overlap_and_the_one_before_it_for_nothing(
    application: Application,
) -> None:
    made = (await ask(application, "POST", "/admin/keys", {"tenant": "acme", "name": "web", "user": "anna"})).json()
    rotate = f"/admin/keys/{made['key_id']}/rotate"
    second = (await ask(application, "POST", rotate)).json()
    assert {**second, **{name: made[name] for name in ("key", "rotated", "previous_until")}} == made
    for secret in (made["key"], second["key"]):
        assert (await ask(application, "GET", "/v1/models", key=secret)).status == 200

    third = (await ask(application, "POST", rotate, {"overlap_s": 3600})).json()
    told = [(await ask(application, "GET", "/v1/models", key=each["key"])).status for each in (made, second, third)]
    assert told == [401, 200, 200]

    last = (await ask(application, "POST", rotate, {"overlap_s": 0})).json()
    assert last["previous_until"] is None
    assert (await ask(application, "GET", "/v1/models", key=third["key"])).status == 401
    await ask(application, "DELETE", f"/admin/keys/{made['key_id']}")
    assert (await ask(application, "GET", "/v1/models", key=last["key"])).status == 401
    assert (await ask(application, "POST", rotate)).status == 404


async def test_an_admin_key_that_may_only_read_changes_nothing(application: Application) -> None:
    reader = (await ask(application, "POST", "/admin/keys", {"admin": True, "read_only": True})).json()
    for path in ("/admin/keys", "/admin/policy", "/metrics"):
        assert (await ask(application, "GET", path, key=reader["key"])).status == 200
    for method, path in (
        ("POST", "/admin/keys"),
        ("POST", "/admin/reload"),
        ("DELETE", f"/admin/keys/{reader['key_id']}"),
    ):
        refused = await ask(application, method, path, {"tenant": "acme"}, key=reader["key"])
        assert (refused.status, reader["key_id"] in refused.json()["error"]["message"]) == (403, True)


async def test_many_keys_are_made_in_one_request(application: Application) -> None:
    made = (await ask(application, "POST", "/admin/keys/batch", {"tenant": "acme", "count": 40})).json()
    assert len({each["key"] for each in made}) == 40
    assert len((await ask(application, "GET", "/admin/keys?tenant=acme")).json()) == 40


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        ({"tenant": "acme", "lanes": ["standrad"]}, 400, "no 'standrad'; write one of standard"),
        ({"tenant": "acme", "doors": ["chat"]}, 422, "`body.doors.0`"),
        ({"admin": True, "user": "anna"}, 400, "an admin key may be `read_only`"),
        ({"admin": True, "tenant": "acme"}, 400, "`tenant`: an admin key administers every tenant; leave it out"),
        ({"name": "web"}, 400, "`tenant`: write whose key it is"),
        ({"tenant": "*"}, 400, "stands for all tenants"),
        ({"tenant": "a\nb"}, 400, "`tenant`: write 1 to 100 printable characters"),
        ({"tenant": "acme", "user": ""}, 422, "`body.user`"),
        ({"tenant": "acme", "expires": "2027-01-01T00:00:00"}, 400, "has no time zone"),
    ],
)
async def test_a_mistake_is_named_and_makes_no_key(application: Application, body: Any, status: int, says: str) -> None:
    sent = await ask(application, "POST", "/admin/keys", body)
    assert sent.status == status
    assert says in sent.json()["error"]["message"]
    assert (await ask(application, "GET", "/admin/keys")).json() == []


@pytest.mark.parametrize("overlap_s", [-1, 90 * 86_400 + 1, "soon"])
async def test_an_overlap_has_its_limits(application: Application, overlap_s: Any) -> None:
    made = (await ask(application, "POST", "/admin/keys", {"tenant": "acme"})).json()
    sent = await ask(application, "POST", f"/admin/keys/{made['key_id']}/rotate", {"overlap_s": overlap_s})
    assert (sent.status, "`body.overlap_s`" in sent.json()["error"]["message"]) == (422, True)
