"""Questions that the database holds for all gateways, instead of each for itself. Read `stores/vector_rows.py` for how they are found.

Words stand there encrypted, vectors turned by a secret of their place (`similarity/turned.py`).
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from lanewise.core.clock import Clock
from lanewise.core.errors import StoreError
from lanewise.core.similar import Looked
from lanewise.similarity.index import Near
from lanewise.similarity.nearest_exact import Floats
from lanewise.similarity.turned import turned
from lanewise.stores.address import PostgresStore
from lanewise.stores.database import Database
from lanewise.stores.sealing import Seal
from lanewise.stores.similar_rows import QuestionRow
from lanewise.stores.vector_rows import CHUNK_ROWS, VectorRow, VectorRows
from lanewise.stores.vector_table import ITSELF, vector_table

_WORDS = b"/words"  # what is sealed for a search is no row of questions
_MOST_WAITING = 256
_GIVEN_UP_US = 30_000_000  # an answer that is not in the store by then was never written
_CATCH_UP_EVERY_S = 60.0
_READ_AT_ONCE = 20  # questions: a few milliseconds


class Question(NamedTuple):
    """A question that is to be found by all."""

    row: QuestionRow
    text: str
    vector: Floats  # of length 1


class SharedQuestions:
    """Used on one loop. Until it is opened it holds nothing."""

    def __init__(self, database: Database, seal: Seal, clock: Clock) -> None:
        self._database = database
        self._seal = seal
        self._clock = clock
        self._rows: VectorRows | None = None
        self._waiting: OrderedDict[bytes, Question] = OrderedDict()
        self._caught_up = (0, b"")  # up to which moment and name there are vectors
        self._next_s = float("-inf")

    async def open(self) -> None:
        """See to the table. Raises StoreError, saying what to do, where the store cannot have it."""
        store = self._database.store
        if not isinstance(store, PostgresStore):
            raise StoreError(
                f"{ITSELF} needs a PostgreSQL store, and this one is the file {str(store)!r}: write `memory`"
            )
        if self._rows is None:
            self._rows = VectorRows(self._database, store, await asyncio.to_thread(vector_table, store), self._clock)
            await self._rows.warm()

    @property
    def outcomes(self) -> Mapping[Looked, int]:
        """What came of searches so far."""
        return {} if self._rows is None else self._rows.outcomes

    async def near_in(self, place: bytes, vector: Floats, count: int) -> list[Near]:
        """The nearest questions of a place, at most so many, the nearest first; none where the store does not say in time."""
        if self._rows is None:
            return []
        asked = turned(vector, self._seal.turning, place).tolist()
        now_us = int(self._clock.now_s() * 1e6)
        found = await self._rows.near(place, len(vector), asked, count=count, now_us=now_us)
        read = ((each, self._seal.open(each.sealed, each.name + _WORDS)) for each in found)
        return [Near(each.name, words.decode(), each.alike) for each, words in read if words is not None]

    def keep(self, question: Question) -> None:
        """Have it found by all, as soon as the store has it and its answer."""
        self._waiting[question.row.name] = question
        if len(self._waiting) > _MOST_WAITING:
            self._waiting.popitem(last=False)  # caught up with later

    def drop(self, name: bytes) -> None:
        """Forget what waits; the database forgets what it holds together with the answer."""
        self._waiting.pop(name, None)

    async def write(self) -> list[bytes]:
        """Write what waits; the names of those that wait no more. Raises StoreError."""
        waiting = list(self._waiting.values())
        if self._rows is None or not waiting:
            return []
        written = await self._rows.keep([self._row(each) for each in waiting])
        given_up_us = int(self._clock.now_s() * 1e6) - _GIVEN_UP_US
        done = [each for each in waiting if each.row.name in written or each.row.created_us < given_up_us]
        for each in done:
            if self._waiting.get(each.row.name) is each:
                del self._waiting[each.row.name]
        return [each.row.name for each in done]

    async def catch_up(self, read: Callable[[QuestionRow], tuple[str, Floats] | None]) -> None:
        """Give vectors to some of the questions that have none: from before the policy wanted them, or of a process that was killed.

        `read` tells what a question says and its vector. Raises StoreError.
        """
        if self._rows is None or self._clock.monotonic_s() < self._next_s:
            return
        before_us = int(self._clock.now_s() * 1e6) - _GIVEN_UP_US
        rows = await self._rows.missing(self._caught_up, before_us)
        await self._rows.keep([self._row(each) for each in await _questions(rows, read)])
        if rows:
            self._caught_up = (rows[-1].created_us, rows[-1].name)
        if len(rows) < CHUNK_ROWS:
            self._next_s = self._clock.monotonic_s() + _CATCH_UP_EVERY_S

    async def close(self) -> None:
        """Hang up."""
        if self._rows is not None:
            await self._rows.close()

    def _row(self, question: Question) -> VectorRow:
        row = question.row
        return VectorRow(
            name=row.name,
            place=row.place,
            dimensions=len(question.vector),
            expires_us=row.expires_us,
            sealed=self._seal.close(question.text.encode(errors="replace"), row.name + _WORDS),
            vector=turned(question.vector, self._seal.turning, row.place).tolist(),
        )


async def _questions(
    rows: Sequence[QuestionRow], read: Callable[[QuestionRow], tuple[str, Floats] | None]
) -> list[Question]:
    questions = []
    for number, row in enumerate(rows):
        said = read(row)
        if said is not None:
            questions.append(Question(row, *said))
        if number % _READ_AT_ONCE == 0:
            await asyncio.sleep(0)
    return questions
