"""What pgvector finds of recorded questions, beside an exact search over the same vectors."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
import pytest

from lanewise.lab.similar_questions import NoPairs, question_pairs
from lanewise.operations.shared_questions import SharedQuestions
from lanewise.similarity.features import question_of
from lanewise.similarity.index import folded
from lanewise.similarity.nearest_exact import Floats
from lanewise.similarity.turned import turned
from lanewise.stores.address import PostgresStore
from lanewise.stores.sealing import Seal
from stores.opening import database_of, sql
from stores.samples import START_US
from walking import SetClock

DATA = Path(os.environ.get("LANEWISE_DATA", Path(__file__).resolve().parents[2] / ".." / "shared" / "data"))
LARGE, SMALL, SEAL = b"large", b"small", Seal(bytes(32))
QUESTIONS, ASKED, COUNT = 8_000, 200, 12
ROUNDING = 2e-3  # numbers are kept as 16-bit floats
INSERT = (
    "INSERT INTO similar_vectors (name, place, dimensions, expires_us, sealed, vector) "
    "SELECT name, place, 128, ?, sealed, CAST(vector AS halfvec) "
    "FROM unnest(?::bytea[], ?::bytea[], ?::bytea[], ?::text[]) AS made (name, place, sealed, vector)"
)
PLAN = (
    "EXPLAIN SELECT name FROM similar_vectors WHERE dimensions = 128 AND place = ? AND expires_us > 0 "
    "ORDER BY vector::halfvec(128) <#> CAST(? AS halfvec(128)) LIMIT 12"
)

Find = Callable[[bytes, Floats], Awaitable[list[int]]]

pytestmark = pytest.mark.data


@pytest.fixture(scope="module")
def vectors() -> Floats:
    """Of recorded questions, each once, as folded n-grams; the last ones are asked and not held."""
    try:
        pairs = question_pairs(DATA, 20_000)
    except NoPairs as error:
        pytest.skip(error.message)
    texts = list(dict.fromkeys(text for pair in pairs for text in (pair.one, pair.other)))
    return np.array([folded(question_of(text).vector) for text in texts[: QUESTIONS + ASKED]])


async def test_of_the_nearest_recorded_questions_pgvector_finds_all_by_comparing_and_nearly_all_by_its_graph(
    vectors: Floats, postgres_store: PostgresStore
) -> None:
    """Half of them are in one place, the others in places of 40. Of so few the planner has all compared, until it may not sort."""
    places = [LARGE if at % 2 else SMALL + bytes([at // 80]) for at in range(QUESTIONS)]
    async with searching(postgres_store) as find:
        hold(postgres_store, vectors, places)
        small = await found(find, vectors, places, [SMALL + bytes([at % 100]) for at in range(ASKED)])
        large = await found(find, vectors, places, [LARGE] * ASKED)
    assert (small, large) == ((1.0, 1.0), (1.0, 1.0))
    with sql(postgres_store) as connection:
        (name,) = connection.execute("SELECT current_database()").fetchone()
        connection.execute(f'ALTER DATABASE "{name}" SET enable_sort = off')
    with sql(postgres_store) as connection:
        plan = connection.execute(PLAN, (LARGE, str([1.0] * 128))).fetchall()
    assert "similar_vectors_near_128" in str(plan)
    async with searching(postgres_store) as find:
        of_twelve, of_nearest = await found(find, vectors, places, [LARGE] * ASKED)
    assert of_twelve >= 0.97
    assert of_nearest >= 0.99


@asynccontextmanager
async def searching(store: PostgresStore) -> AsyncIterator[Find]:
    """Finds questions as a gateway does, asking again where a busy machine is late."""
    clock = SetClock(START_US / 1e6)
    async with database_of(store) as database:
        shared = SharedQuestions(database, SEAL, clock)

        async def find(place: bytes, vector: Floats) -> list[int]:
            for _ in range(20):
                rows = await shared.near_in(place, vector, COUNT)
                if rows:
                    return [int.from_bytes(row.name) for row in rows]
                clock.time_s += 2.0
            return []

        await shared.open()
        try:
            yield find
        finally:
            await shared.close()


def hold(store: PostgresStore, vectors: Floats, places: list[bytes]) -> None:
    """Have the database hold these questions."""
    names = [at.to_bytes(4) for at in range(len(places))]
    sealed = [SEAL.close(b"a question", name + b"/words") for name in names]
    kept = [str(turned(vectors[at], SEAL.turning, place).tolist()) for at, place in enumerate(places)]
    with sql(store) as connection:
        connection.execute("SET session_replication_role = replica")  # vectors alone, without questions and answers
        connection.execute(INSERT, (START_US * 2, names, places, sealed, kept))
        connection.execute("ANALYZE similar_vectors")


async def found(find: Find, vectors: Floats, places: list[bytes], asked_in: list[bytes]) -> tuple[float, float]:
    """Of the nearest twelve by an exact search, and of the nearest, the share that the database finds."""
    of_twelve = of_nearest = wanted = 0
    for vector, place in zip(vectors[QUESTIONS:], asked_in, strict=True):
        products = np.array([vectors[at] @ vector for at, its in enumerate(places) if its == place])
        nearest = np.sort(products)[::-1][:COUNT]
        got = [float(vectors[at] @ vector) for at in await find(place, vector)]
        of_twelve += sum(alike >= nearest[-1] - ROUNDING for alike in got)
        of_nearest += any(alike >= nearest[0] - ROUNDING for alike in got)
        wanted += len(nearest)
    return of_twelve / wanted, of_nearest / ASKED
