"""An answer is given to a question that only looks like the one it was made for: marked, bounded, and in every dialect."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from end_to_end.stage import PATIENT, Vendors, asks, eventually, ledger, policy
from end_to_end.test_given_again import Asking, asking_in
from lanewise.core.clock import SystemClock
from lanewise.core.ids import RandomIds
from lanewise.operations.learning import keep_learned
from lanewise.stores.sealing import seal_for
from similarity.pairs_made_up import ANOTHER, QUESTION, SAME, learned
from stores.opening import database_of, new_store, sql

SECTIONS: dict[str, Any] = {
    "cache": {"exact": True},
    "models": {"*": "auto"},
    "tenants": {"*": {"cache": {"semantic": {"alpha": "10%", "audit_share": "0%"}}}},
}


def routes(question: str) -> dict[str, tuple[str, dict[str, Any]]]:
    body = {"model": "lane:standard", "messages": asks(question)}
    message = body | {"max_tokens": 500, "system": "Be kind."}
    contents = {"contents": [{"parts": [{"text": question}]}]}
    return {
        "chat": ("/v1/chat/completions", body),
        "chat stream": ("/v1/chat/completions", body | {"stream": True}),
        "messages": ("/v1/messages", message),
        "responses": ("/v1/responses", {"model": "lane:standard", "input": question, "store": False}),
        "gemini": ("/v1beta/models/lane:standard:generateContent", contents),
    }


@pytest.fixture(scope="module")
def gateway(simulator_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asking]:
    folder = tmp_path_factory.mktemp("similar")
    (folder / "lanewise.yaml").write_text(policy(simulator_url, **SECTIONS))
    asyncio.run(_learn(folder))
    with asking_in(folder) as asking:
        yield asking


async def _learn(folder: Path) -> None:
    store = await new_store(folder)
    async with database_of(store) as database:
        seal = seal_for(store, {})
        await keep_learned(database, seal, learned(), tenant="", clock=SystemClock(), ids=RandomIds())


async def test_it_is_given_in_every_dialect_told_and_still_there_after_a_restart(
    gateway: Asking, vendors: Vendors
) -> None:
    first = {name: await gateway.ask(*route) for name, route in routes(QUESTION).items()}
    again = {name: await gateway.ask(*route) for name, route in routes(SAME).items()}
    other = await gateway.ask(*routes(ANOTHER)["chat"])
    assert {each[0] for each in first.values()} == {"miss"}
    assert {name: each[0] for name, each in again.items()} == dict.fromkeys(first, "similar")
    assert other[0] == "miss"
    assert len(await vendors.calls()) == len(first) + 1

    told = json.loads(again["chat"][1])["lanewise"]["cache"]
    assert (told["kind"], told["run"]) == ("similar", first["chat"][2])
    assert told["similarity"]["score"] >= told["similarity"]["threshold"]
    given = [row for row in ledger(gateway.store) if row["recalled"] == "similar"]
    assert [(row["cost_nanousd"], row["calls"], row["verdict"]) for row in given] == [(0, 0, "unchecked")] * len(first)
    assert all(row["saved_nanousd"] > 0 for row in given)

    async def written() -> bool:
        with sql(gateway.store) as connection:
            tables = ("cached_answers", "similar_questions")
            counts = [connection.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0] for table in tables]
        return counts == [len(first) + 1] * 2

    await eventually(written)
    gateway.restart()
    await eventually(lambda: holds_questions(gateway, len(first) + 1))  # they are read beside the requests
    assert (await gateway.ask(*routes(SAME)["chat"]))[0] == "similar"


async def holds_questions(gateway: Asking, count: int) -> bool:
    async with aiohttp.ClientSession(timeout=PATIENT) as http, http.get(f"{gateway.process.url}/metrics") as response:
        return f"lanewise_similar_questions {count}.0" in await response.text()


async def test_an_operator_sees_it_and_a_caller_may_decline(gateway: Asking, vendors: Vendors) -> None:
    path, body = routes("how do i print my contract")["chat"]
    await gateway.ask(path, body)
    path, alike = routes("how can i print my contract")["chat"]
    assert (await gateway.ask(path, alike, user="somebody"))[0] == "miss"
    assert (await gateway.ask(path, alike | {"lanewise": {"cache": "off"}}))[0] == "bypass"
    assert (await gateway.ask(path, alike))[0] == "similar"
    assert (await gateway.ask(path, alike, cache="exact"))[0] == "miss"
    async with aiohttp.ClientSession(timeout=PATIENT) as http:
        async with http.get(f"{gateway.process.url}/admin/similar") as response:
            told = await response.json()
        async with http.get(f"{gateway.process.url}/metrics") as response:
            metrics = await response.text()
    assert [(each["tenant"], each["on"], each["alpha"]) for each in told["tenants"]] == [("*", True, 0.1)]
    assert 'lanewise_similar_events_total{event="hit",tenant="dev"}' in metrics
    assert 'lanewise_similar_on{tenant="*"} 1.0' in metrics
