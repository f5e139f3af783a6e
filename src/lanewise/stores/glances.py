"""Single statements that are asked all the time, to see whether anything has changed: on PostgreSQL, over a connection of their own.

A reading through SQLAlchemy is a transaction, with a question before it whether the connection still lives, and takes 1.2 ms of CPU;
the driver by itself takes a twentieth of that.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sqlalchemy.dialects.postgresql import psycopg as dialect

from lanewise.core.errors import StoreError
from lanewise.stores.address import PostgresStore
from lanewise.stores.postgres import arguments_of, driver
from lanewise.stores.statements import STATEMENTS

if TYPE_CHECKING:
    import psycopg


class Glances:
    """Connects when it is asked; a connection that is gone is made anew."""

    def __init__(self, store: PostgresStore) -> None:
        self._store = store
        self._connection: psycopg.AsyncConnection[Any] | None = None
        self._turn = asyncio.Lock()

    async def rows(self, name: str, bound: dict[str, object]) -> list[tuple[Any, ...]]:
        """What the statement of this name says now. Raises StoreError."""
        errors = (driver().Error, OSError)
        async with self._turn:
            try:
                if self._connection is not None:
                    with suppress(*errors):  # the server may have been started anew
                        return await self._asked(self._connection, name, bound)
                    await self._hang_up()
                self._connection = await driver().AsyncConnection.connect(**arguments_of(self._store))
                return await self._asked(self._connection, name, bound)
            except errors as error:
                await self._hang_up()
                raise StoreError(f"Cannot read the store {str(self._store)!r}: {error}") from error
            except asyncio.CancelledError:  # what it was asked may still be under way
                await self._hang_up()
                raise

    async def close(self) -> None:
        """Hang up."""
        async with self._turn:
            await self._hang_up()

    async def _asked(
        self, connection: psycopg.AsyncConnection[Any], name: str, bound: dict[str, object]
    ) -> list[tuple[Any, ...]]:
        cursor = await connection.execute(_in_driver_s_words(name), bound, prepare=True)
        return await cursor.fetchall()

    async def _hang_up(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(driver().Error, OSError):
                await connection.close()


@lru_cache
def _in_driver_s_words(name: str) -> str:
    return str(STATEMENTS[name].compile(dialect=dialect.dialect()))  # type: ignore[no-untyped-call]  # SQLAlchemy's dialects are
