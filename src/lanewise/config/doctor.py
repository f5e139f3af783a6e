"""The policy doctor: what will work and yet be regretted. Each piece of advice has a code, what is so, and what to do."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Iterable, Iterator
from urllib.parse import urlsplit

from lanewise.config.advice import Advice
from lanewise.config.build import is_private
from lanewise.config.cache_advice import cached
from lanewise.config.confined import confined
from lanewise.config.held_advice import held
from lanewise.config.limits_view import crowded
from lanewise.config.unchecked import unchecked
from lanewise.core.money import format_usd
from lanewise.core.policy import Deployment, Effort, Lane, Policy
from lanewise.core.protocols.budget import caps_of

SHUTDOWN_NOTICE_DAYS = 90

#: Rules of thumb for an answer of some length and one retry, in seconds, by what the lane asks of a model that can think.
TYPICAL_S: dict[Effort | None, float] = {
    None: 10.0, "none": 10.0, "minimal": 10.0, "low": 30.0, "medium": 60.0, "high": 120.0, "xhigh": 180.0, "max": 180.0,
}  # fmt: skip


def examine(policy: Policy, *, today: dt.date) -> tuple[Advice, ...]:
    """Everything the doctor finds, the gravest kinds first."""
    found = [advice for check in _CHECKS for advice in check(policy)]
    found += unchecked(policy)
    found += confined(policy)
    found += cached(policy)
    found += held(policy)
    found += crowded(policy)
    return (*_shutdowns(policy, today), *found)


def _shutdowns(policy: Policy, today: dt.date) -> Iterator[Advice]:
    for deployment in policy.deployments.values():
        day = deployment.facts.shutdown
        if day is None or (day - today).days > SHUTDOWN_NOTICE_DAYS:
            continue
        gone = day <= today
        lanes = _listed(lane.name for lane in policy.lanes.values() if deployment in lane.deployments)
        yield Advice(
            code="model_retired" if gone else "model_retires_soon",
            message=f"{deployment.name} ({lanes}) {'was' if gone else 'will be'} switched off on {day.isoformat()}",
            remedy="Put another model in its place, and keep the old one behind it until then." if not gone
            else "Put another model in its place.",
        )  # fmt: skip


def _missing_keys(policy: Policy) -> Iterator[Advice]:
    providers = {deployment.provider.name: deployment.provider for deployment in policy.deployments.values()}
    for provider in providers.values():
        sent = {name.lower() for name, _ in provider.headers}
        if not (
            provider.api_key or provider.local or provider.simulated or sent & {"authorization", "x-api-key", "api-key"}
        ):
            yield Advice(
                code="api_key_missing",
                message=f"The provider {provider.name} has no api_key, so its vendor will refuse every call",
                remedy=f"Set its environment variable, or write providers.{provider.name}.api_key: ${{NAME}}.",
            )
        if provider.base_url.startswith("http://") and not is_private(provider.base_url):
            yield Advice(
                code="plain_http",
                message=f"The provider {provider.name} is reached over plain http at {urlsplit(provider.base_url).hostname}: "
                "its key and every prompt can be read on the way",
                remedy="Write https:// in its base_url.",
            )


def _unpriced(policy: Policy) -> Iterator[Advice]:
    for deployment in policy.deployments.values():
        if deployment.prices is None:
            yield Advice(
                code="unpriced",
                message=f"Nobody knows the price of {deployment.name}: its calls are flagged, and no cap can hold them",
                remedy=f"Write prices: {{{deployment.name}: {{input: $..., output: $...}}}}, in dollars per million tokens.",
            )


def _thin_lanes(policy: Policy) -> Iterator[Advice]:
    """Lanes that one vendor's outage leaves without an answer."""
    for lane in policy.lanes.values():
        way = _way_down(lane, policy)
        vendors = {_vendor(deployment) for each in way for deployment in each.deployments}
        if len(vendors) > 1:
            continue
        first = lane.deployments[0]
        if len(way) > 1:
            yield Advice(
                code="degrades_to_same_vendor",
                message=f"The lane {lane.name} degrades to {', then '.join(each.name for each in way[1:])}, and all of them are at "
                f"{first.provider.name}: an outage there takes them together",
                remedy=f"Add a deployment of another vendor to {way[-1].name}.",
            )
        elif len(lane.deployments) == 1:
            yield Advice(
                code="single_deployment",
                message=f"The lane {lane.name} has one deployment, {first.name}, and degrades to no other: "
                "while it fails, the lane answers 503",
                remedy="Add a second one, of another vendor.",
            )
        else:
            yield Advice(
                code="single_vendor",
                message=f"All deployments of the lane {lane.name} are at {first.provider.name}, and it degrades to no other: "
                "an outage there takes all of them",
                remedy="Add one of another vendor.",
            )


def _way_down(lane: Lane, policy: Policy) -> list[Lane]:
    """The lane and those that answer instead of it, in order."""
    way = [lane]
    while (following := way[-1].degrade_to) is not None:
        way.append(policy.lanes[following])
    return way


def _vendor(deployment: Deployment) -> str:
    provider = deployment.provider
    return provider.name if provider.simulated or provider.local else urlsplit(provider.base_url).netloc


def _caps(policy: Policy) -> Iterator[Advice]:
    tenants = [policy.default_tenant, *policy.tenants.values()]
    for tenant in tenants:
        who = "tenants that are not named" if tenant is policy.default_tenant else f"the tenant {tenant.name}"
        where = 'tenants."*"' if tenant is policy.default_tenant else f"tenants.{tenant.name}"
        if tenant.budget_defaulted and tenant.daily_cap_nanousd is not None:
            yield Advice(
                code="cap_defaulted",
                message=f"No cap is written for {who}: the default of {format_usd(tenant.daily_cap_nanousd)} a day holds",
                remedy=f"Write {where}.budget.daily.",
            )
        elif not any(cap.scope == "tenant" and cap.unit == "dollars" for cap in caps_of(tenant)):
            yield Advice(
                code="uncapped",
                message=f"There is no cap at all for {who}",
                remedy=f"Write an amount at {where}.budget.daily, however large.",
            )
    if not policy.tenants and not policy.default_tenant.budget_defaulted:
        yield Advice(
            code="only_global_limit",
            message="One set of limits holds for all tenants, so none can be given more or less",
            remedy="Name your tenants under `tenants`, each with its own budget and rate.",
        )


def _names_and_rules(policy: Policy) -> Iterator[Advice]:
    written = [
        name
        for names in (policy.models, *(tenant.models for tenant in policy.tenants.values()))
        for name in names.items()
    ]
    if all(name == "auto" or meaning.meaning == "pin" for name, meaning in written):
        yield Advice(
            code="everything_pinned",
            message="Every model name is pinned: requests are routed only where a caller asks for `auto` or a lane",
            remedy='Write models: {NAME: auto} for the names your applications send, or "*": auto for all.',
        )
    routing = policy.routing
    targets = {rule.lane for rule in routing.rules} | {routing.default} | set(routing.grades.values())
    if all(_thinks_hard(policy.lanes[name]) for name in targets):
        yield Advice(
            code="everything_reasoning",
            message=f"Every routed request goes to a reasoning lane ({_listed(targets)}), the slowest and dearest kind",
            remedy="Let routing.default name a lane without thinking, and send hard tasks to reasoning with rules.",
        )


def _thinks_hard(lane: Lane) -> bool:
    return (
        lane.name == "reasoning"
        or lane.effort in {"high", "xhigh", "max"}
        or (lane.thinking_budget_tokens or 0) >= 8_000
    )


def _short_timeouts(policy: Policy) -> Iterator[Advice]:
    for lane in policy.lanes.values():
        typical_s = _typical_s(lane)
        if lane.timeout_s < typical_s:
            yield Advice(
                code="short_timeout",
                message=f"The lane {lane.name} gives up after {lane.timeout_s:g} s; {typical_s:g} s is usual for its kind",
                remedy=f"Write lanes.{lane.name}.timeout: {typical_s:g}s or more, unless late answers are worthless to you.",
            )


def _typical_s(lane: Lane) -> float:
    can_think = any(deployment.facts.thinking != "none" for deployment in lane.deployments)
    return TYPICAL_S[lane.effort if can_think else None]


def _thinks(lane: Lane) -> bool:
    return lane.effort not in (None, "none") or lane.thinking_budget_tokens is not None


def _impatience(policy: Policy) -> Iterator[Advice]:
    """Hedges and patience that do not do what they are for."""
    for lane in policy.lanes.values():
        if lane.hedge_after is not None and len({_vendor(each) for each in lane.deployments[:2]}) == 1:
            who = (
                "has one deployment, so nobody"
                if len(lane.deployments) == 1
                else "has the same vendor twice, so nobody else"
            )
            yield Advice(
                code="hedge_in_vain",
                message=f"The lane {lane.name} hedges, but {who} is asked when a call is slow",
                remedy="Let its second deployment be another vendor's, or remove hedge_after.",
            )
        if lane.degrade_to is not None and lane.slow_after is None and _thinks(lane):
            yield Advice(
                code="waits_to_the_end",
                message=f"The lane {lane.name} thinks and is never given up as too slow: who meets a slow answer gets 504 after "
                f"{lane.timeout_s:g} s, and {lane.degrade_to} is not asked",
                remedy=f"Write lanes.{lane.name}.slow_after: 3, unless a late answer of this lane is worth more.",
            )


def _order(policy: Policy) -> Iterator[Advice]:
    """The file's order tells weaker lanes from stronger ones."""
    lanes = list(policy.lanes.values())
    first = next((place for place, lane in enumerate(lanes) if _thinks(lane)), len(lanes))
    late = [lane.name for lane in lanes[first:] if not _thinks(lane)]
    if late:
        yield Advice(
            code="lanes_out_of_order",
            message=f"After the lane {lanes[first].name}, which thinks, stand lanes that do not ({_listed(late)}): an interactive request "
            "that it would keep too long is not sent down to them",
            remedy="Write lanes from the weakest to the strongest.",
        )


def _classifier(policy: Policy) -> Iterator[Advice]:
    grader = policy.routing.small_model
    if grader is None:
        return
    price, cheapest = (
        _price(grader.deployment),
        min(policy.lanes.values(), key=lambda lane: _price(lane.deployments[0])),
    )
    if price > _price(cheapest.deployments[0]):
        yield Advice(
            code="classifier_too_dear",
            message=f"{grader.deployment.name}, which grades requests, costs more than {cheapest.deployments[0].name}, which answers them "
            f"in the lane {cheapest.name}",
            remedy="Let a cheaper model grade, or write routing.classifier: heuristic.",
        )


def _price(deployment: Deployment) -> float:
    """Of a token in and a token out; without end where nobody knows it."""
    prices = deployment.prices
    return math.inf if prices is None else prices.input + prices.output


def _interactive(policy: Policy) -> Iterator[Advice]:
    soonest_s = min(_typical_s(lane) for lane in policy.lanes.values())
    if policy.routing.interactive_s < soonest_s:
        yield Advice(
            code="interactive_too_short",
            message=f"No lane usually answers within the {policy.routing.interactive_s:g} s of routing.interactive_deadline; "
            f"{soonest_s:g} s is usual for the fastest kind here",
            remedy="Write a longer one, or add a lane without thinking.",
        )


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))


_CHECKS: tuple[Callable[[Policy], Iterator[Advice]], ...] = (
    _missing_keys, _unpriced, _thin_lanes, _caps, _names_and_rules, _short_timeouts, _impatience, _order, _classifier, _interactive,
)  # fmt: skip
