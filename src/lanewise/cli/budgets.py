"""`lanewise budgets`: what every cap of the policy still holds."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

import click

from lanewise.cli.late import late
from lanewise.cli.output import json_option, print_json, say
from lanewise.cli.simulated_policy import SIMULATOR_URL, refuse_both, simulate_option
from lanewise.cli.store_file import DEFAULT_STORE, opened, store_of, store_options
from lanewise.core.clock import SystemClock
from lanewise.core.policy import Policy
from lanewise.stores.address import Store, store_at

with late():
    from lanewise.bootstrap import policies
    from lanewise.operations import budgets, render
    from lanewise.stores import budget_events

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
    text, name, _ = asyncio.run(policies.policy_text(config, simulator_url=SIMULATOR_URL if simulate else None))
    policy = policies.load_text(text, file=name).policy
    file = store_at(DEFAULT_STORE) if simulate and store is None else store_of(store, config)
    rows, alarms = asyncio.run(_told(file, policy, tenant))
    if as_json:
        print_json({"budgets": rows, "alarms": alarms})
        return
    if rows or alarms:
        render.show(budgets.budgets_view(rows, alarms), sys.stdout)
    else:
        say("No cap was drawn on yet." if tenant is None else f"No cap of the tenant {tenant!r} was drawn on yet.")


async def _told(store: Store, policy: Policy, tenant: str | None) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    clock = SystemClock()
    async with opened(store) as database:
        standings = await budgets.standings_in_ledger(database, policy, clock.now_s())
        alarms = await budget_events.BudgetEvents(database, clock).recent(_ALARMS)
    return budgets.rows_of(standings, tenant=tenant), [each for each in alarms if tenant in (None, each["tenant"])]
