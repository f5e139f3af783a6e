"""Answers given before, found again by what was asked."""

from __future__ import annotations

from typing import Protocol

from lanewise.core.cached_answer import CachedAnswer


class AnswerCache(Protocol):
    """Keeps answers, bounded in time and size. What is forgotten is asked for anew, no more."""

    def name(self, partition: bytes, asked: bytes) -> bytes:
        """What an answer is kept under. Equal only where both are; in another store the same request has another name."""

    async def find(self, name: bytes) -> CachedAnswer | None:
        """The answer of this name, if it may still be given. Never fails: what cannot be read is not there."""

    def keep(self, answer: CachedAnswer) -> None:
        """Keep an answer, in the place of an earlier one of its name. Never waits; what is too large is not kept."""

    async def withdraw(self, run_id: str) -> int:
        """Never again give what this run answered; how many answers there were. Raises StoreError."""
