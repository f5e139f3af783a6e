"""Every way to more calls than one, over sockets, with vendors that fail and callers that leave: what vendors bill is within the cap."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any

import openai

from end_to_end.stage import Vendors, asks, ledger, policy, sdk
from end_to_end.test_budget import key_of, serving, spent

CAP_NANOUSD = 25_000_000  # $0.025
SMALL, OTHER = "simopen/sim-small", "simthropic/sim-haiku"
JUDGE = {"judge": {"deployment": OTHER, "own_family": True}}
CHECKED: dict[str, Any] = {"deployments": [SMALL], "verify": "math_answer"}
LANES: dict[str, Any] = {
    "plain": {"deployments": [SMALL]},
    "spare": {"deployments": [SMALL, OTHER]},
    "mended": CHECKED | {"repairs": 2},
    "raced": CHECKED | {"strategy": "best_of_n", "samples": 3},
    "voted": {"deployments": [SMALL], "strategy": "vote", "samples": 3},
    "judged": {"deployments": [SMALL], "repairs": 1, "verify": JUDGE},
    "searched": CHECKED | {"strategy": "search", "search": {"width": 2, "depth": 2, "judge": "math_answer"}},
}
FAULTS = ("status", "reset", "reset_mid", "cut", "truncate", "malformed", "length")
CALLERS, MOST_ASKED = 24, 40
#: What surely sends more than one call: the lane, whether its vendor fails once, what is told, and why calls are sent.
SURE: tuple[tuple[str, bool, dict[str, str], set[str]], ...] = (
    ("plain", True, {}, {"first", "retry"}),
    ("spare", True, {}, {"first", "fallback"}),
    ("mended", False, {"expected": "0"}, {"first", "repair"}),
    ("voted", False, {}, {"first", "sample"}),
    ("judged", False, {}, {"first", "judge"}),
    ("searched", False, {"expected": "0"}, {"first", "step", "search"}),
)


def asked(lane: str, numbers: tuple[int, int], **told: str) -> dict[str, Any]:
    """A question that is hard enough to be got wrong, and what its asker tells of it."""
    text = f"What is {numbers[0]} * {numbers[1]} + 119 * 29 - 31 * 17? Show the steps."
    return {"model": f"lane:{lane}", "messages": asks(text), "max_tokens": 120, "extra_body": {"lanewise": told}}


async def each_kind_of_call(client: openai.AsyncOpenAI, vendors: Vendors) -> None:
    """Ask where it is sure why further calls are sent: one call fails, or no answer can be right."""
    for lane, fails, told, _ in SURE:
        if fails:
            await vendors.fails(kind="status", model="sim-small", code=503, times=1)
        await client.chat.completions.create(**asked(lane, (217, 23), **told))


async def ask_on(client: openai.AsyncOpenAI, caller: int, became: Counter[str]) -> None:
    """Ask in every lane in turn, whole or streamed, leaving now and then, until the cap is reached."""
    for number in range(MOST_ASKED):
        lane = list(LANES)[(caller + number) % len(LANES)]
        of = (217 + caller, 23 + number)
        request = asked(lane, of, expected=str(of[0] * of[1] + 119 * 29 - 31 * 17))
        try:
            async with asyncio.timeout(0.05 if (caller + number) % 5 == 0 else 60):
                answer: Any = await client.chat.completions.create(**request, stream=bool(number % 2))
                if number % 2:
                    async for _ in answer:
                        pass
            became["answered"] += 1
        except TimeoutError:
            became["left"] += 1
        except openai.RateLimitError as error:
            if error.code == "tenant.daily":
                became["refused"] += 1
                return
            became["limited"] += 1
        except openai.APIError:
            became["failed"] += 1


async def test_whatever_goes_wrong_the_vendors_are_paid_no_more_than_the_cap(
    simulator_url: str, vendors: Vendors, tmp_path: Path
) -> None:
    tenants = {"acme": {"budget": {"daily": "$0.025"}}}
    (tmp_path / "lanewise.yaml").write_text(policy(simulator_url, lanes=LANES, tenants=tenants))
    became: Counter[str] = Counter()
    with serving(tmp_path) as served:
        key = await key_of(served.url, "acme")
        async with sdk(served.url, key=key) as client:
            await each_kind_of_call(client, vendors)
            sure = ledger(tmp_path / "lanewise.db", tenant="acme")
            for kind in FAULTS:
                await vendors.fails(kind=kind, vendor="simopen", probability=0.06, code=503)
            await asyncio.gather(*(ask_on(client, caller, became) for caller in range(CALLERS)))
        counted = await spent(tmp_path, served.url)
        books = await vendors.page("books")

    assert became["refused"] == CALLERS, became
    assert min(became["answered"], became["left"], became["failed"]) > 0, became
    rows = ledger(tmp_path / "lanewise.db", tenant="acme")
    assert sum(row["cost_nanousd"] + row["held_nanousd"] for row in rows) == counted
    assert books["total"]["cost_nanousd"] <= counted <= CAP_NANOUSD
    billed = {row["request_id"]: row["cost_nanousd"] for row in books["calls"]}
    calls = [call for row in rows for call in row["trace"].get("calls", ())]
    told = [call for call in calls if not call.get("estimated") and not call.get("failure")]
    assert len(told) > CALLERS
    for call in told:
        assert sum(call["cost"].values()) == billed[call["vendor_request_id"]]
    assert all(kinds <= kinds_of(next(row for row in sure if row["lane"] == lane)) for lane, _, _, kinds in SURE)


def kinds_of(row: dict[str, Any]) -> set[str]:
    """Why a run's calls were made, in one word each."""
    return {call.get("reason", "first").partition(":")[0] for call in row["trace"].get("calls", ())}
