"""`lanewise report`: what each lane answered, how fast and at what cost."""

from __future__ import annotations

import asyncio
import datetime as dt
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lanewise.cli.moments import past
from lanewise.cli.output import json_option, print_json, say
from lanewise.cli.store_file import store_of, store_options
from lanewise.core.plurals import counted
from lanewise.stores.address import Store

if TYPE_CHECKING:
    from lanewise.operations.attribution import Attribution, Dimension
    from lanewise.operations.report import Report


def _since(_context: click.Context, _parameter: click.Parameter, text: str | None) -> dt.datetime | None:
    return None if text is None else past(text, dt.datetime.now(dt.UTC))


@click.command()
@click.option(
    "--since", callback=_since, default=None, help="Only runs from then on: 24h, or a time in ISO 8601 (UTC)."
)
@click.option("--tenant", default=None, help="Only this tenant's runs.")
@click.option(
    "--by",
    default=None,
    help="What runs cost by these, with commas between: tenant, user, feature, task, key, lane, deployment, model, part.",
)
@click.option("--csv", "as_csv", is_flag=True, help="With --by: print CSV.")
@click.option(
    "--parquet",
    type=click.Path(path_type=Path),
    default=None,
    help="With --by: write this Parquet file (needs lanewise[analytics]).",
)
@store_options
@json_option
def command(store: Store | None, config: Path | None, *, as_json: bool, **asked: Any) -> None:  # noqa: ANN401 - options
    """Print what each lane answered, how fast and at what cost, what failed, and what was done about it.

    There is no average over lanes. With --by: what runs cost, by whatever is named.
    """
    since, tenant = asked["since"], asked["tenant"]
    since_us = 0 if since is None else int(since.timestamp() * 1_000_000)
    if asked["by"] is None:
        if asked["as_csv"] or asked["parquet"]:
            raise click.UsageError("--csv and --parquet are for --by; write for example --by tenant,feature")
        _print_report(asyncio.run(_report(store_of(store, config), since_us, tenant)), as_json=as_json)
        return
    if as_json and asked["as_csv"]:
        raise click.UsageError("Write --json or --csv, not both")
    from lanewise.operations.attribution import dimensions_of

    by = dimensions_of(asked["by"])
    made = asyncio.run(_attributed(store_of(store, config), by, since_us, tenant))
    _print_attribution(made, as_json=as_json, as_csv=asked["as_csv"], parquet=asked["parquet"])


def _print_report(made: Report, *, as_json: bool) -> None:
    if as_json:
        print_json(made)
        return
    from lanewise.operations.render import show
    from lanewise.operations.report_view import report_view

    show(report_view(made), sys.stdout)


def _print_attribution(made: Attribution, *, as_json: bool, as_csv: bool, parquet: Path | None) -> None:
    from lanewise.operations.attribution import plain_attribution
    from lanewise.operations.attribution_view import attribution_view, write_csv, write_parquet
    from lanewise.operations.render import show

    if parquet is not None:
        write_parquet(made, parquet)
        say(f"Wrote {counted(len(made.lines), 'row')} to {str(parquet)!r}.")
    if as_json:
        print_json(plain_attribution(made))
    elif as_csv:
        write_csv(made, sys.stdout)
    elif parquet is None:
        show(attribution_view(made), sys.stdout)


async def _attributed(store: Store, by: tuple[Dimension, ...], since_us: int, tenant: str | None) -> Attribution:
    from lanewise.operations.attribution import attribute
    from lanewise.stores.database import open_database

    database = await open_database(store)
    try:
        return await attribute(database, by, since_us=since_us, tenant=tenant)
    finally:
        await database.close()


async def _report(store: Store, since_us: int, tenant: str | None) -> Report:
    from lanewise.operations.report import report
    from lanewise.stores.database import open_database

    database = await open_database(store)
    try:
        return await report(database, since_us=since_us, tenant=tenant)
    finally:
        await database.close()
