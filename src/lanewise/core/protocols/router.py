"""A router decides which lanes a request goes to."""

from __future__ import annotations

from typing import Protocol

from lanewise.core.plan import Plan
from lanewise.core.policy import Policy
from lanewise.core.request import Caller, Request


class Router(Protocol):
    """From a request to a plan; None lets the next router decide."""

    def route(self, request: Request, caller: Caller, policy: Policy) -> Plan | None:
        """Decide, or abstain. Raises UnknownModel or NotAllowed when the request names something that is not there."""
