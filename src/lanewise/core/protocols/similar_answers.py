"""Earlier questions that one answer does for, found by what was learned of labelled pairs."""

from __future__ import annotations

from typing import Protocol

from lanewise.core.similar import Alike, Asked, Audit, Semantic


class SimilarAnswers(Protocol):
    """Holds questions whose answers are in the cache. Whoever finds one asks the cache for its answer: only that is ever given."""

    def longest(self, tenant: str, semantic: Semantic) -> int:
        """How long a question may be, in characters, for what was learned to cover it; 0 where nothing is in force."""

    async def find(self, tenant: str, semantic: Semantic, asked: Asked) -> Alike | None:
        """The question of the same place that is surest to want the same answer, where that is sure enough.

        What cannot be looked up in time is not there.
        """

    def keep(self, tenant: str, semantic: Semantic, asked: Asked, *, name: bytes, run_id: str, expires_us: int) -> None:
        """Hold a question whose answer is kept under this name. Never waits."""

    def drop(self, name: bytes) -> None:
        """Forget a question: its answer is gone."""

    async def audited(self, tenant: str, audit: Audit | None) -> None:
        """Count an audit of a tenant's, None where one was due and could not be made. Never fails.

        Where it breaks the bound, nothing more is found for that tenant.
        """


class NothingIsAlike:
    """Where nobody may be given another question's answer."""

    def longest(self, tenant: str, semantic: Semantic) -> int:  # noqa: ARG002 - the protocol's
        """Nothing is in force."""
        return 0

    async def find(self, tenant: str, semantic: Semantic, asked: Asked) -> Alike | None:  # noqa: ARG002 - the protocol's
        """There is none."""
        return None

    def keep(self, tenant: str, semantic: Semantic, asked: Asked, *, name: bytes, run_id: str, expires_us: int) -> None:
        """Nothing is held."""

    def drop(self, name: bytes) -> None:
        """Nothing is held."""

    async def audited(self, tenant: str, audit: Audit | None) -> None:
        """Nothing is counted."""
