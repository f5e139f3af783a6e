"""How the process starts, is refused, speaks, and ends."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import ssl
from pathlib import Path
from typing import Any

import aiohttp
import openai
import pytest
import trustme
from yarl import URL

from end_to_end.bare_words import FIRST_WORDS, LAST_WORDS, TEXT, WHOLE
from end_to_end.stage import (
    ANSWER,
    PATIENT,
    Vendors,
    asks,
    bare_lanes,
    eventually,
    ledger,
    policy,
    sdk,
)
from patience import PATIENCE_S
from processes import GatewayProcess, command, gateway
from raw_vendor import Exchange, raw_vendor


async def stop(process: GatewayProcess, sig: int = signal.SIGTERM) -> int:
    return await asyncio.to_thread(process.stop, sig)


class SlowVendor:
    """Begins its streams at once, and says the rest of everything when it is let."""

    def __init__(self) -> None:
        self.begun = 0
        self.goes_on = asyncio.Event()

    async def __call__(self, exchange: Exchange) -> None:
        asked = json.loads(exchange.body)
        forever = "for ever" in asked["messages"][0]["content"]
        if asked.get("stream"):
            await exchange.stream()
            await exchange.event(FIRST_WORDS["openai"])
        self.begun += 1
        await (exchange.gone() if forever else self.goes_on.wait())
        if forever:
            return
        if asked.get("stream"):
            await exchange.event(LAST_WORDS)
            await exchange.end()
        else:
            await exchange.whole(WHOLE)


async def read(client: openai.AsyncOpenAI, question: str, *, stream: bool) -> tuple[str, openai.APIError | None]:
    """What a caller heard until the answer or the connection ended, and the error, if it is told one."""
    text = ""
    try:
        if not stream:
            answer = await client.chat.completions.create(model="lane:bare_openai", messages=asks(question))
            return answer.choices[0].message.content or "", None
        async for chunk in await client.chat.completions.create(
            model="lane:bare_openai", messages=asks(question), stream=True
        ):
            text += chunk.choices[0].delta.content or "" if chunk.choices else ""
    except openai.APIError as error:
        return text, error
    return text, None


async def test_a_stopped_gateway_finishes_what_it_can_and_tells_the_rest(simulator_url: str, tmp_path: Path) -> None:
    slow = SlowVendor()
    async with raw_vendor(slow) as vendor:
        text = policy(simulator_url, **bare_lanes(vendor.address), server={"drain": "2s"})
        (tmp_path / "lanewise.yaml").write_text(text)
        with gateway("--dev", cwd=tmp_path) as served:
            async with sdk(served.url) as client:
                asked = [
                    asyncio.create_task(read(client, question, stream=stream))
                    for question in ("Take your time", "Think for ever")
                    for stream in (True, False)
                ]
                await eventually(lambda: asyncio.sleep(0, slow.begun == 4))

                stopping = asyncio.create_task(stop(served))
                await asyncio.to_thread(served.wait_for, '"draining"')
                await eventually(lambda: takes_nothing_new(served.url))
                slow.goes_on.set()
                finished_stream, finished, cut_stream, cut = await asyncio.wait_for(asyncio.gather(*asked), PATIENCE_S)
            code = await stopping

    assert finished_stream == (TEXT, None)
    assert finished == (TEXT, None)
    assert cut_stream[0] == "The answer"
    for _, error in (cut_stream, cut):
        assert error is not None
        assert "shutting down" in error.message
    assert isinstance(cut[1], openai.InternalServerError)
    assert cut[1].status_code == 503
    assert cut[1].response.headers["retry-after"]
    assert code == 0
    rows = ledger(tmp_path / "lanewise.db")
    assert sorted((row["stream"], row["outcome"]) for row in rows) == [
        (0, "failure"),
        (0, "success"),
        (1, "failure"),
        (1, "success"),
    ]
    assert '"stopped"' in served.lines[-1]


async def takes_nothing_new(url: str) -> bool:
    async with aiohttp.ClientSession(timeout=PATIENT) as http:
        try:
            async with http.get(f"{url}/ready") as response:
                return response.status == 503
        except aiohttp.ClientConnectionError:
            return True


async def test_a_second_gateway_on_the_same_store_is_refused(tmp_path: Path) -> None:
    with gateway("--dev", "--simulate", cwd=tmp_path) as first:
        second = await asyncio.to_thread(command, "serve", "--port", "0", "--dev", "--simulate", cwd=tmp_path)
        async with aiohttp.ClientSession() as http, http.get(f"{first.url}/health") as response:
            assert response.status == 200

    assert second.returncode == 1
    assert f"in use by another gateway, process {first.child.pid}" in second.stderr
    assert "store: OTHER.db" in second.stderr
    assert "Traceback" not in second.stderr + second.stdout


def test_an_open_door_stays_on_this_machine(tmp_path: Path) -> None:
    refused = command("serve", "--port", "0", "--dev", "--simulate", "--host", "0.0.0.0", cwd=tmp_path)

    assert refused.returncode == 2
    assert "loopback only" in refused.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_policy_that_is_wrong_does_not_start(tmp_path: Path) -> None:
    (tmp_path / "lanewise.yaml").write_text(
        "providers:\n  openai: {}\nlanes:\n  standard: {deploymens: [openai/gpt-5]}\n"
    )

    refused = command("serve", "--port", "0", "--dev", cwd=tmp_path)

    assert refused.returncode == 1
    assert "lanewise.yaml:4:14: lanes.standard.deploymens" in refused.stderr
    assert "deployments" in refused.stderr
    assert "Traceback" not in refused.stderr


async def test_encrypted_where_a_certificate_is_given(simulator_url: str, tmp_path: Path) -> None:
    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1")
    certificate.cert_chain_pems[0].write_to_path(tmp_path / "cert.pem")
    certificate.private_key_pem.write_to_path(tmp_path / "key.pem")
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    (tmp_path / "lanewise.yaml").write_text(policy(simulator_url))

    with gateway("--dev", "--tls-cert", "cert.pem", "--tls-key", "key.pem", cwd=tmp_path) as served:
        assert served.url.startswith("https://")
        async with sdk(served.url, http_client=openai.DefaultAsyncHttpxClient(verify=trusting)) as client:
            answer = await client.chat.completions.create(model="sim-standard", messages=asks())
        with pytest.raises(openai.APIConnectionError):
            async with sdk(served.url) as stranger:
                await stranger.models.list()
        without_key = await asyncio.to_thread(
            command, "serve", "--port", "0", "--dev", "--tls-cert", "cert.pem", cwd=tmp_path
        )
        renewed = authority.issue_cert("127.0.0.1")
        renewed.cert_chain_pems[0].write_to_path(tmp_path / "cert.pem")
        renewed.private_key_pem.write_to_path(tmp_path / "key.pem")
        os.kill(served.child.pid, signal.SIGHUP)
        shown, at = renewed.cert_chain_pems[0].bytes().decode(), URL(served.url)
        await eventually(
            lambda: asyncio.to_thread(lambda: ssl.get_server_certificate((at.host or "", at.port or 0)) == shown)
        )

    assert ANSWER in (answer.choices[0].message.content or "")
    assert without_key.returncode == 2
    assert "--tls-cert and --tls-key go together" in without_key.stderr


ADMIN = "lw_the-administrators-own-key-0123456789"
VENDOR_KEY = "sk-sim-the-vendors-secret-0123456789abcdef"
PROMPT = "Tell me about the quixotic zeppelin of Wuppertal"


async def test_logs_are_one_object_a_line_and_nothing_secret_is_kept(
    simulator_url: str, vendors: Vendors, tmp_path: Path
) -> None:
    """Through successes, refusals, failures, a bad policy and an error inside the process's own dialect."""
    text = policy(simulator_url).replace("api_key: simulated", "api_key: ${SIMULATED_SECRET}")
    (tmp_path / "lanewise.yaml").write_text(text)
    environment = {"LANEWISE_ADMIN_KEY": ADMIN, "SIMULATED_SECRET": VENDOR_KEY}
    with gateway(cwd=tmp_path, env=environment) as served:
        key = await created_key(served.url)
        async with sdk(served.url, key=key) as client:
            asked: Any = {"messages": asks(PROMPT), "model": "sim-standard"}
            answer = (await client.chat.completions.create(**asked)).choices[0].message.content or ""
            await vendors.fails(
                kind="status", code=400, body={"error": {"message": f"I will not hear: {PROMPT} {VENDOR_KEY}"}}
            )
            with pytest.raises(openai.APIError):
                await client.chat.completions.create(**asked)
            await vendors.begin_anew()
            await vendors.fails(kind="cut", after=3)
            with pytest.raises(openai.APIError):
                async for _ in await client.chat.completions.create(**asked, stream=True):
                    pass
        async with sdk(served.url, key="lw_wrong-but-still-nobodys-business-012345") as stranger:
            with pytest.raises(openai.AuthenticationError):
                await stranger.models.list()
        (tmp_path / "lanewise.yaml").write_text(text.replace("${SIMULATED_SECRET}", "[${SIMULATED_SECRET}]"))
        await asyncio.to_thread(served.wait_for, "policy refused")
        os.kill(served.child.pid, signal.SIGHUP)
        await asyncio.to_thread(served.wait_for, "policy refused")
        await stop(served)

    assert len(answer) > 40
    for line in served.lines:
        told = json.loads(line)
        assert isinstance(told, dict)
        assert {"event", "level", "timestamp"} <= told.keys()
    kept = {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.name.startswith("lanewise.db")}
    assert len(kept["lanewise.db"]) > 10_000
    for where, data in {"the logs": "".join(served.lines).encode(), **kept}.items():
        for what in (ADMIN, VENDOR_KEY, key, "nobodys-business"):
            assert what.encode() not in data, f"a key is in {where}"
        assert answer[:40].encode() not in data, f"an answer is in {where}"
    assert PROMPT not in "".join(served.lines)


async def created_key(url: str, tenant: str = "acme") -> str:
    async with (
        aiohttp.ClientSession(timeout=PATIENT, headers={"authorization": f"Bearer {ADMIN}"}) as http,
        http.post(f"{url}/admin/keys", json={"tenant": tenant}) as response,
    ):
        assert response.status == 201
        return str((await response.json())["key"])
