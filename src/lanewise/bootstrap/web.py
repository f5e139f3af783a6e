"""What is served over HTTP: the app, and what it reads and writes of the store."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, NamedTuple

from starlette.types import ASGIApp

from lanewise import __version__
from lanewise.bootstrap.budgets import standings_of
from lanewise.bootstrap.in_force import PolicyInForce
from lanewise.core.clock import SystemClock
from lanewise.operations.attribution import attribute, dimensions_of, plain_attribution
from lanewise.operations.corrections import Corrections
from lanewise.operations.keys import KeyDesk
from lanewise.operations.trace import run_for_tenant
from lanewise.providers.counting import HttpTokenCounter
from lanewise.server.admin import Figures, create_admin
from lanewise.server.app import ServerParts, create_app
from lanewise.server.auth import Door
from lanewise.server.reports import Wanted
from lanewise.server.shared_runs import SharedRuns
from lanewise.server.similar_routes import tell_of_similar
from lanewise.server.stored_responses import StoredResponses
from lanewise.stores.database import Database
from lanewise.stores.keys import KeyStore
from lanewise.stores.later_verdicts import LaterVerdict, LaterVerdicts
from lanewise.stores.responses import SqlResponses
from lanewise.telemetry.metrics import Metrics
from lanewise.wire import EMBEDDINGS, INBOUND, RESPONSES_KEPT
from lanewise.wire.beside import BESIDE


class Kept(NamedTuple):
    """What HTTP reads and writes of the store."""

    database: Database
    responses: SqlResponses
    refresh_keys: Callable[[], Awaitable[None]]


def web_of(in_force: PolicyInForce, door: Door, *, kept: Kept, metrics: Metrics, shared: SharedRuns) -> ASGIApp:
    """The app, the admin API included, for who comes in by the door."""
    database, responses, refresh_keys = kept
    gateway = in_force.gateway
    keys = KeyDesk(KeyStore(database, SystemClock()), refresh_keys, policy=lambda: gateway.policy)
    parts = gateway.parts
    corrections = Corrections(LaterVerdicts(database, parts.clock), database, parts.cache)

    async def ping_store() -> str | None:
        if not gateway.parts.ledger.healthy:
            return "takes no writes; rows wait in the spool"
        return await database.ping()  # the ledger knows only of its last write, which may be long ago

    async def attributed(wanted: Wanted) -> dict[str, Any]:
        by = dimensions_of(wanted.by)
        told = await attribute(database, by, since_us=wanted.since_us, tenant=wanted.tenant, user=wanted.user)
        return await asyncio.to_thread(plain_attribution, told)

    return create_app(
        ServerParts(
            gateway=gateway,
            door=door,
            listeners=shared.listeners,
            shared=shared,
            metrics=metrics,
            inbound=INBOUND,
            embeddings=EMBEDDINGS,
            counter=HttpTokenCounter(in_force.pools),
            beside=BESIDE,
            take_verdict=lambda given: corrections.take(LaterVerdict(**given)),
            find_run=lambda run_id, tenant: run_for_tenant(database, run_id, tenant),
            responses=StoredResponses(
                store=responses, words=RESPONSES_KEPT, gateway=gateway, clock=gateway.parts.clock
            ),
            pings={"store": ping_store},
            attribute=attributed,
            admin=tell_of_similar(
                create_admin(
                    gateway=gateway,
                    door=door,
                    reload=in_force.reload,
                    keys=keys,
                    audit=in_force.audit,
                    figures=Figures(attributed, partial(standings_of, database, gateway)),
                ),
                metrics.similar,
            ),
            version=__version__,
        )
    )
