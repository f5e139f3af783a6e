"""The door is closed by default; keys open it for their tenant, at once and until they are revoked."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import openai
import pytest
import pytest_asyncio

from end_to_end.stage import ANSWER, PATIENT, Vendors, asks, eventually, ledger, policy, sdk
from processes import GatewayProcess, command, gateway

ADMIN = "lw_admin-of-the-key-tests"
SOON_S = 5.0  # half a second by design; a busy machine may take longer


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("keys")


@pytest.fixture(scope="module")
def served(simulator_url: str, folder: Path) -> Iterator[GatewayProcess]:
    tenants = {"hasty": {"rate": "2/min"}, "narrow": {"concurrency": 1}}
    (folder / "lanewise.yaml").write_text(policy(simulator_url, tenants=tenants))
    with gateway(cwd=folder, env={"LANEWISE_ADMIN_KEY": ADMIN}) as process:
        yield process


class Desk:
    """The admin API with one key."""

    def __init__(self, url: str, http: aiohttp.ClientSession, key: str) -> None:
        self._url = url
        self._http = http
        self._headers = {"authorization": f"Bearer {key}"}

    async def ask(self, method: str, path: str, **options: Any) -> tuple[int, Any]:
        async with self._http.request(method, self._url + path, headers=self._headers, **options) as response:
            return response.status, await response.json()

    async def create(self, tenant: str | None, **more: Any) -> dict[str, Any]:
        status, key = await self.ask("POST", "/admin/keys", json={"tenant": tenant, **more})
        assert status == 201
        return dict(key)


@pytest_asyncio.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(timeout=PATIENT) as session:
        yield session


@pytest_asyncio.fixture
async def desk(served: GatewayProcess, http: aiohttp.ClientSession) -> Desk:
    return Desk(served.url, http, ADMIN)


async def is_let_in(url: str, key: str) -> bool:
    async with sdk(url, key=key) as client:
        try:
            await client.models.list()
        except openai.AuthenticationError:
            return False
        return True


@pytest.mark.parametrize("authorization", [None, "Bearer lw_nobodys", "Bearer ", "Basic bHc6bHc="])
async def test_nobody_enters_without_a_key(
    served: GatewayProcess, http: aiohttp.ClientSession, vendors: Vendors, authorization: str | None
) -> None:
    headers = {} if authorization is None else {"authorization": authorization}
    for method, path in (
        ("POST", "/v1/chat/completions"),
        ("GET", "/v1/models"),
        ("GET", "/v1/runs/run_1"),
        ("GET", "/metrics"),
        ("GET", "/admin/keys"),
        ("POST", "/admin/keys"),
        ("POST", "/admin/reload"),
        ("GET", "/admin/policy"),
    ):
        body = {"model": "sim-small", "messages": asks()} if method == "POST" else None
        async with http.request(method, served.url + path, headers=headers, json=body) as response:
            assert response.status == 401, path
            assert response.headers["www-authenticate"] == "Bearer"
            assert (await response.json())["error"]["type"] == "authentication_error"
    for path in ("/health", "/ready"):
        async with http.get(served.url + path) as response:
            assert response.status == 200
    assert await vendors.calls() == []


async def test_the_sdk_says_that_a_key_is_wrong(served: GatewayProcess) -> None:
    async with sdk(served.url, key="lw_wrong") as client:
        with pytest.raises(openai.AuthenticationError, match="lanewise keys create"):
            await client.chat.completions.create(model="sim-small", messages=asks())


async def test_a_key_of_the_command_line_opens_and_its_revocation_closes(served: GatewayProcess, folder: Path) -> None:
    """Another process writes to the store; the gateway notices by itself."""
    made = await asyncio.to_thread(command, "keys", "create", "--tenant", "acme", "--name", "app", "--json", cwd=folder)
    assert made.returncode == 0, made.stderr
    (key,) = json.loads(made.stdout)

    await eventually(lambda: is_let_in(served.url, key["key"]), SOON_S)
    async with sdk(served.url, key=key["key"]) as client:
        answer = await client.chat.completions.create(model="sim-small", messages=asks())
    assert ANSWER in (answer.choices[0].message.content or "")

    revoked = await asyncio.to_thread(command, "keys", "revoke", key["key_id"], cwd=folder)
    assert revoked.returncode == 0, revoked.stderr

    async def is_shut_out() -> bool:
        return not await is_let_in(served.url, key["key"])

    await eventually(is_shut_out, SOON_S)


async def test_keys_of_the_admin_api_count_when_it_answers(served: GatewayProcess, desk: Desk) -> None:
    key = await desk.create("acme", name="worker")
    assert await is_let_in(served.url, key["key"])

    _, listed = await desk.ask("GET", "/admin/keys", params={"tenant": "acme"})
    (row,) = [each for each in listed if each["key_id"] == key["key_id"]]
    assert (row["name"], row["revoked"], row["admin"]) == ("worker", None, False)
    assert key["key"] not in json.dumps(listed)

    assert await desk.ask("DELETE", f"/admin/keys/{key['key_id']}") == (200, {"revoked": key["key_id"]})
    assert not await is_let_in(served.url, key["key"])
    assert (await desk.ask("DELETE", f"/admin/keys/{key['key_id']}"))[0] == 404


@pytest.mark.parametrize(("method", "path"), [("DELETE", ""), ("POST", "/rotate")], ids=["revoked", "rotated"])
async def test_what_a_key_asked_before_its_end_is_answered_to_its_end_and_billed(
    served: GatewayProcess, desk: Desk, vendors: Vendors, folder: Path, method: str, path: str
) -> None:
    await vendors.fails(kind="stall", after=1, s=1, times=1)
    key = await desk.create("acme")
    async with sdk(served.url, key=key["key"]) as client:
        stream = await client.chat.completions.create(model="sim-small", messages=asks(), stream=True)
        chunks = aiter(stream)
        said = [await anext(chunks)]
        status, _ = await desk.ask(
            method, f"/admin/keys/{key['key_id']}{path}", json={"overlap_s": 0} if path else None
        )
        assert status == 200
        with pytest.raises(openai.AuthenticationError):
            await client.chat.completions.create(model="sim-small", messages=asks())
        said += [chunk async for chunk in chunks]
    text = "".join(chunk.choices[0].delta.content or "" for chunk in said if chunk.choices)
    assert ANSWER in text
    (run,) = ledger(folder / "lanewise.db", run_id=stream.response.headers["x-lanewise-run"])
    assert (run["outcome"], run["tenant"], run["key_id"]) == ("success", "acme", key["key_id"])
    assert run["cost_nanousd"] > 0


async def test_an_expired_key_is_dead(served: GatewayProcess, desk: Desk) -> None:
    key = await desk.create("acme", expires="2020-01-01T00:00:00Z")

    assert not await is_let_in(served.url, key["key"])


async def test_an_applications_key_does_not_administer(
    served: GatewayProcess, http: aiohttp.ClientSession, desk: Desk
) -> None:
    key = await desk.create("acme")
    application = Desk(served.url, http, key["key"])

    for method, path in (("GET", "/admin/keys"), ("POST", "/admin/reload"), ("POST", "/admin/keys")):
        status, told = await application.ask(method, path, json={"tenant": "acme", "admin": True})
        assert (status, told["error"]["type"]) == (403, "permission_error")

    made = await desk.create(None, admin=True)
    assert (await Desk(served.url, http, made["key"]).ask("GET", "/admin/policy"))[0] == 200


async def test_a_run_is_seen_by_its_own_tenant_only(
    served: GatewayProcess, http: aiohttp.ClientSession, desk: Desk
) -> None:
    acme, colleague, globex = await desk.create("acme"), await desk.create("acme"), await desk.create("globex")
    async with sdk(served.url, key=acme["key"]) as client:
        raw = await client.chat.completions.with_raw_response.create(model="sim-small", messages=asks())
    path = f"/v1/runs/{raw.headers['x-lanewise-run']}"

    statuses = [
        (await Desk(served.url, http, key).ask("GET", path))[0]
        for key in (acme["key"], colleague["key"], globex["key"], ADMIN)
    ]

    assert statuses == [200, 200, 404, 404]
    _, unknown = await Desk(served.url, http, globex["key"]).ask("GET", "/v1/runs/run_that_never_was")
    _, foreign = await Desk(served.url, http, globex["key"]).ask("GET", path)
    assert unknown["error"]["message"].replace("run_that_never_was", "X") == foreign["error"]["message"].replace(
        path.rsplit("/", 1)[1], "X"
    )


async def test_a_tenant_over_its_rate_is_told_when_to_come_back(
    served: GatewayProcess, desk: Desk, vendors: Vendors
) -> None:
    key = await desk.create("hasty")
    async with sdk(served.url, key=key["key"]) as client:
        for _ in range(2):
            await client.chat.completions.create(model="sim-small", messages=asks())
        with pytest.raises(openai.RateLimitError) as refused:
            await client.chat.completions.create(model="sim-small", messages=asks())

    assert refused.value.code == "tenant.rate"
    assert refused.value.type == "rate_limit_error"
    assert 1 <= int(refused.value.response.headers["retry-after"]) <= 61
    assert len(await vendors.calls()) == 2


async def test_a_tenants_concurrency_is_a_limit(served: GatewayProcess, desk: Desk, vendors: Vendors) -> None:
    await vendors.fails(kind="stall", after=1, s=600)
    key = await desk.create("narrow")
    async with sdk(served.url, key=key["key"]) as client:
        first = await client.chat.completions.create(model="sim-small", messages=asks(), stream=True)
        with pytest.raises(openai.RateLimitError) as refused:
            await client.chat.completions.create(model="sim-small", messages=asks())
        await first.close()
        await vendors.begin_anew()

        async def there_is_room() -> bool:
            try:
                await client.chat.completions.create(model="sim-small", messages=asks())
            except openai.RateLimitError:
                return False
            return True

        await eventually(there_is_room, SOON_S)
    assert refused.value.code == "tenant.concurrency"


async def test_too_large_a_body_is_refused(served: GatewayProcess, desk: Desk, vendors: Vendors) -> None:
    """33 MiB: the limit is 32. Nothing of it reaches a vendor, and the connection's end is no riddle to the SDK."""
    key = await desk.create("acme")
    async with sdk(served.url, key=key["key"]) as client:
        with pytest.raises(openai.APIStatusError) as refused:
            await client.chat.completions.create(model="sim-small", messages=asks("x" * (33 * 1024 * 1024)))
        assert refused.value.status_code == 413
        assert "server.max_body" in refused.value.message
        answer = await client.chat.completions.create(model="sim-small", messages=asks())

    assert ANSWER in (answer.choices[0].message.content or "")
    assert len(await vendors.calls()) == 1
