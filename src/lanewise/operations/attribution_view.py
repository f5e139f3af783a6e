"""An attribution for people, for spreadsheets and for analysis: a table, CSV, Parquet. Money is whole nano-dollars in the latter two."""

from __future__ import annotations

import csv
import json
import tempfile
from pathlib import Path
from typing import IO

from rich.console import Group, RenderableType

from lanewise.core.errors import LanewiseError
from lanewise.core.money import format_usd
from lanewise.core.plurals import counted
from lanewise.operations.attribution import NUMBERS, Attribution, rows_of
from lanewise.operations.render import plain, share, table_of


def attribution_view(told: Attribution) -> RenderableType:
    """`lanewise report --by …`."""
    table = table_of(
        f"Cost by {', '.join(told.by)}", *told.by, "runs:", "calls:", "cost:", "of all:", "saved by caches:"
    )
    for line in told.lines:
        part = line.cost_nanousd / told.cost_nanousd if told.cost_nanousd else 0.0
        money = (format_usd(line.cost_nanousd), share(part), format_usd(line.cache_saved_nanousd))
        names = (plain(name or "(none)") for name in line.of)
        table.add_row(*names, f"{line.runs:,}", f"{line.calls:,}", *money)
    whole = f"{counted(told.runs, 'run')}, {format_usd(told.cost_nanousd)}"
    saved = f"vendors' prompt caches saved {format_usd(told.cache_saved_nanousd)}"
    return Group(table, plain(f"In the ledger: {whole}; {saved}."))


def write_csv(told: Attribution, file: IO[str]) -> None:
    """A line for each row, the names of the columns first."""
    writer = csv.DictWriter(file, [*told.by, *NUMBERS], lineterminator="\n")
    writer.writeheader()
    for row in rows_of(told):
        writer.writerow({name: _harmless(value) for name, value in row.items()})


def write_parquet(told: Attribution, target: Path) -> None:
    """One file, complete or absent. Raises LanewiseError where duckdb is not installed or the file cannot be written."""
    try:
        import duckdb  # noqa: PLC0415 - an extra, and heavy
    except ImportError as error:
        raise LanewiseError("Parquet needs duckdb: pip install 'lanewise[analytics]', or write --csv") from error
    if target.exists():
        raise LanewiseError(f"{str(target)!r} exists and is not overwritten: name another file")
    columns = dict.fromkeys(told.by, "VARCHAR") | dict.fromkeys(NUMBERS, "BIGINT")
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as connection:
        source, part = Path(folder) / "rows.json", target.with_name(f"{target.name}.part")
        source.write_text("".join(f"{json.dumps(row)}\n" for row in rows_of(told)), encoding="utf-8")
        read = f"read_json({_quoted(source)}, format = 'newline_delimited', columns = {columns})"
        try:
            # Paths and names of columns are our own, and quoted.
            connection.execute(f"COPY (SELECT * FROM {read}) TO {_quoted(part)} (FORMAT parquet, COMPRESSION zstd)")  # noqa: S608 - see above
            part.rename(target)
        except (duckdb.Error, OSError) as error:
            raise LanewiseError(f"Cannot write {str(target)!r}: {error}") from error
        finally:
            part.unlink(missing_ok=True)


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"


def _harmless(value: object) -> object:
    """Callers name features and users: a spreadsheet must not take such a name for a formula."""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value
