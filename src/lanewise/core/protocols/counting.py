"""How many tokens a request has, asked before it is put: no run, and nothing to pay."""

from __future__ import annotations

from typing import Protocol

import msgspec

from lanewise.core.failure import Failure
from lanewise.core.policy import Deployment
from lanewise.core.request import Request


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    """Tokens of a request's input, as its vendor counts them or as they were estimated here."""

    input_tokens: int
    estimated: bool = False


class TokenCounter(Protocol):
    """Counts the tokens of a request's input."""

    async def count(self, request: Request, deployment: Deployment) -> int | Failure | None:
        """As the deployment's vendor counts them; a failure where it could not say, None where it cannot be asked.

        Raises InvalidRequest where the model cannot take the request.
        """

    def estimate(self, request: Request) -> int:
        """As they are estimated here."""
