"""`lanewise trace`: one run as a tree, or the last few."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lanewise.cli.output import json_option, print_json, say
from lanewise.cli.store_file import store_of, store_options
from lanewise.core.errors import LanewiseError
from lanewise.stores.address import Store

if TYPE_CHECKING:
    from lanewise.stores.records import StoredRun


@click.command()
@click.argument("run", required=False)
@click.option(
    "--last",
    type=click.IntRange(1, 10_000),
    is_flag=False,
    flag_value=1,
    default=None,
    help="The latest run, or the latest N, newest first.",
)
@store_options
@json_option
def command(run: str | None, last: int | None, store: Store | None, config: Path | None, as_json: bool) -> None:
    """Print a RUN as a tree: why it went where it went, each call, its tokens, time and cost."""
    if (run is None) == (last is None):
        raise click.UsageError("Say which run: its id (header X-Lanewise-Run), or --last, or --last N")
    file = store_of(store, config)
    runs = asyncio.run(_one(file, run) if run is not None else _latest(file, last or 1))
    if as_json:
        from lanewise.operations.trace import plain_run

        plain = [plain_run(each) for each in runs]
        print_json(plain[0] if run is not None else plain)
        return
    if not runs:
        say("Nothing was asked yet.")
    for each in runs:
        from lanewise.operations.render import show
        from lanewise.operations.trace_view import run_tree

        show(run_tree(each), sys.stdout)


async def _one(store: Store, run_id: str) -> list[StoredRun]:
    from lanewise.operations.trace import find_run
    from lanewise.stores.database import open_database

    database = await open_database(store)
    try:
        found = await find_run(database, run_id)
    finally:
        await database.close()
    if found is None:
        raise LanewiseError(
            f"There is no run {run_id!r} in the store {str(store)!r}. Ids begin with `run_`; --last prints the latest run"
        )
    return [found]


async def _latest(store: Store, count: int) -> list[StoredRun]:
    from lanewise.stores.database import open_database
    from lanewise.stores.records import Records

    database = await open_database(store)
    try:
        records = Records(database)
        found = [await records.run(run_id) for run_id in await records.recent(count)]
    finally:
        await database.close()
    return [each for each in found if each is not None]
