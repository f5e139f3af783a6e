"""`lanewise forget`: remove what is kept of a user."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import click

from lanewise.cli.late import late
from lanewise.cli.output import json_option, print_json, progress, say
from lanewise.cli.store_file import opened, store_of, store_options
from lanewise.core.errors import LanewiseError
from lanewise.core.plurals import counted
from lanewise.stores.address import Store

with late():
    from lanewise.operations import forget


@click.command()
@click.option("--user", required=True, help="The user, as callers sent it in lanewise.user or X-Lanewise-User.")
@click.option("--tenant", default=None, help="Only in this tenant's runs.")
@click.option("--yes", is_flag=True, help="Do not ask first.")
@store_options
@json_option
def command(user: str, tenant: str | None, yes: bool, store: Store | None, config: Path | None, as_json: bool) -> None:
    """Remove what is kept of a user, for good. Ledger rows stay, for the money, without the user's name."""
    file = store_of(store, config)
    asyncio.run(_present(file))
    whose = "all tenants" if tenant is None else f"the tenant {tenant!r}"
    if not yes and not _agreed(f"Remove what {str(file)!r} keeps of the user {user!r} in {whose}, for good?"):
        raise LanewiseError("Nothing was removed. Answer y, or write --yes")
    with progress("Forgetting"):
        done = asyncio.run(_forget(file, user, tenant))
    if as_json:
        print_json(done)
        return
    if done.runs == done.responses == done.keys == 0:
        print(f"No run in {whose} names the user {user!r}; nothing was removed.")
    else:
        print(
            f"Forgot {user!r} in {counted(done.runs, 'run')}, {counted(done.traces, 'trace')}, "
            f"{counted(done.contents, 'captured content')} "
            f"and {counted(done.responses, 'kept response')}; "
            f"{counted(done.keys, 'key of their own was', 'keys of their own were')} revoked."
        )
    for each in done.elsewhere:
        print(f"May still hold it, and was not touched: {each}")


def _agreed(question: str) -> bool:
    try:
        return click.confirm(question, err=True)
    except click.Abort:
        if sys.stdin.isatty():
            raise  # Ctrl-C
        say("")
        return False  # nobody there to ask


async def _present(store: Store) -> None:
    """Nobody is asked about a store that is not there."""
    async with opened(store):
        pass


async def _forget(store: Store, user: str, tenant: str | None) -> forget.Forgotten:
    async with opened(store) as database:
        return await forget.forget(database, user, tenant=tenant)
