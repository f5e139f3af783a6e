"""A later verdict against an answer: it is written down, and the answer is given to nobody again."""

from __future__ import annotations

import structlog

from lanewise.core.errors import StoreError
from lanewise.core.protocols.answer_cache import AnswerCache
from lanewise.stores.database import Database
from lanewise.stores.later_verdicts import LaterVerdict, LaterVerdicts, Updated
from lanewise.stores.records import Records

_log = structlog.get_logger()


class Corrections:
    """Takes later verdicts."""

    def __init__(self, verdicts: LaterVerdicts, database: Database, cache: AnswerCache) -> None:
        self._verdicts = verdicts
        self._records = Records(database)
        self._cache = cache

    async def take(self, later: LaterVerdict) -> Updated | None:
        """What the run's verdict is now; None where there is no such run.

        Raises NotJudged where it cannot be taken, StoreError where it could not be written.
        """
        updated = await self._verdicts.take(later)
        # Once more too: that is how it is told again to a store that was away.
        if updated is not None and later.word == "reject":
            try:
                await self._withdraw(updated.run_id)
            # The verdict stands; the answer goes when the store takes writes, or by its time.
            except StoreError as error:
                _log.error("a rejected answer is still cached", run_id=updated.run_id, cause=error.message)
        return updated

    async def _withdraw(self, run_id: str) -> None:
        """What this run answered; where it gave an earlier answer again, that one."""
        stored = await self._records.run(run_id)
        recalled = None if stored is None else stored.record.trace.recalled
        withdrawn = await self._cache.withdraw(run_id if recalled is None else recalled.run_id)
        if withdrawn:
            _log.info("cached answer withdrawn", run_id=run_id, answers=withdrawn)
