"""A search over steps through a real gateway and vendors that err: it finds what one call and its repairs do not, and tells its cost."""

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

from end_to_end.stage import PATIENT, asks, ledger, policy, sdk
from processes import GatewayProcess, gateway

SMALL = "simopen/sim-small"
CHECKED: dict[str, Any] = {"deployments": [SMALL], "verify": "math_answer"}
LANES: dict[str, Any] = {
    "once": CHECKED | {"repairs": 0},
    "mended": CHECKED | {"repairs": 2},
    "searched": CHECKED | {"strategy": "search", "timeout": "5m", "search": {"depth": 7, "judge": "math_answer"}},
}
PAGE = Path(__file__).parents[2] / "docs/how-to/check-answers.md"
#: As the page names them.
NAMES = {"once": "one call", "mended": "two repairs", "searched": "search, steps judged by `math_answer`"}
RULES = [{"when": {"task": name}, "lane": name} for name in LANES]


def sums(count: int) -> list[tuple[str, str]]:
    """Calculations of five steps, which the small model gets wrong most of the time, and what they come to."""
    made = []
    for n in range(count):
        a, b, c, d = 217 + 13 * n, 23 + 7 * n, 119 + 11 * n, 29 + 3 * n
        made.append((f"What is {a} * {b} + {c} * {d} - 31 * 17? Show the steps.", str(a * b + c * d - 31 * 17)))
    return made


SUMS = sums(10)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("searched")


@pytest.fixture(scope="module")
def served(simulator_url: str, folder: Path) -> Iterator[GatewayProcess]:
    text = policy(simulator_url, lanes=LANES, routing={"rules": RULES, "default": "once"})
    (folder / "lanewise.yaml").write_text(text)
    with gateway("--dev", cwd=folder) as process:
        yield process


@pytest_asyncio.fixture
async def client(served: GatewayProcess) -> AsyncIterator[openai.AsyncOpenAI]:
    async with sdk(served.url) as official:
        yield official


async def ask(client: openai.AsyncOpenAI, task: str, question: str, expected: str, **more: Any) -> dict[str, Any]:
    answer = await client.chat.completions.create(
        model="auto", messages=asks(question), extra_body={"lanewise": {"task": task, "expected": expected}}, **more
    )
    told: dict[str, Any] = answer.model_extra["lanewise"]
    return told


async def test_a_search_finds_what_one_call_and_its_repairs_do_not_and_says_what_it_costs(
    client: openai.AsyncOpenAI, folder: Path
) -> None:
    right, paid_usd, table = {}, {}, []
    for task in LANES:
        told = await asyncio.gather(*(ask(client, task, question, expected) for question, expected in SUMS))
        right[task] = sum(each["verdict"] == "accept" for each in told)
        paid_usd[task] = sum(float(each["cost_usd"]) for each in told)
    assert right["once"] < right["mended"] < right["searched"]
    assert paid_usd["once"] < paid_usd["mended"] < paid_usd["searched"]
    for task, name in NAMES.items():
        found = ledger(folder / "lanewise.db", task=task)
        calls, nanousd = (sum(row[column] for row in found) for column in ("calls", "cost_nanousd"))
        table.append(f"| {name} | {right[task]} of {len(SUMS)} | {calls} | ${nanousd / 1e9:.5f} |")
    assert "\n".join(table) in PAGE.read_text(encoding="utf-8"), f"write into {PAGE.name}:\n{table}"
    rows = ledger(folder / "lanewise.db", task="searched")
    assert len(rows) == len(SUMS)
    for row in rows:
        calls = row["trace"]["calls"]
        assert row["cost_nanousd"] == sum(sum(call.get("cost", {}).values()) for call in calls)
        steps = [call for call in calls if call.get("reason", "").startswith("step: ")]
        assert all(call["name"].startswith("searched/search-") for call in steps)
        assert len(steps) + row["attempts"] == len(calls) <= 48
    searched = [row for row in rows if row["attempts"] > 1 and row["verdict"] == "accept"]
    assert searched, "the small model was always right at once; choose harder sums"
    assert {row["trace"]["strategy"] for row in searched} == {"search"}
    assert all(row["trace"]["answer"].endswith("-answer/call-") for row in searched)


async def test_a_search_says_how_far_it_is(client: openai.AsyncOpenAI, served: GatewayProcess) -> None:
    body = {
        "model": "auto",
        "stream": True,
        "messages": asks(SUMS[0][0]),
        "lanewise": {"task": "searched", "expected": SUMS[0][1], "progress": True},
    }
    async with (
        aiohttp.ClientSession(timeout=PATIENT) as http,
        http.post(f"{served.url}/v1/chat/completions", json=body) as response,
    ):
        lines = (await response.text()).splitlines()
    chunks = [json.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data: {")]
    steps = [chunk["lanewise"] for chunk in chunks if chunk.get("lanewise", {}).get("event") == "searching"]
    assert [each["steps"] for each in steps] == list(range(1, len(steps) + 1))
    assert {"0", "1", "2"} <= {each["step"] for each in steps}
    text = "".join(choice["delta"].get("content") or "" for chunk in chunks for choice in chunk["choices"])
    assert text.count("Answer:") == 1


async def test_a_request_with_tools_is_answered_once_and_marked(client: openai.AsyncOpenAI) -> None:
    tool = {"type": "function", "function": {"name": "add", "parameters": {"type": "object", "properties": {}}}}
    told = await ask(client, "searched", SUMS[0][0], SUMS[0][1], tools=[tool], tool_choice="none")
    assert (told["calls"], told["degraded"]) == (1, [{"reason": "search: tools", "from": "search", "to": "single"}])
