"""Questions about long documents, spread over three accounts: by the vendor's own books most of them find their document in its cache."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import aiohttp
import pytest

from end_to_end.stage import PATIENT, Vendors, ledger, policy
from processes import GatewayProcess, gateway

ACCOUNTS, DOCUMENTS, QUESTIONS = 3, 16, 5
INPUT_NANOUSD, CACHED_NANOUSD = 750, 75  # a token


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("prefixes")


@pytest.fixture(scope="module")
def served(simulator_url: str, folder: Path) -> Iterator[GatewayProcess]:
    url = f"{simulator_url}/simopen/v1"
    names = [f"account{number}" for number in range(ACCOUNTS)]
    weights = dict.fromkeys((f"{name}/sim-standard" for name in names), 1)
    text = policy(
        simulator_url,
        providers={name: {"base_url": url, "dialect": "openai", "api_key": f"key-{name}"} for name in names},
        lanes={"spread": {"deployments": list(weights), "weights": weights}},
        prices={name: {"input": "$0.75", "cached": "$0.075", "output": "$4.5"} for name in weights},
        tenants={"*": {"cache": {"exact": False}}},
    )
    (folder / "lanewise.yaml").write_text(text)
    with gateway("--dev", cwd=folder) as process:
        yield process


async def test_a_documents_first_turns_find_it_in_the_vendors_cache_and_no_account_gets_much_more_than_its_part(
    served: GatewayProcess, vendors: Vendors, folder: Path
) -> None:
    asked = [number for number in range(DOCUMENTS) for _ in range(QUESTIONS)]
    Random(3).shuffle(asked)
    async with aiohttp.ClientSession(served.url, timeout=PATIENT) as http:
        for place in range(0, len(asked), 4):
            await asyncio.gather(*(ask(http, number, place) for number in asked[place : place + 4]))
        async with http.get("/v1/report", params={"by": "deployment"}) as response:
            report: dict[str, Any] = await response.json()
    rows = ledger(folder / "lanewise.db")
    books = (await vendors.page("books"))["vendors"]["simopen"]["sim-standard"]
    read_whole = sum(row["cached_tokens"] == 0 for row in rows)
    assert read_whole <= 1.5 * DOCUMENTS  # 2.6 times each, where chance decides
    at = Counter(row["deployment"] for row in rows)
    assert max(at.values()) <= 1.25 * len(asked) / ACCOUNTS + 6
    # What that saved is in the report, as the vendor's books have it.
    assert sum(row["cached_tokens"] for row in rows) == books["cached_input_tokens"]
    assert report["cache_saved_nanousd"] == books["cached_input_tokens"] * (INPUT_NANOUSD - CACHED_NANOUSD)
    assert sum(line["cache_saved_nanousd"] for line in report["lines"]) == report["cache_saved_nanousd"]


async def ask(http: aiohttp.ClientSession, number: int, place: int) -> None:
    """One question about a document of some 2,000 tokens."""
    document = f"Document {number}. " + f"Line of {number}. " * 600
    messages = [{"role": "system", "content": document}, {"role": "user", "content": f"What is {place} + {number}?"}]
    body = {"model": "lane:spread", "messages": messages, "max_tokens": 60}
    async with http.post("/v1/chat/completions", json=body) as response:
        assert response.status == 200, await response.text()
