"""Small answers: what may be asked for, whether requests can be taken, and errors in the caller's dialect."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from asgi_calls import Sent, called, scope
from lanewise.core.failure import Failure, FailureKind
from lanewise.core.policy import BreakerPolicy
from lanewise.server import reads
from lanewise.server.auth import Door
from lanewise.server.dialects import Dialects
from lanewise.server.listening import Listeners
from lanewise.server.models import models
from lanewise.telemetry.metrics import Metrics
from lanewise.wire import INBOUND
from lanewise.wire.beside import BESIDE
from pipeline.runs import a_walk
from serving import Ring
from stores.samples import a_record
from walking import Walk, deployment, lane, policy

DIALECTS = Dialects(INBOUND, BESIDE)
DOOR = Door(Ring())
KEY = {"authorization": "Bearer lw_acme"}


async def well() -> str | None:
    return None


async def ill() -> str | None:
    return "takes no writes"


@pytest.mark.parametrize("door_needs", [models(a_walk().gateway, DOOR), reads.metrics(Metrics(), DOOR)])
async def test_without_a_key_nothing_is_told_but_what_is_missing(door_needs: reads.Read) -> None:
    sent = await called(reads.ReadEndpoint(door_needs, DIALECTS), scope())
    assert (sent.status, sent.json()["error"]["type"]) == (401, "authentication_error")
    assert sent.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(
    ("pings", "draining", "status", "checks"),
    [
        ({"store": well}, False, 200, {"store": "ok"}),
        ({"store": ill, "vendors": well}, False, 503, {"store": "takes no writes", "vendors": "ok"}),
        ({"store": well}, True, 503, {"store": "ok", "process": "draining"}),
    ],
)
async def test_ready_asks_everything_it_depends_on_and_says_what_is_wrong(
    pings: dict[str, reads.Ping], draining: bool, status: int, checks: dict[str, str]
) -> None:
    listeners = Listeners()
    listeners.draining = draining
    sent = await called(reads.ReadEndpoint(reads.ready(a_walk().gateway, listeners, pings), DIALECTS), scope())

    told = sent.json()
    assert (sent.status, told["checks"]) == (status, checks)
    assert (told["status"], told["policy"]) == ("ready" if status == 200 else "unavailable", "test")


async def ready_of(walk: Walk) -> Sent:
    return await called(reads.ReadEndpoint(reads.ready(walk.gateway, Listeners(), {"store": well}), DIALECTS), scope())


async def test_a_vendor_that_is_down_is_told_and_takes_no_gateway_out_of_the_balancer() -> None:
    quick = BreakerPolicy(min_calls=1)
    standard, reasoning = lane("standard", "alpha/small", breaker=quick), lane("reasoning", "beta/large", breaker=quick)
    walk = Walk(policy(standard, reasoning), {})
    down = Failure(kind=FailureKind.SERVER_ERROR, message="down")

    # Given that one of two lanes cannot answer
    large = deployment("beta/large")
    walk.breaker.note(reasoning, large, walk.breaker.enter(reasoning, large), down)
    sent = await ready_of(walk)
    assert (sent.status, sent.json()["status"], sent.json()["degraded"]) == (200, "ready", ["reasoning"])
    assert sent.json()["breakers"][0]["position"] == "open"

    # And then none of them can
    small = deployment("alpha/small")
    walk.breaker.note(standard, small, walk.breaker.enter(standard, small), down)
    sent = await ready_of(walk)
    assert (sent.status, sent.json()["status"]) == (200, "degraded")
    assert sent.json()["degraded"] == ["standard", "reasoning"]


async def test_health_is_asked_without_a_key_and_depends_on_nothing() -> None:
    sent = await called(reads.ReadEndpoint(reads.health("1.2.3"), DIALECTS), scope())
    assert (sent.status, sent.json()) == (200, {"status": "ok", "version": "1.2.3"})


async def test_a_run_is_looked_up_for_the_caller_s_own_tenant() -> None:
    asked: list[tuple[str, str]] = []

    async def find_run(run_id: str, tenant: str) -> Mapping[str, Any] | None:
        asked.append((run_id, tenant))
        return None

    of = scope("/v1/runs/run_1", **KEY)
    of["path_params"] = {"run_id": "run_1"}
    sent = await called(reads.ReadEndpoint(reads.one_run(find_run, DOOR), DIALECTS), of)

    assert asked == [("run_1", "acme")]
    assert (sent.status, sent.json()["error"]["param"]) == (404, "run_id")


async def test_metrics_have_the_content_type_that_prometheus_reads() -> None:
    counted = Metrics()
    counted.observe(a_record())
    endpoint = reads.ReadEndpoint(reads.metrics(counted, DOOR), DIALECTS, content_type=b"text/plain; version=0.0.4")

    sent = await called(endpoint, scope("/metrics", authorization="Bearer lw_admin"))

    assert sent.headers["content-type"] == "text/plain; version=0.0.4"
    assert int(sent.headers["content-length"]) == len(sent.body)
    assert b"lanewise_runs_total{" in sent.body
