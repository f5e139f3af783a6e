"""The processes that verifiers let work for them: shared by all of a gateway, started on first use, ended with it."""

from __future__ import annotations

from lanewise.core.clock import Clock
from lanewise.verifiers.math_answer import WORKER, Calculate, calculated_by
from lanewise.verifiers.worker_pool import WorkerPool


class Workers:
    """One pool for each kind of work."""

    def __init__(self, clock: Clock) -> None:
        self._maths = WorkerPool(WORKER, clock)
        self.calculate: Calculate = calculated_by(self._maths)

    async def close(self) -> None:
        """End all processes."""
        await self._maths.close()
