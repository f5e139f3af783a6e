"""The table of cached answers. Plain statements, which every store understands; each method raises StoreError."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from lanewise.stores.database import Database
from lanewise.stores.schema import cached_answers, revisions
from lanewise.stores.statements import STATEMENTS

CHUNK_ROWS = 200  # deleted at once, while the ledger waits
REVISION = "cache"
"""Counts whenever answers are withdrawn: every process that holds some then looks again."""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """An answer as the store has it: who it is of in the clear, so that it can be forgotten, and its words sealed."""

    name: bytes
    tenant: str
    run_id: str
    created_us: int
    expires_us: int
    cost_nanousd: int
    size_bytes: int
    sealed: bytes


class Changes(msgspec.Struct, frozen=True, kw_only=True):
    """What the store has, by name with when it ends."""

    revision: int
    whole: bool  # all of it, and not only what is new
    ends_us: dict[bytes, int]
    stored_bytes: int


class CacheRows:
    """Reads and writes them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def read(self, name: bytes) -> bytes | None:
        """What is sealed under this name."""
        wanted = sa.select(cached_answers.c.sealed).where(cached_answers.c.name == name)
        async with self._database.reading() as connection:
            sealed = (await connection.execute(wanted)).scalar_one_or_none()
        return None if sealed is None else bytes(sealed)

    async def write(self, rows: list[Row], revision: int) -> bool:
        """Keep these, each in the place of an earlier one of its name; not where `revision` is no longer the count of withdrawals.

        It may be one of these that was withdrawn.
        """
        async with self._database.writing() as connection:
            if int(await connection.scalar(_REVISION.with_for_update(read=True)) or 0) != revision:
                return False
            await connection.execute(STATEMENTS["keep_cached_answer"], [msgspec.structs.asdict(row) for row in rows])
        return True

    async def withdraw(self, run_id: str) -> set[bytes]:
        """Delete what this run answered; the names of it."""
        return await self.delete(cached_answers.c.run_id == run_id)

    async def delete(self, which: sa.ColumnElement[bool]) -> set[bytes]:
        """Delete the answers that this holds for, and let every process know; their names."""
        async with self._database.writing() as connection:
            names = set((await connection.scalars(sa.select(cached_answers.c.name).where(which))).all())
            if names:
                await connection.execute(sa.delete(cached_answers).where(which))
            await connection.execute(NOTED)
        return names

    async def tidy(self, now_us: int, *, oldest_too: bool) -> tuple[list[bytes], int]:
        """Delete some that have come to their end, or the oldest; their names, and how many bytes are kept now."""
        ended = sa.select(cached_answers.c.name).where(cached_answers.c.expires_us <= now_us)
        oldest = sa.select(cached_answers.c.name).order_by(cached_answers.c.created_us)
        async with self._database.writing() as connection:
            names = list((await connection.scalars(ended.limit(CHUNK_ROWS))).all())
            if oldest_too and not names:
                names = list((await connection.scalars(oldest.limit(CHUNK_ROWS))).all())
            if names:
                await connection.execute(sa.delete(cached_answers).where(cached_answers.c.name.in_(names)))
            stored_bytes = int(await connection.scalar(_SIZE) or 0)
        return names, stored_bytes

    async def changes(self, revision: int, seen_us: int, now_us: int) -> Changes:
        """What the store has: all of it where `revision` is no longer the count of withdrawals, else what was made after `seen_us`."""
        new: Sequence[Sequence[Any]] = ()
        if self._database.many_processes:  # else all that is new is its own
            new = await self._database.glance("cached_answers_since", seen_us=seen_us, now_us=now_us)
        if await self._database.changes_of(REVISION) == revision:  # asked last: of what is new nothing was withdrawn
            ends_us = {bytes(name): expires_us for name, expires_us in new}
            return Changes(revision=revision, whole=False, ends_us=ends_us, stored_bytes=0)
        async with self._database.reading() as connection:
            counted = int(await connection.scalar(_REVISION) or 0)
            ends_us, stored_bytes = await _kept(connection, now_us)
        return Changes(revision=counted, whole=True, ends_us=ends_us, stored_bytes=stored_bytes)

    async def kept(self, now_us: int) -> tuple[dict[bytes, int], int]:
        """What is kept by now, by name with when it ends, and how many bytes that is."""
        async with self._database.reading() as connection:
            return await _kept(connection, now_us)


async def _kept(connection: AsyncConnection, now_us: int) -> tuple[dict[bytes, int], int]:
    live = sa.select(cached_answers.c.name, cached_answers.c.expires_us).where(cached_answers.c.expires_us > now_us)
    ends_us = {bytes(name): expires_us for name, expires_us in await connection.execute(live)}
    return ends_us, int(await connection.scalar(_SIZE) or 0)


_REVISION = sa.select(revisions.c.revision).where(revisions.c.name == REVISION)
NOTED = sa.update(revisions).where(revisions.c.name == REVISION).values(revision=revisions.c.revision + 1)
_SIZE = sa.select(sa.func.sum(cached_answers.c.size_bytes))
