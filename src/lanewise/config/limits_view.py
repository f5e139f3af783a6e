"""Rates and concurrency in words, and what of them may be regretted."""

from __future__ import annotations

from collections.abc import Iterator

from lanewise.config.advice import Advice
from lanewise.config.quantities import format_duration
from lanewise.core.digits import in_digits
from lanewise.core.limiting import KeyLimits, Limits
from lanewise.core.plurals import counted
from lanewise.core.policy import Policy


def rate_in_words(limits: Limits) -> str:
    """What may come in a minute."""
    rates = []
    if limits.requests_per_minute is not None:
        rates.append(f"{in_digits(limits.requests_per_minute)}/min")
    if limits.tokens_per_minute is not None:
        rates.append(f"{limits.tokens_per_minute:,.0f} tokens/min")
    if not rates:
        return "none"
    return ", ".join(rates) + (f", {limits.burst:.0%} at once" if limits.burst != 1 else "")


def key_limits_in_words(limits: KeyLimits) -> Iterator[str]:
    """What keys may have."""
    if not limits.each.unlimited:
        yield f"each key: {_in_words(limits.each)}"
    for key_id, single in limits.single.items():
        yield f"the key {key_id}: {_in_words(single)}"


def crowd_in_words(policy: Policy) -> str:
    """What the process takes on at once, and who waits."""
    crowd, wait = policy.crowd, format_duration(policy.waiting.max_wait_s)
    if crowd.places is None:
        return f"any number of requests at once; who can wait does so for its own limits, at most {wait}"
    return (
        f"{counted(crowd.places, 'request')} at once, in turns between tenants when they are all taken; interactive ones wait at most "
        f"{format_duration(crowd.interactive_wait_s)}, those that can wait {wait}"
    )


def crowded(policy: Policy) -> Iterator[Advice]:
    """Advice on limits that do not do what they seem to."""
    places = policy.crowd.places
    for tenant in (*policy.tenants.values(), policy.default_tenant):
        limits = tenant.limits
        if places is not None and limits.concurrency is not None and limits.concurrency > places:
            yield Advice(
                code="concurrency_out_of_reach",
                message=f"The tenant {tenant.name} may have {counted(limits.concurrency, 'request')} running, and the "
                f"whole process takes {places}",
                remedy=f"Raise limits.concurrency, or write tenants.{tenant.name}.concurrency: {places} or less.",
            )
    if places is None and any(tenant.weight != 1 for tenant in policy.tenants.values()):
        yield Advice(
            code="weight_without_places",
            message="Tenants have a weight, and nothing is shared by it: the process takes any number of requests at once",
            remedy="Write limits.concurrency, or remove tenants.*.weight.",
        )


def _in_words(limits: Limits) -> str:
    words = [] if (rate := rate_in_words(limits)) == "none" else [rate]
    if limits.concurrency is not None:
        words.append(f"{limits.concurrency} at once")
    return ", ".join(words) or "no limits"
