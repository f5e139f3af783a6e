from __future__ import annotations

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from lanewise.core.record import RunRecord
from lanewise.stores.address import Store
from lanewise.stores.migration_steps import STEPS
from lanewise.stores.schema import HEAD, metadata, runs
from stores.opening import inspected


def test_the_migrations_lead_to_the_tables_as_they_are_declared(store: Store) -> None:
    with inspected(store) as inspector:
        connection = inspector.bind
        assert isinstance(connection, sa.Connection)
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_head_is_the_last_migration() -> None:
    config = Config()
    config.set_main_option("script_location", str(STEPS))
    config.set_main_option("path_separator", "os")
    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]


def test_a_run_has_a_column_for_every_field_but_its_trace() -> None:
    assert [*runs.columns.keys(), "trace"] == list(RunRecord.__struct_fields__)
