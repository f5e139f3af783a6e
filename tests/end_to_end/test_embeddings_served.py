"""Vectors through a real gateway: the official SDK, simulated vendors, books that balance, a vendor that fails."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openai
import pytest

from end_to_end.stage import Vendors, ledger, policy, sdk
from processes import gateway
from simulator.simulated import asks

DEPLOYMENTS = ["simopen/sim-embed", "simdeep/sim-embed"]
SECTIONS: dict[str, Any] = {
    "lanes": {"vectors": {"deployments": DEPLOYMENTS}, "second": {"deployments": ["simdeep/sim-embed"]}},
    "models": {"*": "auto"},
    "prices": {name: {"input": "$0.02", "output": "$0"} for name in DEPLOYMENTS},
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("embeddings")


@pytest.fixture(scope="module")
def url(folder: Path, simulator_url: str) -> Iterator[str]:
    (folder / "lanewise.yaml").write_text(policy(simulator_url, **SECTIONS))
    with gateway("--dev", "--config", "lanewise.yaml", cwd=folder) as process:
        yield process.url


async def test_vectors_pass_untouched_in_both_encodings_and_are_billed_as_the_vendor_bills(
    url: str, folder: Path, vendors: Vendors
) -> None:
    async with sdk(url) as client:
        text = await client.embeddings.create(model="text-embedding-3-small", input=["a b", "c"])
        numbers = await client.embeddings.create(
            model="lane:vectors", input="a b", encoding_format="float", dimensions=8
        )
    books = await vendors.page("books")
    rows = [row for row in ledger(folder / "lanewise.db") if row["lane"] == "vectors"]

    assert (len(text.data), len(text.data[0].embedding), len(numbers.data[0].embedding)) == (2, 256, 8)
    assert text.model == "sim-embed"
    spent = sum(row["cost_nanousd"] for row in rows)
    assert spent == books["vendors"]["simopen"]["sim-embed"]["cost_nanousd"] > 0
    assert sum(row["input_tokens"] for row in rows) == text.usage.prompt_tokens + numbers.usage.prompt_tokens
    assert {row["output_tokens"] for row in rows} == {0}


async def test_a_vendor_that_fails_is_followed_by_the_same_model_elsewhere(url: str, vendors: Vendors) -> None:
    await vendors.fails(vendor="simopen", kind="status", code=503)
    async with sdk(url) as client:
        raw = await client.embeddings.with_raw_response.create(model="lane:vectors", input="a")
    assert raw.headers["x-lanewise-degraded"].endswith("from=simopen/sim-embed; to=simdeep/sim-embed")
    assert len(raw.parse().data) == 1


async def test_what_the_vendor_refuses_and_what_cannot_be_asked_come_as_the_sdk_knows_them(url: str) -> None:
    async with sdk(url) as client:
        with pytest.raises(openai.BadRequestError, match="dimensions"):
            await client.embeddings.create(model="lane:vectors", input="a", dimensions=-1)
        with pytest.raises(openai.BadRequestError, match="gives no embeddings"):
            await client.embeddings.create(model="sim-sonnet", input="a")
        with pytest.raises(openai.NotFoundError) as unknown:
            await client.embeddings.create(model="lane:nowhere", input="a")
        assert unknown.value.code == "model_not_found"
        answer = await client.chat.completions.create(model="auto", messages=asks("What is 1 + 1?"))
        assert answer.choices
