from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from lanewise.core.record import RunRecord
from lanewise.stores.migrate import STEPS
from lanewise.stores.schema import HEAD, metadata, runs


def test_the_migrations_lead_to_the_tables_as_they_are_declared(store: Path) -> None:
    engine = sa.create_engine(f"sqlite:///{store}")
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    engine.dispose()


def test_head_is_the_last_migration() -> None:
    config = Config()
    config.set_main_option("script_location", str(STEPS))
    config.set_main_option("path_separator", "os")
    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]


def test_a_run_has_a_column_for_every_field_but_its_trace() -> None:
    assert [*runs.columns.keys(), "trace"] == list(RunRecord.__struct_fields__)
