"""Answers kept for whoever asks again by the same idempotency key. The ledger writes them, each with its run's row."""

from __future__ import annotations

import asyncio

import msgspec
import sqlalchemy as sa
import structlog

from lanewise.core.clock import Clock
from lanewise.core.errors import StoreError
from lanewise.core.record import GONE, KeptAnswer
from lanewise.stores.database import Database
from lanewise.stores.schema import kept_answers

MOST_BYTES = 2 * 1024 * 1024 * 1024  # on disk, of all answers together
EVERY_S = 60.0
_ROOM_SHARE = 0.8  # what is left of `MOST_BYTES` after tidying
_CHUNK_ROWS = 20  # an answer may be megabytes, and the ledger waits meanwhile
_PAUSE_S = 0.01

_Headers = tuple[tuple[bytes, bytes], ...]
_decode_headers = msgspec.msgpack.Decoder(_Headers).decode
_log = structlog.get_logger()


class AnswerStore:
    """Reads and deletes kept answers. Every method raises StoreError."""

    def __init__(self, database: Database, clock: Clock, most_bytes: int = MOST_BYTES) -> None:
        self._database = database
        self._clock = clock
        self._most_bytes = most_bytes
        self._held_bytes = 0

    async def start(self) -> None:
        """Learn how much is kept already."""
        async with self._database.reading() as connection:
            self._held_bytes = int(await connection.scalar(_SIZE) or 0)

    async def find(self, name: bytes) -> KeptAnswer | None:
        """The answer of this name, if it is kept still."""
        wanted = sa.select(kept_answers).where(
            kept_answers.c.name == name, kept_answers.c.expires_us > self._clock.now_s() * 1e6
        )
        async with self._database.reading() as connection:
            row = (await connection.execute(wanted)).mappings().first()
        if row is None:
            return None
        told = {key: value for key, value in row.items() if key not in ("headers", "size_bytes")}
        return KeptAnswer(**told, headers=_decode_headers(row["headers"]))

    def take(self, size_bytes: int) -> bool:
        """Whether there is room for an answer of this size, which is then counted."""
        if self._held_bytes + size_bytes > self._most_bytes:
            _log.warning("answer not kept for its idempotency key: the room for them is full", bytes=size_bytes)
            return False
        self._held_bytes += size_bytes
        return True

    async def tidy(self) -> int:
        """Delete what is kept no longer, and the words of the oldest where there is too little room; of how many answers."""
        expired = sa.select(kept_answers.c.name).where(kept_answers.c.expires_us <= int(self._clock.now_s() * 1e6))
        oldest = sa.select(kept_answers.c.name).where(kept_answers.c.status != GONE).order_by(kept_answers.c.created_us)
        deleted = await self._all_of(expired, sa.delete(kept_answers), down_to_bytes=-1)
        deleted += await self._all_of(oldest, _WITHOUT_WORDS, down_to_bytes=int(self._most_bytes * _ROOM_SHARE))
        return deleted

    async def _all_of(
        self, which: sa.Select[tuple[bytes]], change: sa.Delete | sa.Update, *, down_to_bytes: int
    ) -> int:
        changed = 0
        while self._held_bytes > down_to_bytes:
            async with self._database.writing() as connection:
                names = (await connection.scalars(which.limit(_CHUNK_ROWS))).all()
                await connection.execute(change.where(kept_answers.c.name.in_(names)))
                self._held_bytes = int(await connection.scalar(_SIZE) or 0)
            changed += len(names)
            if len(names) < _CHUNK_ROWS:
                break
            await asyncio.sleep(_PAUSE_S)
        return changed


async def keep_tidy(answers: AnswerStore, *, every_s: float = EVERY_S) -> None:
    """Tidy now and then every `every_s`, until cancelled."""
    while True:
        try:
            await answers.tidy()
        except StoreError as error:
            _log.warning("kept answers have to wait", cause=str(error))
        except Exception:  # noqa: BLE001 - a fault of ours: who tidies no more keeps without end
            _log.exception("kept answers are not tidied, by a fault of this program")
        await asyncio.sleep(every_s)


_WITHOUT_WORDS = sa.update(kept_answers).values(status=GONE, headers=msgspec.msgpack.encode(()), body=b"", size_bytes=0)
_SIZE = sa.select(sa.func.sum(kept_answers.c.size_bytes))
