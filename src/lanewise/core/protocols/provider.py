"""A provider makes exactly one call to a vendor."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

import msgspec

from lanewise.core.answer import Content, Delta, Generation, Meter
from lanewise.core.closing import Closing
from lanewise.core.policy import Deployment, Effort
from lanewise.core.request import Request

DeltaSink = Callable[[list[Delta]], Awaitable[None]]


class Completion(msgspec.Struct, frozen=True, kw_only=True):
    """How a stream may be ended once its answer is verified: at which marks it is looked at, and who says so."""

    closings: frozenset[Closing]
    is_verified: Callable[[Content], Awaitable[bool]]  # never raises but for cancellation


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """One call to make: the request, to whom, and within which limits."""

    request: Request
    deployment: Deployment
    stream: bool
    max_output_tokens: int  # always sent: the reservation was made for it
    effort: Effort | None = None
    thinking_budget_tokens: int | None = None
    idle_timeout_s: float | None = None  # the longest silence; None: only the run's own deadline ends it
    tenant: str = ""  # whose call it is: thinking is kept for nobody else
    stop_loops: bool = False  # cut the stream off once it only repeats itself
    completion: Completion | None = None  # end the stream where its answer is verified before its model stops
    want_content: bool = False  # keep the answer's meaning too (another dialect's caller, content capture, checks)


class Provider(Protocol):
    """The HTTP call of one dialect."""

    async def generate(self, call: Call, meter: Meter, on_deltas: DeltaSink) -> Generation:
        """Make the call. Stream: every read's deltas go to `on_deltas`, the terminal event excepted; the meter is kept current.

        A vendor's failure is a value in the Generation. Cancellation closes the connection to the vendor before it propagates.
        """
