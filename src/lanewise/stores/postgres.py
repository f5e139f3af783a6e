"""One PostgreSQL database: how it is connected to, what its locks are called, and which schema it has. Read `database` next.

The driver is an extra, and its import takes a while: only a store at an address loads it.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from lanewise.core.errors import StoreError
from lanewise.stores.address import PostgresStore

if TYPE_CHECKING:
    import psycopg

CONNECT_TIMEOUT_S = 5
LOCK_TIMEOUT_S = 5.0  # how long a write waits for another's short transaction
_LONGEST_SILENCE_MS = 4_000  # of a session that others wait for, between two statements
_SILENT_S = 10  # after which a peer that acknowledges nothing is taken for gone

#: First halves of advisory locks; the second is the schema, so that two gateways' records in one database know nothing of each other.
MIGRATING, WRITING, SERVING = 0x4C57_0001, 0x4C57_0002, 0x4C57_0003
_LOCK_OF_SCHEMA = "hashtext(coalesce(current_schema(), ''))"
#: Who stands still in its turn, or is gone without a word, must not hold up everybody else for longer than these are patient.
TAKE_WRITING = (
    f"SELECT set_config('idle_in_transaction_session_timeout', '{_LONGEST_SILENCE_MS}', true), "
    f"pg_advisory_xact_lock({WRITING}, {_LOCK_OF_SCHEMA})"
)
TRY_SERVING_ALONE = f"SELECT pg_try_advisory_lock({SERVING}, {_LOCK_OF_SCHEMA})"
TRY_SERVING = f"SELECT pg_try_advisory_lock_shared({SERVING}, {_LOCK_OF_SCHEMA})"
NO_LONGER_ALONE = f"SELECT pg_advisory_unlock({SERVING}, {_LOCK_OF_SCHEMA})"
NO_LONGER_BESIDE = f"SELECT pg_advisory_unlock_shared({SERVING}, {_LOCK_OF_SCHEMA})"
NOW_US = "CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT)"
TAKE_MIGRATING = f"SELECT pg_advisory_xact_lock({MIGRATING}, {_LOCK_OF_SCHEMA})"

_OURS = ("runs", "traces", "keys", "revisions")  # by which tables are recognised that are not another program's


def driver() -> Any:  # noqa: ANN401 - the module
    """The driver's module. Raises StoreError where it is not installed."""
    try:
        return importlib.import_module("psycopg")
    except ImportError as error:
        raise StoreError(
            "The store is a PostgreSQL database, and its driver is not installed: run `pip install 'lanewise[postgres]'`"
        ) from error


def arguments_of(store: PostgresStore) -> dict[str, Any]:
    """What a connection to the store is made with: bounded waits, unless the address says other ones. Raises StoreError.

    Of several hosts the one is asked that takes writes: which of them that is may change.
    """
    parts = _parts_of(store)
    bounded = {
        "connect_timeout": CONNECT_TIMEOUT_S,
        "application_name": "lanewise",
        "keepalives_idle": _SILENT_S,
        "keepalives_interval": 2,
        "keepalives_count": 3,
        "tcp_user_timeout": _SILENT_S * 1000,
    }
    if "," in (parts.get("host") or parts.get("hostaddr") or ""):
        bounded["target_session_attrs"] = "read-write"
    return {**bounded, **parts, "autocommit": True}


def _parts_of(store: PostgresStore) -> dict[str, Any]:
    psycopg = driver()
    try:
        parts: dict[str, Any] = psycopg.conninfo.conninfo_to_dict(store.url)
    except psycopg.Error:  # its words quote the address, password and all
        raise StoreError(
            f"The store's address {str(store)!r} cannot be read: write postgresql://USER@HOST:PORT/DATABASE, "
            "with %-escapes for special characters"
        ) from None
    return parts


def without_password(store: PostgresStore) -> tuple[str, str | None]:
    """The store's address for another program's command line, which anybody may read, and the password apart. Raises StoreError."""
    psycopg = driver()
    given = _parts_of(store)
    password = given.pop("password", None)
    return str(psycopg.conninfo.make_conninfo(**given)), password


def connect_postgres(
    store: PostgresStore, *, lock_timeout_s: float = LOCK_TIMEOUT_S, answer_timeout_s: float | None = None
) -> psycopg.Connection[Any]:
    """A driver connection in autocommit mode whose commits are durable. Raises StoreError.

    With `answer_timeout_s` a server that stays silent for so long fails a statement, though its machine still acknowledges it.
    """
    errors = driver().Error
    try:
        connection: psycopg.Connection[Any] = _impatient(answer_timeout_s).connect(**arguments_of(store))
    except (errors, OSError) as error:
        raise StoreError(f"Cannot reach the store {str(store)!r}: {error}") from error
    try:
        for statement in settings(lock_timeout_s):
            connection.execute(statement)
    except errors as error:
        connection.close()
        raise StoreError(f"Cannot use {str(store)!r} as a store: {error}") from error
    return connection


def _impatient(answer_timeout_s: float | None) -> Any:  # noqa: ANN401 - the driver's class
    connection = driver().Connection
    if answer_timeout_s is None:
        return connection

    class Impatient(connection):  # type: ignore[misc, valid-type]  # an extra, known only now
        """Waits for no answer longer than it is told."""

        def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:  # noqa: ANN401 - the driver's
            return super().wait(gen, interval, answer_timeout_s if timeout is None else timeout)

    return Impatient


def settings(lock_timeout_s: float = LOCK_TIMEOUT_S) -> tuple[str, ...]:
    """What every session says first."""
    return (
        f"SET lock_timeout = {max(1, round(lock_timeout_s * 1000))}",
        # A row counts as kept once it is on disk, whatever the server's default is; a stricter one is left alone.
        "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'",
    )


def schema_of_postgres(connection: psycopg.Connection[Any], store: PostgresStore) -> str | None:
    """The schema a store has; None where there is none. Raises StoreError where its tables are another program's."""
    psycopg = driver()
    try:
        if _is_there(connection, "alembic_version"):
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
            if row is not None:
                return str(row[0])
        found = [name for name in _OURS if _is_there(connection, name)]
    except psycopg.Error as error:
        raise StoreError(f"Cannot read the store {str(store)!r}: {error}") from error
    if found:
        raise StoreError(
            f"{str(store)!r} has a table {found[0]!r} of another program: name another database, or another schema of it "
            "with `?options=-csearch_path%3DNAME`"
        )
    return None


def oldest_release_of(connection: psycopg.Connection[Any], store: PostgresStore) -> str | None:
    """The schema of the oldest release that runs on the store as it is; None where it does not say. Raises StoreError."""
    psycopg = driver()
    try:
        row = connection.execute("SELECT revision FROM revisions WHERE name = 'runs_from'").fetchone()
    except psycopg.Error as error:
        raise StoreError(f"Cannot read the store {str(store)!r}: {error}") from error
    return None if row is None else f"{row[0]:04}"


def _is_there(connection: psycopg.Connection[Any], table: str) -> bool:
    row = connection.execute("SELECT to_regclass(%s) IS NOT NULL", (table,)).fetchone()
    return row is not None and bool(row[0])
