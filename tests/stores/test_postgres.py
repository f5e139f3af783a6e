from __future__ import annotations

import sys
from contextlib import closing

import psycopg
import pytest

from lanewise.core.errors import StoreError
from lanewise.stores.address import PostgresStore
from lanewise.stores.postgres import arguments_of, connect_postgres, settings, without_password


def test_waits_are_bounded_unless_the_address_says_other_ones() -> None:
    arguments = arguments_of(PostgresStore("postgresql://me:s3cret@db/x?connect_timeout=60"))
    assert (arguments["connect_timeout"], arguments["host"], arguments["dbname"]) == ("60", "db", "x")
    assert arguments_of(PostgresStore("postgresql://db/x"))["connect_timeout"] == 5


def test_of_several_hosts_the_one_that_takes_writes_is_asked_unless_the_address_says_otherwise() -> None:
    def wanted(query: str) -> object:
        return arguments_of(PostgresStore(f"postgresql:///x?{query}")).get("target_session_attrs")

    assert wanted("host=one,other") == "read-write"
    assert wanted("host=one,other&target_session_attrs=any") == "any"
    assert wanted("host=one") is None  # reports may be made at a copy


def test_an_address_that_cannot_be_read_is_not_quoted() -> None:
    with pytest.raises(StoreError, match=r"cannot be read: write postgresql://") as caught:
        arguments_of(PostgresStore("postgresql://me:s3cret%zz@db/x"))
    assert "s3cret" not in f"{caught.value} {caught.value.__cause__} {caught.value.__context__!r:.0}"


def test_another_program_is_told_the_password_apart() -> None:
    assert without_password(PostgresStore("postgresql://me:s3cret@db/x")) == ("user=me dbname=x host=db", "s3cret")
    assert without_password(PostgresStore("postgresql://db/x")) == ("dbname=x host=db", None)


def test_a_missing_driver_is_said_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(StoreError, match=r"pip install 'lanewise\[postgres\]'"):
        connect_postgres(PostgresStore("postgresql://db/x"))


@pytest.mark.parametrize(("before", "after"), [("off", "on"), ("local", "local"), ("on", "on")])
def test_a_commit_is_on_disk_whatever_the_servers_default_is(
    postgres_store: PostgresStore, before: str, after: str
) -> None:
    with connect_postgres(postgres_store) as connection:
        connection.execute(f"SET synchronous_commit = {before}")
        for statement in settings():
            connection.execute(statement)
        assert connection.execute("SHOW synchronous_commit").fetchone() == (after,)


def test_a_server_that_stays_silent_fails_the_statement(postgres_store: PostgresStore) -> None:
    with (
        closing(connect_postgres(postgres_store, answer_timeout_s=0.2)) as connection,
        pytest.raises(psycopg.OperationalError, match="timeout"),
    ):
        connection.execute("SELECT pg_sleep(20)")
