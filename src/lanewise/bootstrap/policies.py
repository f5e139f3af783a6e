"""Policies: a file, the simulated one, or what the environment offers; and the routers that go by them."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from lanewise.bootstrap.checking import verifier_rows
from lanewise.config.discover import discover
from lanewise.config.document import read_policy_file
from lanewise.config.explain import Explanation, explain, explain_sample
from lanewise.config.load import Loaded, load
from lanewise.config.loopback import models_at
from lanewise.config.simulated import SimulatedRow, simulated_policy_text
from lanewise.config.sources import CatalogRow, Sources
from lanewise.core.clock import Clock, SystemClock
from lanewise.core.policy import ModelFacts
from lanewise.core.protocols.history import History
from lanewise.core.protocols.router import Question, Router
from lanewise.core.request import Caller, Dialect
from lanewise.core.usage import RateCard
from lanewise.providers import catalog
from lanewise.providers.model_facts import facts_of
from lanewise.providers.prices import listed_models, rate_card
from lanewise.routers.embeddings import EmbeddingRouter
from lanewise.routers.graded import GradedOnce
from lanewise.routers.heuristic import HeuristicRouter
from lanewise.routers.ladder import LadderRouter
from lanewise.routers.names import NameRouter
from lanewise.routers.profiles import ProfileRouter
from lanewise.routers.rules import RuleRouter
from lanewise.routers.small_model import SmallModelRouter
from lanewise.routers.taxonomy import PROFILES, TASKS
from lanewise.simulator.models import SIMULATED_MODELS, SIMULATED_VENDORS, SimulatedModel
from lanewise.telemetry.history import MemoryHistory
from lanewise.wire import INBOUND

DEFAULT_POLICY = Path("lanewise.yaml")


def sources(environment: Mapping[str, str]) -> Sources:
    """What a policy is completed from: the vendor catalog, model facts and prices, kinds of applications and of work."""
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
        models_of=listed_models,
        profiles=PROFILES,
        tasks=TASKS,
        verifiers=verifier_rows(),
    )


def load_text(text: str, *, file: str) -> Loaded:
    """A policy from its text, with this process's environment. Raises PolicyError."""
    return load(text, file=file, environment=os.environ, sources=sources(os.environ), today=today())


async def policy_text(config: Path | None, *, simulator_url: str | None = None) -> tuple[str, str, Path | None]:
    """A policy's text, what to call it in messages, and the file to watch, if it is one. Raises PolicyError."""
    if simulator_url is not None:
        return simulated_policy_text(simulated_rows(simulator_url)), "the simulated policy", None
    path = config or (DEFAULT_POLICY if DEFAULT_POLICY.exists() else None)  # noqa: ASYNC240 - before serving begins
    if path is None:
        found = await discover(os.environ, sources(os.environ).catalog, models_at)
        return found, "the discovered policy", None
    return read_policy_file(path), str(path), path


async def explained(loaded: Loaded, *, sample: bytes | None = None, tenant: str = "dev") -> Explanation:
    """What a policy does, and what would happen to a sample request of a tenant. Raises InvalidRequest, UnknownModel about the sample."""
    view = None
    if sample is not None:
        request, caller = INBOUND[Dialect.OPENAI_CHAT].read_request(sample), Caller(tenant=tenant, key_id="check")
        route = router(SystemClock(), MemoryHistory()).route  # nothing was measured: no lane is passed over as too slow
        view = await explain_sample(request, caller, loaded.policy, partial(route, ask=_ask_nobody))
    return explain(
        loaded.policy,
        today=today(),
        sample=view,
        shares_limits=loaded.sharing is not None,
        noticed=loaded.noticed,
    )


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


async def _ask_nobody(question: Question) -> str | None:  # noqa: ARG001 - an explanation costs nothing
    return None


def router(clock: Clock, history: History) -> LadderRouter:
    """Every router, in the order in which they are asked."""
    graded = GradedOnce()
    small = SmallModelRouter(clock, graded)
    names = NameRouter()
    routers: list[Router] = [
        EmbeddingRouter(names),
        names,
        RuleRouter(graded),
        ProfileRouter(),
        small,
        HeuristicRouter(graded),
    ]
    return LadderRouter(routers, history, graded)


def today() -> dt.date:
    """The day in UTC."""
    return dt.datetime.now(dt.UTC).date()
