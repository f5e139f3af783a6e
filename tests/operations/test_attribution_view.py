from __future__ import annotations

import csv
import dataclasses
import io
from pathlib import Path

import duckdb
import pytest

from lanewise.core.errors import LanewiseError
from lanewise.operations.attribution import Attributed, Attribution, rows_of
from lanewise.operations.attribution_view import attribution_view, write_csv, write_parquet
from operations.screens import shown

TOLD = Attribution(
    by=("tenant", "user"),
    since_us=0,
    tenant=None,
    lines=(
        Attributed(of=("acme", ""), runs=3, calls=4, cost_nanousd=7_000_000_001, cache_saved_nanousd=-5),
        Attributed(of=("acme", "=HYPERLINK(1)"), runs=1, calls=1, cost_nanousd=9, cache_saved_nanousd=0),
    ),
    runs=4,
    cost_nanousd=7_000_000_010,
    cache_saved_nanousd=-5,
)


def test_people_see_dollars_shares_and_the_ledger_s_total() -> None:
    text = shown(attribution_view(TOLD))
    assert "(none)" in text
    assert "$7.00" in text
    assert "100.0%" in text
    assert "In the ledger: 4 runs, $7.00" in text


def test_csv_has_whole_nano_dollars_and_no_formulas() -> None:
    file = io.StringIO()
    write_csv(TOLD, file)
    rows = list(csv.DictReader(io.StringIO(file.getvalue())))
    assert rows[0] == {
        "tenant": "acme", "user": "", "runs": "3", "calls": "4", "cost_nanousd": "7000000001", "cache_saved_nanousd": "-5",
    }  # fmt: skip
    assert rows[1]["user"] == "'=HYPERLINK(1)"


@pytest.mark.parametrize("name", ["+1", "-1", "@SUM(1)", "\t=1", "=1"])
def test_whatever_a_caller_is_called_a_spreadsheet_takes_it_for_a_name(name: str) -> None:
    file = io.StringIO()
    line = Attributed(of=("acme", name), runs=1, calls=1, cost_nanousd=9, cache_saved_nanousd=0)
    write_csv(dataclasses.replace(TOLD, lines=(line,)), file)
    assert [row["user"] for row in csv.DictReader(io.StringIO(file.getvalue(), newline=""))] == [f"'{name}"]


def test_parquet_has_the_same_rows_typed(tmp_path: Path) -> None:
    target = tmp_path / "it's a report.parquet"
    write_parquet(TOLD, target)
    with duckdb.connect() as connection:
        found = connection.execute("SELECT * FROM read_parquet($file)", {"file": str(target)})
        names = [column[0] for column in found.description or []]
        rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    assert rows == list(rows_of(TOLD))
    assert [each.name for each in tmp_path.iterdir()] == [target.name]
    with pytest.raises(LanewiseError, match="is not overwritten"):
        write_parquet(TOLD, target)
    with pytest.raises(LanewiseError, match="Cannot write"):
        write_parquet(TOLD, tmp_path / "nowhere" / "x.parquet")
