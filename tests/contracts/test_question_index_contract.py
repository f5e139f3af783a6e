"""What every index of questions must do, in memory or in a database. A new implementation adds one line to `KINDS`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol

import msgspec
import numpy as np
import pytest

from lanewise.operations.shared_questions import Question, SharedQuestions
from lanewise.similarity.index import Near, QuestionIndex, Room, unit
from lanewise.similarity.nearest_exact import ExactNearest, Floats
from lanewise.similarity.nearest_graph import GraphNearest, installed
from lanewise.stores.address import PostgresStore
from lanewise.stores.cache_rows import CacheRows
from lanewise.stores.sealing import Seal
from lanewise.stores.similar_rows import QuestionRow, SimilarRows
from postgres_server import Stores
from stores.opening import database_of
from stores.samples import START_US
from stores.test_cache_rows import a_row
from walking import SetClock

DIMENSIONS = 8
FEW = Room(in_place_exact=5)  # so that most of a place are in the graph, where there is one


class Index(Protocol):
    """An index with its store, if it has one."""

    async def hold(self, place: bytes, name: bytes, text: str, vector: Floats) -> None: ...
    async def drop(self, name: bytes) -> None: ...
    async def near_in(self, place: bytes, vector: Floats, count: int) -> list[Near]: ...


class InMemory:
    def __init__(self, index: QuestionIndex) -> None:
        self.index = index

    async def hold(self, place: bytes, name: bytes, text: str, vector: Floats) -> None:
        self.index.add(place, name, text, vector)

    async def drop(self, name: bytes) -> None:
        self.index.drop(name)

    async def near_in(self, place: bytes, vector: Floats, count: int) -> list[Near]:
        return self.index.near_in(place, vector, count)


class InDatabase:
    def __init__(self, shared: SharedQuestions, questions: SimilarRows, answers: CacheRows) -> None:
        self.shared, self.questions, self.answers = shared, questions, answers
        self.near_in = shared.near_in

    async def hold(self, place: bytes, name: bytes, text: str, vector: Floats) -> None:
        row = QuestionRow(
            name=name,
            tenant="acme",
            run_id=name.decode(),
            place=place,
            embedding="any",
            created_us=START_US,
            expires_us=START_US * 2,
            sealed=b"",
        )
        await self.questions.keep([row])
        await self.answers.write([msgspec.structs.replace(a_row(name), run_id=name.decode())], 0)
        self.shared.keep(Question(row, text, vector))
        assert await self.shared.write() == [name]

    async def drop(self, name: bytes) -> None:
        await self.answers.withdraw(name.decode())


@asynccontextmanager
async def exact(_stores: Stores) -> AsyncIterator[Index]:
    yield InMemory(QuestionIndex(older=ExactNearest, room=FEW))


@asynccontextmanager
async def graph(_stores: Stores) -> AsyncIterator[Index]:
    if not installed():
        pytest.skip("the extra `usearch` is not installed")
    yield InMemory(QuestionIndex(older=GraphNearest, room=FEW))


@asynccontextmanager
async def database(stores: Stores) -> AsyncIterator[Index]:
    with stores.one() as url:
        async with database_of(PostgresStore(url)) as opened:
            shared = SharedQuestions(opened, Seal(bytes(32)), SetClock(START_US / 1e6))
            await shared.open()
            try:
                yield InDatabase(shared, SimilarRows(opened), CacheRows(opened))
            finally:
                await shared.close()


Make = Callable[[Stores], AbstractAsyncContextManager[Index]]
KINDS: dict[str, Make] = {"numpy": exact, "usearch": graph, "pgvector": database}


def a_vector(seed: int, dimensions: int = DIMENSIONS) -> Floats:
    return unit(np.random.default_rng(seed).normal(size=dimensions).astype(np.float32))


@pytest.mark.parametrize("make", KINDS.values(), ids=KINDS)
class TestQuestionIndex:
    """One run of it per implementation."""

    async def test_the_nearest_of_a_place_are_those_that_everyone_looked_at_shows(
        self, make: Make, postgres_stores: Stores
    ) -> None:
        async with make(postgres_stores) as index:
            said = {f"{number}".encode(): a_vector(number) for number in range(30)}
            for name, vector in said.items():
                await index.hold(b"place", name, f"question {name.decode()}", vector)
            await index.hold(b"another", b"elsewhere", "the very question", a_vector(99))
            asked = a_vector(99)
            found = await index.near_in(b"place", asked, 12)
            products = sorted((float(vector @ asked) for vector in said.values()), reverse=True)[:12]
            assert [each.alike for each in found] == pytest.approx(products, abs=3e-3)
            assert all(each.text == f"question {each.name.decode()}" for each in found)
            assert [each.alike for each in found] == pytest.approx(
                [said[each.name] @ asked for each in found], abs=3e-3
            )
            (there,) = await index.near_in(b"another", asked, 12)
            assert (there.name, there.text) == (b"elsewhere", "the very question")
            assert await index.near_in(b"nowhere", asked, 12) == []

    async def test_what_is_held_anew_takes_the_earlier_one_s_place_and_what_is_dropped_is_gone(
        self, make: Make, postgres_stores: Stores
    ) -> None:
        async with make(postgres_stores) as index:
            await index.hold(b"place", b"1", "as it was", a_vector(1))
            await index.hold(b"place", b"1", "as it is", a_vector(2))
            (found,) = await index.near_in(b"place", a_vector(2), 3)
            assert found.text == "as it is"
            assert found.alike == pytest.approx(1.0, abs=3e-3)
            await index.drop(b"1")
            await index.drop(b"1")
            assert await index.near_in(b"place", a_vector(2), 3) == []

    @pytest.mark.parametrize("dimensions", [1, 3, 384, 4_500])
    async def test_any_number_of_dimensions_is_held_and_never_compared_with_another(
        self, make: Make, postgres_stores: Stores, dimensions: int
    ) -> None:
        async with make(postgres_stores) as index:
            await index.hold(b"place", b"1", "one", a_vector(1, dimensions))
            await index.hold(b"place", b"2", "two", a_vector(1, dimensions + 1))
            (found,) = await index.near_in(b"place", a_vector(1, dimensions), 3)
            assert found.name == b"1"
            assert found.alike == pytest.approx(1.0, abs=3e-3)
