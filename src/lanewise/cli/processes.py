"""`lanewise processes`: the gateways that serve from the store."""

from __future__ import annotations

import asyncio
import datetime as dt
import sys
from pathlib import Path

import click
from rich.table import Table

from lanewise.cli.late import late
from lanewise.cli.output import json_option, print_json, say
from lanewise.cli.store_file import opened, store_of, store_options
from lanewise.operations.console import console_on
from lanewise.stores.address import Store

with late():
    from lanewise.stores import roll


@click.command()
@store_options
@json_option
def command(store: Store | None, config: Path | None, as_json: bool) -> None:
    """Print which gateways serve from the store, where each is reached by itself, and by which policy it serves."""
    found = asyncio.run(_living(store_of(store, config)))
    if as_json:
        print_json(found)
        return
    if not found:
        say("No gateway has written its name down: none runs, or the store is a file, which one serves.")
        return
    table = Table("process", "host", "pid", "reached at", "version", "policy", "since (UTC)", "last heard of", box=None)
    for each in found:
        table.add_row(
            each.process,
            each.host,
            str(each.pid),
            each.url or "starting",
            each.version,
            each.policy,
            _moment(each.begun_us),
            _moment(each.seen_us),
        )
    console_on(sys.stdout).print(table)
    if len({each.policy for each in found if each.policy}) > 1:
        say(
            "They serve by different policies: each reads its own file. Compare the files, or reload those that are behind."
        )


def _moment(us: int) -> str:
    return f"{dt.datetime.fromtimestamp(us / 1e6, dt.UTC):%Y-%m-%d %H:%M:%S}"


async def _living(store: Store) -> list[roll.Living]:
    async with opened(store) as database:
        return await roll.living(database)
