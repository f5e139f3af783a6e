from __future__ import annotations

from lanewise.core.failure import FailureKind
from lanewise.stores.ledger_rows import RUN, run_row
from stores.samples import a_record


def test_a_row_has_every_column_of_its_record_in_order() -> None:
    record = a_record(user="ada", stream=True, degraded=True, estimated=True, failure=FailureKind.DEADLINE)
    row = dict(zip(RUN, run_row(record), strict=True))
    assert row == {name: getattr(record, name) for name in row}
    assert {type(value) for value in row.values()} == {str, int, type(None)}
