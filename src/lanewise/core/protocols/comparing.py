"""Whether an answer that was given does, by the one that its question gets when it is asked again."""

from __future__ import annotations

from typing import Protocol

import msgspec

from lanewise.core.policy import Deployment
from lanewise.core.protocols.router import Ask


class TwoAnswers(msgspec.Struct, frozen=True, kw_only=True):
    """The answer that was given to a question, and the one that it got when it was asked again."""

    question: str
    given: str
    again: str
    judge: Deployment | None = None  # whoever says of open answers whether they come to the same


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the given answer does, and who says so. None: nobody could tell."""

    correct: bool | None
    told_by: str = ""


class Comparing(Protocol):
    """Compares two answers to one question."""

    async def compare(self, answers: TwoAnswers, ask: Ask) -> Compared:
        """Whether the given one does. It may `ask` a model, reserved, billed and recorded with the run that asked again."""


class NobodyCompares:
    """Where nothing is asked again."""

    async def compare(self, answers: TwoAnswers, ask: Ask) -> Compared:  # noqa: ARG002 - the protocol's
        """Nobody could tell."""
        return Compared(correct=None)
