from __future__ import annotations

from pathlib import Path

from cli.shells import Shell
from lanewise.stores.address import PostgresStore
from lanewise.stores.schema import HEAD
from lanewise.stores.sqlite_file import GatewayLock
from stores.opening import sql


def test_a_store_is_made_where_there_is_none_and_left_alone_where_it_is_current(shell: Shell) -> None:
    made = shell("migrate", "--store", "new.db")
    assert (made.code, made.out) == (0, f"Made the store 'new.db' with schema {HEAD}.\n")
    again = shell("migrate", "--store", "new.db")
    assert (again.code, again.out) == (
        0,
        f"The store 'new.db' has schema {HEAD} already; there is nothing to do.\n",
    )
    told = shell("migrate", "--store", "new.db", "--json").json
    assert told == {"store": "new.db", "before": HEAD, "after": HEAD, "steps": [], "copy": None}


def test_a_new_store_as_a_document(shell: Shell) -> None:
    told = shell("migrate", "--json").json
    assert (told["store"], told["before"], told["after"]) == ("lanewise.db", None, HEAD)
    assert told["steps"][-1].startswith(f"{HEAD}: ")


def test_a_gateway_that_holds_the_store_is_not_disturbed(shell: Shell) -> None:
    with GatewayLock(Path("lanewise.db")):
        said = shell("migrate")
    assert (said.code, said.out) == (1, "")
    assert "in use by another gateway, process " in said.err
    assert not Path("lanewise.db").exists()


def test_a_store_of_a_newer_version_is_refused(shell: Shell) -> None:
    shell("migrate")
    with sql(Path("lanewise.db")) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    said = shell("migrate", "--json")
    assert (said.code, said.out) == (1, "")
    assert "a newer version wrote it" in said.err


def test_a_database_gets_the_table_of_vectors_where_the_policy_wants_it(
    shell: Shell, postgres_store: PostgresStore
) -> None:
    """Whoever migrates may make tables; the gateways may be narrower."""

    def made() -> bool:
        with sql(postgres_store) as connection:
            return (
                connection.execute("SELECT 1 FROM pg_tables WHERE tablename = 'similar_vectors'").fetchone() is not None
            )

    Path("lanewise.yaml").write_text(f"store: {postgres_store.url}\ncache: {{exact: true}}\n")
    assert (shell("migrate").code, made()) == (0, False)
    Path("lanewise.yaml").write_text(f"store: {postgres_store.url}\ncache: {{exact: true, semantic_index: pgvector}}\n")
    assert (shell("migrate").code, made()) == (0, True)
    assert shell("migrate").code == 0
