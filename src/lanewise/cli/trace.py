"""`lanewise trace`: one run as a tree, or the last few."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import click

from lanewise.cli.late import late
from lanewise.cli.output import json_option, print_json, say
from lanewise.cli.store_file import opened, store_of, store_options
from lanewise.core.errors import LanewiseError
from lanewise.stores.address import Store

with late():
    from lanewise.operations import render, trace, trace_view
    from lanewise.stores import records


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
        plain = [trace.plain_run(each) for each in runs]
        print_json(plain[0] if run is not None else plain)
        return
    if not runs:
        say("Nothing was asked yet.")
    for each in runs:
        render.show(trace_view.run_tree(each), sys.stdout)


async def _one(store: Store, run_id: str) -> list[records.StoredRun]:
    async with opened(store) as database:
        found = await trace.find_run(database, run_id)
    if found is None:
        raise LanewiseError(
            f"There is no run {run_id!r} in the store {str(store)!r}. Ids begin with `run_`; --last prints the latest run"
        )
    return [found]


async def _latest(store: Store, count: int) -> list[records.StoredRun]:
    async with opened(store) as database:
        kept = records.Records(database)
        found = [await kept.run(run_id) for run_id in await kept.recent(count)]
    return [each for each in found if each is not None]
