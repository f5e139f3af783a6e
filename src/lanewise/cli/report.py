"""`lanewise report`: what each lane answered, how fast and at what cost."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

import click

from lanewise.cli.late import late
from lanewise.cli.moments import since_option
from lanewise.cli.output import json_option, print_json, say
from lanewise.cli.store_file import opened, store_of, store_options
from lanewise.core.plurals import counted
from lanewise.stores.address import Store

with late():
    from lanewise.operations import attribution, attribution_view, render, report, report_view


@click.command()
@since_option("runs")
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
    since_us, tenant = asked["since_us"], asked["tenant"]
    if asked["by"] is None:
        if asked["as_csv"] or asked["parquet"]:
            raise click.UsageError("--csv and --parquet are for --by; write for example --by tenant,feature")
        _print_report(asyncio.run(_report(store_of(store, config), since_us, tenant)), as_json=as_json)
        return
    if as_json and asked["as_csv"]:
        raise click.UsageError("Write --json or --csv, not both")
    by = attribution.dimensions_of(asked["by"])
    made = asyncio.run(_attributed(store_of(store, config), by, since_us, tenant))
    _print_attribution(made, as_json=as_json, as_csv=asked["as_csv"], parquet=asked["parquet"])


def _print_report(made: report.Report, *, as_json: bool) -> None:
    if as_json:
        print_json(made)
        return
    render.show(report_view.report_view(made), sys.stdout)


def _print_attribution(made: attribution.Attribution, *, as_json: bool, as_csv: bool, parquet: Path | None) -> None:
    if parquet is not None:
        attribution_view.write_parquet(made, parquet)
        say(f"Wrote {counted(len(made.lines), 'row')} to {str(parquet)!r}.")
    if as_json:
        print_json(attribution.plain_attribution(made))
    elif as_csv:
        attribution_view.write_csv(made, sys.stdout)
    elif parquet is None:
        render.show(attribution_view.attribution_view(made), sys.stdout)


async def _attributed(
    store: Store, by: tuple[attribution.Dimension, ...], since_us: int, tenant: str | None
) -> attribution.Attribution:
    async with opened(store) as database:
        return await attribution.attribute(database, by, since_us=since_us, tenant=tenant)


async def _report(store: Store, since_us: int, tenant: str | None) -> report.Report:
    async with opened(store) as database:
        return await report.report(database, since_us=since_us, tenant=tenant)
