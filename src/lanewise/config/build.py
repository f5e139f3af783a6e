"""From the typed file to the frozen values of `core/policy.py`. Everything in it was checked before."""

from __future__ import annotations

import dataclasses
import datetime as dt
import ipaddress
from collections.abc import Mapping
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from lanewise.config.build_budgets import tenant_caps
from lanewise.config.build_cache import build_caching, build_room, similar_models
from lanewise.config.build_checks import Checking, asked_models, max_calls, repairs_of, samples_of
from lanewise.config.build_lanes import build_lanes
from lanewise.config.build_limits import crowd_of, key_limits_of, limits_of
from lanewise.config.build_routing import build_profiles, build_routing, build_tasks
from lanewise.config.build_tenants import with_bounds
from lanewise.config.schema import PolicyFile
from lanewise.config.schema_providers import AdaptationSection, FactsSection, PriceSection, ProviderSection
from lanewise.config.schema_tenants import TenantSection
from lanewise.config.sources import CatalogRow, Sources
from lanewise.core.keeping import KeptResponses, Record, Retention
from lanewise.core.policy import (
    Adaptation,
    Amplification,
    AuthHeader,
    Deployment,
    ModelFacts,
    ModelName,
    Policy,
    ProviderPolicy,
    ServerLimits,
    Task,
    TenantPolicy,
    Waiting,
)
from lanewise.core.request import Dialect
from lanewise.core.usage import RateCard

DEFAULT_REQUEST_COST_NANOUSD = 2_000_000_000
"""What one request may cost, with all its calls, where nobody wrote `limits.max_cost`. The schema's default equals it."""

DIALECTS = {
    "openai": Dialect.OPENAI_CHAT,
    "openai_responses": Dialect.OPENAI_RESPONSES,
    "anthropic": Dialect.ANTHROPIC_MESSAGES,
    "gemini": Dialect.GEMINI,
}
_AUTH_HEADERS: dict[Dialect, AuthHeader] = {
    Dialect.ANTHROPIC_MESSAGES: "x-api-key",
    Dialect.GEMINI: "x-goog-api-key",
}
_OPENAI = frozenset({Dialect.OPENAI_CHAT, Dialect.OPENAI_RESPONSES})
FREE = RateCard(input=0, output=0, source="local")
EVERYONE = "*"  # in `tenants` and `models`: all that are not named


def build_providers(
    file: PolicyFile, catalog: Mapping[str, CatalogRow], environment: Mapping[str, str]
) -> dict[str, ProviderPolicy]:
    """Vendors' accounts, the catalog's settings filled in where the file says nothing."""
    providers = {}
    for name, section in file.providers.items():
        row = catalog.get(section.vendor or name)
        dialect = DIALECTS[section.dialect] if section.dialect else row.dialect if row else None
        base_url = section.base_url or (row.base_url if row else None)
        assert dialect is not None, "check_references asks for it"
        assert base_url is not None, "check_references asks for it"
        api_key = section.api_key if section.api_key is not None else row.key(environment) if row else ""
        providers[name] = _provider(name, section, row, dialect=dialect, base_url=base_url, api_key=api_key)
    return providers


def _provider(
    name: str, section: ProviderSection, row: CatalogRow | None, *, dialect: Dialect, base_url: str, api_key: str
) -> ProviderPolicy:
    auth = _AUTH_HEADERS.get(dialect, "authorization")
    if row is not None and (row.dialect is dialect or {row.dialect, dialect} <= _OPENAI):
        auth = row.auth_header
    here = section.local if section.local is not None else bool(row and row.local and not section.base_url)
    if section.local is None and not api_key and not section.simulated:
        here = here or is_private(base_url)
    query = dict(row.query if row else ()) | section.query
    return ProviderPolicy(
        name=name,
        dialect=dialect,
        base_url=base_url,
        api_key=api_key,
        headers=tuple(section.headers.items()),
        query=tuple(query.items()),
        auth_header=section.auth_header or auth,
        connect_timeout_s=section.connect_timeout,
        simulated=section.simulated,
        local=here,
        stream_usage=section.stream_usage if section.stream_usage is not None else row.stream_usage if row else True,
    )


def is_private(base_url: str) -> bool:
    """Whether an address is on this machine or a private network, by its own words: nothing is looked up."""
    host = urlsplit(base_url).hostname or ""
    if host == "localhost" or host.endswith((".localhost", ".local", ".internal")):
        return True
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return False


def build_policy(
    file: PolicyFile, providers: Mapping[str, ProviderPolicy], sources: Sources, *, today: dt.date, version: str
) -> Policy:
    """The whole policy of a file without mistakes."""
    names = [name for lane in file.lanes.values() for name in lane.deployments]
    if file.routing.small_model is not None:
        names.append(file.routing.small_model.deployment)
    names += asked_models(file, sources.verifiers)
    names += similar_models(tenant.cache for tenant in file.tenants.values())
    deployments = {name: _deployment(name, file, providers, sources, today=today) for name in dict.fromkeys(names)}
    tasks = build_tasks(file.tasks, sources.tasks)
    checking = Checking(file, sources.verifiers, deployments)
    lanes = {
        name: dataclasses.replace(
            lane,
            samples=samples_of(file.lanes[name]),
            repairs=repairs_of(file.lanes[name]),
            checks=checking.uses(file.lanes[name].verify, f"lanes.{name}"),
            search=checking.search(name),
        )
        for name, lane in build_lanes(file, deployments).items()
    }
    tenants = _tenants(file, tasks)
    policy = Policy(
        version=version,
        lanes=lanes,
        models=_names({"*": "pin"} if file.models is None else file.models) | {"auto": ModelName(meaning="auto")},
        routing=build_routing(file, deployments),
        default_tenant=tenants.pop(EVERYONE),
        tenants=tenants,
        amplification=Amplification(
            max_calls=max_calls(file),
            max_retries=file.limits.max_retries,
            max_cost_nanousd=file.limits.max_cost,
            max_output_tokens=file.limits.max_output_tokens,
            max_vendor_tool_uses=file.limits.max_vendor_tool_uses,
            vendor_tool_fee_nanousd=file.limits.vendor_tool_fee,
            untold_usage=file.limits.untold_usage,
        ),
        waiting=Waiting(max_wait_s=file.limits.max_wait, places=file.limits.waiting),
        crowd=crowd_of(file.limits),
        profiles=build_profiles(file.profiles, sources.profiles),
        tasks=tasks,
        verification=checking.verification(tasks),
        record=_record(file),
        responses=KeptResponses(
            keep=file.responses.keep,
            keep_for_s=file.responses.keep_for,
            most_bytes=file.responses.max_size,
            unknown=file.responses.unknown,
        ),
        cache_room=build_room(file.cache),
        server=ServerLimits(
            max_body_bytes=file.server.max_body,
            max_bytes_in_flight=file.server.max_bytes_in_flight,
            drain_s=file.server.drain,
        ),
        deployments=deployments,
    )
    return with_bounds(policy, file)


def _tenants(file: PolicyFile, tasks: Mapping[str, Task]) -> dict[str, TenantPolicy]:
    """Every tenant by its name, and under `"*"` what holds for those that are not named."""
    everyone = file.tenants.get(EVERYONE, TenantSection())
    caching = partial(build_caching, file.cache, everyone.cache, tasks)
    return {
        name: dataclasses.replace(_tenant(name, section, everyone), caching=caching(section.cache))
        for name, section in ({EVERYONE: everyone} | file.tenants).items()
    }


def _record(file: PolicyFile) -> Record:
    days = file.record.retention
    return Record(
        content=file.record.content,
        sample=file.record.sample,
        retention=Retention(
            runs_days=days.runs, traces_days=days.traces, contents_days=days.contents, audit_days=days.audit
        ),
    )


def _deployment(
    name: str, file: PolicyFile, providers: Mapping[str, ProviderPolicy], sources: Sources, *, today: dt.date
) -> Deployment:
    provider_name, _, model = name.partition("/")
    provider = providers[provider_name]
    vendor = file.providers[provider_name].vendor
    known_as = dataclasses.replace(provider, name=vendor) if vendor else provider
    facts = sources.facts_of(known_as, model)
    written = file.prices.get(name)
    prices = _rate_card(written, provider) if written else sources.prices_of(known_as, model, today)
    if prices is None and provider.local:
        prices = FREE
    return Deployment(
        provider=provider,
        model=model,
        facts=_override(facts, file.facts.get(name, FactsSection())),
        prices=prices,
        adaptation=_adaptation(file, provider_name, name),
    )


def _adaptation(file: PolicyFile, *names: str) -> Adaptation:
    """The usual way, changed by each of these names' own word, the last one's over the others'."""
    written: dict[str, Any] = {}
    for name in names:
        written |= file.adaptations.get(name, AdaptationSection()).model_dump(exclude_none=True)
    return Adaptation(**written)


def _rate_card(section: PriceSection, provider: ProviderPolicy) -> RateCard:
    return RateCard(
        input=section.input,
        output=section.output,
        cached=section.cached,
        cache_write=section.cache_write,
        cache_write_1h=section.cache_write_1h,
        reasoning=section.reasoning,
        tool_fees=tuple(section.tool_fees.items()),
        rates=tuple((name, round(factor * 1_000)) for name, factor in section.rates.items()),
        source="simulator" if provider.simulated else "operator",
    )


def _override(facts: ModelFacts, section: FactsSection) -> ModelFacts:
    written = {name: getattr(section, name) for name in section.model_fields_set}
    least, most = written.pop("min_thinking_tokens", None), written.pop("max_thinking_tokens", None)
    if least is not None or most is not None:
        known = facts.thinking_budget_tokens or (1024, 32_000)
        written["thinking_budget_tokens"] = (least or known[0], most or known[1])
    for name in ("efforts", "refused_parameters"):
        if name in written:
            written[name] = tuple(written[name] or ())
    return dataclasses.replace(facts, **written)


def _names(written: Mapping[str, str]) -> dict[str, ModelName]:
    names = {}
    for name, meaning in written.items():
        if meaning.startswith("lane:"):
            names[name] = ModelName(meaning="lane", lane=meaning.removeprefix("lane:"))
        else:
            names[name] = ModelName(meaning="auto" if meaning == "auto" else "pin")
    return names


def _tenant(name: str, section: TenantSection, everyone: TenantSection) -> TenantPolicy:
    """One tenant's limits; where it says nothing, what is written for everyone; where nobody wrote a cap, the default one."""
    caps = tenant_caps(section.budget, everyone.budget)
    return TenantPolicy(
        name=name,
        daily_cap_nanousd=caps.daily_nanousd,
        plan=section.plan or everyone.plan,
        profile=section.profile or everyone.profile,
        budget_defaulted=caps.defaulted,
        daily_terms=caps.daily_terms,
        caps=caps.others,
        limits=limits_of(section, everyone),
        key_limits=key_limits_of(section, everyone),
        weight=float(section.weight or everyone.weight or 1),
        models=_names(everyone.models) | _names(section.models),
    )
