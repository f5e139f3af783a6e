"""What a caller who waits sees on the socket: how long it usually takes, why it takes this long, and which lane answers in the end."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import pytest

from lanewise.core.answer import Finish, Generation, Meter
from lanewise.core.failure import FailureKind
from lanewise.core.policy import Amplification, Waiting
from lanewise.core.protocols.provider import Call, DeltaSink
from lanewise.core.usage import Usage
from patience import PATIENCE_S
from serving import Served, serving
from stores.samples import a_call, a_record, a_trace
from walking import answers, fails, hangs, lane, policy

KEY = {"authorization": "Bearer lw_acme"}
STANDARD = lane("standard", "alpha/small", heartbeat_after_s=0.03)
REASONING = lane("reasoning", "beta/large", heartbeat_after_s=0.03, effort="high", degrade_to="standard")
DOWN = fails(FailureKind.VENDOR_ACCESS)
BUSY = fails(FailureKind.OVERLOADED, retry_after_s=0.3)


async def eight(call: Call, meter: Meter, on_deltas: DeltaSink) -> Generation:
    """A vendor that answers at once, as it is asked to."""
    if call.stream:
        return await answers()(call, meter, on_deltas)
    return Generation(
        dialect=call.deployment.provider.dialect,
        body=b'{"choices":[{"index":0,"message":{"role":"assistant","content":"Eight."},"finish_reason":"stop"}]}',
        finish=Finish.STOP,
        usage=Usage(input_tokens=10, output_tokens=2),
    )


def body(model: str, *, stream: bool) -> dict[str, Any]:
    return {"model": model, "messages": [{"role": "user", "content": "How many?"}], "stream": stream}


def seen(at: Served, lane_name: str, latency_us: int) -> None:
    """Calls of a lane that took so long each."""
    for number in range(50):
        usual = a_call(lane=lane_name, latency_us=latency_us, first_token_us=latency_us // 2)
        at.walk.history.observe(a_record(f"run_{lane_name}_{number}", trace=a_trace(usual)))


async def ask(at: Served, model: str, *, stream: bool, **headers: str) -> tuple[aiohttp.ClientResponse, bytes]:
    async with (
        aiohttp.ClientSession() as session,
        session.post(
            f"{at.url}/v1/chat/completions", json=body(model, stream=stream), headers=KEY | headers
        ) as response,
    ):
        return response, await response.read()


@pytest.mark.parametrize("stream", [False, True])
async def test_an_answer_says_how_long_its_lane_usually_takes_once_that_is_known(*, stream: bool) -> None:
    async with serving(policy(STANDARD), {"alpha/small": [eight]}) as at:
        first, _ = await ask(at, "auto", stream=stream)
        seen(at, "standard", 2_000_000)
        later, _ = await ask(at, "auto", stream=stream)
    assert "x-lanewise-expected" not in first.headers
    assert later.headers["x-lanewise-expected"].startswith("p50=2.")


@pytest.mark.parametrize("stream", [False, True])
async def test_where_a_faster_lane_answers_its_name_and_its_times_are_told(*, stream: bool) -> None:
    async with serving(policy(STANDARD, REASONING), {"alpha/small": [eight], "beta/large": [DOWN]}) as at:
        seen(at, "standard", 2_000_000)
        seen(at, "reasoning", 40_000_000)
        response, _ = await ask(at, "lane:reasoning", stream=stream)
    assert response.headers["x-lanewise-lane"] == "standard"
    assert response.headers["x-lanewise-expected"].startswith("p50=2.")
    assert response.headers["x-lanewise-degraded"] == "degraded: vendor_access; from=reasoning; to=standard"


async def test_a_lane_that_thinks_in_silence_says_so_and_how_long_that_usually_takes() -> None:
    async with serving(policy(STANDARD, REASONING), {"alpha/small": [eight], "beta/large": [hangs]}) as at:
        seen(at, "reasoning", 40_000_000)
        async with (
            aiohttp.ClientSession() as session,
            session.post(
                f"{at.url}/v1/chat/completions", json=body("lane:reasoning", stream=True), headers=KEY
            ) as response,
        ):
            line = await asyncio.wait_for(response.content.readline(), PATIENCE_S)
    assert line.startswith(b": thinking elapsed_s=0.")
    assert b" expected_p50_s=4" in line
    assert line.endswith(b" reason=lane reasoning thinks\n")


async def test_who_can_wait_is_told_that_it_is_queued_and_then_answered_by_the_lane_it_asked_for() -> None:
    no_retries, short = Amplification(max_retries=0), Waiting(max_wait_s=0.4)
    patient = policy(STANDARD, REASONING, amplification=no_retries, waiting=short)
    scripts = {"alpha/small": [BUSY], "beta/large": [BUSY, answers()]}
    async with serving(patient, scripts) as at:
        response, raw = await ask(at, "lane:reasoning", stream=True, **{"x-lanewise-latency": "can_wait"})

    queued = [line for line in raw.splitlines() if line.startswith(b": queued ")]
    assert queued
    assert b" wait_s=0." in queued[0]
    assert queued[0].endswith(b" reason=nobody can answer now (overloaded)")
    # It began when it was queued: nobody had answered yet, so it has the name of the lane that was to
    assert response.headers["x-lanewise-lane"] == at.walk.ledger.records[0].lane == "reasoning"
