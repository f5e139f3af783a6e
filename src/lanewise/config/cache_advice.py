"""What a policy's caches will do, in words, and what of it may be regretted."""

from __future__ import annotations

from collections.abc import Iterator

from lanewise.config.advice import Advice
from lanewise.config.schema_cache import ttl_text
from lanewise.core.caching import PGVECTOR, Caching
from lanewise.core.policy import Policy


def cache_in_words(caching: Caching) -> str:
    """What of a tenant's answers is given again."""
    if not caching.exact:
        return "off"
    shared = ", shared between users" if caching.shared_between_users else ""
    return f"exact, {ttl_text(caching.ttl_s)}{shared}{_similar_in_words(caching)}"


def _similar_in_words(caching: Caching) -> str:
    semantic = caching.semantic
    if semantic is None:
        return ""
    return (
        f"; similar questions by {semantic.embedding}: at most {semantic.alpha:.0%} wrong at {semantic.confidence:.0%} confidence, "
        f"{semantic.audit_share:.0%} audited"
    )


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
    if policy.cache_room.semantic_index == PGVECTOR and any(tenant.caching.semantic for tenant in tenants):
        yield Advice(
            code="similar_vectors",
            message="Vectors of questions stand in the PostgreSQL database, where pgvector 0.8 or newer is needed: turned by a secret that "
            "is not there, which obscures and does not encrypt. Words can be told from vectors by whoever undoes that",
            remedy="Write cache.semantic_index: memory where whoever may read the database, or a copy of it, must not learn of questions.",
        )
    unjudged = [tenant.name for tenant in tenants if _asks_nobody(tenant.caching)]
    if unjudged:
        yield Advice(
            code="similar_unjudged",
            message=f"Answers to similar questions of {', '.join(map(repr, unjudged))} are audited by nobody who can tell whether open "
            "answers come to the same: only those that name a final answer, or are the same words, are counted",
            remedy="Write cache.semantic.judge: provider/model, a model that compares them.",
        )
    unwatched = [tenant.name for tenant in tenants if _is_unwatched(tenant.caching)]
    if unwatched:
        yield Advice(
            code="similar_unwatched",
            message=f"Answers to similar questions of {', '.join(map(repr, unwatched))} are never audited: a bound that breaks is not seen",
            remedy="Write cache.semantic.audit_share: 5%, or more.",
        )


def _asks_nobody(caching: Caching) -> bool:
    return (
        caching.exact
        and caching.semantic is not None
        and caching.semantic.audit_share > 0
        and not caching.semantic.judge
    )


def _is_unwatched(caching: Caching) -> bool:
    return caching.exact and caching.semantic is not None and not caching.semantic.audit_share
