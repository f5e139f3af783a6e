"""The gateway and everything it stands on: what `opened` opens first is closed last."""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Protocol, TypeVar

from starlette.types import ASGIApp

from lanewise.bootstrap.beside import alone_because, does_for_all, in_company, learning, on_the_roll
from lanewise.bootstrap.budgets import budgets_of
from lanewise.bootstrap.in_force import PolicyInForce, policy_in_force, providers_of, warn_of
from lanewise.bootstrap.metrics import metrics_of
from lanewise.bootstrap.policies import load_text, policy_text
from lanewise.bootstrap.sharing import limiter_of
from lanewise.bootstrap.similar import gateway_of, similar_of
from lanewise.bootstrap.walk import Opened, history_of, parts_of, provider_of
from lanewise.bootstrap.web import Kept, web_of
from lanewise.bootstrap.workers import Workers
from lanewise.config.load import Loaded
from lanewise.core.acts import COMMAND_LINE
from lanewise.core.clock import Clock, SystemClock
from lanewise.core.request import Caller
from lanewise.operations.retention import keep_retention
from lanewise.pipeline.gateway import Gateway
from lanewise.providers.pools import Pools
from lanewise.server.auth import Door
from lanewise.server.listening import Listeners
from lanewise.server.process import Bind
from lanewise.server.shared_runs import SharedRuns
from lanewise.simulator.child import simulated_vendors
from lanewise.stores.address import PostgresStore, Store, store_at
from lanewise.stores.answer_cache import StoredAnswers
from lanewise.stores.breaker_log import BreakerLog
from lanewise.stores.claims import Claims
from lanewise.stores.control_file import ControlFile
from lanewise.stores.database import Database, open_database
from lanewise.stores.kept_answers import AnswerStore, keep_tidy
from lanewise.stores.key_ring import KeyRing
from lanewise.stores.ledger_writer import SqlLedger
from lanewise.stores.reasoning_states import StoredReasoningState
from lanewise.stores.responses import SqlResponses
from lanewise.stores.roll import Roll, Told
from lanewise.stores.sealing import seal_for
from lanewise.stores.seat import Seat, seat_at

DEFAULT_STORE = "lanewise.db"
ADMIN_KEY_VARIABLE = "LANEWISE_ADMIN_KEY"
_COMMAND_LINE = Caller(tenant="admin", key_id=COMMAND_LINE.who, admin=True)


@dataclass(frozen=True, kw_only=True, slots=True)
class ServeOptions:
    """What `lanewise serve` was asked for."""

    config: Path | None = None
    bind: Bind = field(default_factory=Bind)
    dev: bool = False
    simulate: bool = False
    time_scale: float = 1.0
    store: Store | None = None


@dataclass(frozen=True, kw_only=True)
class Application:
    """A gateway that is ready to serve."""

    gateway: Gateway
    in_force: PolicyInForce
    app: ASGIApp
    listeners: Listeners
    control: ControlFile
    roll: Roll | None  # of those that serve from the same database


@asynccontextmanager
async def opened(options: ServeOptions) -> AsyncIterator[Application]:
    """The application of these options; everything is closed in reverse order. Raises PolicyError, StoreError."""
    clock = SystemClock()
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(simulated_vendors(options.time_scale)) if options.simulate else None
        text, name, file = await policy_text(options.config, simulator_url=url)
        loaded = load_text(text, file=name)
        policy = loaded.policy
        warn_of(policy)
        seat = await stack.enter_async_context(_seat(options, loaded, clock))
        store = seat.store
        database = await _database(stack, store)
        control = ControlFile(store, key=secrets.token_urlsafe(32))
        seal = seal_for(store, os.environ)
        roll = await on_the_roll(stack, seat, database, seal=seal, clock=clock)
        listeners = Listeners()
        ledger = await _started(stack, SqlLedger(store, clock, in_flight=lambda: len(listeners)))
        ring = await _ring(stack, database, clock, control)
        pools = Pools()
        stack.push_async_callback(pools.close)
        await pools.keep(providers_of(policy))
        moves = await _started(stack, BreakerLog(database, clock, process=seat.process))
        proofs = StoredReasoningState(database, seal, clock, company=partial(in_company, roll))
        reasoning = await _started(stack, proofs)
        budgets = await budgets_of(stack, database, clock, policy, process=seat.process, ledger=ledger)
        neighbours, limiter = await limiter_of(stack, clock, ring, loaded.sharing)
        history = await history_of(database)
        workers = Workers(clock)
        stack.push_async_callback(workers.close)
        provider = provider_of(pools, clock, reasoning)
        cache = StoredAnswers(database, seal, clock, room=lambda: gateway.policy.cache_room)
        await cache.load()
        similar = await similar_of(database, seal, clock, begins=policy, policy=lambda: gateway.policy)
        parts = parts_of(clock, Opened(ledger, provider, moves, budgets, history, workers, cache, limiter, similar))
        shared = await _shared(stack, database, listeners, clock, process=seat.process, roll=roll)
        metrics = metrics_of(parts, ledger=ledger, cache=cache, shared=shared, budgets=budgets, similar=similar)
        gateway = gateway_of(stack, similar, policy, replace(parts, observers=(metrics.observe, *parts.observers)))
        cache.start()
        stack.push_async_callback(cache.close)
        _keep_retention(stack, database, gateway, roll)
        in_force = await policy_in_force(
            gateway,
            pools,
            file,
            database=database,
            learn=learning(budgets, roll, similar, shares_limits=loaded.sharing is not None),
        )
        _tell_others(roll, control, gateway)
        responses = _responses(stack, database, gateway)
        stack.push_async_callback(shared.close)  # before all that its runs stand on
        app = web_of(
            in_force,
            Door(ring, dev=options.dev),
            kept=Kept(database, responses, neighbours.refresh),
            metrics=metrics,
            shared=shared,
        )
        yield Application(gateway=gateway, in_force=in_force, app=app, listeners=listeners, control=control, roll=roll)


class _Startable(Protocol):
    """What works in the background between its start and its close."""

    async def start(self) -> None: ...

    async def close(self) -> None: ...


Started = TypeVar("Started", bound=_Startable)


async def _started(stack: AsyncExitStack, part: Started) -> Started:
    """The part, which works until the stack is closed."""
    await part.start()
    stack.push_async_callback(part.close)
    return part


def _seat(options: ServeOptions, loaded: Loaded, clock: Clock) -> AbstractAsyncContextManager[Seat]:
    alone = alone_because(loaded.policy, shares_limits=loaded.sharing is not None)
    return seat_at(store_of(options, loaded), clock, alone=alone)


async def _database(stack: AsyncExitStack, store: Store) -> Database:
    database = await open_database(store)
    stack.push_async_callback(database.close)
    return database


def _tell_others(roll: Roll | None, control: ControlFile, gateway: Gateway) -> None:
    if roll is not None:
        roll.told = lambda: Told(control.url, gateway.policy.version)


async def _ring(stack: AsyncExitStack, database: Database, clock: Clock, control: ControlFile) -> KeyRing:
    """Every key, those of the store, of the environment, and the one by which commands come in. Raises StoreError."""
    return await _started(stack, KeyRing(database, clock, fixed={**_admin_key(), control.key: _COMMAND_LINE}))


def _responses(stack: AsyncExitStack, database: Database, gateway: Gateway) -> SqlResponses:
    responses = SqlResponses(database, gateway.parts.clock, most_bytes=lambda: gateway.policy.responses.most_bytes)
    stack.push_async_callback(responses.close)
    return responses


def _keep_retention(stack: AsyncExitStack, database: Database, gateway: Gateway, roll: Roll | None) -> None:
    """Delete what is kept no longer by the policy that is then in force, as long as the stack is open."""
    keeping = keep_retention(
        database, gateway.parts.clock, lambda: gateway.policy.record.retention, mine=partial(does_for_all, roll)
    )
    stack.push_async_callback(_cancelled, asyncio.create_task(keeping))


async def _shared(
    stack: AsyncExitStack, database: Database, listeners: Listeners, clock: Clock, *, process: str, roll: Roll | None
) -> SharedRuns:
    """Runs with idempotency keys, and their answers, tidied as long as the stack is open; `process` is this one among several.

    Raises StoreError.
    """
    answers = AnswerStore(database, clock)
    await answers.start()
    stack.push_async_callback(_cancelled, asyncio.create_task(keep_tidy(answers)))
    if roll is None:
        return SharedRuns(answers, listeners, clock)
    claims = Claims(database, clock, process)
    stack.push_async_callback(claims.close)
    return SharedRuns(answers, listeners, clock, claims)


def store_of(options: ServeOptions, loaded: Loaded) -> Store:
    """The store that is served from."""
    store = options.store or store_at(loaded.store or DEFAULT_STORE)
    if isinstance(store, PostgresStore) and loaded.spool is not None:
        return replace(store, folder=Path(loaded.spool))
    return store


def _admin_key() -> dict[str, Caller]:
    """The admin key of the environment, which is never stored."""
    key = os.environ.get(ADMIN_KEY_VARIABLE, "")
    return {key: Caller(tenant="admin", key_id="environment", admin=True)} if key else {}


async def _cancelled(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
