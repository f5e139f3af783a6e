"""What a policy will do, in values that `render.py` prints and `--json` writes: lanes, routing, names, caps, a sample, and outages."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass

from lanewise.config.advice import Advice
from lanewise.config.budget_view import caps_in_words
from lanewise.config.cache_advice import cache_in_words
from lanewise.config.checks_view import ChecksView, checks_of, view_checks
from lanewise.config.doctor import examine
from lanewise.config.limits_view import crowd_in_words, key_limits_in_words, rate_in_words
from lanewise.config.outages import Outage, outages
from lanewise.config.quantities import format_duration
from lanewise.config.routing_view import RoutingView, view_routing
from lanewise.config.words import breaker_in_words, reason_in_words, trouble_in_words
from lanewise.core.bounds import bounds_of
from lanewise.core.money import format_usd
from lanewise.core.plan import Plan
from lanewise.core.plurals import counted
from lanewise.core.policy import Deployment, Lane, ModelName, Policy, TenantPolicy
from lanewise.core.request import Caller, Request
from lanewise.pipeline.bounding import within

RouteOf = Callable[[Request, Caller, Policy], Awaitable[Plan]]
"""The router, as the composition root hands it in."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DeploymentView:
    """A deployment and its prices in dollars per million tokens, as text; `unpriced` where nobody knows them."""

    name: str
    input: str
    output: str
    price_source: str
    thinking: str
    share: str  # of new conversations, as a percentage; empty where the lane has no weights


@dataclass(frozen=True, kw_only=True, slots=True)
class LaneView:
    """A lane and the limits of one request in it."""

    name: str
    deployments: tuple[DeploymentView, ...]
    limits: str
    degrade_to: str  # empty for no other lane
    trouble: str  # what follows when its deployments are slow or fail
    breaker: str  # when one of them is left alone for a while


@dataclass(frozen=True, kw_only=True, slots=True)
class NameView:
    """What a model name in a request means; `tenant` is empty where it holds for everyone."""

    name: str
    means: str
    tenant: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class CapView:
    """Limits of a tenant, as text."""

    tenant: str
    daily: str
    rate: str
    concurrency: str
    cache: str = "off"  # what is given again
    others: tuple[str, ...] = ()  # every cap but the daily one, and the limits of keys, in words


@dataclass(frozen=True, kw_only=True, slots=True)
class SampleView:
    """What would happen to one request."""

    lane: str
    reason: str
    deployments: tuple[str, ...]
    features: dict[str, str | int | bool]
    most_it_may_cost: str
    checks: str  # what is made sure of in its answer
    note: str = ""  # what its caller would be told of the choice, and what could not be found out here
    deadline: str = ""  # where it is less than the lane's


@dataclass(frozen=True, kw_only=True, slots=True)
class Explanation:
    """Everything that `lanewise check` says."""

    version: str
    lanes: tuple[LaneView, ...]
    routing: RoutingView
    checks: ChecksView
    names: tuple[NameView, ...]
    caps: tuple[CapView, ...]
    request_limits: str
    at_once: str
    outages: tuple[Outage, ...]
    advice: tuple[Advice, ...]
    sample: SampleView | None = None


def explain(
    policy: Policy,
    *,
    today: dt.date,
    sample: SampleView | None = None,
    shares_limits: bool = False,
    noticed: tuple[Advice, ...] = (),
) -> Explanation:
    """Explain a policy, with what would happen to a sample request where one is given (see `explain_sample`).

    `noticed` is advice on what is written in its file, which the policy itself does not tell.
    """
    limits = policy.amplification
    return Explanation(
        version=policy.version,
        lanes=tuple(_lane(lane, policy) for lane in policy.lanes.values()),
        routing=view_routing(policy),
        checks=view_checks(policy),
        names=tuple(_names(policy)),
        caps=tuple(_cap(tenant) for tenant in (*policy.tenants.values(), policy.default_tenant)),
        request_limits=f"at most {counted(limits.max_calls, 'call')} "
        f"({counted(limits.max_retries, 'of them a retry', 'of them retries')}), "
        f"{format_usd(limits.max_cost_nanousd)} and {counted(limits.max_output_tokens, 'output token')}",
        at_once=crowd_in_words(policy),
        outages=outages(policy, shares_limits=shares_limits),
        advice=(*examine(policy, today=today), *noticed),
        sample=sample,
    )


async def explain_sample(request: Request, caller: Caller, policy: Policy, route: RouteOf) -> SampleView:
    """What would happen to this request. Raises what the walk would: UnknownModel, NotAllowed."""
    plan, _ = within(
        await route(request, caller, policy), bounds_of(policy, policy.tenant(caller.tenant), caller), policy
    )
    lane = plan.rungs[0].lane
    cap = policy.amplification.max_cost_nanousd
    if lane.max_cost_nanousd is not None:
        cap = min(cap, lane.max_cost_nanousd)
    return SampleView(
        lane=lane.name,
        reason=reason_in_words(plan.reason, policy),
        deployments=tuple(each.name for each in lane.deployments),
        features=plan.features,
        most_it_may_cost=format_usd(cap),
        checks=checks_of(plan),
        note="; ".join(filter(None, (_not_asked(plan, policy), plan.note))),
        deadline="" if plan.deadline_s is None else format_duration(plan.deadline_s),
    )


def _not_asked(plan: Plan, policy: Policy) -> str:
    """An explanation costs nothing, so no model is asked for it."""
    grader = policy.routing.small_model
    if grader is None or not plan.reason.startswith("difficulty:"):
        return ""
    return f"{grader.deployment.name}, which grades such requests, is not asked here: this is the heuristic's grade"


def _lane(lane: Lane, policy: Policy) -> LaneView:
    cap = lane.max_cost_nanousd if lane.max_cost_nanousd is not None else policy.amplification.max_cost_nanousd
    limits = [format_duration(lane.timeout_s), f"at most {format_usd(cap)} a request"]
    if lane.effort is not None:
        limits.append(f"effort {lane.effort}")
    if lane.thinking_budget_tokens is not None:
        limits.append(f"{lane.thinking_budget_tokens:,} thinking tokens")
    limits.append(f"{lane.max_output_tokens:,} output tokens unless the caller says")
    limits += caps_in_words(lane.caps)
    return LaneView(
        name=lane.name,
        deployments=tuple(_deployment(each, lane) for each in lane.deployments),
        limits=", ".join(limits),
        degrade_to=lane.degrade_to or "",
        trouble=trouble_in_words(lane),
        breaker=breaker_in_words(lane.breaker),
    )


def _deployment(deployment: Deployment, lane: Lane) -> DeploymentView:
    prices = deployment.prices
    share = lane.weights[lane.deployments.index(deployment)] / sum(lane.weights) if lane.weights else None
    return DeploymentView(
        name=deployment.name,
        input="unpriced" if prices is None else format_usd(prices.input),
        output="unpriced" if prices is None else format_usd(prices.output),
        price_source="" if prices is None else prices.source,
        thinking=deployment.facts.thinking,
        share="" if share is None else f"{share:.0%}",
    )


def _names(policy: Policy) -> Iterator[NameView]:
    for name, meaning in policy.models.items():
        yield NameView(name=_name(name), means=_meaning(name, meaning, policy))
    for tenant in (*policy.tenants.values(), policy.default_tenant):
        for name, meaning in tenant.models.items():
            yield NameView(name=_name(name), means=_meaning(name, meaning, policy), tenant=_who(tenant, policy))


def _name(name: str) -> str:
    return "any other name" if name == "*" else name


def _meaning(name: str, meaning: ModelName, policy: Policy) -> str:
    if meaning.meaning == "lane":
        return f"the lane {meaning.lane}"
    if meaning.meaning == "auto":
        return "routed"
    if name == "*":
        return "only deployments of exactly that model; 404 where there is none"
    having = [each.name for each in policy.deployments.values() if name in (each.model, each.name)]
    return f"only deployments of that model: {', '.join(having)}"


def _who(tenant: TenantPolicy, policy: Policy) -> str:
    return "any other tenant" if tenant is policy.default_tenant else tenant.name


def _cap(tenant: TenantPolicy) -> CapView:
    cap = "none" if tenant.daily_cap_nanousd is None else format_usd(tenant.daily_cap_nanousd)
    return CapView(
        tenant="any other tenant" if tenant.name == "*" else tenant.name,
        daily=f"{cap} (nobody wrote one)" if tenant.budget_defaulted else cap,
        rate=rate_in_words(tenant.limits),
        concurrency="none" if tenant.limits.concurrency is None else str(tenant.limits.concurrency),
        cache=cache_in_words(tenant.caching),
        others=(*caps_in_words(tenant.caps), *key_limits_in_words(tenant.key_limits)),
    )
