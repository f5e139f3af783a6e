"""What a policy's caches will do, in words, and what of it may be regretted."""

from __future__ import annotations

from collections.abc import Iterator

from lanewise.config.advice import Advice
from lanewise.config.schema_cache import ttl_text
from lanewise.core.caching import Caching
from lanewise.core.policy import Policy


def cache_in_words(caching: Caching) -> str:
    """What of a tenant's answers is given again."""
    if not caching.exact:
        return "off"
    shared = ", shared between users" if caching.shared_between_users else ""
    return f"exact, {ttl_text(caching.ttl_s)}{shared}"


def cached(policy: Policy) -> Iterator[Advice]:
    """Advice on what is given again."""
    tenants = [policy.default_tenant, *policy.tenants.values()]
    shared = [tenant.name for tenant in tenants if tenant.caching.exact and tenant.caching.shared_between_users]
    if shared:
        yield Advice(
            code="cache_shared",
            message=f"Answers are shared between the users of {', '.join(map(repr, shared))}: what one asked is given to another who "
            "asks the same words",
            remedy="Keep it only where answers depend on nothing but the question; else remove cache.shared_between_users.",
        )
