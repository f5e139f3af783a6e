"""Running the simulator: loopback only, bounded life, its table of models, its independence."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import pytest

from lanewise.simulator.models import SIMULATED_MODELS, SIMULATED_VENDORS
from lanewise.simulator.server import RunningSimulator, SimulatorOptions, run, running
from patience import PATIENCE_S
from simulator.simulated import asks, vendors


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.4"])
async def test_only_loopback_is_served(host: str) -> None:
    with pytest.raises(ValueError, match="loopback only"):
        async with running(host=host):
            pass


async def test_it_announces_itself_and_ends_by_itself() -> None:
    seen: list[RunningSimulator] = []
    await run(SimulatorOptions(time_scale=0), 0, seen.append, max_seconds=0.05)
    assert seen[0].base_url == f"http://127.0.0.1:{seen[0].port}"
    with pytest.raises(OSError, match=r"refused|Connect call failed"):
        await asyncio.open_connection("127.0.0.1", seen[0].port)


async def test_stopping_does_not_wait_for_a_silent_client() -> None:
    async with asyncio.timeout(PATIENCE_S):
        async with vendors() as at:
            call = asyncio.create_task(
                at.open.chat.completions.create(
                    model="sim-small", messages=asks("Hi"), extra_headers={"x-sim-fault": "slow_first_token;s=600"}
                )
            )
            await at.last_logged()
            call.cancel()
            await asyncio.gather(call, return_exceptions=True)


async def test_delays_follow_the_models_speed() -> None:
    loop = asyncio.get_running_loop()
    async with vendors(time_scale=0.2) as at:
        started = loop.time()
        await at.open.chat.completions.create(model="sim-small", messages=asks("Hello"))
        assert loop.time() - started >= 0.25 * 0.2


async def test_many_calls_at_once_are_all_answered_and_booked() -> None:
    async with vendors() as at:
        body = {"model": "sim-small", "messages": asks("What is 2 + 2?")}
        url = at.sim.vendor_url("simopen") + "/chat/completions"

        async def one() -> int:
            async with at.http.post(url, json=body, headers={"authorization": "Bearer k"}) as response:
                await response.read()
                return int(response.status)

        assert await asyncio.gather(*(one() for _ in range(300))) == [200] * 300
        assert (await at.page("books"))["total"]["calls"] == 300


def test_the_table_of_models_is_whole() -> None:
    assert {model.vendor for model in SIMULATED_MODELS} == {vendor.name for vendor in SIMULATED_VENDORS}
    for model in SIMULATED_MODELS:
        price = model.price
        assert (
            0
            < price.cached_input_nanousd
            <= price.input_nanousd
            <= price.cache_write_nanousd
            < price.output_nanousd * 2
        )
        assert all(isinstance(value, int) for value in (price.input_nanousd, price.output_nanousd))
        assert model.max_output_tokens < model.context_tokens


def test_the_time_scale_is_checked() -> None:
    with pytest.raises(ValueError, match="time_scale"):
        SimulatorOptions(time_scale=-1)


def test_the_simulator_imports_nothing_else_of_the_gateway() -> None:
    code = (
        "import sys, lanewise.simulator.server;"
        "print(*sorted(m for m in sys.modules if m.startswith('lanewise.') and not m.startswith('lanewise.simulator')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
