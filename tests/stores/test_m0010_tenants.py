from __future__ import annotations

import sqlite3

import psycopg
import pytest

from lanewise.stores.address import Store
from stores.opening import sql

ROW = "INSERT INTO audit VALUES (?, 1, 'key_1', '', 'key.create', 'acme', 'key_2', '{}', x'00', x'00')"


def test_the_log_takes_rows_and_lets_none_be_changed_or_taken_out(store: Store) -> None:
    with sql(store) as connection:
        connection.execute(ROW, (1,))
        for forbidden in ("UPDATE audit SET who = 'somebody else'", "DELETE FROM audit"):
            with pytest.raises((sqlite3.IntegrityError, psycopg.errors.RaiseException), match="append-only"):
                connection.execute(forbidden)
        assert connection.execute("SELECT who FROM audit").fetchall() == [("key_1",)]


def test_what_is_said_to_be_kept_no_longer_may_go(store: Store) -> None:
    with sql(store) as connection:
        for number in (1, 2):
            connection.execute(ROW, (number,))
        connection.execute("UPDATE revisions SET revision = 1 WHERE name = 'audit_expired'")
        connection.execute("DELETE FROM audit WHERE number = 1")
        with pytest.raises((sqlite3.IntegrityError, psycopg.errors.RaiseException), match="append-only"):
            connection.execute("DELETE FROM audit WHERE number = 2")


def test_keys_and_runs_of_the_version_before_have_no_scope_and_saved_nothing(store: Store) -> None:
    with sql(store) as connection:
        connection.execute(
            "INSERT INTO keys (key_id, digest, tenant, name, admin, created_us) VALUES ('key_1', x'00', 'acme', '', 0, 1)"
        )
        told = connection.execute("SELECT scope, rotated_us, previous_digest, previous_until_us FROM keys").fetchone()
    assert told == ("", None, None, None)
