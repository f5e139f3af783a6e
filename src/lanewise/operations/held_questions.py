"""Questions by nearness, as a gateway holds them: in memory, or in the database for all gateways where the policy says so.

The store is the truth. What is held in memory is written behind, sealed under the name of its answer, and read back at start and by other
processes every second; a question goes when its answer is gone.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import msgspec
import numpy as np
import structlog

from lanewise.core.caching import PGVECTOR
from lanewise.core.clock import Clock
from lanewise.core.errors import StoreError
from lanewise.core.policy import Policy
from lanewise.core.similar import Looked
from lanewise.operations.shared_questions import Question as SharedQuestion
from lanewise.operations.shared_questions import SharedQuestions
from lanewise.similarity.features import Question, question_of
from lanewise.similarity.index import Near, folded, question_index, unit
from lanewise.similarity.nearest_exact import Floats
from lanewise.stores.cache_rows import CHUNK_ROWS
from lanewise.stores.database import Database
from lanewise.stores.sealing import Seal
from lanewise.stores.similar_rows import QuestionRow, SimilarRows

WRITTEN_AT_ONCE = 64
_OVERLAP_US = 5_000_000  # a question is written a little after it is made
_NEW_US = 30_000_000  # the answer of so new a question may not be written yet
_TIDY_EVERY_S = 60.0
_PURGE_EVERY_S = 5.0
_HELD_AT_ONCE = 20  # questions: a few milliseconds

PolicyNow = Callable[[], Policy]

_log = structlog.get_logger()


class _Sealed(msgspec.Struct, frozen=True, kw_only=True):
    """What of a question is encrypted."""

    text: str
    vector: bytes = b""


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_Sealed).decode


@dataclass(slots=True)
class _Seen:
    """How far the store is known."""

    withdrawals: int = -1
    last: tuple[int, bytes] = (0, b"")
    tidied_s: float = 0.0
    in_memory: bool = True  # that questions are held


class HeldQuestions:
    """Used on one loop. Whoever owns it calls `follow` and `write` every second."""

    def __init__(self, database: Database, seal: Seal, clock: Clock, *, policy: PolicyNow) -> None:
        self._rows = SimilarRows(database)
        self._seal = seal
        self._clock = clock
        self._policy = policy
        self._index = question_index()
        self._shared = SharedQuestions(database, seal, clock)
        self._waiting: OrderedDict[bytes, QuestionRow] = OrderedDict()
        self._seen = _Seen(tidied_s=clock.monotonic_s())

    def __len__(self) -> int:
        return len(self._index)

    @property
    def outcomes(self) -> Mapping[Looked, int]:
        """What came of searches of the database so far."""
        return self._shared.outcomes

    async def open(self, policy: Policy) -> None:
        """See to what a policy wants of the store. Raises StoreError, saying what to do, where the store cannot have it."""
        if _shares(policy):
            await self._shared.open()

    async def near_in(self, place: bytes, vector: Floats, count: int) -> list[Near]:
        """The nearest questions of a place, at most so many from here and as many from the database."""
        near = self._index.near_in(place, vector, count)
        if not _shares(self._policy()):
            return near
        held = {each.name for each in near}
        shared = await self._shared.near_in(place, vector, count)
        return near + [each for each in shared if each.name not in held]

    def keep(self, row: QuestionRow, text: str, given: bytes, vector: Floats) -> bool:
        """Hold a question now, and sealed in the store soon; False where more came than the store is given. `given` is a model's vector."""
        self._index.add(row.place, row.name, text, vector)
        if len(self._waiting) >= WRITTEN_AT_ONCE:
            return False
        sealed = self._seal.close(_encode(_Sealed(text=text, vector=given)), row.name)
        row = self._waiting[row.name] = msgspec.structs.replace(row, sealed=sealed)
        if _shares(self._policy()):
            self._shared.keep(SharedQuestion(row, text, vector))
        return True

    def drop(self, name: bytes) -> None:
        """Forget a question: its answer is gone."""
        self._index.drop(name)
        self._waiting.pop(name, None)
        self._shared.drop(name)

    async def follow(self, withdrawals: int) -> None:
        """What was asked and withdrawn since the last look. `withdrawals` is the store's count of them. Raises StoreError."""
        if _shares(self._policy()):
            await self._share()
        else:
            await self._learn()
        await self._tidy(withdrawals)

    async def write(self) -> None:
        """Write what waits. Raises StoreError."""
        await self._write_waiting()
        for name in await self._shared.write():
            self._index.drop(name)  # the database finds it from now on

    async def close(self) -> None:
        """Write what waits, as far as the store takes it."""
        try:
            await self.write()
        except StoreError as error:
            _log.warning("questions are lost", cause=error.message, questions=len(self._waiting))
        finally:
            await self._shared.close()

    async def _share(self) -> None:
        if self._seen.in_memory:  # until now
            self._index.keep_only(set(self._waiting))
            self._seen.last, self._seen.in_memory = (0, b""), False
        await self._shared.catch_up(self._read)

    async def _learn(self) -> None:
        self._seen.in_memory = True
        after = (max(0, self._seen.last[0] - _OVERLAP_US), b"")
        while rows := await self._rows.questions(after, self._now_us()):
            for number, row in enumerate(rows):
                if row.name not in self._index:
                    self._hold(row)
                if number % _HELD_AT_ONCE == 0:
                    await asyncio.sleep(0)  # there may be many of them
            after = (rows[-1].created_us, rows[-1].name)
        self._seen.last = max(self._seen.last, after)

    async def _tidy(self, withdrawals: int) -> None:
        """Let questions go whose answer is gone: the cache gives none of these, so there is no hurry."""
        seen, now_s = self._seen, self._clock.monotonic_s()
        withdrawn = withdrawals != seen.withdrawals
        if now_s - seen.tidied_s < (_PURGE_EVERY_S if withdrawn else _TIDY_EVERY_S):
            return
        gone = await self._rows.tidy(self._now_us() - _NEW_US)
        for name in gone:
            self.drop(name)
        if withdrawn:  # somebody's words may have to be forgotten, and not by this process
            self._index.keep_only(await self._rows.names() | self._waiting.keys())
        if len(gone) < CHUNK_ROWS:
            seen.withdrawals, seen.tidied_s = withdrawals, now_s

    def _hold(self, row: QuestionRow) -> None:
        said = self._read(row)
        if said is not None:
            self._index.add(row.place, row.name, *said)

    def _read(self, row: QuestionRow) -> tuple[str, Floats] | None:
        """What a question says, and its vector; None where it was sealed with another key, or by another version."""
        content = self._seal.open(row.sealed, row.name)
        try:
            question = None if content is None else _decode(content)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            question = None
        if question is None:
            return None
        return question.text, vector_of(question_of(question.text), question.vector)

    async def _write_waiting(self) -> None:
        batch = list(self._waiting.values())
        if not batch:
            return
        await self._rows.keep(batch)
        for row in batch:
            if self._waiting.get(row.name) is row:
                del self._waiting[row.name]

    def _now_us(self) -> int:
        return int(self._clock.now_s() * 1e6)


def vector_of(question: Question, given: bytes) -> Floats:
    """By which a question is found, of length 1: a model's, or where none was `given` that of its n-grams."""
    return unit(np.frombuffer(given, dtype=np.float32)) if given else folded(question.vector)


def _shares(policy: Policy) -> bool:
    return policy.cache_room.semantic_index == PGVECTOR
