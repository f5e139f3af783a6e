"""The Anthropic-dialect vendor's `count_tokens`: what a request would be billed as its input, without an answer or a bill."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lanewise.simulator.books import CallRecord
from lanewise.simulator.playback import Connection
from lanewise.simulator.vendors import ChatEndpoint, Taken


@dataclass(frozen=True, kw_only=True, slots=True)
class CountEndpoint(ChatEndpoint):
    """The ASGI endpoint of one vendor's path. It is in the log like any other request, and never in the books."""

    count: Callable[[dict[str, Any]], int]
    """The input tokens of a body; raises RejectedError."""

    async def respond(self, connection: Connection, record: CallRecord, taken: Taken) -> None:
        """Answer a request that no fault refused."""
        record.status = 200
        await connection.json(200, {"input_tokens": self.count(taken.body)}, {})
