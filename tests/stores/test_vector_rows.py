"""What the database finds, and what it takes."""

from __future__ import annotations

from collections.abc import AsyncIterator

import msgspec
import numpy as np
import pytest

from lanewise.similarity.index import unit
from lanewise.stores.address import PostgresStore
from lanewise.stores.cache_rows import CacheRows
from lanewise.stores.database import Database
from lanewise.stores.similar_rows import QuestionRow, SimilarRows
from lanewise.stores.vector_rows import VectorRow, VectorRows
from lanewise.stores.vector_table import vector_table
from stores.opening import database_of, sql
from stores.samples import START_US
from stores.test_cache_rows import a_row
from walking import SetClock

FAR_US = START_US * 2
GRAPHS = "SELECT indexname FROM pg_indexes WHERE indexname LIKE 'similar_vectors_near_%' ORDER BY indexname"


@pytest.fixture
async def database(postgres_store: PostgresStore) -> AsyncIterator[Database]:
    async with database_of(postgres_store) as opened:
        yield opened


@pytest.fixture
async def rows(database: Database, postgres_store: PostgresStore) -> AsyncIterator[VectorRows]:
    made = VectorRows(database, postgres_store, vector_table(postgres_store), SetClock(START_US / 1e6))
    yield made
    await made.close()


def a_question(name: bytes, **changes: int) -> QuestionRow:
    whole = {"created_us": START_US, "expires_us": FAR_US} | changes
    return QuestionRow(
        name=name, tenant="acme", run_id=name.decode(), place=b"place", embedding="any", sealed=b"sealed", **whole
    )


def a_vector(name: bytes, seed: int = 1, *, dimensions: int = 8, expires_us: int = FAR_US) -> VectorRow:
    vector = unit(np.random.default_rng(seed).normal(size=dimensions).astype(np.float32)).tolist()
    return VectorRow(
        name=name, place=b"place", dimensions=dimensions, expires_us=expires_us, sealed=b"words", vector=vector
    )


async def answered(database: Database, *questions: QuestionRow) -> None:
    await SimilarRows(database).keep(questions)
    await CacheRows(database).write(
        [msgspec.structs.replace(a_row(each.name), run_id=each.run_id) for each in questions], 0
    )


async def test_only_what_has_its_question_and_its_answer_is_kept(database: Database, rows: VectorRows) -> None:
    await answered(database, a_question(b"whole"))
    await SimilarRows(database).keep([a_question(b"unanswered")])
    wanted = [a_vector(name) for name in (b"whole", b"unanswered", b"unknown")]
    assert await rows.keep(wanted) == {b"whole"}
    assert await rows.keep(wanted) == {b"whole"}, "once more is the same"
    assert await rows.keep([]) == set()


async def test_what_is_over_is_not_found(database: Database, rows: VectorRows) -> None:
    await answered(database, a_question(b"1"))
    row = a_vector(b"1", expires_us=START_US)
    await rows.keep([row])
    assert await rows.near(b"place", 8, row.vector, count=3, now_us=START_US) == []
    (found,) = await rows.near(b"place", 8, row.vector, count=3, now_us=START_US - 1)
    assert (found.name, found.sealed) == (b"1", b"words")
    assert found.alike == pytest.approx(1.0, abs=2e-3)


async def test_what_has_an_answer_and_no_vector_is_missing(database: Database, rows: VectorRows) -> None:
    await answered(database, *(a_question(name, created_us=at) for name, at in ((b"1", 10), (b"2", 20), (b"3", 30))))
    await SimilarRows(database).keep([a_question(b"unanswered", created_us=15)])
    await rows.keep([a_vector(b"2")])
    assert [row.name for row in await rows.missing((0, b""), 100)] == [b"1", b"3"]
    assert [row.name for row in await rows.missing((0, b""), 30)] == [b"1"]
    assert [row.name for row in await rows.missing((10, b"1"), 100)] == [b"3"]


async def test_an_embedding_of_other_dimensions_has_a_graph_of_its_own(
    database: Database, rows: VectorRows, postgres_store: PostgresStore
) -> None:
    await answered(database, a_question(b"1"), a_question(b"2"))
    assert await rows.keep([a_vector(b"1", dimensions=8), a_vector(b"2", dimensions=4_002)]) == {b"1", b"2"}
    with sql(postgres_store) as connection:
        graphs = [name for (name,) in connection.execute(GRAPHS).fetchall()]
    assert graphs == [f"similar_vectors_near_{dimensions}" for dimensions in (128, 384, 8)]


async def test_a_database_without_the_table_finds_nothing_and_fails_nobody(
    rows: VectorRows, postgres_store: PostgresStore
) -> None:
    with sql(postgres_store) as connection:
        connection.execute("DROP TABLE similar_vectors")
    assert await rows.near(b"place", 8, [0.0] * 8, count=3, now_us=START_US) == []


async def test_of_a_place_of_which_the_graph_is_walked_nearly_all_of_the_nearest_are_found(
    database: Database, rows: VectorRows, postgres_store: PostgresStore
) -> None:
    """Half of the questions are of other places; the planner takes the graph once it knows how many there are."""
    random = np.random.default_rng(7)
    with sql(postgres_store) as connection:
        connection.execute("SET session_replication_role = replica")  # vectors alone
        vectors = [unit(each) for each in random.normal(size=(3_000, 128)).astype(np.float32)]
        connection.execute(
            "INSERT INTO similar_vectors SELECT int4send(at::int), CASE WHEN at % 2 = 0 THEN 'place'::bytea ELSE int4send(at::int) END, "
            "128, %s, '', vector::halfvec FROM unnest(%s::text[]) WITH ORDINALITY AS made (vector, at)".replace(
                "%s", "?"
            ),
            (FAR_US, [str(each.tolist()) for each in vectors]),
        )
        connection.execute("ANALYZE similar_vectors")
    found = wanted = 0
    for asked in (unit(each) for each in random.normal(size=(40, 128)).astype(np.float32)):
        mine = np.array(vectors[1::2]) @ asked
        got = await rows.near(b"place", 128, asked.tolist(), count=12, now_us=START_US)
        found += sum(each.alike >= np.sort(mine)[-12] - 1e-3 for each in got)
        wanted += 12
    assert found / wanted > 0.9
