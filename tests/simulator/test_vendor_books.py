"""The vendors' own books: equal to the usage returned, and true about what was cut, faulted or left."""

from __future__ import annotations

from typing import Any

import anthropic
import pytest

from lanewise.simulator.books import cost_nanousd
from lanewise.simulator.exchange import InputUsage
from lanewise.simulator.models import MODELS_BY_NAME
from simulator.simulated import Vendors, asks, raw_call, read_all

pytestmark = pytest.mark.asyncio(loop_scope="module")

CHAT = "/simopen/v1/chat/completions"


@pytest.fixture(autouse=True)
def _fresh(at: Vendors) -> None:
    at.sim.simulator.reset()


async def test_the_books_equal_the_usage_returned(at: Vendors) -> None:
    spent = {}
    for model in ("sim-small", "sim-reasoner"):
        answer = await at.open.chat.completions.create(model=model, messages=asks("What is 13 * 17?"))
        assert answer.usage is not None
        spent[model] = (answer.usage.prompt_tokens, answer.usage.completion_tokens, answer.id)
    books = await at.page("books")
    rows = {row["served_model"]: row for row in books["calls"]}
    for name, (given, generated, response_id) in spent.items():
        price = MODELS_BY_NAME["simopen", name].price
        row = rows[name]
        assert (row["input_tokens"], row["output_tokens"], row["response_id"]) == (given, generated, response_id)
        assert row["cost_nanousd"] == given * price.input_nanousd + generated * price.output_nanousd
        assert books["vendors"]["simopen"][name]["cost_nanousd"] == row["cost_nanousd"]
    assert books["total"]["cost_nanousd"] == sum(row["cost_nanousd"] for row in rows.values())
    assert books["total"]["calls"] == 2


async def test_a_stream_is_booked_like_a_whole_answer(at: Vendors) -> None:
    asked: Any = {"model": "sim-deep-reasoner", "messages": asks("What is 13 * 17?")}
    async for _ in await at.deep.chat.completions.create(**asked, stream=True):
        pass
    await at.deep.chat.completions.create(**asked)
    first, second = (await at.page("books"))["calls"]
    assert first["completed"]
    assert second["completed"]
    names = ("input_tokens", "output_tokens", "reasoning_tokens", "charged")
    assert [first[name] for name in names] == [second[name] for name in names]


async def test_cached_and_written_tokens_have_their_own_price(at: Vendors) -> None:
    block: Any = {"type": "text", "text": "Rules. " * 1_500, "cache_control": {"type": "ephemeral"}}
    usages = []
    for _ in range(2):
        answer = await at.thropic.messages.create(
            model="sim-opus", max_tokens=60, system=[block], messages=asks("What is 1 + 1?")
        )
        usages.append(answer.usage)
    rows = (await at.page("books"))["calls"]
    assert [row["cache_write_tokens"] for row in rows] == [usages[0].cache_creation_input_tokens, 0]
    assert [row["cached_input_tokens"] for row in rows] == [0, usages[1].cache_read_input_tokens]
    price = MODELS_BY_NAME["simthropic", "sim-opus"].price
    assert rows[1]["cost_nanousd"] == (
        usages[1].input_tokens * price.input_nanousd
        + (usages[1].cache_read_input_tokens or 0) * price.cached_input_nanousd
        + usages[1].output_tokens * price.output_nanousd
    )
    assert rows[1]["cost_nanousd"] < rows[0]["cost_nanousd"]


async def test_errors_before_the_first_token_are_free(at: Vendors) -> None:
    body = {"model": "sim-standard", "messages": asks("Hello")}
    for fault in ("status;code=500", "reset"):
        async with raw_call(at.sim, CHAT, body, fault) as reader:
            await read_all(reader)
    with pytest.raises(anthropic.BadRequestError):
        await at.thropic.messages.create(
            model="sim-opus", max_tokens=5, messages=asks("x"), extra_body={"temperature": 0.1}
        )
    books = await at.page("books")
    assert [(row["charged"], row["cost_nanousd"]) for row in books["calls"]] == [(False, 0)] * 3
    assert books["total"]["charged_calls"] == 0


async def test_a_cut_stream_is_charged_up_to_the_cut(at: Vendors) -> None:
    body = {"model": "sim-standard", "messages": asks("Tell me about garden fences, please"), "stream": True}
    whole = await at.open.chat.completions.create(model="sim-standard", messages=body["messages"])
    async with raw_call(at.sim, CHAT, body, "cut;after=2") as reader:
        await read_all(reader)
    row = (await at.page("books"))["calls"][-1]
    assert whole.usage is not None
    assert row["charged"]
    assert not row["completed"]
    assert 0 < row["output_tokens"] < whole.usage.completion_tokens
    usage = InputUsage(total=row["input_tokens"])
    assert row["cost_nanousd"] == cost_nanousd(MODELS_BY_NAME["simopen", "sim-standard"], usage, row["output_tokens"])


async def test_another_model_is_charged_at_its_own_price(at: Vendors) -> None:
    await at.open.chat.completions.create(
        model="sim-frontier", messages=asks("What is 2 + 2?"), extra_headers={"x-sim-fault": "wrong_model"}
    )
    books = await at.page("books")
    assert list(books["vendors"]["simopen"]) == ["sim-small"]
    assert books["calls"][0]["model"] == "sim-frontier"


async def test_the_log_has_the_request_without_its_secrets(at: Vendors) -> None:
    await at.open.chat.completions.create(
        model="sim-small", messages=asks("Hello"), extra_headers={"x-mine": "yes", "x-sim-fault": "empty"}
    )
    row = await at.last_logged()
    assert row["body"]["messages"] == asks("Hello")
    assert row["headers"]["x-mine"] == "yes"
    assert "authorization" not in row["headers"]
    assert (row["status"], row["fault"], row["client_left"]) == (200, "empty", None)


async def test_delete_forgets(at: Vendors) -> None:
    await at.open.chat.completions.create(model="sim-small", messages=asks("Hello"))
    async with at.http.delete(f"{at.sim.base_url}/__books__") as response:
        assert (await response.json())["calls"] == []
    assert (await at.page("log"))["requests"] == []
