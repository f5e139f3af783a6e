"""An answer is given again to whoever asks the same: free of charge, marked, and to nobody else."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from end_to_end.stage import ANSWER, PATIENT, Vendors, asks, eventually, ledger, policy
from processes import GatewayProcess

BODY: dict[str, Any] = {"model": "lane:standard", "messages": asks()}
MESSAGE: dict[str, Any] = {"model": "lane:standard", "messages": asks(), "max_tokens": 500}
ROUTES: dict[str, tuple[str, dict[str, Any]]] = {
    "chat": ("/v1/chat/completions", BODY),
    "chat stream": ("/v1/chat/completions", BODY | {"stream": True}),
    "messages": ("/v1/messages", MESSAGE),
    "messages stream": ("/v1/messages", MESSAGE | {"stream": True}),
    "responses": ("/v1/responses", {"model": "lane:standard", "input": "What is 17 * 23?", "store": False}),
    "gemini": (
        "/v1beta/models/lane:standard:generateContent",
        {"contents": [{"parts": [{"text": "What is 17 * 23?"}]}]},
    ),
    "vectors": ("/v1/embeddings", {"model": "lane:vectors", "input": "a spider"}),
}
SECTIONS: dict[str, Any] = {
    "cache": {"exact": True},
    "lanes": {"vectors": {"deployments": ["simdeep/sim-embed"]}},
    "models": {"*": "auto"},
    "prices": {"simdeep/sim-embed": {"input": "$0.02", "output": "$0"}},
}


class Asking:
    """A gateway process with a cache, asked over HTTP."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = folder / "lanewise.db"
        self.process = GatewayProcess("--dev", cwd=folder)

    async def ask(self, path: str, body: Any, **headers: str) -> tuple[str | None, bytes, str]:
        """What the cache had to do with it, the answer, and the run's id."""
        named = {
            f"x-lanewise-{name}" if name != "control" else "cache-control": value for name, value in headers.items()
        }
        async with (
            aiohttp.ClientSession(timeout=PATIENT, headers=named) as http,
            http.post(self.process.url + path, json=body) as response,
        ):
            raw = await response.read()
            assert response.status == 200, raw
            return response.headers.get("x-lanewise-cache"), raw, response.headers["x-lanewise-run"]

    async def stored(self, count: int) -> None:
        """Until so many answers are in the store."""

        async def counted() -> bool:
            with sqlite3.connect(self.store) as connection:
                found = connection.execute("SELECT COUNT(*) FROM cached_answers").fetchone()
            return bool(found[0] == count)

        await eventually(counted)

    async def kept(self, path: str, body: Any) -> str:
        """The run whose answer to this is in the store: where something is withdrawn, what only memory holds goes with it."""
        paid = ""

        async def written() -> bool:
            nonlocal paid
            word, _, run = await self.ask(path, body)
            paid = run if word == "miss" else paid
            with sqlite3.connect(self.store) as connection:
                query = "SELECT 1 FROM cached_answers WHERE run_id = ?"
                return connection.execute(query, (paid,)).fetchone() is not None

        await eventually(written)
        return paid

    def restart(self) -> None:
        self.process.stop()
        self.process = GatewayProcess("--dev", cwd=self.folder)


@contextmanager
def asking_in(folder: Path) -> Iterator[Asking]:
    """A gateway by the policy of this folder, to ask."""
    asking = Asking(folder)
    try:
        yield asking
    finally:
        asking.process.stop()


@pytest.fixture(scope="module")
def running(simulator_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asking]:
    folder = tmp_path_factory.mktemp("given-again")
    (folder / "lanewise.yaml").write_text(policy(simulator_url, **SECTIONS))
    with asking_in(folder) as asking:
        yield asking


@pytest.fixture
async def gateway(running: Asking, vendors: Vendors) -> Asking:
    """The one gateway of these tests, its vendors' books empty. Each test asks what no other asks."""
    return running


def chat(question: str) -> tuple[str, dict[str, Any]]:
    return ROUTES["chat"][0], BODY | {"messages": asks(question)}


async def test_whoever_asks_the_same_is_given_the_same_in_every_dialect_and_over_a_restart(
    gateway: Asking, vendors: Vendors
) -> None:
    first = {name: await gateway.ask(*route) for name, route in ROUTES.items()}
    again = {name: await gateway.ask(*route) for name, route in ROUTES.items()}
    await gateway.stored(len(ROUTES))
    gateway.restart()
    later = {name: await gateway.ask(*route) for name, route in ROUTES.items()}

    assert {name: each[0] for name, each in first.items()} == dict.fromkeys(ROUTES, "miss")
    assert {name: each[0] for name, each in again.items()} == dict.fromkeys(ROUTES, "hit")
    assert {name: each[0] for name, each in later.items()} == dict.fromkeys(ROUTES, "hit")
    assert len(await vendors.calls()) == len(ROUTES)
    for name in ROUTES:
        if name != "vectors":
            assert ANSWER in again[name][1].decode(), name
            assert ANSWER in later[name][1].decode(), name
    for asked in ledger(gateway.store)[len(ROUTES) :]:
        assert (asked["cost_nanousd"], asked["calls"], asked["recalled"], asked["outcome"]) == (
            0,
            0,
            "exact",
            "success",
        )
        assert asked["deployment"]
    paid = {row["run_id"]: row["cost_nanousd"] for row in ledger(gateway.store)[: len(ROUTES)]}
    saved = {row["run_id"]: row["saved_nanousd"] for row in ledger(gateway.store)[len(ROUTES) :]}
    assert sum(saved.values()) == 2 * sum(paid.values()) > 0


async def test_a_caller_may_ask_anew_and_ask_not_to_be_kept(gateway: Asking, vendors: Vendors) -> None:
    path, body = chat("What is 5 * 6?")
    wishes: list[dict[str, str]] = [
        {"cache": "off"},
        {"control": "no-store"},
        {},
        {"cache": "refresh"},
        {"control": "max-age=0, no-cache"},
        {"control": "no-store", "cache": "on"},
        {},
    ]
    words = [(await gateway.ask(path, body, **wish))[0] for wish in wishes]
    words.append((await gateway.ask(path, body | {"lanewise": {"cache": "off"}}))[0])
    words.append((await gateway.ask(path, body | {"lanewise": {"feature": "help"}}))[0])
    assert words == ["bypass", "bypass", "miss", "miss", "miss", "hit", "hit", "bypass", "hit"]
    assert len(await vendors.calls()) == 6


async def test_a_user_s_answer_is_no_other_user_s(gateway: Asking) -> None:
    path, body = chat("What is 6 * 7?")
    await gateway.ask(path, body, user="alice")
    assert (await gateway.ask(path, body, user="bob"))[0] == "miss"
    assert (await gateway.ask(path, body))[0] == "miss"
    assert (await gateway.ask(path, body | {"user": "carol"}))[0] == "miss"
    assert (await gateway.ask(path, body, user="alice"))[0] == "hit"


@pytest.mark.parametrize("told_of", ["the run that paid", "a run that was given it"])
async def test_a_rejected_answer_is_given_no_more(gateway: Asking, told_of: str) -> None:
    path, body = chat(f"What is 7 * {len(told_of)}?")
    paid = await gateway.kept(path, body)
    word, _, given = await gateway.ask(path, body)
    assert word == "hit"
    run_id = paid if told_of == "the run that paid" else given
    async with (
        aiohttp.ClientSession(timeout=PATIENT) as http,
        http.post(f"{gateway.process.url}/v1/runs/{run_id}/verdict", json={"verdict": "reject"}) as response,
    ):
        assert response.status == 200
    assert (await gateway.ask(path, body))[0] == "miss"


async def test_what_another_model_would_answer_is_asked_anew(gateway: Asking, simulator_url: str) -> None:
    path, body = chat("What is 8 * 9?")
    await gateway.kept(path, body)
    other = policy(simulator_url, **(SECTIONS | {"limits": {"max_retries": 1}}))
    (gateway.folder / "lanewise.yaml").write_text(other)
    await _reloaded(gateway)
    assert (await gateway.ask(path, body))[0] == "hit"

    facts = {"simopen/sim-standard": {"max_output_tokens": 4000}}
    (gateway.folder / "lanewise.yaml").write_text(policy(simulator_url, **(SECTIONS | {"facts": facts})))
    await _reloaded(gateway)
    assert (await gateway.ask(path, body))[0] == "miss"


async def _reloaded(gateway: Asking) -> None:
    async with (
        aiohttp.ClientSession(timeout=PATIENT) as http,
        http.post(f"{gateway.process.url}/admin/reload") as response,
    ):
        assert response.status == 200
