"""Proved thinking of earlier answers: what only the vendor, account and model that gave it may be handed back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec

from lanewise.core.answer import Thought
from lanewise.core.request import Dialect


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """Who gave an answer: its proofs are worth something to nobody else."""

    dialect: Dialect
    provider: str
    account: str  # a digest of address and key, so that another account of the same vendor is another origin
    model: str


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """The proofs of one answer that called tools."""

    call_ids: tuple[str, ...]  # of its tool calls, in order; the first names it
    origin: Origin
    thoughts: tuple[Thought, ...] = ()
    signatures: tuple[str, ...] = ()  # of each call, where the vendor signs calls; empty where it does not


class ReasoningState(Protocol):
    """Keeps thinking between the turns of tool conversations. Bounded in time and size; what is forgotten is left out, no more."""

    async def recall(self, tenant: str, call_ids: Sequence[str]) -> dict[str, Kept]:
        """What is kept of the answers with these tool calls, by the first call's id. Never fails: what cannot be read is not there."""

    def keep(self, tenant: str, kept: Kept) -> None:
        """Keep an answer's proofs for a day. Never waits; what is too large is not kept."""
