"""What is kept of each run: enough to prove where the money went, and nothing that nobody asked to keep."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import openai
import pytest
import pytest_asyncio

from end_to_end.stage import PINNED, Vendors, asks, ledger, policy, reload, run_of, sdk, two_vendors
from lanewise.operations.books import reconcile
from lanewise.stores.database import open_database
from lanewise.stores.records import Records
from processes import GatewayProcess, command, gateway

WORDS = "quixotic zeppelin of Wuppertal"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("record")


@pytest.fixture(scope="module")
def served(simulator_url: str, folder: Path) -> Iterator[GatewayProcess]:
    (folder / "lanewise.yaml").write_text(policy(simulator_url, lanes=two_vendors()))
    with gateway("--dev", cwd=folder) as process:
        yield process


@pytest_asyncio.fixture
async def client(served: GatewayProcess) -> AsyncIterator[openai.AsyncOpenAI]:
    async with sdk(served.url) as official:
        yield official


async def test_a_run_that_fell_back_shows_both_calls(
    served: GatewayProcess, client: openai.AsyncOpenAI, vendors: Vendors
) -> None:
    await vendors.fails(vendor="simopen", kind="status", code=429, retry_after=12)
    asked: Any = {
        "model": "auto",
        "messages": asks("Solve x^2 - 5x + 6 = 0"),
        "stream": True,
        "extra_body": {"lanewise": {"task": "algebra", "user": "u-17", "feature": "homework"}},
        "extra_headers": {"x-request-id": "their-own-id"},
    }
    stream = await client.chat.completions.create(**asked)
    async for _ in stream:
        pass

    run = await run_of(served.url, stream.response.headers["x-lanewise-run"])

    assert (run["lane"], run["reason"], run["outcome"], run["degraded"]) == (
        "reasoning_low",
        "rule:3",
        "fallback",
        True,
    )
    assert (run["task"], run["user"], run["feature"], run["request_id"]) == (
        "algebra",
        "u-17",
        "homework",
        "their-own-id",
    )
    assert (run["tenant"], run["requested_model"], run["stream"], run["status"]) == ("dev", "auto", True, 200)
    trace = run["trace"]
    assert trace["propensity"] == 1.0
    assert trace["features"] == {
        "model": "auto",
        "input_chars": len("Solve x^2 - 5x + 6 = 0"),
        "stream": True,
        "tools": False,
        "images": False,
        "task": "algebra",
    }
    failed, answered = trace["calls"]
    assert (failed["deployment"], failed["failure"], failed["status"]) == ("simopen/sim-reasoner", "rate_limited", 429)
    assert failed["message"]
    assert not any(failed.get("cost", {}).values()), "a refusal costs nothing"
    assert (answered["deployment"], answered["reason"]) == ("simthropic/sim-opus", "fallback: rate_limited")
    assert (answered["effort"], answered["finish"], answered["iteration"]) == ("low", "stop", 1)
    assert 0 < answered["reasoning_tokens"] < answered["output_tokens"]
    assert 0 < answered["first_token_us"] <= answered["latency_us"]
    assert answered["vendor_request_id"].startswith("req_")
    # $5 and $25 per million tokens are 5,000 and 25,000 nano-dollars each.
    assert answered["cost"]["input"] == answered["input_tokens"] * 5_000
    assert answered["cost"]["reasoning"] == answered["reasoning_tokens"] * 25_000
    assert answered["cost"]["output"] == (answered["output_tokens"] - answered["reasoning_tokens"]) * 25_000
    assert run["cost_nanousd"] == sum(answered["cost"].values())
    assert [run[f"cost_{part}"] for part in ("input", "reasoning", "output")] == [
        answered["cost"][part] for part in ("input", "reasoning", "output")
    ]
    books = (await vendors.page("books"))["total"]
    assert books["cost_nanousd"] == run["cost_nanousd"]


@pytest.mark.parametrize("stream", [True, False], ids=["stream", "whole"])
async def test_another_model_than_was_asked_for_is_seen_and_billed_as_what_it_is(
    served: GatewayProcess, client: openai.AsyncOpenAI, vendors: Vendors, stream: bool
) -> None:
    """The vendor serves sim-small ($0.15 and $0.60) where sim-frontier ($2.50 and $15) was asked for, and says so."""
    await vendors.fails(kind="wrong_model", served="sim-small")
    answer: Any = await client.chat.completions.create(model="sim-frontier", messages=asks(), stream=stream)
    if stream:
        run_id = answer.response.headers["x-lanewise-run"]
        async for _ in answer:
            pass
    else:
        run_id = answer.model_extra["lanewise"]["run"]

    run = await run_of(served.url, run_id)

    (call,) = run["trace"]["calls"]
    assert (call["model"], call["served_model"], call["repriced"]) == ("sim-frontier", "sim-small", True)
    assert run["served_model"] == "sim-small"
    if not stream:
        assert answer.model_extra["lanewise"]["instead_of"] == "sim-frontier"
    assert (run["cost_input"], run["cost_output"]) == (run["input_tokens"] * 150, run["output_tokens"] * 600)
    assert run["cost_nanousd"] == (await vendors.page("books"))["total"]["cost_nanousd"]


async def test_the_ledger_is_the_vendors_books_to_the_unit(
    served: GatewayProcess, client: openai.AsyncOpenAI, vendors: Vendors, folder: Path
) -> None:
    """A hundred requests of all kinds, failures and retries among them."""
    before = {row["run_id"] for row in ledger(folder / "lanewise.db")}
    await vendors.fails(kind="status", code=503, probability=0.1)
    await vendors.fails(kind="reset", probability=0.05)
    models = (
        "sim-small",
        "sim-sonnet",
        "sim-opus",
        "sim-reasoner",
        "sim-deep-reasoner",
        "sim-haiku",
        "lane:openai_first",
    )
    cached = "These are the rules of the house. " * 250
    busy = asyncio.Semaphore(12)

    async def one(turn: int) -> None:
        messages = asks(f"What is {turn} * 37 + {turn}?")
        if turn % 5 == 0:
            messages = [{"role": "system", "content": cached}, *messages]
        async with busy:
            asked: Any = {"model": models[turn % len(models)], "messages": messages}
            if turn % 2:
                async for _ in await client.chat.completions.create(**asked, stream=True):
                    pass
            else:
                await client.chat.completions.create(**asked)

    done = await asyncio.gather(*(one(turn) for turn in range(105)), return_exceptions=True)

    assert {type(each) for each in done} <= {type(None), openai.InternalServerError}
    assert sum(each is None for each in done) > 80
    books = await vendors.page("books")
    database = await open_database(folder / "lanewise.db")
    try:
        runs = [each.record async for each in Records(database).since() if each.record.run_id not in before]
    finally:
        await database.close()

    async def all_runs() -> AsyncIterator[Any]:
        for run in runs:
            yield run

    assert len(runs) == 105
    assert await reconcile(all_runs(), books) == ()
    assert sum(run.cost_nanousd for run in runs) == books["total"]["cost_nanousd"] > 0
    assert books["total"]["cached_input_tokens"] > 0
    assert books["total"]["reasoning_tokens"] > 0
    assert not any(run.estimated or run.unpriced_calls for run in runs)


async def test_words_are_kept_only_where_the_policy_says_so_and_forgotten_on_demand(
    served: GatewayProcess, client: openai.AsyncOpenAI, vendors: Vendors, simulator_url: str, folder: Path
) -> None:
    question, user = f"Tell me about the {WORDS}", "someone@example.org"

    for stream in (True, False):
        for model in PINNED.values():
            answer: Any = await client.chat.completions.create(model=model, messages=asks(question), stream=stream)
            if stream:
                async for _ in answer:
                    pass
    assert WORDS.encode() not in everything_in(folder), "nothing is kept by default"

    (folder / "lanewise.yaml").write_text(policy(simulator_url, record={"content": "full"}))
    await reload(served.url)
    told: Any = await client.chat.completions.create(
        model="sim-standard", messages=asks(question), extra_body={"lanewise": {"user": user}}
    )
    assert WORDS.encode() in everything_in(folder)
    assert user.encode() in everything_in(folder)

    forgotten = await asyncio.to_thread(command, "forget", "--user", user, "--yes", "--json", cwd=folder)

    assert forgotten.returncode == 0, forgotten.stderr
    assert (json.loads(forgotten.stdout)["runs"], json.loads(forgotten.stdout)["contents"]) == (1, 1)
    assert WORDS.encode() not in everything_in(folder)
    assert user.encode() not in everything_in(folder)
    run = await run_of(served.url, told.model_extra["lanewise"]["run"])
    assert run["user"] is None
    assert run["cost_nanousd"] > 0, "the money was spent"


def everything_in(folder: Path) -> bytes:
    """Every byte of the store: the database, its log, and what waits beside it."""
    return b"".join(path.read_bytes() for path in sorted(folder.glob("lanewise.db*")))
