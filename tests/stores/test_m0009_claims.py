from __future__ import annotations

import hashlib
import re
from pathlib import Path

import sqlalchemy as sa

from lanewise.stores.address import Store
from lanewise.stores.migration_steps import STEPS
from lanewise.stores.schema import metadata
from stores.opening import database_of, sql

RELEASE = Path(__file__).with_name("release_0006.sql")


async def test_an_earlier_release_goes_on_while_its_store_is_migrated(store: Store) -> None:
    """All that it asked its store, on the schema of today. It may not start again there: it knows no scopes."""
    with sql(store) as connection:
        assert connection.execute("SELECT revision FROM revisions WHERE name = 'runs_from'").fetchone() == (10,)
    kinds: dict[str, object] = {
        column.name: column.type.python_type for table in metadata.tables.values() for column in table.columns
    }
    _, *parts = re.split(r"^-- name: (\w+)\n", RELEASE.read_text(), flags=re.MULTILINE)
    async with database_of(store) as database:
        for body in parts[1::2]:
            statement = sa.text(re.sub(r"^--.*\n", "", body, flags=re.MULTILINE).strip().removesuffix(";"))
            async with database.writing() as connection:
                names = statement.compile().params
                await connection.execute(statement, {name: _value(name, kinds.get(name, int)) for name in names})


def _value(name: str, kind: object) -> object:
    if name in ("before", "asked", "trace", "sealed"):  # of what they are depends on the statement
        return {"before": 1}.get(name, b"1")
    return b"1" if kind is bytes else "1" if kind is str else 1


def test_the_step_is_as_it_was_released() -> None:
    # It has run on somebody's store: what is to be different belongs in a step of its own.
    text = (STEPS / "versions" / "m0009_claims.py").read_bytes()
    assert hashlib.sha256(text).hexdigest() == "7909cfd3d54c04291a7fe9ba5671b79d1a6a7293821d722321107fd34c831eb8"
