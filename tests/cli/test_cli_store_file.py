from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from cli.shells import Shell
from lanewise import bootstrap
from lanewise.cli import store_file
from lanewise.cli.store_file import is_current, make_current, store_of
from lanewise.core.errors import PolicyError, StoreError
from lanewise.stores.address import PostgresStore
from lanewise.stores.sqlite_file import GatewayLock


def test_the_defaults_are_those_of_serve() -> None:
    assert (store_file.DEFAULT_POLICY, store_file.DEFAULT_STORE) == (bootstrap.DEFAULT_POLICY, bootstrap.DEFAULT_STORE)


def test_without_a_policy_it_is_the_default(shell: Shell) -> None:
    assert store_of(None, None) == Path("lanewise.db")


def test_the_policy_names_it_though_a_vendors_key_is_not_set(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("lanewise.yaml").write_text("providers: {openai: {api_key: ${NOWHERE_SET}}}\nstore: ${DATA_FOLDER}/runs.db\n")
    monkeypatch.setenv("DATA_FOLDER", "data")
    assert store_of(None, None) == Path("data/runs.db")
    assert store_of(Path("mine.db"), None) == Path("mine.db")
    Path("other.yaml").write_text("store: other.db\n")
    assert store_of(None, Path("other.yaml")) == Path("other.db")


def test_a_database_is_named_by_its_address_with_the_policy_s_folder_beside_it(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PG_PASSWORD", "s3cret")
    Path("lanewise.yaml").write_text("store: postgresql://me:${PG_PASSWORD}@db/runs\nspool: ./here\n")
    assert store_of(None, None) == PostgresStore("postgresql://me:s3cret@db/runs", Path("here"))


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("store: ${NOWHERE_SET}/runs.db", "lanewise.yaml:1:8: store: .*needs the environment variable NOWHERE_SET"),
        ("store: [a, b]", "lanewise.yaml:1:8: store: .*is not a single value"),
        ("store: [", "this is not YAML"),
    ],
)
def test_a_policy_that_cannot_say_it_is_refused(text: str, wrong: str, shell: Shell) -> None:
    Path("lanewise.yaml").write_text(text)
    with pytest.raises(PolicyError, match=wrong):
        store_of(None, None)


def test_a_policy_that_is_not_there_is_refused(shell: Shell) -> None:
    said = shell("keys", "list", "--config", "nowhere.yaml")
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith("lanewise: Cannot read the policy file 'nowhere.yaml': No such file or directory")


def test_a_store_is_made_once(tmp_path: Path) -> None:
    store = tmp_path / "lanewise.db"
    assert not is_current(store)
    made = asyncio.run(make_current(store))
    assert made is not None
    assert (made.before, is_current(store)) == (None, True)
    assert asyncio.run(make_current(store)) is None


def test_a_gateway_that_holds_the_store_keeps_others_from_making_it(tmp_path: Path) -> None:
    store = tmp_path / "lanewise.db"
    with GatewayLock(store), pytest.raises(StoreError, match="in use by another gateway"):
        asyncio.run(make_current(store))
    assert not store.exists()
    asyncio.run(make_current(store))
    with GatewayLock(store):
        assert asyncio.run(make_current(store)) is None  # nothing to make: the lock is not asked for


def test_a_store_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    store = tmp_path / "lanewise.db"
    asyncio.run(make_current(store))
    with closing(sqlite3.connect(store)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
    with pytest.raises(StoreError, match="a newer version wrote it"):
        asyncio.run(make_current(store))
