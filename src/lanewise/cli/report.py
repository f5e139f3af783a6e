"""`lanewise report`: what each lane answered, how fast and at what cost."""

from __future__ import annotations

import asyncio
import datetime as dt
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lanewise.cli.moments import past
from lanewise.cli.output import json_option, print_json
from lanewise.cli.store_file import store_of, store_options

if TYPE_CHECKING:
    from lanewise.operations.report import Report


def _since(_context: click.Context, _parameter: click.Parameter, text: str | None) -> dt.datetime | None:
    return None if text is None else past(text, dt.datetime.now(dt.UTC))


@click.command()
@click.option(
    "--since", callback=_since, default=None, help="Only runs from then on: 24h, or a time in ISO 8601 (UTC)."
)
@click.option("--tenant", default=None, help="Only this tenant's runs.")
@store_options
@json_option
def command(
    since: dt.datetime | None, tenant: str | None, store: Path | None, config: Path | None, as_json: bool
) -> None:
    """Print what each lane answered, how fast and at what cost, what failed, and what was done about it.

    There is no average over lanes.
    """
    since_us = 0 if since is None else int(since.timestamp() * 1_000_000)
    made = asyncio.run(_report(store_of(store, config), since_us, tenant))
    if as_json:
        print_json(made)
        return
    from lanewise.operations.render import show
    from lanewise.operations.report_view import report_view

    show(report_view(made), sys.stdout)


async def _report(store: Path, since_us: int, tenant: str | None) -> Report:
    from lanewise.operations.report import report
    from lanewise.stores.database import open_database

    database = await open_database(store)
    try:
        return await report(database, since_us=since_us, tenant=tenant)
    finally:
        await database.close()
