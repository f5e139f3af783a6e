"""The HTTP call against the simulated vendors: what it reads is what they were paid for, and what breaks is named."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import msgspec
import pytest

from contracts.vendor_answers import Asked, a_call
from lanewise.core.answer import Finish
from lanewise.core.clock import SystemClock
from lanewise.core.failure import FailureKind
from lanewise.core.policy import Deployment, ModelFacts, ProviderPolicy
from lanewise.core.request import Dialect
from lanewise.providers.http import HttpProvider
from lanewise.providers.pools import Pools
from lanewise.simulator.faults import Fault
from lanewise.simulator.server import RunningSimulator, SimulatorOptions, running
from lanewise.wire import INBOUND, OUTBOUND

MODELS = {
    "sim-small": ("simopen", Dialect.OPENAI_CHAT, ModelFacts()),
    "sim-reasoner": (
        "simopen",
        Dialect.OPENAI_CHAT,
        ModelFacts(thinking="effort", efforts=("low", "high"), sampling=False, output_cap="max_completion_tokens"),
    ),
    "sim-deep-reasoner": ("simdeep", Dialect.OPENAI_CHAT, ModelFacts(reasoning_field="reasoning_content")),
    "sim-haiku": ("simthropic", Dialect.ANTHROPIC_MESSAGES, ModelFacts(logprobs=False)),
}
QUESTION = "A shop sells 12 boxes of 48 pencils at $3 a box. How many pencils is that, and what do they cost in total?"


@dataclass(frozen=True, kw_only=True)
class World:
    simulator: RunningSimulator
    provider: HttpProvider

    def ask(self, model: str, *, stream: bool, idle_timeout_s: float = 20.0, want_content: bool = True) -> Asked:
        vendor, dialect, facts = MODELS[model]
        base_url = self.simulator.vendor_url(vendor) + ("" if dialect is Dialect.OPENAI_CHAT else "/v1")
        provider = ProviderPolicy(
            name=vendor,
            dialect=dialect,
            base_url=base_url,
            api_key="any",
            auth_header="authorization" if dialect is Dialect.OPENAI_CHAT else "x-api-key",
            simulated=True,
        )
        at = Deployment(provider=provider, model=model, facts=facts)
        call = a_call(dialect, stream=stream, idle_timeout_s=idle_timeout_s, text=QUESTION, at=at, max_tokens=3_000)
        return Asked(self.provider, msgspec.structs.replace(call, want_content=want_content))

    def breaks(self, **fault: Any) -> None:
        self.simulator.simulator.faults.add(Fault(**fault))

    def books(self) -> dict[str, Any]:
        return self.simulator.simulator.books.books_json()


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with running(SimulatorOptions(time_scale=0.0)) as simulator:
        pools = Pools()
        yield World(simulator=simulator, provider=HttpProvider(OUTBOUND, INBOUND, pools=pools, clock=SystemClock()))
        await pools.close()


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("model", MODELS)
async def test_usage_is_what_the_vendor_s_books_say(world: World, model: str, *, stream: bool) -> None:
    asked = world.ask(model, stream=stream)
    generation = await asked.answer()
    assert generation.failure is None
    assert generation.content is not None
    assert generation.content.text
    assert generation.finish is Finish.STOP
    assert generation.served_model == model
    assert generation.vendor_request_id
    assert generation.usage is not None
    (row,) = world.books()["calls"]
    assert (
        generation.usage.input_tokens,
        generation.usage.cached_tokens,
        generation.usage.output_tokens,
        generation.usage.reasoning_tokens,
    ) == (row["input_tokens"], row["cached_input_tokens"], row["output_tokens"], row["reasoning_tokens"])
    if stream:
        assert asked.text == generation.content.text
        assert asked.meter.output_chars == len(asked.text)


@pytest.mark.parametrize("shape", ["stream", "whole", "whole, its content not wanted"])
@pytest.mark.parametrize("model", MODELS)
async def test_an_empty_answer_is_told_apart(world: World, model: str, shape: str) -> None:
    """Where the content of a whole answer is not wanted, and so not read, it is looked at for this."""
    asked = world.ask(model, stream=shape == "stream", want_content="not" not in shape)
    assert not (await asked.answer()).empty
    world.breaks(kind="empty")
    generation = await asked.answer()
    assert (generation.empty, generation.failure) == (True, None)


@pytest.mark.parametrize("model", ["sim-small", "sim-haiku"])
@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ({"kind": "status", "code": 429, "retry_after": 2}, FailureKind.RATE_LIMITED),
        ({"kind": "status", "code": 500}, FailureKind.SERVER_ERROR),
        ({"kind": "status", "code": 502}, FailureKind.SERVER_ERROR),
        ({"kind": "status", "code": 401}, FailureKind.VENDOR_ACCESS),
        ({"kind": "reset"}, FailureKind.CONNECTION_LOST),
        ({"kind": "reset_mid", "after": 2}, FailureKind.CONNECTION_LOST),
        ({"kind": "truncate", "after": 2}, FailureKind.CONNECTION_LOST),
        ({"kind": "cut", "after": 2}, FailureKind.CUT_STREAM),
        ({"kind": "malformed", "after": 2}, FailureKind.MALFORMED),
        ({"kind": "stall", "after": 2}, FailureKind.IDLE_TIMEOUT),
    ],
)
async def test_every_fault_of_a_vendor_is_a_value_that_names_it(
    world: World, model: str, fault: dict[str, Any], kind: FailureKind
) -> None:
    world.breaks(**fault)
    asked = world.ask(model, stream=True, idle_timeout_s=0.3 if fault["kind"] == "stall" else 20.0)
    failure = (await asked.answer()).failure
    assert failure is not None
    assert failure.kind is kind
    assert failure.message
    if kind is FailureKind.RATE_LIMITED:
        assert failure.retry_after_s == 2


@pytest.mark.parametrize("model", ["sim-small", "sim-haiku"])
async def test_an_error_event_is_a_transient_failure(world: World, model: str) -> None:
    world.breaks(kind="error_event", after=2)
    failure = (await world.ask(model, stream=True).answer()).failure
    assert failure is not None
    assert failure.transient


@pytest.mark.parametrize(("model", "served"), [("sim-small", "sim-standard"), ("sim-haiku", "sim-sonnet")])
@pytest.mark.parametrize("stream", [False, True])
async def test_a_vendor_that_serves_another_model_says_so(
    world: World, model: str, served: str, *, stream: bool
) -> None:
    world.breaks(kind="wrong_model", served=served)
    asked = world.ask(model, stream=stream)
    generation = await asked.answer()
    assert generation.failure is None
    assert generation.served_model == asked.meter.served_model == served


@pytest.mark.parametrize("model", ["sim-small", "sim-haiku"])
async def test_an_answer_cut_off_by_its_cap_says_so(world: World, model: str) -> None:
    world.breaks(kind="length")
    generation = await world.ask(model, stream=True).answer()
    assert generation.failure is None
    assert generation.finish is Finish.LENGTH


async def test_the_request_arrives_as_the_vendor_knows_it(world: World) -> None:
    await world.ask("sim-haiku", stream=False).answer()
    (row,) = world.simulator.simulator.books.log_json()["requests"]
    headers = row["headers"]
    assert headers["anthropic-version"] == "2023-06-01"
    assert headers["content-type"] == "application/json"
    assert row["path"] == "/simthropic/v1/messages"
    assert msgspec.json.encode(row["body"]["messages"]).count(b"pencils") >= 1
