"""A breaker that opens in a gateway is seen where an operator looks: in the metrics, and in the store after the process is gone."""

from __future__ import annotations

from asgi_calls import Caller, called, scope
from lanewise import bootstrap
from lanewise.bootstrap import Application, ServeOptions
from lanewise.core.failure import Failure, FailureKind
from stores.opening import sql


def fail_until_it_opens(application: Application) -> None:
    parts, standard = application.gateway.parts, application.gateway.policy.lanes["standard"]
    (small,) = standard.deployments
    for _ in range(standard.breaker.min_calls):
        ticket = parts.breaker.enter(standard, small)
        parts.breaker.note(standard, small, ticket, Failure(kind=FailureKind.SERVER_ERROR, message="down"))


async def test_it_is_in_the_metrics_and_in_the_store_opened_and_ended_with_the_process(options: ServeOptions) -> None:
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
