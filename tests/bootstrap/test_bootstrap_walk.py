"""The walk's parts are the real ones: they know what was before this start, and what they do is seen where an operator looks."""

from __future__ import annotations

import pytest

from asgi_calls import Caller, called, scope
from lanewise import bootstrap
from lanewise.bootstrap import Application, ServeOptions
from lanewise.core.failure import Failure, FailureKind
from stores.opening import sql
from stores.samples import START_US, a_call, a_record, a_trace


def fail_until_it_opens(application: Application) -> None:
    parts, standard = application.gateway.parts, application.gateway.policy.lanes["standard"]
    (small,) = standard.deployments
    for _ in range(standard.breaker.min_calls):
        ticket = parts.breaker.enter(standard, small)
        parts.breaker.note(standard, small, ticket, Failure(kind=FailureKind.SERVER_ERROR, message="down"))


async def test_a_breaker_s_moves_are_in_the_metrics_and_in_the_store_opened_and_ended_with_the_process(
    options: ServeOptions,
) -> None:
    async with bootstrap.opened(options) as application:
        fail_until_it_opens(application)
        assert application.gateway.parts.waiting_room.sit_down(1)
        text = (await called(application.app, scope("/metrics", host="localhost"), Caller())).body.decode()

    assert 'lanewise_breaker_position{deployment="local/small",lane="standard"} 2.0' in text
    assert 'lanewise_breaker_opens_total{deployment="local/small",lane="standard"} 1.0' in text
    assert "lanewise_requests_waiting 1.0" in text
    assert options.store is not None
    with sql(options.store) as connection:
        moves = connection.execute("SELECT lane, deployment, position FROM breaker_events ORDER BY at_us").fetchall()
    assert moves == [("standard", "local/small", "open"), ("standard", "local/small", "closed")]


async def test_a_gateway_that_starts_again_knows_how_long_its_calls_take(options: ServeOptions) -> None:
    async with bootstrap.opened(options) as application:
        parts = application.gateway.parts
        for number in range(100):
            call = a_call(latency_us=(1 + number) * 100_000, first_token_us=50_000)
            record = a_record(f"run_{number:03}", started_us=START_US + number, stream=True, trace=a_trace(call))
            parts.ledger.append(record)
            for observe in parts.observers:
                observe(record)
        before = parts.history.lane("standard")
    assert before is not None
    assert before.p95_s == pytest.approx(9.5, rel=0.11)

    async with bootstrap.opened(options) as application:
        assert application.gateway.parts.history.lane("standard") == before
        assert application.gateway.parts.history.deployment("standard", "openai/gpt-5.4-mini") == before
        assert application.gateway.parts.history.lane("reasoning") is None
