"""Questions by the nearness of their vectors, as pgvector finds them in PostgreSQL. Read `vector_table` first.

A place is a condition of the search, not a reading of its results: of a place with few questions all are compared, of one with very many
a graph is walked until enough of that place were found (pgvector's iterative scans). Which of the two is the planner's to say.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

import msgspec
import sqlalchemy as sa
import structlog

from lanewise.core.clock import Clock
from lanewise.core.errors import StoreError
from lanewise.core.similar import Looked
from lanewise.stores.address import PostgresStore
from lanewise.stores.database import Database
from lanewise.stores.lookups import Lookups
from lanewise.stores.schema import cached_answers
from lanewise.stores.schema_similar import similar_questions
from lanewise.stores.similar_rows import QuestionRow
from lanewise.stores.vector_table import VectorTable

CHUNK_ROWS = 200
_SETTINGS = (
    "SET hnsw.iterative_scan = strict_order",
    "SET hnsw.ef_search = 400",
    "SET plan_cache_mode = force_custom_plan",  # how many questions a place has decides how it is searched
)
_log = structlog.get_logger()


class VectorRow(msgspec.Struct, frozen=True, kw_only=True):
    """A question that is to be found, with its turned vector."""

    name: bytes
    place: bytes
    dimensions: int  # before it was turned
    expires_us: int
    sealed: bytes
    vector: list[float]


class FoundRow(msgspec.Struct, frozen=True, kw_only=True):
    """One that was found."""

    name: bytes
    sealed: bytes
    alike: float  # the product of the vectors


class VectorRows:
    """Reads and writes them."""

    def __init__(self, database: Database, store: PostgresStore, table: VectorTable, clock: Clock) -> None:
        self._database = database
        self._table = table
        loading = f"SELECT '[1]'::{table.extension}.halfvec"  # the extension's library, before anybody waits
        self._lookups = Lookups(store, clock, settings=(loading, *_SETTINGS))
        self._graphs: set[int] = set()  # dimensions whose graph was seen to

    @property
    def outcomes(self) -> Mapping[Looked, int]:
        """What came of searches."""
        return self._lookups.outcomes

    async def warm(self) -> None:
        """Be ready before the first caller waits."""
        await self._lookups.warm()

    async def near(
        self, place: bytes, dimensions: int, vector: list[float], *, count: int, now_us: int
    ) -> list[FoundRow]:
        """The nearest of a place, the nearest first; nothing where the store is late or does not answer."""
        statement = _nearest(self._table.extension, dimensions, len(vector))
        bound = {"vector": _written(vector), "place": place, "now_us": now_us, "count": count}
        rows = await self._lookups.rows(statement, bound)
        return [FoundRow(name=bytes(name), sealed=bytes(sealed), alike=alike) for name, sealed, alike in rows or ()]

    async def keep(self, rows: Sequence[VectorRow]) -> set[bytes]:
        """Keep those whose question and answer the store has; their names. Raises StoreError."""
        if not rows:
            return set()
        for dimensions in {row.dimensions for row in rows} - self._graphs:
            await self._see_to_graph(dimensions)
        bound = {
            "names": [row.name for row in rows],
            "places": [row.place for row in rows],
            "dimensions": [row.dimensions for row in rows],
            "ends_us": [row.expires_us for row in rows],
            "sealed": [row.sealed for row in rows],
            "vectors": [_written(row.vector) for row in rows],
        }
        async with self._database.at_once() as connection:
            return {bytes(name) for name in await connection.scalars(_kept(self._table.extension), bound)}

    async def missing(self, after: tuple[int, bytes], before_us: int) -> list[QuestionRow]:
        """Questions from between these moments that have an answer and no vector, the oldest first, some at once. Raises StoreError."""
        questions = similar_questions.c
        wanted = (
            sa.select(similar_questions)
            .where(sa.tuple_(questions.created_us, questions.name) > sa.tuple_(*map(sa.literal, after)))
            .where(questions.created_us < before_us)
            .where(sa.exists().where(cached_answers.c.name == questions.name))
            .where(~sa.exists(sa.select(sa.literal(1)).select_from(_VECTORS).where(_VECTORS.c.name == questions.name)))
            .order_by(questions.created_us, questions.name)
            .limit(CHUNK_ROWS)
        )
        async with self._database.reading() as connection:
            rows = (await connection.execute(wanted)).mappings().all()
        whole = ({**row, **{name: bytes(row[name]) for name in ("name", "place", "sealed")}} for row in rows)
        return [QuestionRow(**row) for row in whole]

    async def close(self) -> None:
        """Hang up."""
        await self._lookups.close()

    async def _see_to_graph(self, dimensions: int) -> None:
        """Without a graph all of a place are compared: slower, and nothing is missed."""
        self._graphs.add(dimensions)
        statement = self._table.graph_of(dimensions)
        if statement is None:
            return
        try:
            async with self._database.at_once() as connection:
                await connection.exec_driver_sql(statement)
        except StoreError as error:
            _log.warning("vectors have no graph", dimensions=dimensions, cause=error.message)


_VECTORS = sa.table("similar_vectors", sa.column("name"))


def _written(vector: list[float]) -> str:
    return msgspec.json.encode(vector).decode()


@lru_cache
def _nearest(extension: str, dimensions: int, kept: int) -> str:
    kind = f"{extension}.halfvec({kept})"
    distance = f"(vector::{kind} OPERATOR({extension}.<#>) CAST(%(vector)s AS {kind}))"
    return (
        f"SELECT name, sealed, -{distance} FROM similar_vectors "  # noqa: S608 - numbers, and a quoted name of the database's own
        f"WHERE dimensions = {dimensions} AND place = %(place)s AND expires_us > %(now_us)s "
        f"ORDER BY {distance} LIMIT %(count)s"
    )


@lru_cache
def _kept(extension: str) -> sa.TextClause:
    return sa.text(
        f"""
INSERT INTO similar_vectors (name, place, dimensions, expires_us, sealed, vector)
SELECT made.name, made.place, made.dimensions, made.expires_us, made.sealed, CAST(made.vector AS {extension}.halfvec)
FROM unnest(
  CAST(:names AS BYTEA[]), CAST(:places AS BYTEA[]), CAST(:dimensions AS SMALLINT[]), CAST(:ends_us AS BIGINT[]),
  CAST(:sealed AS BYTEA[]), CAST(:vectors AS TEXT[])
) AS made (name, place, dimensions, expires_us, sealed, vector)
WHERE EXISTS (SELECT 1 FROM similar_questions WHERE similar_questions.name = made.name)
  AND EXISTS (SELECT 1 FROM cached_answers WHERE cached_answers.name = made.name)
ON CONFLICT (name) DO UPDATE SET
  place = excluded.place, dimensions = excluded.dimensions, expires_us = excluded.expires_us,
  sealed = excluded.sealed, vector = excluded.vector
RETURNING name"""  # noqa: S608 - the same
    )
