"""Keeps responses in the store of record. Those that end at the same time are written in one transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from lanewise.core.clock import Clock
from lanewise.core.errors import StoreError
from lanewise.core.protocols.kept import KeptResponse
from lanewise.stores.database import Database
from lanewise.stores.statements import STATEMENTS

LONGEST_LINE = 1_000  # responses that one goes on from
_CHUNK_ROWS = 200
COUNT_EVERY_S = 60.0  # other processes keep some too
_ROOM_SHARE = 0.9  # of the most that may be kept: so much is left when there was too much

_Waiting = tuple[KeptResponse, asyncio.Future[None]]
_log = structlog.get_logger()


class SqlResponses:
    """A tenant's responses until they expire, or until there is no more room: then the first to expire go."""

    def __init__(self, database: Database, clock: Clock, *, most_bytes: Callable[[], int]) -> None:
        """`most_bytes` says how much may be kept of all tenants together."""
        self._database = database
        self._clock = clock
        self._most_bytes = most_bytes
        self._waiting: list[_Waiting] = []
        self._writing: asyncio.Task[None] | None = None
        self._size_bytes: int | None = None  # of all that is kept, once it was counted
        self._counted_s = clock.monotonic_s()

    async def keep(self, response: KeptResponse) -> None:
        """Keep it. Durable when this returns. Raises StoreError."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((response, done))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write(), name="responses")
        await asyncio.shield(done)

    async def line(self, tenant: str, response_id: str) -> tuple[KeptResponse, ...]:
        """A response and what it goes on from, as far as that is there, oldest first; none without itself. Raises StoreError."""
        bound = {"tenant": tenant, "response_id": response_id, "now_us": self._now_us(), "most": LONGEST_LINE}
        async with self._database.reading() as connection:
            rows = (await connection.execute(STATEMENTS["response_line"], bound)).mappings().all()
        return tuple(_kept(row) for row in reversed(rows))

    async def holders(self, tenant: str, item_ids: tuple[str, ...]) -> tuple[KeptResponse, ...]:
        """The responses that these items belong to. Raises StoreError."""
        found: dict[str, KeptResponse] = {}
        async with self._database.reading() as connection:
            for item_id in item_ids:
                bound = {"tenant": tenant, "item_id": item_id, "now_us": self._now_us()}
                row = (await connection.execute(STATEMENTS["holder_of_item"], bound)).mappings().one_or_none()
                if row is not None:
                    found[row["response_id"]] = _kept(row)
        return tuple(found.values())

    async def forget(self, tenant: str, response_id: str) -> bool:
        """Delete a response; whether it was there. Raises StoreError."""
        bound = {"tenant": tenant, "response_id": response_id}
        async with self._database.writing() as connection:
            await connection.execute(STATEMENTS["forget_response_items"], bound)
            return (await connection.execute(STATEMENTS["forget_response"], bound)).rowcount > 0

    async def close(self) -> None:
        """Write what waits."""
        if self._writing is not None:
            await asyncio.gather(self._writing, return_exceptions=True)

    async def _write(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            try:
                async with self._database.writing() as connection:
                    for response, _ in batch:
                        await _insert(connection, response)
                    await self._make_room(connection, sum(response.size_bytes for response, _ in batch))
            except StoreError as error:
                self._size_bytes = None
                _fail(batch, error)
            except Exception as error:  # noqa: BLE001 - a fault of ours: their callers wait for a word
                _log.exception("responses are not kept, by a fault of this program", responses=len(batch))
                self._size_bytes = None
                _fail(batch, StoreError(f"{type(error).__name__}: {error}"))
            else:
                for _, done in batch:
                    if not done.done():
                        done.set_result(None)

    async def _make_room(self, connection: AsyncConnection, more_bytes: int) -> None:
        """Delete what expires first, where all together is too much."""
        if self._size_bytes is None or self._counted_s + COUNT_EVERY_S < self._clock.monotonic_s():
            self._counted_s = self._clock.monotonic_s()
            self._size_bytes = int((await connection.execute(STATEMENTS["size_of_responses"])).scalar_one())
        else:
            self._size_bytes += more_bytes
        most_bytes = self._most_bytes()
        if self._size_bytes <= most_bytes:
            return
        size_bytes = int((await connection.execute(STATEMENTS["size_of_responses"])).scalar_one())
        deleted = 0
        while size_bytes > most_bytes * _ROOM_SHARE:
            rows = (await connection.execute(STATEMENTS["oldest_responses"], {"count": _CHUNK_ROWS})).mappings().all()
            for row in rows:
                if size_bytes <= most_bytes * _ROOM_SHARE:
                    break
                await delete_response(connection, row)
                size_bytes -= row["size_bytes"]
                deleted += 1
            if not rows:
                break
        self._size_bytes = size_bytes
        if deleted:
            _log.warning("responses deleted before they expired: there was no more room", responses=deleted)

    def _now_us(self) -> int:
        return int(self._clock.now_s() * 1e6)


async def delete_response(connection: AsyncConnection, key: sa.RowMapping) -> None:
    """Delete one response and what is known of its items."""
    bound = {"tenant": key["tenant"], "response_id": key["response_id"]}
    await connection.execute(STATEMENTS["forget_response_items"], bound)
    await connection.execute(STATEMENTS["forget_response"], bound)


def _fail(batch: list[_Waiting], error: StoreError) -> None:
    for _, done in batch:
        if not done.done():
            done.set_exception(error)


async def _insert(connection: AsyncConnection, response: KeptResponse) -> None:
    row = {name: getattr(response, name) for name in response.__struct_fields__ if name != "item_ids"}
    await connection.execute(STATEMENTS["keep_response"], row | {"size_bytes": response.size_bytes})
    names = {"tenant": response.tenant, "response_id": response.response_id}
    if response.item_ids:
        items = [names | {"item_id": item_id} for item_id in response.item_ids]
        await connection.execute(STATEMENTS["keep_response_item"], items)
    if response.previous_id is not None:
        renewed = {"tenant": response.tenant, "previous_id": response.previous_id, "expires_us": response.expires_us}
        await connection.execute(STATEMENTS["renew_responses"], renewed)


def _kept(row: sa.RowMapping) -> KeptResponse:
    return KeptResponse(
        tenant=row["tenant"],
        response_id=row["response_id"],
        user=row["user"],
        created_us=row["created_us"],
        expires_us=row["expires_us"],
        account=row["account"],
        previous_id=row["previous_id"],
        body=bytes(row["body"]),
        asked=bytes(row["asked"]),
        item_ids=(),
    )
