"""Answers that are given again: what the policy says of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf

from lanewise.core.similar import Semantic

IN_MEMORY, PGVECTOR = "memory", "pgvector"
"""Where similar questions are looked for: in each process, or in the PostgreSQL database that they share."""

UNTIL_CORRECTED = inf
"""The time to live of answers that only a correction withdraws."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Caching:
    """How a tenant's answers are given again, in seconds by kind of work."""

    exact: bool = False
    ttl_s: float = 86_400.0
    tasks_ttl_s: dict[str, float] = field(default_factory=dict)  # 0: never kept; UNTIL_CORRECTED
    shared_between_users: bool = False
    semantic: Semantic | None = None  # None: only the same question is given the same answer

    def ttl_of(self, task: str | None) -> float:
        """How long an answer to this kind of work is given again."""
        return self.ttl_s if task is None else self.tasks_ttl_s.get(task, self.ttl_s)


@dataclass(frozen=True, kw_only=True, slots=True)
class CacheRoom:
    """How much is kept for all tenants together."""

    memory_bytes: int = 64 * 1024 * 1024
    store_bytes: int = 1024 * 1024 * 1024
    semantic_index: str = IN_MEMORY  # where similar questions are looked for


NO_CACHING = Caching()
USUAL_ROOM = CacheRoom()
