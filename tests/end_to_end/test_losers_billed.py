"""Best of n: the losers of a race are hung up on and billed, by an estimate that stands beside what their vendor's own books say."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from end_to_end.stage import Vendors, asks, eventually, ledger, policy, sdk
from processes import GatewayProcess, gateway

LANES: dict[str, Any] = {
    "race": {"deployments": ["simopen/sim-standard"], "verify": "math_answer", "strategy": "best_of_n", "samples": 3},
    "told": {
        "deployments": ["simthropic/sim-sonnet"],
        "verify": "math_answer",
        "strategy": "best_of_n",
        "samples": 3,
        "stream": "held",
    },
}
QUESTION = "What is 17 * 23? Show the steps."
RIGHT = "391"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("race")


@pytest.fixture(scope="module")
def served(simulator_url: str, folder: Path) -> Iterator[GatewayProcess]:
    (folder / "lanewise.yaml").write_text(policy(simulator_url, lanes=LANES))
    with gateway("--dev", cwd=folder) as process:
        yield process


@pytest.mark.parametrize("stream", [True, False], ids=["stream", "whole"])
async def test_those_who_lost_are_hung_up_on_and_billed(
    served: GatewayProcess, vendors: Vendors, folder: Path, stream: bool
) -> None:
    await vendors.begin_anew()
    await vendors.fails(kind="stall", vendor="simopen", model="sim-standard", after=4, s=600, times=2)
    async with sdk(served.url) as client:
        answer: Any = await client.chat.completions.create(
            model="lane:race", messages=asks(QUESTION), stream=stream, extra_body={"lanewise": {"expected": RIGHT}}
        )
        if stream:
            async for _ in answer:
                pass

    async def all_over() -> list[dict[str, Any]] | None:
        calls = await vendors.calls()
        return calls if len(calls) == 3 and all(call["ended_at"] for call in calls) else None

    calls = await eventually(all_over)
    left = [call for call in calls if call["client_left"]]
    row = ledger(folder / "lanewise.db")[-1]
    lost = [call for call in row["trace"]["calls"] if call.get("failure") == "cancelled"]
    assert row["verdict"] == "accept"
    assert len(left) == len(lost) == 2
    assert row["estimated"] == 1
    for call in lost:
        assert call["estimated"]
        assert sum(call["cost"].values()) > 0
    told = sum(call.get("output_tokens", 0) for call in lost)
    assert told == 0 if not stream else 0 < told <= sum(call["output_tokens"] for call in left)
    won = [call for call in row["trace"]["calls"] if call not in lost]
    assert [sum(call["cost"].values()) for call in won] == [call["cost_nanousd"] for call in calls if call not in left]


async def test_what_a_vendor_tells_of_a_loser_is_billed_to_the_unit(
    served: GatewayProcess, vendors: Vendors, folder: Path
) -> None:
    """Anthropic tells the input before any output: of that nothing is estimated, and of the output no more than was made."""
    await vendors.begin_anew()
    await vendors.fails(kind="stall", vendor="simthropic", model="sim-sonnet", after=6, s=600, times=2)
    async with sdk(served.url) as client:
        answer: Any = await client.chat.completions.create(
            model="lane:told", messages=asks(QUESTION), stream=True, extra_body={"lanewise": {"expected": RIGHT}}
        )
        async for _ in answer:
            pass

    async def all_over() -> list[dict[str, Any]] | None:
        calls = await vendors.calls()
        return calls if len(calls) == 3 and all(call["ended_at"] for call in calls) else None

    left = [call for call in await eventually(all_over) if call["client_left"]]
    row = ledger(folder / "lanewise.db")[-1]
    lost = [call for call in row["trace"]["calls"] if call.get("failure") == "cancelled"]
    assert (row["verdict"], len(left), len(lost)) == ("accept", 2, 2)
    assert sorted(call["input_tokens"] for call in lost) == sorted(call["input_tokens"] for call in left)
    for ours, theirs in zip(lost, left, strict=True):
        assert 0 < ours["output_tokens"] <= theirs["output_tokens"]
    assert row["cost_nanousd"] == sum(sum(call["cost"].values()) for call in row["trace"]["calls"])
