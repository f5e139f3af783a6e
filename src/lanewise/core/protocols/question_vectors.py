"""Vectors of questions that are made here, and cost nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from lanewise.core.similar import Looked


class QuestionVectors(Protocol):
    """Makes them where the policy's embedding is a model that runs beside the gateway."""

    async def vector(self, text: str) -> bytes | None:
        """A text's, as 32-bit floats; None where it cannot be had at once. Never fails."""

    def outcomes(self) -> Mapping[Looked, int]:
        """What came of asking for them so far."""


class NobodyMakesVectors:
    """Where there is no such model."""

    async def vector(self, text: str) -> bytes | None:  # noqa: ARG002 - the protocol's
        """There is none."""
        return None

    def outcomes(self) -> Mapping[Looked, int]:
        """Nobody was asked."""
        return {}
