"""A gateway's HTTP layer over scripted vendors, really listening on loopback."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import msgspec

from lanewise.core.clock import SystemClock
from lanewise.core.errors import InvalidKey
from lanewise.core.failure import Failure
from lanewise.core.policy import Deployment, Policy
from lanewise.core.protocols.counting import TokenCounter
from lanewise.core.protocols.dialect import Inbound
from lanewise.core.protocols.kept import KeptResponse
from lanewise.core.record import KeptAnswer
from lanewise.core.request import Caller, Dialect, Request
from lanewise.pipeline.gateway import Gateway
from lanewise.server.app import ServerParts, create_app
from lanewise.server.auth import Door
from lanewise.server.listening import Listeners
from lanewise.server.process import Bind, GatewayServer
from lanewise.server.reports import Wanted
from lanewise.server.shared_runs import Claims, SharedRuns
from lanewise.server.stored_responses import StoredResponses
from lanewise.telemetry.metrics import Metrics
from lanewise.wire import EMBEDDINGS, INBOUND, RESPONSES_KEPT
from lanewise.wire.beside import BESIDE
from walking import Script, Walk

KEYS = {
    "lw_acme": Caller(tenant="acme", key_id="key-1"),
    "lw_globex": Caller(tenant="globex", key_id="key-2"),
    "lw_admin": Caller(tenant="ops", key_id="key-3", admin=True),
}


class Ring:
    """Three keys."""

    def caller(self, token: str) -> Caller:
        if token not in KEYS:
            raise InvalidKey("This key is not valid")
        return KEYS[token]


class Abacus:
    """Counts for whom it is told to, and remembers who was asked."""

    def __init__(self, **told: int | Failure | None) -> None:
        self._told = told  # by provider; None: its vendor cannot be asked
        self.asked: list[str] = []

    async def count(self, request: Request, deployment: Deployment) -> int | Failure | None:
        self.asked.append(deployment.name)
        return self._told.get(deployment.provider.name)

    def estimate(self, request: Request) -> int:
        return 7


class Remembered:
    """Answers kept with the rows of a walk's ledger; there is room for so many bytes more."""

    def __init__(self, walk: Walk) -> None:
        self._walk = walk
        self.room_bytes = 1 << 30

    async def find(self, name: bytes) -> KeptAnswer | None:
        await asyncio.sleep(0)
        return next((each for each in self._walk.ledger.kept if each is not None and each.name == name), None)

    def take(self, size_bytes: int) -> bool:
        return size_bytes <= self.room_bytes


class Served:
    """A running server, and the walk behind it."""

    def __init__(self, walk: Walk, server: GatewayServer, shared: SharedRuns, remembered: Remembered) -> None:
        self.walk = walk
        self.server = server
        self.shared, self.remembered = shared, remembered
        self.listeners = shared.listeners
        self.url = f"http://127.0.0.1:{server.port}"


class Told(dict[str, Any]):
    """What was said of a run, as it was handed on."""

    def __init__(self, given: dict[str, Any], *, repeated: bool) -> None:
        super().__init__(given, repeated=repeated)
        self.repeated = repeated


async def take_verdict(given: dict[str, Any]) -> Told | None:
    known = {"msg_1", "msg_again", "run_1"} & {given.get("name"), given.get("run_id")}
    return Told(given, repeated="msg_again" in known) if known else None


async def no_admin(scope: Any, receive: Any, send: Any) -> None:
    raise AssertionError("the admin API is tested with real stores")


@asynccontextmanager
async def serving(
    of: Policy,
    scripts: dict[str, list[Script]],
    *,
    dev: bool = False,
    drain_s: float = 5.0,
    inbound: Mapping[Dialect, Inbound] = INBOUND,
    counter: TokenCounter | None = None,
    claims: Claims | None = None,
) -> AsyncIterator[Served]:
    walk = Walk(of, scripts)
    gateway = walk.gateway
    listeners, metrics = Listeners(), Metrics()
    remembered = Remembered(walk)
    shared = SharedRuns(remembered, listeners, SystemClock(), claims)

    async def find_run(run_id: str, tenant: str) -> Mapping[str, Any] | None:
        for record in walk.ledger.records:
            if (record.run_id, record.tenant) == (run_id, tenant):
                return {"run_id": run_id, "user": record.user}
        return None

    async def attribute(wanted: Wanted) -> dict[str, Any]:
        return dict(msgspec.to_builtins(wanted))

    app = create_app(
        ServerParts(
            attribute=attribute,
            take_verdict=take_verdict,
            gateway=gateway,
            door=Door(Ring(), dev=dev),
            listeners=listeners,
            metrics=metrics,
            inbound=inbound,
            embeddings=EMBEDDINGS,
            counter=counter or Abacus(),
            beside=BESIDE,
            find_run=find_run,
            responses=StoredResponses(
                store=NoResponses(), words=RESPONSES_KEPT, gateway=gateway, clock=gateway.parts.clock
            ),
            shared=shared,
            pings={"ledger": lambda: _ping(gateway)},
            admin=no_admin,
            version="test",
        )
    )
    server = GatewayServer(app, Bind(port=0), listeners, drain_s=drain_s)
    task = asyncio.create_task(server.serve())
    await server.ready.wait()
    try:
        yield Served(walk, server, shared, remembered)
    finally:
        server.stop()
        listeners.stop_all()
        await task
        await shared.close()


class NoResponses:
    """Keeps nothing; the store that keeps is tested with a store."""

    async def keep(self, response: KeptResponse) -> None:
        return

    async def line(self, tenant: str, response_id: str) -> tuple[KeptResponse, ...]:
        return ()

    async def holders(self, tenant: str, item_ids: tuple[str, ...]) -> tuple[KeptResponse, ...]:
        return ()

    async def forget(self, tenant: str, response_id: str) -> bool:
        return False


async def _ping(gateway: Gateway) -> str | None:
    return None if gateway.parts.ledger.healthy else "cannot be written"
