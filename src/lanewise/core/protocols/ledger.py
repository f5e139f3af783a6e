"""The ledger keeps what happened and what it cost."""

from __future__ import annotations

from asyncio import Future
from typing import Protocol

from lanewise.core.record import CapturedContent, KeptAnswer, RunRecord


class Ledger(Protocol):
    """Takes the row of a finished run."""

    def append(
        self, record: RunRecord, content: CapturedContent | None = None, kept: KeptAnswer | None = None
    ) -> Future[None]:
        """Hand over a row without waiting; the future is done when the row is durable (in the store, else in the spool).

        An answer that is kept is committed with its row: who paid for it can ask for it again.

        Handing over cannot be cancelled and never blocks: a row given here is written even if nobody awaits the future.
        The future fails with StoreError when neither the store nor the spool took the row.
        """

    @property
    def healthy(self) -> bool:
        """Whether the store took the last write. While it does not, admission answers 503."""
