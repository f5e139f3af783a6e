"""The composition root: from options and a policy to a serving gateway. The only file that names concrete plug-ins.

Read it from `serve` upwards: what it starts is opened in `opened`, in the order in which it is closed again.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import signal
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import structlog
from starlette.types import ASGIApp

from lanewise import __version__
from lanewise.config.discover import discover
from lanewise.config.explain import Explanation, explain, explain_sample
from lanewise.config.load import Loaded, load
from lanewise.config.loopback import models_at
from lanewise.config.simulated import SimulatedRow, simulated_policy_text
from lanewise.config.sources import CatalogRow, Sources
from lanewise.config.watch import changes
from lanewise.core.clock import SystemClock
from lanewise.core.errors import PolicyError
from lanewise.core.ids import RandomIds
from lanewise.core.money import format_usd
from lanewise.core.policy import Deployment, ModelFacts, Policy, ProviderPolicy
from lanewise.core.request import Caller, Dialect
from lanewise.core.usage import RateCard
from lanewise.limits.admission import MemoryLimiter
from lanewise.limits.budgets import MemoryBudget
from lanewise.operations.keys import KeyDesk
from lanewise.operations.retention import keep_retention
from lanewise.operations.trace import run_for_tenant
from lanewise.pipeline.gateway import Gateway
from lanewise.pipeline.journal import TransientJournal
from lanewise.pipeline.parts import Parts
from lanewise.providers import catalog
from lanewise.providers.http import HttpProvider
from lanewise.providers.model_facts import facts_of
from lanewise.providers.pools import Pools
from lanewise.providers.prices import rate_card
from lanewise.routers.ladder import LadderRouter
from lanewise.routers.names import NameRouter
from lanewise.routers.rules import RuleRouter
from lanewise.server.admin import create_admin
from lanewise.server.app import ServerParts, create_app
from lanewise.server.auth import Door
from lanewise.server.listening import Listeners
from lanewise.server.process import Bind, GatewayServer, spare_the_collector
from lanewise.simulator.child import simulated_vendors
from lanewise.simulator.models import SIMULATED_MODELS, SIMULATED_VENDORS, SimulatedModel
from lanewise.stores.database import Database, open_database
from lanewise.stores.key_ring import KeyRing
from lanewise.stores.keys import KeyStore
from lanewise.stores.ledger_writer import SqliteLedger
from lanewise.stores.migrate import migrate
from lanewise.stores.records import Records
from lanewise.stores.sqlite_file import GatewayLock
from lanewise.telemetry.logs import configure_logs
from lanewise.telemetry.metrics import Metrics
from lanewise.wire import INBOUND, OUTBOUND

DEFAULT_POLICY = Path("lanewise.yaml")
DEFAULT_STORE = "lanewise.db"
ADMIN_KEY_VARIABLE = "LANEWISE_ADMIN_KEY"

_log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True, slots=True)
class ServeOptions:
    """What `lanewise serve` was asked for."""

    config: Path | None = None
    bind: Bind = field(default_factory=Bind)
    dev: bool = False
    simulate: bool = False
    time_scale: float = 1.0
    store: Path | None = None


# Policies: a file, the simulated one, or what the environment offers


def sources(environment: Mapping[str, str]) -> Sources:
    """What a policy is completed from: the vendor catalog, model facts and prices."""
    return Sources(
        catalog={
            vendor.name: CatalogRow(
                name=vendor.name,
                dialect=vendor.dialect,
                base_url=vendor.address(environment),
                key_env=vendor.key_env,
                endpoint_env=vendor.endpoint_env,
                auth_header=vendor.auth_header,
                query=vendor.query,
                local=vendor.local,
                stream_usage=vendor.stream_usage,
            )
            for vendor in catalog.VENDORS.values()
        },
        facts_of=facts_of,
        prices_of=lambda provider, model, day: rate_card(provider, model, {}, day),
    )


def load_text(text: str, *, file: str) -> Loaded:
    """A policy from its text, with this process's environment. Raises PolicyError."""
    return load(text, file=file, environment=os.environ, sources=sources(os.environ), today=_today())


async def policy_text(config: Path | None, *, simulator_url: str | None = None) -> tuple[str, str, Path | None]:
    """A policy's text, what to call it in messages, and the file to watch, if it is one. Raises PolicyError."""
    if simulator_url is not None:
        return simulated_policy_text(simulated_rows(simulator_url)), "the simulated policy", None
    path = config or (DEFAULT_POLICY if DEFAULT_POLICY.exists() else None)  # noqa: ASYNC240 - before serving begins
    if path is None:
        found = await discover(os.environ, sources(os.environ).catalog, models_at)
        return found, "the discovered policy", None
    try:
        return path.read_text(encoding="utf-8"), str(path), path
    except (OSError, UnicodeDecodeError) as error:
        raise PolicyError(f"Cannot read the policy file {str(path)!r}: {error}") from error


def explained(loaded: Loaded, *, sample: bytes | None = None, tenant: str = "dev") -> Explanation:
    """What a policy does, and what would happen to a sample request of a tenant. Raises InvalidRequest, UnknownModel about the sample."""
    view = None
    if sample is not None:
        request, caller = INBOUND[Dialect.OPENAI_CHAT].read_request(sample), Caller(tenant=tenant, key_id="check")
        view = explain_sample(request, caller, loaded.policy, _router().route)
    return explain(loaded.policy, today=_today(), sample=view)


def simulated_rows(simulator_url: str) -> list[SimulatedRow]:
    """The simulator's models as rows of the simulated policy."""
    paths = {vendor.name: vendor.base_path for vendor in SIMULATED_VENDORS}
    return [
        SimulatedRow(
            provider=model.vendor,
            dialect=model.dialect,
            # The Anthropic SDK adds /v1 to its base URL by itself; a provider's base URL in a policy has it.
            base_url=simulator_url + paths[model.vendor].removesuffix("/v1") + "/v1",
            model=model.id,
            kind=model.kind,
            prices=RateCard(
                input=model.price.input_nanousd * 1_000_000,
                cached=model.price.cached_input_nanousd * 1_000_000,
                cache_write=model.price.cache_write_nanousd * 1_000_000,
                output=model.price.output_nanousd * 1_000_000,
                source="simulator",
            ),
            facts=_simulated_facts(model),
        )
        for model in SIMULATED_MODELS
    ]


def _simulated_facts(model: SimulatedModel) -> ModelFacts:
    can = model.capabilities
    openai = model.dialect == "openai"
    control = "adaptive" if can.adaptive_thinking else "none" if can.thinking == "always" else can.thinking
    return ModelFacts(
        thinking=control,
        efforts=can.efforts,  # type: ignore[arg-type]  # the simulator's table has only levels that there are
        thinking_budget_tokens=(1024, model.max_output_tokens) if can.thinking == "budget" else None,
        thinking_always=can.thinking == "always",
        sampling=can.sampling,
        logprobs=can.logprobs,
        json_schema=can.json_schema,
        tools=can.tools,
        images=can.images,
        cache_markers=not openai,
        output_cap="max_completion_tokens" if openai and model.reasons else "max_tokens",
        context_tokens=model.context_tokens,
        max_output_tokens=model.max_output_tokens,
        reasoning_field="reasoning_content" if openai and model.shows_thinking else None,
    )


# The gateway and everything it stands on


class PolicyInForce:
    """The policy a gateway runs on, and how it is replaced: whole, or not at all."""

    def __init__(self, gateway: Gateway, pools: Pools, file: Path | None) -> None:
        self.gateway = gateway
        self._pools = pools
        self.file = file

    async def reload(self) -> str:
        """Read the policy file again and put it in force; its version. Raises PolicyError: then nothing has changed."""
        if self.file is None:
            raise PolicyError(
                "This gateway runs without a policy file, so there is nothing to reload; start it with --config"
            )
        text, name, _ = await policy_text(self.file)
        policy = load_text(text, file=name).policy
        await self._pools.keep(providers_of(policy))
        self.gateway.policy = policy
        _log.info("policy in force", version=policy.version, file=name)
        _warn(policy)
        return policy.version

    async def try_reload(self) -> None:
        """Reload; a file that is wrong is logged, and the policy in force stays."""
        try:
            await self.reload()
        except PolicyError as error:
            _log.error("policy refused; the one in force stays", why=error.message, version=self.gateway.policy.version)

    async def follow(self, stop: asyncio.Event) -> None:
        """Reload whenever the file becomes another one."""
        if self.file is not None:
            async for _ in changes(self.file, stop=stop):
                await self.try_reload()


@dataclass(frozen=True, kw_only=True)
class Application:
    """A gateway that is ready to serve."""

    gateway: Gateway
    in_force: PolicyInForce
    app: ASGIApp
    listeners: Listeners


def providers_of(policy: Policy) -> set[ProviderPolicy]:
    """Every provider a policy can reach."""
    return {deployment.provider for deployment in policy.deployments.values()}


@asynccontextmanager
async def opened(options: ServeOptions) -> AsyncIterator[Application]:
    """The application of these options; everything is closed in reverse order. Raises PolicyError, StoreError."""
    clock = SystemClock()
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(simulated_vendors(options.time_scale)) if options.simulate else None
        text, name, file = await policy_text(options.config, simulator_url=url)
        loaded = load_text(text, file=name)
        policy = loaded.policy
        _warn(policy)
        store = options.store or Path(loaded.store or DEFAULT_STORE)
        stack.enter_context(GatewayLock(store))
        await migrate(store, clock)
        database = await open_database(store)
        stack.push_async_callback(database.close)
        listeners = Listeners()
        ledger = SqliteLedger(store, clock, in_flight=lambda: len(listeners))
        await ledger.start()
        stack.push_async_callback(ledger.close)
        ring = KeyRing(database, clock, fixed=_admin_key())
        await ring.start()
        stack.push_async_callback(ring.close)
        pools = Pools()
        stack.push_async_callback(pools.close)
        await pools.keep(providers_of(policy))
        metrics = Metrics(ledger_healthy=lambda: ledger.healthy)
        gateway = Gateway(
            policy,
            Parts(
                router=_router(),
                provider=HttpProvider(OUTBOUND, pools=pools, clock=clock),
                ledger=ledger,
                budget=MemoryBudget(clock, await Records(database).spent_since(_today()), alarm=_budget_alarm),
                limiter=MemoryLimiter(clock),
                journal=TransientJournal(),
                clock=clock,
                ids=RandomIds(),
                random=Random(),  # noqa: S311 - jitter and sampling, no secrets
                prices_of=_reprice,
                observers=(metrics.observe,),
            ),
        )
        tidying = asyncio.create_task(keep_retention(database, clock, lambda: gateway.policy.record.retention))
        stack.push_async_callback(_cancelled, tidying)
        in_force = PolicyInForce(gateway, pools, file)
        app = _web(options, in_force, database=database, ring=ring, metrics=metrics, listeners=listeners)
        yield Application(gateway=gateway, in_force=in_force, app=app, listeners=listeners)


def _web(
    options: ServeOptions,
    in_force: PolicyInForce,
    *,
    database: Database,
    ring: KeyRing,
    metrics: Metrics,
    listeners: Listeners,
) -> ASGIApp:
    gateway, door = in_force.gateway, Door(ring, dev=options.dev)
    keys = KeyDesk(KeyStore(database, SystemClock()), ring.refresh)

    async def ping_store() -> str | None:
        if not gateway.parts.ledger.healthy:
            return "takes no writes; rows wait in the spool"
        return await database.ping()  # the ledger knows only of its last write, which may be long ago

    return create_app(
        ServerParts(
            gateway=gateway,
            door=door,
            listeners=listeners,
            metrics=metrics,
            chat=INBOUND[Dialect.OPENAI_CHAT],
            find_run=lambda run_id, tenant: run_for_tenant(database, run_id, tenant),
            pings={"store": ping_store},
            admin=create_admin(gateway=gateway, door=door, reload=in_force.reload, keys=keys),
            version=__version__,
        )
    )


def _router() -> LadderRouter:
    return LadderRouter([NameRouter(), RuleRouter()])


def _admin_key() -> dict[str, Caller]:
    """The admin key of the environment, which is never stored."""
    key = os.environ.get(ADMIN_KEY_VARIABLE, "")
    return {key: Caller(tenant="admin", key_id="environment", admin=True)} if key else {}


def _reprice(deployment: Deployment, served_model: str) -> RateCard | None:
    """The prices of the model that a vendor really served."""
    return rate_card(deployment.provider, served_model, {}, _today())


def _budget_alarm(tenant: str, spent_nanousd: int, cap_nanousd: int) -> None:
    _log.warning("budget alarm", tenant=tenant, spent=format_usd(spent_nanousd), cap=format_usd(cap_nanousd))


async def _cancelled(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def _warn(policy: Policy) -> None:
    for advice in policy.warnings:
        _log.warning("policy", advice=advice)


def _today() -> dt.date:
    return dt.datetime.now(dt.UTC).date()


# The process


async def serve(options: ServeOptions) -> None:
    """Serve until a signal stops it. Raises PolicyError, StoreError when it cannot start."""
    configure_logs()
    async with opened(options) as application:
        spare_the_collector()
        policy = application.gateway.policy
        server = GatewayServer(application.app, options.bind, application.listeners, drain_s=policy.server.drain_s)
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, server.stop)
        loop.add_signal_handler(signal.SIGINT, server.stop)
        tasks = [
            asyncio.create_task(application.in_force.follow(stop)),
            asyncio.create_task(_announce(server, application, options)),
        ]
        loop.add_signal_handler(
            signal.SIGHUP, lambda: tasks.append(loop.create_task(application.in_force.try_reload()))
        )
        try:
            await server.serve()
        finally:
            stop.set()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        _log.info("stopped")


async def _announce(server: GatewayServer, application: Application, options: ServeOptions) -> None:
    await server.ready.wait()
    scheme = "https" if options.bind.tls_cert else "http"
    policy = application.gateway.policy
    _log.info(
        "serving",
        url=f"{scheme}://{options.bind.host}:{server.port}",
        policy=policy.version,
        lanes=list(policy.lanes),
        simulated=any(provider.simulated for provider in providers_of(policy)),
        keys="not asked (--dev)" if options.dev else "asked",
    )
