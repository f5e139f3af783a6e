"""Lanes with `early_stop`: a vendor that is stuck is hung up on, the caller is told the truth, and the books say what it cost and saved."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from end_to_end.stage import ANSWER, DEPLOYMENTS, PATIENT, asks, bare_lanes, policy, run_of
from end_to_end.talker import Talker
from lanewise.core.usage import CHARS_PER_TOKEN
from patience import PATIENCE_S
from processes import GatewayProcess, gateway
from raw_vendor import raw_vendor

PIECE = "Hmm, let me go over all the legs of this spider once more, one by one. "
CAP = 4_000
MOST_PERIODS = 1_000  # the fifth is enough; a busy machine may be late. The vendor itself goes on for much longer
PATHS = {"openai": "/v1/chat/completions", "anthropic": "/v1/messages"}

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def talkative() -> AsyncIterator[tuple[Talker, str]]:
    script = Talker([PIECE] * (20 * MOST_PERIODS), aloud=b"aloud")
    async with raw_vendor(script) as vendor:
        yield script, vendor.address


@pytest.fixture
def stuck(talkative: tuple[Talker, str]) -> Talker:
    """The vendor, of which nothing was asked yet."""
    talkative[0].begin_anew()
    return talkative[0]


@pytest.fixture(scope="module")
def served(simulator_url: str, talkative: tuple[Talker, str], tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("early_stop")
    sections = bare_lanes(talkative[1])
    for dialect, behind in DEPLOYMENTS.items():
        sections["lanes"][f"bare_{dialect}"]["deployments"].append(behind)
        sections["lanes"][f"bare_{dialect}"]["early_stop"] = True
    (folder / "lanewise.yaml").write_text(policy(simulator_url, **sections))
    with gateway("--dev", cwd=folder) as process:
        yield process


async def heard(url: str, dialect: str, question: str) -> tuple[str, str]:
    """The stream as it came, and its run."""
    body = {"model": f"lane:bare_{dialect}", "stream": True, "max_tokens": CAP, "messages": asks(question)}
    async with aiohttp.ClientSession(timeout=PATIENT) as http, http.post(url + PATHS[dialect], json=body) as response:
        assert response.status == 200, await response.text()
        return (await response.read()).decode(), response.headers["x-lanewise-run"]


@pytest.mark.parametrize("dialect", list(PATHS))
async def test_thinking_that_is_stuck_is_hung_up_on_and_another_vendor_answers(
    served: GatewayProcess, stuck: Talker, dialect: str
) -> None:
    raw, run_id = await heard(served.url, dialect, "What is 17 * 23? Show the steps.")

    assert ANSWER in raw
    await asyncio.wait_for(stuck.hung_up.wait(), PATIENCE_S)
    assert 4 <= stuck.said < MOST_PERIODS
    run = await run_of(served.url, run_id)
    assert (run["outcome"], run["failure"]) == ("fallback", None)
    looped, answered = run["trace"]["calls"]
    assert (looped["failure"], answered["reason"]) == ("looping", "fallback: looping")
    assert "failure" not in answered
    _pays_for_what_came(looped, stuck.said)
    assert looped["reasoning_tokens"] > 0


@pytest.mark.parametrize("dialect", list(PATHS))
async def test_what_was_begun_aloud_ends_with_a_truthful_error(
    served: GatewayProcess, stuck: Talker, dialect: str
) -> None:
    raw, run_id = await heard(served.url, dialect, "Count the legs aloud.")

    await asyncio.wait_for(stuck.hung_up.wait(), PATIENCE_S)
    assert 4 <= stuck.said < MOST_PERIODS
    assert "only repeats the same" in raw
    assert '"error"' in raw
    assert "looping" in raw or dialect == "anthropic"  # whose errors have no code
    assert raw.count(PIECE.strip()) <= stuck.said
    run = await run_of(served.url, run_id)
    assert (run["outcome"], run["failure"], run["status"]) == ("failure", "looping", 502)
    (looped,) = run["trace"]["calls"]
    _pays_for_what_came(looped, stuck.said)


def _pays_for_what_came(call: dict[str, Any], periods: int) -> None:
    assert call["estimated"]
    assert 4 * len(PIECE) // CHARS_PER_TOKEN <= call["output_tokens"] <= -(-periods * len(PIECE) // CHARS_PER_TOKEN)
    assert call["spared_tokens"] == CAP - call["output_tokens"]
    assert call["spared_nanousd"] == call["spared_tokens"] * 1_000  # $1 per million
    assert sum(call["cost"].values()) == (call["input_tokens"] + call["output_tokens"]) * 1_000
