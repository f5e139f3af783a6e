from __future__ import annotations

import re
from pathlib import Path

import pytest
import sqlalchemy as sa

from lanewise.stores.statements import STATEMENTS
from stores.opening import sql

SOURCE = Path(__file__).parents[2] / "src" / "lanewise"


@pytest.mark.parametrize("name", STATEMENTS)
def test_every_statement_runs_on_the_schema(name: str, store: Path) -> None:
    statement = STATEMENTS[name]
    with sql(store) as connection:
        bound = dict.fromkeys(statement.compile().params, 1)
        connection.execute(str(statement), bound)


@pytest.mark.parametrize("name", STATEMENTS)
def test_every_statement_is_used(name: str) -> None:
    assert any(f'"{name}"' in file.read_text() for file in SOURCE.rglob("*.py"))


def test_a_statement_has_neither_comment_nor_semicolon() -> None:
    for statement in STATEMENTS.values():
        assert isinstance(statement, sa.TextClause)
        assert not re.search(r"^--|;", statement.text, re.MULTILINE)
