"""Proved thinking between the turns of tool conversations: in memory in front, encrypted in the store behind."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa
import structlog

from lanewise.core.clock import Clock
from lanewise.core.errors import StoreError
from lanewise.core.protocols.reasoning import Kept
from lanewise.stores.database import Database
from lanewise.stores.schema import reasoning_states
from lanewise.stores.sealing import Seal
from lanewise.stores.statements import STATEMENTS
from lanewise.stores.written_later import RETRY_S, WrittenLater

KEPT_S = 86_400.0
MOST_BYTES = 256 * 1024  # of one answer's proofs; larger ones are not kept
MOST_STATES = 100_000  # in the store; beyond that those that end first go
MOST_MEMORY_BYTES = 4 * 1024 * 1024  # a conversation's next turn comes soon; a later one is read from the store
_ENTRY_BYTES = 256  # what Python needs for an entry beside its content
_TIDY_EVERY_S = 3_600.0

_KEPT = msgspec.msgpack.Decoder(Kept)
_encode = msgspec.msgpack.Encoder().encode
_log = structlog.get_logger()


_Change = tuple[str, dict[str, Any]]
"""A statement, and what is bound in it."""


class StoredReasoningState:
    """Used on the loop that started it. Alone on a store it knows every name in it, and asks for no other."""

    def __init__(
        self,
        database: Database,
        seal: Seal,
        clock: Clock,
        *,
        company: Callable[[], bool] = lambda: False,
        most_states: int = MOST_STATES,
        retry_s: float = RETRY_S,
    ) -> None:
        """`company` says whether others keep thinking in the store too: then it is asked for names that are not known here."""
        self._database = database
        self._seal = seal
        self._clock = clock
        self._company = company
        self._most_states = most_states
        # With when each ends, in microseconds, the first to end in front.
        self._names: OrderedDict[bytes, int] = OrderedDict()
        self._front: OrderedDict[bytes, bytes] = OrderedDict()
        self._front_bytes = 0
        self._changes = WrittenLater(self._write, "kept thinking waits for the store", retry_s=retry_s)
        self._tidied_s = float("-inf")

    async def start(self) -> None:
        """Learn what is kept, and write from now on. Raises StoreError."""
        async with self._database.reading() as connection:
            rows = (await connection.execute(STATEMENTS["reasoning_names"], {"now_us": self._now_us()})).all()
        self._names.update((bytes(name), ends_us) for name, ends_us in rows)
        self._changes.start()

    async def recall(self, tenant: str, names: Sequence[str]) -> dict[str, Kept]:
        """What is kept of the tenant's under these names: by one read of the store for all that is not in memory."""
        now_us = self._now_us()
        rows = {name_of(tenant, each): each for each in names}
        ends_of_unknown = now_us + 1 if self._company() else now_us
        good = [row for row in rows if self._names.get(row, ends_of_unknown) > now_us]
        contents = await self._read([row for row in good if row not in self._front])
        for row in good:
            if row in self._front:
                self._front.move_to_end(row)
                contents[row] = self._front[row]
        found = {rows[row]: _KEPT.decode(contents[row]) for row in good if row in contents}
        for row, content in contents.items():
            self._remember(row, content)
        return found

    def keep(self, tenant: str, name: str, kept: Kept) -> None:
        """Keep proofs for a day."""
        content = _encode(kept)
        if not name or len(content) > MOST_BYTES:
            return
        row, ends_us = name_of(tenant, name), self._now_us() + int(KEPT_S * 1e6)
        self._names[row] = ends_us
        self._names.move_to_end(row)
        self._remember(row, content)
        sealed = self._seal.close(content, row)
        self._changes.add(("keep_reasoning_state", {"name": row, "expires_us": ends_us, "sealed": sealed}))
        while len(self._names) > self._most_states:
            oldest, _ = self._names.popitem(last=False)
            self._forget(oldest)
            self._changes.add(("drop_reasoning_state", {"name": oldest}))

    async def close(self) -> None:
        """Write what waits. Where the store is down it is lost: thinking is then left out, and nothing else."""
        await self._changes.close()

    def _now_us(self) -> int:
        return int(self._clock.now_s() * 1e6)

    async def _read(self, names: Sequence[bytes]) -> dict[bytes, bytes]:
        if not names:
            return {}
        wanted = sa.select(reasoning_states).where(
            reasoning_states.c.name.in_(names), reasoning_states.c.expires_us > self._now_us()
        )
        try:
            async with self._database.reading() as connection:
                rows = (await connection.execute(wanted)).all()
        except StoreError as error:
            _log.warning("kept thinking cannot be read and is left out", cause=str(error))
            return {}
        contents: dict[bytes, bytes] = {}
        for row in rows:
            name = bytes(row.name)
            content = self._seal.open(bytes(row.sealed), name)
            if content is None:  # sealed with another key
                self._names.pop(name, None)
            else:
                contents[name] = content
        return contents

    def _remember(self, name: bytes, content: bytes) -> None:
        self._forget(name)
        self._front[name] = content
        self._front_bytes += len(content) + _ENTRY_BYTES
        while self._front_bytes > MOST_MEMORY_BYTES:
            self._forget(next(iter(self._front)))

    def _forget(self, name: bytes) -> None:
        content = self._front.pop(name, None)
        if content is not None:
            self._front_bytes -= len(content) + _ENTRY_BYTES

    async def _write(self, changes: Sequence[_Change]) -> None:
        now_s = self._clock.now_s()
        async with self._database.writing() as connection:
            for statement, bound in changes:
                await connection.execute(STATEMENTS[statement], bound)
            if now_s - self._tidied_s >= _TIDY_EVERY_S:
                await connection.execute(STATEMENTS["end_reasoning_states"], {"now_us": int(now_s * 1e6)})
                self._tidied_s = now_s
                self._end(int(now_s * 1e6))

    def _end(self, now_us: int) -> None:
        while self._names and next(iter(self._names.values())) <= now_us:
            name, _ = self._names.popitem(last=False)
            self._forget(name)


def name_of(tenant: str, name: str) -> bytes:
    """A row's name: of one tenant, and telling nobody which."""
    return hashlib.sha256(f"{len(tenant)}:{tenant}{name}".encode()).digest()
