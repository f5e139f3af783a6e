"""What a policy will do, in values that `render.py` prints and `--json` writes: lanes, rules, names, caps, a sample, and outages."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from lanewise.config.doctor import Advice, examine
from lanewise.config.quantities import format_duration
from lanewise.core.money import format_usd
from lanewise.core.plan import Plan
from lanewise.core.policy import Condition, Deployment, Lane, ModelName, Policy, TenantPolicy
from lanewise.core.request import Caller, Request

RouteOf = Callable[[Request, Caller, Policy], Plan]
"""The router, as the composition root hands it in."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DeploymentView:
    """A deployment and its prices in dollars per million tokens, as text; `unpriced` where nobody knows them."""

    name: str
    input: str
    output: str
    price_source: str
    thinking: str


@dataclass(frozen=True, kw_only=True, slots=True)
class LaneView:
    """A lane and the limits of one request in it."""

    name: str
    deployments: tuple[DeploymentView, ...]
    limits: str


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


@dataclass(frozen=True, kw_only=True, slots=True)
class Outage:
    """What happens while something is down: who answers instead, and how an answer is marked."""

    kind: Literal["vendor", "lane", "store"]
    down: str
    lane: str  # whose requests are meant; empty for all
    answers: str
    marked: str


@dataclass(frozen=True, kw_only=True, slots=True)
class SampleView:
    """What would happen to one request."""

    lane: str
    reason: str
    deployments: tuple[str, ...]
    features: dict[str, str | int | bool]
    most_it_may_cost: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Explanation:
    """Everything that `lanewise check` says."""

    version: str
    lanes: tuple[LaneView, ...]
    rules: tuple[str, ...]
    names: tuple[NameView, ...]
    caps: tuple[CapView, ...]
    request_limits: str
    outages: tuple[Outage, ...]
    advice: tuple[Advice, ...]
    sample: SampleView | None = None


def explain(policy: Policy, *, today: dt.date, sample: SampleView | None = None) -> Explanation:
    """Explain a policy, with what would happen to a sample request where one is given (see `explain_sample`)."""
    limits = policy.amplification
    return Explanation(
        version=policy.version,
        lanes=tuple(_lane(lane, policy) for lane in policy.lanes.values()),
        rules=tuple(_rules(policy)),
        names=tuple(_names(policy)),
        caps=tuple(_cap(tenant) for tenant in (*policy.tenants.values(), policy.default_tenant)),
        request_limits=f"at most {limits.max_calls} calls ({limits.max_retries} of them retries), "
        f"{format_usd(limits.max_cost_nanousd)} and {limits.max_output_tokens:,} output tokens",
        outages=(*_vendor_outages(policy), *_lane_outages(policy), *_STORE_DOWN),
        advice=examine(policy, today=today),
        sample=sample,
    )


def explain_sample(request: Request, caller: Caller, policy: Policy, route: RouteOf) -> SampleView:
    """What would happen to this request. Raises what the router raises: UnknownModel where a name means nothing."""
    plan = route(request, caller, policy)
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
    )


def reason_in_words(reason: str, policy: Policy) -> str:
    """A plan's reason as a sentence."""
    if reason.startswith("rule:"):
        rule = policy.routing.rules[int(reason.removeprefix("rule:")) - 1]
        return f"rule {rule.number} holds: {condition_in_words(rule.when)}"
    words = {
        "caller": "the caller names the lane",
        "model": "its model name stands for this lane",
        "pin": "its model name is pinned, so only deployments of that model answer",
        "default": "no rule holds, so the default lane answers",
    }
    return words.get(reason, reason)


def condition_in_words(when: Condition) -> str:
    """A condition as a clause: `the task is extract or translate, and it offers tools`."""
    clauses = [
        f"{subject} is {' or '.join(values)}"
        for subject, values in (
            ("the task", when.task),
            ("the feature", when.feature),
            ("the tenant", when.tenant),
            ("the model name", when.model),
            ("the response format", when.response_format),
            ("the latency class", when.latency),
            ("the risk", when.risk),
        )
        if values
    ]
    if when.keywords:
        clauses.append(f"the last message has the word {' or '.join(when.keywords)}")
    if when.min_chars is not None:
        clauses.append(f"it has at least {when.min_chars:,} characters")
    if when.max_chars is not None:
        clauses.append(f"it has at most {when.max_chars:,} characters")
    for wanted, yes, no in (
        (when.tools, "it offers tools", "it offers no tools"),
        (when.images, "it holds images", "it holds no images"),
    ):
        if wanted is not None:
            clauses.append(yes if wanted else no)
    return ", and ".join(clauses) or "always"


def _lane(lane: Lane, policy: Policy) -> LaneView:
    cap = lane.max_cost_nanousd if lane.max_cost_nanousd is not None else policy.amplification.max_cost_nanousd
    limits = [format_duration(lane.timeout_s), f"at most {format_usd(cap)} a request"]
    if lane.effort is not None:
        limits.append(f"effort {lane.effort}")
    if lane.thinking_budget_tokens is not None:
        limits.append(f"{lane.thinking_budget_tokens:,} thinking tokens")
    limits.append(f"{lane.max_output_tokens:,} output tokens unless the caller says")
    return LaneView(
        name=lane.name, deployments=tuple(_deployment(each) for each in lane.deployments), limits=", ".join(limits)
    )


def _deployment(deployment: Deployment) -> DeploymentView:
    prices = deployment.prices
    return DeploymentView(
        name=deployment.name,
        input="unpriced" if prices is None else format_usd(prices.input),
        output="unpriced" if prices is None else format_usd(prices.output),
        price_source="" if prices is None else prices.source,
        thinking=deployment.facts.thinking,
    )


def _rules(policy: Policy) -> Iterator[str]:
    for rule in policy.routing.rules:
        yield f"{rule.number}. When {condition_in_words(rule.when)}: {rule.lane}."
    yield f"Otherwise: {policy.routing.default}."


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
        return "routed: rules, then the default lane"
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
        rate="none" if tenant.rate_per_minute is None else f"{tenant.rate_per_minute}/min",
        concurrency="none" if tenant.concurrency is None else str(tenant.concurrency),
    )


_NOBODY = "nobody: 503 (429 where the vendor limits rates, 504 where it is silent)"
_AS_FAILURE = "outcome `failure`; the error says which deployment failed and why"


def _marked(down: str, instead: str) -> str:
    return f"outcome `fallback`, header X-Lanewise-Degraded: fallback: ...; from={down}; to={instead}"


def _vendor_outages(policy: Policy) -> Iterator[Outage]:
    """For each vendor, what its outage does to each lane that has it."""
    for provider in dict.fromkeys(each.provider.name for each in policy.deployments.values()):
        for lane in policy.lanes.values():
            names = [each.name for each in lane.deployments]
            left = [each.name for each in lane.deployments if each.provider.name != provider]
            if len(left) == len(names):
                continue
            yield Outage(kind="vendor", down=provider, lane=lane.name, **_instead(names, left))


def _instead(names: Sequence[str], left: Sequence[str]) -> dict[str, str]:
    if not left:
        return {"answers": _NOBODY, "marked": _AS_FAILURE}
    if left[0] == names[0]:
        return {"answers": f"{left[0]}, as before, with fewer behind it", "marked": "not marked: nothing changes"}
    before = names[names.index(left[0]) - 1]
    return {"answers": left[0], "marked": _marked(before, left[0])}


def _lane_outages(policy: Policy) -> Iterator[Outage]:
    for lane in policy.lanes.values():
        yield Outage(kind="lane", down=lane.name, lane=lane.name, answers=_NOBODY, marked=_AS_FAILURE)


_STORE_DOWN = (
    Outage(
        kind="store",
        down="the store",
        lane="",
        answers="nobody: new requests get 503; answers in flight are given once their row is in the local spool",
        marked="/ready fails and names the store; the spool is written to the store when it is back",
    ),
)
