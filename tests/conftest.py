"""What every test may use."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

import loops
from lanewise.core.clock import SystemClock
from lanewise.stores.address import PostgresStore
from lanewise.stores.migrate import migrate
from postgres_server import Databases, Stores, shared_server
from ready_store import ready_store
from redis_server import some_redis

# A busy machine is no failure, and a minute of examples is no better than a second of them.
settings.register_profile("house", deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")

# Started in the background, a shell's children ignore Ctrl-C, and so would the processes that tests stop with it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_asyncio_loop_factories(item: pytest.Item) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Tests marked so run on every event loop that the gateway runs on, all others on asyncio's."""
    return loops.EVERY if item.get_closest_marker("every_loop") else loops.ONE


@pytest.fixture
def sqlite_store(tmp_path: Path) -> Path:
    """A store of the test's own, in a file."""
    return ready_store(tmp_path / "lanewise.db")


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Databases:
    """A real PostgreSQL server, one for the whole run."""
    base = tmp_path_factory.getbasetemp()
    of_many = "PYTEST_XDIST_WORKER" in os.environ
    url = shared_server(base.parent if of_many else base, os.getppid() if of_many else os.getpid())
    if url is None:
        pytest.skip("no PostgreSQL: set PG_URL to a server's address; there is no wheel of one for this machine")
    return Databases(url)


@pytest.fixture(scope="session")
def redis() -> Iterator[str]:
    """The address of a real Redis or Valkey server, one for each process of the run."""
    with some_redis() as url:
        if url is None:
            pytest.skip("no Redis: set REDIS_URL to a server's address; there is no wheel of one for this machine")
        yield url


@pytest.fixture(scope="session")
def postgres_stores(postgres: Databases) -> Iterator[Stores]:
    """Databases that were really migrated."""

    def make(url: str) -> None:
        with ThreadPoolExecutor(1) as thread:  # whoever asks may be on a loop already
            thread.submit(lambda: asyncio.run(migrate(PostgresStore(url), SystemClock()))).result()

    stores = Stores(postgres, make)
    yield stores
    stores.close()


@pytest.fixture
def postgres_store(postgres_stores: Stores, tmp_path: Path) -> Iterator[PostgresStore]:
    """A store of the test's own, in a database."""
    with postgres_stores.one() as url:
        yield PostgresStore(url, tmp_path)
