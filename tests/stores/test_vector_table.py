"""The table of vectors: made where it may be, and refused with what to do where it may not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from lanewise.core.clock import SystemClock
from lanewise.core.errors import StoreError
from lanewise.stores.address import PostgresStore
from lanewise.stores.migrate import migrate
from lanewise.stores.vector_table import VectorTable, vector_table
from stores.opening import sql

TABLES = "SELECT schemaname FROM pg_tables WHERE tablename = 'similar_vectors'"


def told_by(store: PostgresStore) -> str:
    with pytest.raises(StoreError) as caught:
        vector_table(store)
    return caught.value.message


@contextmanager
def as_a_role(store: PostgresStore, rights: str) -> Iterator[PostgresStore]:
    """The same store as a role that owns nothing."""
    role = f"narrow_{abs(hash(store.url))}"
    with sql(store) as connection:
        connection.execute(f"CREATE ROLE {role} LOGIN; GRANT {rights} ON ALL TABLES IN SCHEMA public TO {role}")
    try:
        yield replace(store, url=store.url + ("&" if "?" in store.url else "?") + f"options=-crole%3D{role}")
    finally:
        with sql(store) as connection:
            connection.execute(f"DROP OWNED BY {role}; DROP ROLE {role}")


def test_it_is_made_once_with_the_extension_and_left_alone_afterwards(postgres_store: PostgresStore) -> None:
    assert vector_table(postgres_store) == vector_table(postgres_store) == VectorTable(extension='"public"')
    with sql(postgres_store) as connection:
        assert connection.execute(TABLES).fetchall() == [("public",)]
        indexes = connection.execute("SELECT count(*) FROM pg_indexes WHERE tablename = 'similar_vectors'").fetchone()
    assert indexes[0] == 4, "the name, the place, and a graph for each embedding that is made here"


def test_a_migration_neither_needs_nor_makes_it(postgres_store: PostgresStore) -> None:
    with sql(postgres_store) as connection:
        assert connection.execute("SELECT 1 FROM pg_extension WHERE extname = 'vector'").fetchall() == []
        assert connection.execute(TABLES).fetchall() == []


async def test_a_store_in_a_schema_of_its_own_has_a_table_of_its_own(postgres_store: PostgresStore) -> None:
    with sql(postgres_store) as connection:
        connection.execute("CREATE SCHEMA other")
    apart = replace(
        postgres_store,
        url=postgres_store.url + ("&" if "?" in postgres_store.url else "?") + "options=-csearch_path%3Dother",
    )
    await migrate(apart, SystemClock())
    vector_table(apart)
    with sql(postgres_store) as connection:
        assert connection.execute(TABLES).fetchall() == [("other",)]


def test_a_role_that_may_not_install_the_extension_is_told_who_must(postgres_store: PostgresStore) -> None:
    with as_a_role(postgres_store, "SELECT") as narrow:
        told = told_by(narrow)
    assert "needs the extension `vector` (pgvector 0.8 or newer)" in told
    assert "have its administrator run `CREATE EXTENSION vector`" in told


def test_a_role_that_may_make_no_table_is_told_to_migrate_and_may_use_one(postgres_store: PostgresStore) -> None:
    with sql(postgres_store) as connection:
        connection.execute("CREATE EXTENSION vector")
    with as_a_role(postgres_store, "SELECT") as narrow:
        assert "Run `lanewise migrate` with this policy as a role that may make tables" in told_by(narrow)
        vector_table(postgres_store)
        assert vector_table(narrow) == VectorTable(extension='"public"')


def test_an_extension_that_is_too_old_is_refused_with_what_to_run(
    postgres_store: PostgresStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lanewise.stores.vector_table._FIND", "SELECT '0.7.4', 'public'")
    assert "`ALTER EXTENSION vector UPDATE`" in told_by(postgres_store)


@pytest.mark.parametrize(("dimensions", "part"), [(3, "halfvec(4)"), (4_000, "halfvec(4000)"), (4_001, None)])
def test_there_is_a_graph_of_as_many_dimensions_as_pgvector_takes(dimensions: int, part: Any) -> None:
    graph = VectorTable(extension='"public"').graph_of(dimensions)
    assert (graph is None) if part is None else (part in str(graph))
