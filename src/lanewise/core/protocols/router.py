"""A router decides which lanes a request goes to."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

import msgspec

from lanewise.core.plan import Plan
from lanewise.core.policy import Deployment, Policy
from lanewise.core.request import Caller, Request


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """A small question of our own to a model, beside the caller's: reserved, billed and recorded with the run."""

    purpose: str  # the call's reason in the trace: `classify`
    deployment: Deployment
    system: str
    text: str
    max_output_tokens: int
    timeout_s: float


class Unanswered(msgspec.Struct, frozen=True, kw_only=True):
    """A question to which no answer came."""

    why: str  # fit to be told to the caller: it failed, came too late, or was refused by a budget


Ask = Callable[[Question], Awaitable[str | Unanswered | None]]
"""Puts a question; its answer's text, or why there is none. None: nobody is to be asked."""


class Router(Protocol):
    """From a request to a plan; None lets the next router decide."""

    async def route(self, request: Request, caller: Caller, policy: Policy, ask: Ask) -> Plan | None:
        """Decide, or abstain. Raises UnknownModel or NotAllowed when the request names something that is not there."""
