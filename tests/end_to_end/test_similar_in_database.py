"""Two gateways on one database: a question that one has answered is answered by the other to whoever asks alike."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from end_to_end.stage import PATIENT, Vendors, asks, eventually, policy
from lanewise.core.clock import SystemClock
from lanewise.core.ids import RandomIds
from lanewise.operations.learning import keep_learned
from lanewise.stores.address import PostgresStore
from lanewise.stores.sealing import seal_for
from processes import command, gateway
from similarity.pairs_made_up import ANOTHER, QUESTION, SAME, learned
from stores.opening import database_of, sql

KEY = "lw_admin-of-two-gateways"
STATE_KEY = "a key of thirty-two letters or more"
SEMANTIC = {"alpha": "10%", "audit_share": "0%"}


async def learn(store: PostgresStore) -> None:
    async with database_of(store) as database:
        seal = seal_for(store, {"LANEWISE_STATE_KEY": STATE_KEY})
        await keep_learned(database, seal, learned(), tenant="", clock=SystemClock(), ids=RandomIds())


async def ask(http: aiohttp.ClientSession, url: str, question: str) -> tuple[str | None, Any]:
    body = {"model": "lane:standard", "messages": asks(question)}
    async with http.post(f"{url}/v1/chat/completions", json=body) as response:
        assert response.status == 200, await response.text()
        return response.headers.get("x-lanewise-cache"), json.loads(await response.read())["lanewise"]


@pytest.fixture
def folders(simulator_url: str, tmp_path: Path) -> list[Path]:
    """Two machines' folders, with one policy."""
    made = [tmp_path / "one", tmp_path / "other"]
    text = policy(
        simulator_url,
        store="${STORE}",
        cache={"exact": True, "semantic_index": "pgvector"},
        tenants={"*": {"cache": {"semantic": SEMANTIC}}},
    )
    for folder in made:
        folder.mkdir()
        (folder / "lanewise.yaml").write_text(text)
    return made


async def test_what_one_gateway_answered_another_answers_alike_and_neither_holds_the_question(
    postgres_store: PostgresStore, folders: list[Path], vendors: Vendors
) -> None:
    env = {"STORE": postgres_store.url, "LANEWISE_ADMIN_KEY": KEY, "LANEWISE_STATE_KEY": STATE_KEY}
    migrated = await asyncio.to_thread(command, "migrate", cwd=folders[0], env=env)
    assert migrated.returncode == 0, migrated.stderr
    await learn(postgres_store)
    with gateway(cwd=folders[0], env=env) as one, gateway(cwd=folders[1], env=env) as other:
        async with aiohttp.ClientSession(timeout=PATIENT, headers={"authorization": f"Bearer {KEY}"}) as http:
            word, first = await ask(http, one.url, QUESTION)
            assert word == "miss"

            async def there() -> bool:
                with sql(postgres_store) as connection:
                    return bool(connection.execute("SELECT 1 FROM similar_vectors").fetchall())

            await eventually(there)

            async def knows_of_the_answer() -> bool:
                async with http.get(f"{other.url}/metrics") as response:
                    return 'lanewise_cache_answers{where="store"} 1.0' in await response.text()

            await eventually(knows_of_the_answer)
            word, told = await ask(http, other.url, SAME)
            assert (word, told["cache"]["run"]) == ("similar", first["run"])
            assert (await ask(http, other.url, ANOTHER))[0] == "miss"
            assert len(await vendors.calls()) == 2
