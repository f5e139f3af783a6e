from __future__ import annotations

import sqlalchemy as sa

from lanewise.stores.columns import flag, number, text


def test_every_usual_column_holds_something_in_every_row() -> None:
    columns = (number("a"), text("b"), flag("c"))
    assert [column.nullable for column in columns] == [False, False, False]
    assert isinstance(columns[0].type, sa.BigInteger), "microseconds and nano-dollars need 64 bits"
