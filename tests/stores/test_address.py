from __future__ import annotations

from pathlib import Path

import pytest

from lanewise.core.errors import StoreError
from lanewise.stores.address import DEFAULT_FOLDER, PostgresStore, beside, store_at


def test_a_path_is_a_file_and_an_address_a_database() -> None:
    assert store_at("./runs.db") == Path("runs.db")
    assert store_at(Path("x.db")) == Path("x.db")
    assert store_at("postgres://db/lanewise") == PostgresStore("postgres://db/lanewise", DEFAULT_FOLDER)
    assert store_at("postgresql://db/lanewise", Path("/var/spool")) == PostgresStore(
        "postgresql://db/lanewise", Path("/var/spool")
    )


def test_another_address_is_refused_with_what_to_write() -> None:
    with pytest.raises(StoreError, match=r"of the kind 'mysql': name a SQLite file, or write postgresql://"):
        store_at("mysql://me:s3cret@db/lanewise")


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://me:s3cret@db:5432/lanewise?sslmode=require", "postgresql://me@db:5432/lanewise"),
        ("postgresql://db/lanewise?password=s3cret", "postgresql://db/lanewise"),
        ("postgresql://me:s3cret@a:1,b:2/lanewise", "postgresql://me@a:1,b:2/lanewise"),
        ("postgresql:///lanewise?host=/run/postgres", "postgresql:///lanewise"),
        ("postgresql://me@db", "postgresql://me@db"),
        ("postgresql://me:s3:c%40ret@db/x#s3cret", "postgresql://me@db/x"),
    ],
)
def test_its_text_leaves_passwords_out(url: str, shown: str) -> None:
    store = store_at(url)
    assert str(store) == shown
    assert "s3cret" not in repr(store)


def test_a_password_that_would_be_taken_for_a_host_is_refused_and_not_shown() -> None:
    with pytest.raises(StoreError, match="more than one @: write one that is part of a password as %40") as caught:
        store_at("postgresql://me:s3@cret@db/lanewise")
    assert "cret" not in str(caught.value)


def test_what_belongs_to_a_store_lies_beside_it() -> None:
    assert beside(Path("/data/runs.db"), "spool") == Path("/data/runs.db.spool")
    database = PostgresStore("postgresql://db/x", Path("/var/spool"), 2)
    assert beside(database, "spool") == Path("/var/spool/lanewise-2.spool")
    assert beside(database, "key") == Path("/var/spool/lanewise.key"), "all processes of a machine seal with one key"
