"""Answers that are given again: in memory in front, encrypted in the store behind.

Every name in the store is known in memory, so a request that was never asked before reads nothing. What is kept is written behind the
answers, at most so many a second: under a load that keeps more than that, the rest stays in memory only. Losing one costs a call, no more.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable

import msgspec
import structlog

from lanewise.core.cached_answer import CachedAnswer, CacheState
from lanewise.core.caching import CacheRoom
from lanewise.core.clock import Clock
from lanewise.core.errors import StoreError
from lanewise.stores.cache_rows import CHUNK_ROWS, CacheRows, Row
from lanewise.stores.database import Database
from lanewise.stores.following import Following
from lanewise.stores.sealing import Seal

MOST_BYTES = 1024 * 1024  # of one answer
WRITTEN_AT_ONCE = 64
EVERY_S = 1.0  # the store is written to and looked at: what another process withdraws is given no longer than that
MOST_ANSWERS = 200_000  # in the store: their names are all in memory
_WAITING_BYTES = 8 * 1024 * 1024
_TIDY_EVERY_S = 60.0
_ENTRY_BYTES = 400  # of an entry without its bytes: measured with 40,000 of them
_OVERLAP_S = 5.0  # an answer is written a little after it is made

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(CachedAnswer).decode
_log = structlog.get_logger()


class _Held(msgspec.Struct, frozen=True, gc=False):
    """An answer as one piece of bytes: as objects, thousands of them cost every request in the collector's rounds and in the caches."""

    packed: bytes
    name: bytes
    run_id: str
    expires_us: int

    @property
    def size_bytes(self) -> int:
        """What it takes in memory."""
        return _ENTRY_BYTES + len(self.packed)


def _waits(error: StoreError) -> None:
    _log.warning("cached answers wait for the store", cause=error.message)


class StoredAnswers:
    """Used on the loop that started it."""

    def __init__(
        self, database: Database, seal: Seal, clock: Clock, *, room: Callable[[], CacheRoom], every_s: float = EVERY_S
    ) -> None:
        """`room` is asked whenever it matters: a policy may change it."""
        self._rows = CacheRows(database)
        self._shared = database.many_processes
        self._seal = seal
        self._clock = clock
        self._room = room
        self._kept: dict[bytes, int] = {}  # what the store has, with when each ends
        self._front: OrderedDict[bytes, _Held] = OrderedDict()
        self._front_bytes = 0
        self._waiting: OrderedDict[bytes, _Held] = OrderedDict()
        self._waiting_bytes = 0
        self._revision = -1
        self._seen_us = 0
        self._stored_bytes = 0
        self._tidied_s = self._counted_s = clock.monotonic_s()
        self._following = Following(self._follow, _waits, name="answer cache", every_s=every_s)
        self._events = {"hit": 0, "miss": 0, "kept": 0, "unwritten": 0, "broken": 0, "withdrawn": 0}

    async def load(self) -> None:
        """Learn what is kept. Raises StoreError."""
        await self._learn()

    def start(self) -> None:
        """Write, and follow the store, from now on."""
        self._following.start()

    async def close(self) -> None:
        """Write what waits, as far as the store takes it."""
        if not await self._following.close():
            return
        try:
            await self._learn()
            await self._write()
        except StoreError as error:
            _log.warning("cached answers are lost", cause=error.message, answers=len(self._waiting))

    def state(self) -> CacheState:
        """What is held now, and what came of it so far."""
        return CacheState(
            events=self._events,
            memory_answers=len(self._front),
            memory_bytes=self._front_bytes,
            stored_answers=len(self._kept),
        )

    def name(self, partition: bytes, asked: bytes) -> bytes:
        """A digest of the partition and of a keyed mark of the body: a tenth of the time of a digest of all."""
        return hashlib.sha256(partition + self._seal.mark(asked)).digest()

    async def find(self, name: bytes) -> CachedAnswer | None:
        """The answer of this name, if it may still be given."""
        held = self._front.get(name)
        if held is not None:
            self._front.move_to_end(name)
        elif name in self._kept:
            held = await self._read(name)
        if held is not None and held.expires_us <= self._now_us():
            self._drop(name)
            held = None
        self._events["miss" if held is None else "hit"] += 1
        return None if held is None else _decode(held.packed)

    def keep(self, answer: CachedAnswer) -> None:
        """Keep an answer in memory now, and in the store soon."""
        held = _Held(_encode(answer), answer.name, answer.run_id, answer.expires_us)
        size_bytes = held.size_bytes
        if size_bytes > MOST_BYTES:
            return
        self._events["kept"] += 1
        self._drop(answer.name)
        self._remember(held)
        if len(self._waiting) >= WRITTEN_AT_ONCE or self._waiting_bytes + size_bytes > _WAITING_BYTES:
            self._events["unwritten"] += 1
            return
        self._waiting[answer.name] = held
        self._waiting_bytes += size_bytes

    async def withdraw(self, run_id: str) -> int:
        """Never again give what this run answered."""
        names = {name for name, held in self._front.items() if held.run_id == run_id}
        names |= {name for name, held in self._waiting.items() if held.run_id == run_id}
        for name in names:
            self._drop(name)
        stored = await self._rows.withdraw(run_id)
        for name in stored:
            self._drop(name)
        self._events["withdrawn"] += len(names | stored)
        return len(names | stored)

    def _now_us(self) -> int:
        return int(self._clock.now_s() * 1e6)

    def _remember(self, held: _Held) -> None:
        self._front[held.name] = held
        self._front_bytes += held.size_bytes
        most_bytes = self._room().memory_bytes
        while self._front_bytes > most_bytes:
            _, oldest = self._front.popitem(last=False)
            self._front_bytes -= oldest.size_bytes

    def _drop(self, name: bytes) -> None:
        """Forget an answer here; the store's row is replaced, deleted, or has come to its end."""
        held = self._front.pop(name, None)
        if held is not None:
            self._front_bytes -= held.size_bytes
        waiting = self._waiting.pop(name, None)
        if waiting is not None:
            self._waiting_bytes -= waiting.size_bytes
        self._kept.pop(name, None)

    async def _read(self, name: bytes) -> _Held | None:
        """What the store has of this name; what cannot be read is not there."""
        try:
            sealed = await self._rows.read(name)
        except StoreError as error:
            _log.warning("a cached answer cannot be read", cause=error.message)
            return None
        try:
            packed = None if sealed is None else self._seal.open(sealed, name)
            answer = None if packed is None else _decode(packed)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            packed = answer = None
        if packed is None or answer is None or answer.name != name:  # changed, of another key, or of another version
            self._events["broken"] += sealed is not None
            self._kept.pop(name, None)
            return None
        if name in self._kept:  # else it was withdrawn meanwhile
            held = _Held(packed, name, answer.run_id, answer.expires_us)
            self._remember(held)
            return held
        return None

    async def _follow(self) -> None:
        """Write what waits and see what others have kept and withdrawn, now and then."""
        written = await self._write()
        if self._shared or not written:  # else that told already that nothing was withdrawn
            await self._learn()
        await self._tidy()

    async def _write(self) -> bool:
        """Whether what waits was written: nothing is where something was withdrawn, since it may be one of these."""
        batch = list(self._waiting.values())
        rows = [self._row(held) for held in batch]
        if not rows or not await self._rows.write(rows, self._revision):
            return False
        for held, row in zip(batch, rows, strict=True):
            if self._waiting.get(row.name) is held:
                self._waiting_bytes -= self._waiting.pop(row.name).size_bytes
                self._kept[row.name] = row.expires_us
                self._stored_bytes += row.size_bytes
        return True

    async def _tidy(self) -> None:
        """Delete what has come to its end, and the oldest where there is too much."""
        now_s = self._clock.monotonic_s()
        if not self._is_full and now_s - self._tidied_s < _TIDY_EVERY_S:
            return
        await self._forget_deleted(now_s)
        full = self._is_full
        gone, self._stored_bytes = await self._rows.tidy(self._now_us(), oldest_too=full)
        for name in gone:
            self._kept.pop(name, None)
        if len(gone) < CHUNK_ROWS:
            self._tidied_s = now_s

    async def _forget_deleted(self, now_s: float) -> None:
        """What has come to its end another process may have deleted; and where there seems to be no room, others may have made some."""
        now_us = self._now_us()
        self._kept = {name: ends_us for name, ends_us in self._kept.items() if ends_us > now_us}
        if self._shared and self._is_full and now_s - self._counted_s >= _TIDY_EVERY_S:
            self._kept, self._stored_bytes = await self._rows.kept(now_us)
            self._counted_s = now_s

    @property
    def _is_full(self) -> bool:
        return self._stored_bytes > self._room().store_bytes or len(self._kept) > MOST_ANSWERS

    async def _learn(self) -> None:
        """What the store has: all of it where something was withdrawn or this process has just begun, else what is new."""
        now_us = self._now_us()
        changes = await self._rows.changes(self._revision, self._seen_us, now_us)
        if changes.whole:
            self._kept, self._stored_bytes = changes.ends_us, changes.stored_bytes
            self._waiting.clear()
            self._waiting_bytes = 0
            for name in [name for name in self._front if name not in self._kept]:
                self._front_bytes -= self._front.pop(name).size_bytes
        else:
            for name, ends_us in changes.ends_us.items():
                held = self._front.get(name)
                if held is not None and held.expires_us != ends_us and name not in self._waiting:
                    self._drop(name)  # another process has asked anew, and what it was told is in the store
            self._kept |= changes.ends_us
        self._revision, self._seen_us = changes.revision, now_us - int(_OVERLAP_S * 1e6)

    def _row(self, held: _Held) -> Row:
        answer, sealed = _decode(held.packed), self._seal.close(held.packed, held.name)
        return Row(
            name=answer.name,
            tenant=answer.tenant,
            run_id=answer.run_id,
            created_us=answer.created_us,
            expires_us=answer.expires_us,
            cost_nanousd=answer.cost_nanousd,
            size_bytes=len(sealed),
            sealed=sealed,
        )
