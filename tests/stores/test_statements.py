from __future__ import annotations

import re
from pathlib import Path

import pytest
import sqlalchemy as sa

from lanewise.stores.address import Store
from lanewise.stores.statements import STATEMENTS
from stores.opening import database_of

SOURCE = Path(__file__).parents[2] / "src" / "lanewise"


_NUMBERS = {"before", "count", "each", "earliest", "most", "since", "size_bytes", "within"}
_BYTES = {"asked", "body", "name", "sealed", "trace"}


async def test_every_statement_runs_on_the_schema(store: Store) -> None:
    async with database_of(store) as database:
        for statement in STATEMENTS.values():
            async with database.writing() as connection:
                await connection.execute(statement, {name: _value(name) for name in statement.compile().params})


def _value(name: str) -> object:
    if name in _NUMBERS or name.endswith("_us"):
        return 1
    return b"1" if name in _BYTES else "1"


@pytest.mark.parametrize("name", STATEMENTS)
def test_every_statement_is_used(name: str) -> None:
    assert any(f'"{name}"' in file.read_text() for file in SOURCE.rglob("*.py"))


def test_a_statement_has_neither_comment_nor_semicolon() -> None:
    for statement in STATEMENTS.values():
        assert isinstance(statement, sa.TextClause)
        assert not re.search(r"^--|;", statement.text, re.MULTILINE)
