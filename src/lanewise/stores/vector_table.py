"""The table in which PostgreSQL finds similar questions, by the extension pgvector. Made where a policy wants it, and nowhere else.

It is no step of the migrations, which must succeed on servers that have no such extension, and a server may get it long after. A vector
cannot outlive its question or its answer: the database itself deletes it with either, whoever deletes them, an older release too.
"""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

import msgspec

from lanewise.core.errors import StoreError
from lanewise.stores.address import PostgresStore
from lanewise.stores.postgres import connect_postgres, driver

if TYPE_CHECKING:
    import psycopg

MOST_INDEXED = 4_000  # dimensions that pgvector's graphs take of 16-bit floats; it keeps vectors of up to 16,000
ITSELF = "cache.semantic_index: pgvector"
_OLDEST = (0, 8)  # searches on where a filter has taken what it found
_USUAL = (128, 384)  # hashed n-grams, folded, and minilm-l6-v2

_FIND = "SELECT e.extversion, n.nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'vector'"
_TABLE = """
CREATE TABLE IF NOT EXISTS similar_vectors (
  name BYTEA PRIMARY KEY
    REFERENCES similar_questions (name) ON DELETE CASCADE
    REFERENCES cached_answers (name) ON DELETE CASCADE,
  place BYTEA NOT NULL,
  dimensions SMALLINT NOT NULL,
  expires_us BIGINT NOT NULL,
  sealed BYTEA NOT NULL,
  vector {extension}.halfvec NOT NULL
)"""
_BY_PLACE = "CREATE INDEX IF NOT EXISTS similar_vectors_by_place ON similar_vectors (place)"
_BY_NEARNESS = """
CREATE INDEX IF NOT EXISTS similar_vectors_near_{dimensions} ON similar_vectors
USING hnsw ((vector::{extension}.halfvec({kept})) {extension}.halfvec_ip_ops) WHERE dimensions = {dimensions}"""


class VectorTable(msgspec.Struct, frozen=True, kw_only=True):
    """A table that is there."""

    extension: str  # the schema that the extension's types are in, as it is written in SQL

    def graph_of(self, dimensions: int) -> str | None:
        """What makes the graph of vectors of so many dimensions; None where there is none of so many."""
        if dimensions > MOST_INDEXED:
            return None
        return _BY_NEARNESS.format(
            extension=self.extension, dimensions=int(dimensions), kept=dimensions + dimensions % 2
        )


def vector_table(store: PostgresStore) -> VectorTable:
    """The table, made where it is missing. Raises StoreError, saying what to do, where the server cannot or the role may not."""
    errors = driver().Error
    with closing(connect_postgres(store)) as connection:
        try:
            extension = _extension(connection, store)
            table = VectorTable(extension=_quoted(extension))
            if not _is_made(connection):
                with connection.transaction():
                    connection.execute(_TABLE.format(extension=table.extension))
                    connection.execute(_BY_PLACE)
                    for dimensions in _USUAL:
                        connection.execute(str(table.graph_of(dimensions)))
        except errors as error:
            raise StoreError(
                f"{ITSELF} cannot make its table in {str(store)!r}: {_first_line(error)}. "
                "Run `lanewise migrate` with this policy as a role that may make tables there, or write `memory`"
            ) from error
    return table


def _extension(connection: psycopg.Connection[Any], store: PostgresStore) -> str:
    """The schema that the extension is in, installed now where it was not and may be."""
    found = connection.execute(_FIND).fetchone()
    if found is None:
        try:
            connection.execute("CREATE EXTENSION IF NOT EXISTS vector WITH SCHEMA public")
        except driver().Error as error:
            raise StoreError(
                f"{ITSELF} needs the extension `vector` (pgvector 0.8 or newer) in {str(store)!r}, and it is not there: "
                f"{_first_line(error)}. Install pgvector on the server and have its administrator run `CREATE EXTENSION vector` "
                "in this database, or write `memory`"
            ) from error
        found = connection.execute(_FIND).fetchone()
    if found is None:
        raise StoreError(f"{ITSELF}: the extension `vector` cannot be seen in {str(store)!r}")
    version, schema = found
    if tuple(int(part) for part in str(version).split(".")[:2]) < _OLDEST:
        raise StoreError(
            f"{ITSELF} needs pgvector 0.8 or newer, and {str(store)!r} has {version}: install it on the server and run "
            "`ALTER EXTENSION vector UPDATE` in this database, or write `memory`"
        )
    return str(schema)


def _is_made(connection: psycopg.Connection[Any]) -> bool:
    row = connection.execute("SELECT to_regclass('similar_vectors') IS NOT NULL").fetchone()
    return row is not None and bool(row[0])


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")
