"""Which process answers an idempotency key, of several that share a database: the first one to write it down.

A claim is given back when its run is over, its answer kept by then if it is to be given again. That of a process that is gone is deleted by
whoever buries it (read `roll`). Whoever waits for one looks for its end, all that wait in a process by one reading.
"""

from __future__ import annotations

import asyncio
import platform
from collections import defaultdict

import sqlalchemy as sa
import structlog

from lanewise.core.clock import Clock
from lanewise.core.errors import StoreError
from lanewise.stores.database import Database
from lanewise.stores.schema import claims, processes
from lanewise.stores.statements import STATEMENTS

LOOK_EVERY_S = 0.05
RETRY_S = 1.0
_LONGEST_S = 24 * 3600.0  # as long as an answer is kept; only a claim that everybody has lost sight of gets so old

_log = structlog.get_logger()


class Claims:
    """One process's claims, and its waiting for others'. Used on the loop that made it."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        process: str,
        *,
        look_every_s: float = LOOK_EVERY_S,
    ) -> None:
        self._database = database
        self._clock = clock
        self._process = process
        self._look_every_s = look_every_s
        self._over: set[bytes] = set()  # to be given back
        self._turn = asyncio.Lock()
        self._giving: asyncio.Task[None] | None = None
        self._awaited: defaultdict[bytes, set[asyncio.Future[None]]] = defaultdict(set)
        self._looking: asyncio.Task[None] | None = None

    async def take(self, name: bytes, asked: bytes) -> bytes | None:
        """None once the key is this process's to answer; else what another one is asked by it. Raises StoreError."""
        if name in self._over:
            await self._give_back()
        until_us = self._now_us() + int(_LONGEST_S * 1e6)
        bound = {"name": name, "asked": asked, "owner": self._process, "until_us": until_us}
        while True:
            async with self._database.at_once() as connection:
                if (await connection.execute(STATEMENTS["claim"], bound)).rowcount:
                    return None
                other = (await connection.execute(STATEMENTS["claim_by_name"], {"name": name})).mappings().first()
                if other is not None and other["until_us"] > self._now_us():
                    return bytes(other["asked"])
                await connection.execute(STATEMENTS["end_claim"], {"name": name, "now_us": self._now_us()})

    def give_back(self, name: bytes) -> None:
        """The key's run is over. Never waits: where the store is down it is tried again."""
        self._over.add(name)
        if self._giving is None or self._giving.done():
            self._giving = asyncio.create_task(self._keep_giving_back(), name="claims given back")

    async def ended(self, name: bytes) -> None:
        """Return when nobody has this key any more. Raises StoreError where that cannot be known now."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._awaited[name].add(future)
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._keep_looking(), name="claims of others")
        try:
            await future
        finally:
            waiting = self._awaited[name]
            waiting.discard(future)
            if not waiting:
                del self._awaited[name]

    async def where(self, name: bytes) -> str | None:
        """The address at which this machine reaches who has the key; None where nobody has it, or it is not known. Raises StoreError."""
        owner = sa.select(processes.c.url).join(claims, claims.c.owner == processes.c.process)
        here = owner.where(claims.c.name == name, processes.c.host == platform.node(), processes.c.url != "")
        async with self._database.reading() as connection:
            return await connection.scalar(here)

    async def close(self) -> None:
        """Give back what is over, as far as the store takes it: the rest ends with this process."""
        for task in (self._giving, self._looking):
            if task is not None:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
        try:
            await self._give_back()
        except StoreError as error:
            _log.warning("claims are not given back", cause=error.message, claims=len(self._over))

    def _now_us(self) -> int:
        return int(self._clock.now_s() * 1e6)

    async def _give_back(self) -> None:
        async with self._turn:
            names = list(self._over)
            if names:
                mine = sa.delete(claims).where(claims.c.owner == self._process, claims.c.name.in_(names))
                async with self._database.at_once() as connection:
                    await connection.execute(mine)
                self._over.difference_update(names)

    async def _keep_giving_back(self) -> None:
        while self._over:
            try:
                await self._give_back()
            except StoreError as error:
                _log.warning("claims wait for the store", cause=error.message, claims=len(self._over))
                await asyncio.sleep(RETRY_S)

    async def _keep_looking(self) -> None:
        while self._awaited:
            await asyncio.sleep(self._look_every_s)
            names = list(self._awaited)
            held = sa.select(claims.c.name).where(claims.c.name.in_(names))
            try:
                async with self._database.reading() as connection:
                    there = {bytes(name) for name in (await connection.scalars(held)).all()}
            except StoreError as error:
                for waiting in self._awaited.values():
                    _settle(waiting, error)
                return
            for name in names:
                if name not in there:
                    _settle(self._awaited.get(name, set()))


def _settle(waiting: set[asyncio.Future[None]], error: StoreError | None = None) -> None:
    for future in waiting:
        if future.done():
            continue
        if error is None:
            future.set_result(None)
        else:
            future.set_exception(error)
