"""From the file's words on caching to the values that hold for a tenant."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

from lanewise.config.schema_cache import CacheSection, SemanticSection, TenantCacheSection
from lanewise.core.caching import UNTIL_CORRECTED, CacheRoom, Caching
from lanewise.core.policy import Task
from lanewise.core.similar import MADE_HERE, Semantic

Value = TypeVar("Value")
_MATHEMATICS = "math_answer"


def build_caching(
    written: CacheSection, everyone: TenantCacheSection, tasks: Mapping[str, Task], own: TenantCacheSection
) -> Caching:
    """What holds for a tenant: its own word, else that for everyone in `tenants."*"`, else the file's."""
    tasks_ttl_s = {name: UNTIL_CORRECTED for name, task in tasks.items() if task.check == _MATHEMATICS}
    return Caching(
        exact=_first(own.exact, everyone.exact, written.exact),
        ttl_s=_first(own.ttl, everyone.ttl, written.ttl),
        tasks_ttl_s=tasks_ttl_s | written.tasks | everyone.tasks | own.tasks,
        shared_between_users=_first(
            own.shared_between_users, everyone.shared_between_users, written.shared_between_users
        ),
        semantic=_semantic(own.semantic or everyone.semantic),
    )


def similar_models(tenants: Iterable[TenantCacheSection]) -> list[str]:
    """The deployments that are asked for vectors of questions, and whether answers come to the same."""
    sections = [each.semantic for each in tenants if each.semantic is not None]
    embeddings = [each.embedding for each in sections if each.embedding not in MADE_HERE]
    return [*embeddings, *(each.judge for each in sections if each.judge is not None)]


def _semantic(section: SemanticSection | None) -> Semantic | None:
    if section is None:
        return None
    return Semantic(
        alpha=section.alpha,
        confidence=section.confidence,
        embedding=section.embedding,
        audit_share=section.audit_share,
        judge=section.judge or "",
    )


def build_room(written: CacheSection) -> CacheRoom:
    """How much is kept."""
    return CacheRoom(memory_bytes=written.memory, store_bytes=written.store, semantic_index=written.semantic_index)


def _first(own: Value | None, everyone: Value | None, written: Value) -> Value:
    return own if own is not None else everyone if everyone is not None else written
