"""The gateways that live on one database: each calls once a second, and one that is heard of no more is buried by exactly one other.

What a process held alone is then anybody's: its claims on idempotency keys, its breakers in the record. On one machine a killed process is
known by its place being free (read `places`); on another by its silence, which each listener times by its own clock, while it hears.
"""

from __future__ import annotations

import asyncio
import os
import platform
from collections.abc import Callable, Sequence
from typing import NamedTuple

import msgspec
import structlog

from lanewise import __version__
from lanewise.core.clock import Clock
from lanewise.core.errors import StoreError
from lanewise.stores.address import PostgresStore
from lanewise.stores.breaker_log import close_orphaned
from lanewise.stores.database import Database
from lanewise.stores.places import take_left_places, write_spool
from lanewise.stores.postgres import NOW_US, driver
from lanewise.stores.seat import NoSeat, Seat
from lanewise.stores.statements import STATEMENTS

_COLUMNS = "process, host, url, version, policy, seal, pid, begun_us, seen_us"
_CALL = (
    f"INSERT INTO processes ({_COLUMNS}) VALUES (%s, %s, %s, %s, %s, %s, %s, {NOW_US}, {NOW_US}) "  # noqa: S608 - names of our own schema
    "ON CONFLICT (process) DO UPDATE SET url = excluded.url, policy = excluded.policy, seen_us = excluded.seen_us "
    "RETURNING begun_us = seen_us"
)
_LISTEN = f"SELECT {_COLUMNS} FROM processes ORDER BY begun_us, process"  # noqa: S608 - names of our own schema
_log = structlog.get_logger()


class Beat(NamedTuple):
    """How often a process calls, and after what silence it is taken for gone."""

    every_s: float = 1.0
    gone_s: float = 8.0  # longer than a busy machine holds a process up, shorter than a caller's patience


class Living(msgspec.Struct, frozen=True, kw_only=True):
    """A gateway that serves from the database, as it last told of itself."""

    process: str
    host: str
    url: str
    version: str
    policy: str
    seal: str
    pid: int
    begun_us: int  # by the database's clock, as `seen_us` is
    seen_us: int


class Told(NamedTuple):
    """What a process says of itself when it calls."""

    url: str = ""
    policy: str = ""


class Silence:
    """Since when each process was not heard of, by the listener's own clock."""

    def __init__(self, gone_s: float) -> None:
        self._gone_s = gone_s
        self._heard: dict[str, tuple[int, float]] = {}  # when it said that it lives, and when that was new here
        self._listened_s = float("-inf")

    def gone(self, others: Sequence[Living], now_s: float) -> list[Living]:
        """Those of them that have been silent for too long. Who did not listen meanwhile begins to count anew."""
        if now_s - self._listened_s > self._gone_s / 2:
            self._heard.clear()
        self._listened_s = now_s
        known, self._heard = self._heard, {}
        silent = []
        for each in others:
            seen_us, at_s = known.get(each.process, (0, now_s))
            fresh = seen_us != each.seen_us
            self._heard[each.process] = (each.seen_us, now_s if fresh else at_s)
            if not fresh and now_s - at_s > self._gone_s:
                silent.append(each)
        return silent


class Roll:
    """One process's part in it; used on the loop that started it."""

    def __init__(
        self,
        seat: Seat,
        database: Database,
        clock: Clock,
        *,
        seal: str = "",
        beat: Beat = Beat(),  # noqa: B008 - frozen
    ) -> None:
        """The seat is one of a database."""
        assert seat.session is not None
        self._seat, self._session = seat, seat.session
        self._database = database
        self._clock = clock
        self.told: Callable[[], Told] = Told  # asked at every call
        self._seal = seal
        self._every_s = beat.every_s
        self._silence = Silence(beat.gone_s)
        self._turn = asyncio.Lock()
        self._calling: asyncio.Task[None] | None = None
        self.others: tuple[Living, ...] = ()
        self.company = False  # others serve, or have since this one began
        self.eldest = False  # of those that live: what one process does for all is then this one's
        self.lost = asyncio.Event()  # others serve, and not beside this one: it has to stop

    async def join(self) -> None:
        """Be one of them, in the place of one that is gone. Raises StoreError: what they keep is sealed with another key."""
        if self._seat.before:
            await self._write_spool()
            await self._bury(self._seat.before)
        await self._call()
        other = next((each for each in self.others if each.seal != self._seal), None)
        if other is not None:
            await self._leave()
            raise StoreError(
                f"The gateway on {other.host} (process {other.pid}) seals what it keeps in this store with another key: give all of them "
                "one, with LANEWISE_STATE_KEY in their environment"
            )

    async def _write_spool(self) -> None:
        """Before who had this place is buried: its claims must not end while answers of its own wait to be kept."""
        store = self._seat.store
        assert isinstance(store, PostgresStore)
        try:
            await asyncio.to_thread(write_spool, store, self._clock)
        except OSError as error:
            raise StoreError(f"What waits in {str(store.folder)!r} cannot be written: {error}") from error

    def start(self) -> None:
        """Call and listen from now on."""
        self._calling = asyncio.create_task(self._keep_calling(), name="roll call")

    async def stand(self, alone: str) -> None:
        """Serve alone from now on, for this reason, or no longer. Raises NoSeat."""
        async with self._turn:
            await asyncio.to_thread(self._session.stand, alone)

    async def close(self) -> None:
        """Be gone, in good order."""
        if self._calling is not None:
            self._calling.cancel()
            await asyncio.gather(self._calling, return_exceptions=True)
            self._calling = None
        await self._leave()

    async def _leave(self) -> None:
        try:
            await self._bury(self._seat.process)
        except StoreError as error:
            _log.warning("the other gateways are not told that this one ends", cause=error.message)

    async def _keep_calling(self) -> None:
        failing = False
        while True:
            await asyncio.sleep(self._every_s)
            try:
                await self._call()
                await self._take_over()
            except NoSeat as error:
                _log.error("this gateway has lost its place and stops", why=error.message)
                self.lost.set()
                return
            except StoreError as error:
                if not failing:
                    _log.warning("the other gateways cannot be heard", cause=error.message)
                failing = True
            except Exception:  # noqa: BLE001 - a fault of ours: who calls no more is buried by the others while it serves
                if not failing:
                    _log.exception("the roll is not called, by a fault of this program")
                failing = True
            else:
                failing = False

    async def _call(self) -> None:
        """Say that this process lives, and hear who else does."""
        async with self._turn:
            heard = await asyncio.to_thread(self._said, self.told())
        self.others = tuple(each for each in heard if each.process != self._seat.process)
        self.company = self.company or bool(self.others)
        self.eldest = bool(heard) and heard[0].process == self._seat.process

    def _said(self, told: Told) -> list[Living]:
        """In a thread: the call itself, on the connection that holds the place, so that its loss is noticed."""
        psycopg = driver()
        me = (self._seat.process, platform.node(), told.url, __version__, told.policy, self._seal, os.getpid())
        try:
            connection = self._session.connected()
            connection.execute(_CALL, me)
            rows = connection.execute(_LISTEN).fetchall()
        except (psycopg.Error, OSError) as error:
            self._session.drop()
            raise StoreError(f"The store does not answer: {error}") from error
        return [Living(**dict(zip(Living.__struct_fields__, row, strict=True))) for row in rows]

    async def _take_over(self) -> None:
        """Bury who is gone: first what waits in a spool of this machine is written, so that no claim ends before its answer is kept."""
        store = self._seat.store
        assert isinstance(store, PostgresStore)
        for left in await asyncio.to_thread(take_left_places, store, self._clock):
            try:
                if await self._bury(left.process):
                    _log.warning(
                        "a gateway of this machine was killed; what it left is taken over", process=left.process
                    )
            except StoreError:
                left.lock.release()
                raise
            left.leave()
        for gone in self._silence.gone(self.others, self._clock.monotonic_s()):
            if await self._bury(gone.process, gone.seen_us):
                _log.warning("a gateway is heard of no more", process=gone.process, host=gone.host, pid=gone.pid)

    async def _bury(self, process: str, seen_us: int | None = None) -> bool:
        """Make what it held anybody's; whether it was this process that did. With `seen_us` only if it was not heard of since."""
        async with self._database.writing() as connection:
            found = await connection.execute(STATEMENTS["bury_process"], {"process": process, "seen_us": seen_us})
            if found.rowcount == 0:
                return False
            await connection.execute(STATEMENTS["forget_claims_of"], {"process": process})
            await close_orphaned(connection, seen_us)
        return True


async def living(database: Database) -> list[Living]:
    """Every gateway that says that it serves from the store; none of a file. Raises StoreError."""
    async with database.reading() as connection:
        rows = (await connection.execute(STATEMENTS["living_processes"])).mappings().all()
    return [Living(**row) for row in rows]
