"""Stores as earlier versions made them, for the tests of what a migration makes of one."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from lanewise.stores.migration_steps import STEPS
from lanewise.stores.sqlite_file import connect


def store_of_revision(store: Path, revision: str) -> Path:
    """A new store with the tables of that revision."""
    config = Config()
    config.set_main_option("script_location", str(STEPS))
    config.set_main_option("path_separator", "os")
    engine = sa.create_engine("sqlite://", creator=lambda: connect(store, create=True), poolclass=sa.NullPool)
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        connection.commit()
    engine.dispose()
    return store
