"""`lanewise budgets`: what every cap of the policy still holds."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lanewise.cli.output import json_option, print_json, say
from lanewise.cli.simulated_policy import SIMULATOR_URL, refuse_both, simulate_option
from lanewise.cli.store_file import DEFAULT_STORE, store_of, store_options
from lanewise.stores.address import Store, store_at

if TYPE_CHECKING:
    from lanewise.core.policy import Policy

_ALARMS = 10


@click.command()
@click.option("--tenant", default=None, help="Only this tenant's caps.")
@simulate_option
@store_options
@json_option
def command(tenant: str | None, simulate: bool, store: Store | None, config: Path | None, as_json: bool) -> None:
    """Print how every cap stands: what was spent, what is left, when it begins anew; and the latest alarms.

    By what gateways have told the store, which they do once a second while they spend.
    """
    refuse_both(config, simulate=simulate)
    from lanewise.bootstrap import load_text, policy_text

    text, name, _ = asyncio.run(policy_text(config, simulator_url=SIMULATOR_URL if simulate else None))
    policy = load_text(text, file=name).policy
    file = store_at(DEFAULT_STORE) if simulate and store is None else store_of(store, config)
    rows, alarms = asyncio.run(_told(file, policy, tenant))
    if as_json:
        print_json({"budgets": rows, "alarms": alarms})
        return
    from lanewise.operations.budgets import budgets_view
    from lanewise.operations.render import show

    if rows or alarms:
        show(budgets_view(rows, alarms), sys.stdout)
    else:
        say("No cap was drawn on yet." if tenant is None else f"No cap of the tenant {tenant!r} was drawn on yet.")


async def _told(store: Store, policy: Policy, tenant: str | None) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    from lanewise.core.clock import SystemClock
    from lanewise.operations.budgets import rows_of, standings_in_ledger
    from lanewise.stores.budget_events import BudgetEvents
    from lanewise.stores.database import open_database

    clock = SystemClock()
    database = await open_database(store)
    try:
        standings = await standings_in_ledger(database, policy, clock.now_s())
        alarms = await BudgetEvents(database, clock).recent(_ALARMS)
    finally:
        await database.close()
    return rows_of(standings, tenant=tenant), [each for each in alarms if tenant in (None, each["tenant"])]
