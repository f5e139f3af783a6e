from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from lanewise.core.clock import SystemClock
from lanewise.core.errors import StoreError
from lanewise.stores.address import PostgresStore, Store
from lanewise.stores.database import open_database
from lanewise.stores.migrate import migrate
from lanewise.stores.migration_steps import STEPS
from lanewise.stores.schema import HEAD
from postgres_server import Databases
from stores.opening import ON_FILES, ON_POSTGRES, fill, run_ids, spelled, sql
from stores.samples import a_record
from walking import SetClock

ADD_REGION = '''"""Add the region."""
from alembic import op
revision = "9999"
down_revision = "HEAD"

def upgrade():
    op.execute("ALTER TABLE runs ADD COLUMN region TEXT")
'''.replace("HEAD", HEAD)


@pytest.fixture
def later_steps(tmp_path: Path) -> Path:
    """The steps of a later version: one more than ours."""
    steps = shutil.copytree(STEPS, tmp_path / "later")
    (steps / "versions" / "m9999_region.py").write_text(ADD_REGION)
    return steps


async def test_a_new_store_is_made_without_a_copy_of_nothing(tmp_path: Path) -> None:
    done = await migrate(tmp_path / "new.db", SystemClock())
    assert (done.before, done.after, done.copy) == (None, HEAD, None)
    assert done.steps[0] == "0001: The first tables: runs, traces, contents, keys, revisions."
    assert done.steps[-1].startswith(f"{HEAD}: ")
    assert not list(tmp_path.glob("new.db.*"))


async def test_a_store_of_this_version_is_left_alone(store: Store) -> None:
    done = await migrate(store, SystemClock())
    assert (done.before, done.steps, done.copy) == (HEAD, (), None)


async def test_a_start_with_nothing_to_migrate_does_not_load_alembic(store: Store) -> None:
    code = (
        "import asyncio, sys; from lanewise.core.clock import SystemClock\n"
        "from lanewise.stores.address import store_at; from lanewise.stores.migrate import migrate\n"
        "asyncio.run(migrate(store_at(sys.argv[1]), SystemClock())); sys.exit('alembic' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code, spelled(store)], check=False).returncode == 0


async def test_sqlite_does_without_the_driver_of_postgres(sqlite_store: Path) -> None:
    code = (
        "import asyncio, sys; from pathlib import Path\n"
        "from lanewise.stores.database import open_database; from lanewise.stores import ledger_writer\n"
        "asyncio.run(open_database(Path(sys.argv[1]))); sys.exit('psycopg' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code, str(sqlite_store)], check=False).returncode == 0


@ON_FILES
async def test_an_older_store_is_copied_and_then_migrated(store: Path, later_steps: Path) -> None:
    fill(store, a_record("run_1"))
    done = await migrate(store, SetClock(1_790_000_000.0), steps=later_steps)
    assert done.steps == ("9999: Add the region.",)
    assert done.copy == store.with_name(f"lanewise.db.schema-{HEAD}.20260921T141320Z")
    with sql(store) as connection:
        assert connection.execute("SELECT run_id, region FROM runs").fetchall() == [("run_1", None)]
    assert run_ids(done.copy) == ["run_1"]
    with sql(done.copy) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == (HEAD,)


@ON_POSTGRES
async def test_an_older_database_is_migrated_and_says_that_there_is_no_copy(store: Store, later_steps: Path) -> None:
    fill(store, a_record("run_1"))
    done = await migrate(store, SystemClock(), steps=later_steps)
    assert (done.before, done.after, done.steps, done.copy) == (HEAD, "9999", ("9999: Add the region.",), None)
    with sql(store) as connection:
        assert connection.execute("SELECT run_id, region FROM runs").fetchall() == [("run_1", None)]


async def test_who_migrates_at_the_same_time_waits_and_finds_it_done(postgres: Databases) -> None:
    store = PostgresStore(postgres.new())
    try:
        done = await asyncio.gather(*(migrate(store, SystemClock()) for _ in range(3)))
        assert sorted(len(each.steps) > 0 for each in done) == [False, False, True]
        assert {each.after for each in done} == {HEAD}
    finally:
        postgres.drop(store.url)


@ON_POSTGRES
async def test_a_change_that_waits_for_a_reader_too_long_leaves_the_database_as_it_was(
    store: Store, later_steps: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lanewise.stores.migrate._DDL_LOCK_TIMEOUT_S", 0.1)
    with sql(store) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM runs")
        with pytest.raises(StoreError, match=r"could not be migrated and is as it was: .*lock timeout"):
            await migrate(store, SystemClock(), steps=later_steps)
    await (await open_database(store)).close()


async def test_a_database_without_tables_is_not_served(postgres: Databases) -> None:
    store = PostgresStore(postgres.new())
    try:
        with pytest.raises(StoreError, match="has no tables yet: run `lanewise migrate`"):
            await open_database(store)
        with sql(store) as connection:
            connection.execute("CREATE TABLE keys (id INTEGER)")
        with pytest.raises(StoreError, match="has a table 'keys' of another program"):
            await migrate(store, SystemClock())
    finally:
        postgres.drop(store.url)


@ON_POSTGRES
async def test_a_database_of_the_version_before_is_not_served_until_it_is_migrated(store: Store) -> None:
    with sql(store) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0006'")
    with pytest.raises(StoreError, match=f"has schema 0006, this Lanewise needs {HEAD}: run `lanewise migrate`"):
        await open_database(store)
    with sql(store) as connection:
        connection.execute(f"UPDATE alembic_version SET version_num = '{HEAD}'")


@ON_POSTGRES
async def test_a_release_starts_on_the_next_one_s_schema_and_not_on_one_that_took_something_away(
    store: Store, later_steps: Path
) -> None:
    await migrate(store, SystemClock(), steps=later_steps)
    await (await open_database(store)).close()
    with sql(store) as connection:
        connection.execute("UPDATE revisions SET revision = 9999 WHERE name = 'runs_from'")
    with pytest.raises(StoreError, match="a newer version wrote it"):
        await open_database(store)


@ON_FILES
async def test_a_newer_store_is_refused_and_untouched(store: Path, later_steps: Path) -> None:
    await migrate(store, SystemClock(), steps=later_steps)
    with pytest.raises(
        StoreError, match=f"has schema 9999, and this Lanewise knows only up to {HEAD}: a newer version wrote it"
    ):
        await migrate(store, SystemClock())
    with pytest.raises(StoreError, match=f"has schema 9999, this Lanewise needs {HEAD}"):
        await open_database(store)


async def test_another_programs_database_is_refused_and_untouched(tmp_path: Path) -> None:
    path = tmp_path / "photos.db"
    with sql(path) as connection:
        connection.execute("CREATE TABLE photos (id INTEGER)")
    with pytest.raises(StoreError, match="a database of another program"):
        await migrate(path, SystemClock())
    with sql(path) as connection:
        assert [name for (name,) in connection.execute("SELECT name FROM sqlite_master")] == ["photos"]


async def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="Check that its folder exists"):
        await migrate(tmp_path / "no" / "lanewise.db", SystemClock())
