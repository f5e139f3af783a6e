from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from lanewise.core.clock import SystemClock
from lanewise.core.errors import StoreError
from lanewise.stores.address import Store
from lanewise.stores.migrate import migrate
from lanewise.stores.migration_steps import STEPS
from lanewise.stores.schema import HEAD
from stores.opening import inspected, sql

HALF_DONE = '''"""Fail after the first of two changes."""
from alembic import op
revision = "9999"
down_revision = "HEAD"

def upgrade():
    op.execute("ALTER TABLE runs ADD COLUMN region TEXT")
    op.execute("INSERT INTO no_such_table VALUES (1)")
'''.replace("HEAD", HEAD)


async def test_a_step_that_fails_half_way_leaves_the_store_as_it_was(store: Store, tmp_path: Path) -> None:
    steps = shutil.copytree(STEPS, tmp_path / "steps")
    (steps / "versions" / "m9999_half_done.py").write_text(HALF_DONE)
    with pytest.raises(StoreError, match="could not be migrated and is as it was"):
        await migrate(store, SystemClock(), steps=steps)
    with sql(store) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == (HEAD,)
    with inspected(store) as inspector:
        assert "region" not in {column["name"] for column in inspector.get_columns("runs")}
