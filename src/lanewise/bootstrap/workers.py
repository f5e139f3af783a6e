"""What verifiers let work for them: processes, started on first use and ended with the gateway, and the way out to webhooks."""

from __future__ import annotations

from secrets import token_urlsafe

from lanewise.core.clock import Clock
from lanewise.verifiers.math_answer import WORKER, Calculate, calculated_by
from lanewise.verifiers.posting import Posting
from lanewise.verifiers.webhook import Deliver
from lanewise.verifiers.worker_pool import WorkerPool


class Workers:
    """One pool for each kind of work, and one way out."""

    def __init__(self, clock: Clock) -> None:
        self._maths = WorkerPool(WORKER, clock)
        self.calculate: Calculate = calculated_by(self._maths)
        self.deliver: Deliver = Posting(clock, _message_id).deliver

    async def close(self) -> None:
        """End all processes."""
        await self._maths.close()


def _message_id() -> str:
    """Nobody can guess it: a late verdict comes under this name."""
    return f"msg_{token_urlsafe(24)}"
