"""The gateway and everything it stands on: what `opened` opens first is closed last."""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import structlog
from starlette.types import ASGIApp

from lanewise import __version__
from lanewise.bootstrap.beside import alone_because, does_for_all, in_company, learning, on_the_roll
from lanewise.bootstrap.budgets import Budgets, budgets_of, standings_of
from lanewise.bootstrap.checking import Verifiers, strategies
from lanewise.bootstrap.in_force import PolicyInForce, policy_in_force, providers_of, warn_of
from lanewise.bootstrap.metrics import metrics_of
from lanewise.bootstrap.policies import load_text, policy_text, router, today
from lanewise.bootstrap.sharing import limiter_of
from lanewise.bootstrap.similar import content_of, gateway_of, similar_of
from lanewise.bootstrap.workers import Workers
from lanewise.config.load import Loaded
from lanewise.core.acts import COMMAND_LINE
from lanewise.core.clock import Clock, SystemClock
from lanewise.core.ids import RandomIds
from lanewise.core.policy import Deployment
from lanewise.core.protocols.admission import Limiter
from lanewise.core.protocols.breaker import Position
from lanewise.core.protocols.provider import Provider
from lanewise.core.request import Caller
from lanewise.core.usage import RateCard
from lanewise.limits.affinity import MemoryAffinity
from lanewise.limits.breaker import MemoryBreaker
from lanewise.limits.pace import MemoryPace
from lanewise.limits.waiting import MemoryWaitingRoom
from lanewise.operations.attribution import attribute, dimensions_of, plain_attribution
from lanewise.operations.corrections import Corrections
from lanewise.operations.keys import KeyDesk
from lanewise.operations.retention import keep_retention
from lanewise.operations.similar import SimilarQuestions
from lanewise.operations.trace import run_for_tenant
from lanewise.pipeline.gateway import Gateway
from lanewise.pipeline.journal import TransientJournal
from lanewise.pipeline.parts import Parts
from lanewise.providers.counting import HttpTokenCounter
from lanewise.providers.http import HttpProvider
from lanewise.providers.pools import Pools
from lanewise.providers.prices import rate_card
from lanewise.providers.reasoning_memory import ReasoningMemory
from lanewise.server.admin import Figures, create_admin
from lanewise.server.app import ServerParts, create_app
from lanewise.server.auth import Door
from lanewise.server.listening import Listeners
from lanewise.server.process import Bind
from lanewise.server.reports import Wanted
from lanewise.server.shared_runs import SharedRuns
from lanewise.server.similar_routes import tell_of_similar
from lanewise.server.stored_responses import StoredResponses
from lanewise.simulator.child import simulated_vendors
from lanewise.stores.address import PostgresStore, Store, store_at
from lanewise.stores.answer_cache import StoredAnswers
from lanewise.stores.breaker_log import BreakerLog
from lanewise.stores.claims import Claims
from lanewise.stores.control_file import ControlFile
from lanewise.stores.database import Database, open_database
from lanewise.stores.kept_answers import AnswerStore, keep_tidy
from lanewise.stores.key_ring import KeyRing
from lanewise.stores.keys import KeyStore
from lanewise.stores.later_verdicts import LaterVerdict, LaterVerdicts
from lanewise.stores.ledger_writer import SqlLedger
from lanewise.stores.reasoning_states import StoredReasoningState
from lanewise.stores.records import Records
from lanewise.stores.responses import SqlResponses
from lanewise.stores.roll import Roll, Told
from lanewise.stores.sealing import seal_for
from lanewise.stores.seat import Seat, seat_at
from lanewise.telemetry.history import MemoryHistory
from lanewise.telemetry.metrics import Metrics
from lanewise.verifiers.same_answer import SameAnswer
from lanewise.wire import EMBEDDINGS, INBOUND, OUTBOUND, RESPONSES_KEPT
from lanewise.wire.beside import BESIDE

DEFAULT_STORE = "lanewise.db"
ADMIN_KEY_VARIABLE = "LANEWISE_ADMIN_KEY"
_COMMAND_LINE = Caller(tenant="admin", key_id=COMMAND_LINE.who, admin=True)
_REMEMBERED_RUNS = 400  # of each lane

_log = structlog.get_logger()


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
        ledger = SqlLedger(store, clock, in_flight=lambda: len(listeners))
        await ledger.start()
        stack.push_async_callback(ledger.close)
        ring = await _ring(stack, database, clock, control)
        pools = Pools()
        stack.push_async_callback(pools.close)
        await pools.keep(providers_of(policy))
        moves = BreakerLog(database, clock, process=seat.process)
        await moves.start()
        stack.push_async_callback(moves.close)
        reasoning = StoredReasoningState(database, seal, clock, company=partial(in_company, roll))
        await reasoning.start()
        stack.push_async_callback(reasoning.close)
        budgets = await budgets_of(stack, database, clock, policy, process=seat.process, ledger=ledger)
        neighbours, limiter = await limiter_of(stack, clock, ring, loaded.sharing)
        history = await _history(database)
        workers = Workers(clock)
        stack.push_async_callback(workers.close)
        provider = _provider(pools, clock, reasoning)
        cache = StoredAnswers(database, seal, clock, room=lambda: gateway.policy.cache_room)
        await cache.load()
        similar = await similar_of(database, seal, clock, begins=policy, policy=lambda: gateway.policy)
        parts = _parts(clock, _Opened(ledger, provider, moves, budgets, history, workers, cache, limiter, similar))
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
        app = _web(
            options, in_force, kept=_Kept(database, ring, responses, neighbours.refresh), metrics=metrics, shared=shared
        )
        yield Application(gateway=gateway, in_force=in_force, app=app, listeners=listeners, control=control, roll=roll)


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
    ring = KeyRing(database, clock, fixed={**_admin_key(), control.key: _COMMAND_LINE})
    await ring.start()
    stack.push_async_callback(ring.close)
    return ring


def _provider(pools: Pools, clock: Clock, reasoning: StoredReasoningState) -> HttpProvider:
    return HttpProvider(
        OUTBOUND,
        INBOUND,
        pools=pools,
        clock=clock,
        embeddings=EMBEDDINGS,
        reasoning=ReasoningMemory(reasoning),
    )


class _Kept(NamedTuple):
    """What HTTP reads and writes of the store."""

    database: Database
    ring: KeyRing
    responses: SqlResponses
    refresh_keys: Callable[[], Awaitable[None]]


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


async def _history(database: Database) -> MemoryHistory:
    """How long calls took before this start, so that nobody waits for what is known already. Raises StoreError."""
    history = MemoryHistory()
    async for latest in Records(database).latest_calls(_REMEMBERED_RUNS):
        history.learn(latest.calls, stream=latest.stream)
    return history


class _Opened(NamedTuple):
    """What the walk's parts are made of, and is closed after them."""

    ledger: SqlLedger
    provider: Provider
    moves: BreakerLog
    budgets: Budgets
    history: MemoryHistory
    workers: Workers
    cache: StoredAnswers
    limiter: Limiter
    similar: SimilarQuestions


def _parts(clock: Clock, opened: _Opened) -> Parts:
    """The walk's parts, in memory where nothing else is said."""
    history = opened.history
    return Parts(
        router=router(clock, history),
        provider=opened.provider,
        ledger=opened.ledger,
        budget=opened.budgets.budget,
        limiter=opened.limiter,
        breaker=MemoryBreaker(clock, moved=partial(_breaker_moved, opened.moves), history=history),
        pace=MemoryPace(clock),
        history=history,
        affinity=MemoryAffinity(clock),
        waiting_room=MemoryWaitingRoom(),
        journal=TransientJournal(),
        clock=clock,
        ids=RandomIds(),
        random=Random(),  # noqa: S311 - jitter and sampling, no secrets
        verifiers=Verifiers(opened.workers),
        strategies=strategies(),
        read=lambda request: INBOUND[request.dialect].read_conversation(request).conversation,
        prices_of=_reprice,
        cache=opened.cache,
        process=lambda: opened.budgets.process,
        similar=opened.similar,
        vectors=opened.workers.vectors,
        comparing=SameAnswer(),
        content_of=content_of,
        observers=(history.observe, opened.budgets.watch.observe),
    )


def _web(
    options: ServeOptions,
    in_force: PolicyInForce,
    *,
    kept: _Kept,
    metrics: Metrics,
    shared: SharedRuns,
) -> ASGIApp:
    database, ring, responses, refresh_keys = kept
    gateway, door = in_force.gateway, Door(ring, dev=options.dev)
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


def _reprice(deployment: Deployment, served_model: str) -> RateCard | None:
    """The prices of the model that a vendor really served."""
    return rate_card(deployment.provider, served_model, {}, today())


def _breaker_moved(moves: BreakerLog, lane: str, deployment: str, position: Position) -> None:
    _log.warning("breaker", lane=lane, deployment=deployment, position=position)
    moves.note(lane, deployment, position)


async def _cancelled(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
