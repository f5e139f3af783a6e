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
    """An answer's proofs, or one of them."""

    origin: Origin
    call_ids: tuple[str, ...] = ()  # of the answer's tool calls, in order
    thoughts: tuple[Thought, ...] = ()
    signatures: tuple[str, ...] = ()  # of each call, where the vendor signs calls; empty where it does not


class ReasoningState(Protocol):
    """Keeps thinking between the turns of a conversation. Bounded in time and size; what is forgotten is left out, no more."""

    async def recall(self, tenant: str, names: Sequence[str]) -> dict[str, Kept]:
        """What is kept of the tenant's under these names. Never fails: what cannot be read is not there."""

    def keep(self, tenant: str, name: str, kept: Kept) -> None:
        """Keep proofs for a day: an answer's by its first tool call's id, a single one by itself.

        Never waits; what is too large is not kept.
        """
