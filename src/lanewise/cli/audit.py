"""`lanewise audit`: who did what to keys, policy and verdicts, and whether the log is as it was written."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from lanewise.cli.late import late
from lanewise.cli.moments import since_option
from lanewise.cli.output import json_option, print_json, say
from lanewise.cli.store_file import opened, store_of, store_options
from lanewise.core.clock import SystemClock
from lanewise.core.plurals import counted
from lanewise.stores.address import Store

with late():
    from lanewise.operations import audit, render
    from lanewise.stores import audit_log

T = TypeVar("T")


@click.group(invoke_without_command=True)
@since_option("acts")
@click.option("--tenant", default=None, help="Only what was done to this tenant's.")
@click.option("--act", default=None, help="Only this kind: key, key.revoke, policy, verdict.")
@click.option("--last", type=click.IntRange(1, 1_000_000), default=100, show_default=True, help="The latest so many.")
@store_options
@json_option
@click.pass_context
def command(
    context: click.Context,
    /,
    *,
    store: Store | None,
    config: Path | None,
    as_json: bool,
    **asked: Any,  # noqa: ANN401 - options
) -> None:
    """Print who did what to keys, policy and verdicts, and from where; oldest first."""
    if context.invoked_subcommand is not None:
        return
    wanted = {"since_us": asked["since_us"], "tenant": asked["tenant"], "act": asked["act"], "count": asked["last"]}
    told = asyncio.run(_with_log(store_of(store, config), lambda log: audit.acts(log, **wanted)))
    if as_json:
        print_json(told)
    elif told:
        render.show(audit.acts_view(told), sys.stdout)
    else:
        say("No such act is in the log.")


@command.command()
@click.option(
    "--known", default=None, metavar="NUMBER:DIGEST", help="A row as it was told before: it must still be so."
)
@store_options
@json_option
def verify(known: str | None, store: Store | None, config: Path | None, as_json: bool) -> None:
    """Check every row of the log against the one before it; exits with 1 where the log is not as it was written."""
    row = None if known is None else audit.known_row(known)
    told = asyncio.run(_with_log(store_of(store, config), lambda log: audit.examined(log, row)))
    if as_json:
        print_json(told)
    elif told["sound"]:
        print(f"Sound: {counted(told['rows'], 'act')}. The last one is {told['last']}:{told['digest']}")
        say("Write that down elsewhere: with --known it also shows whether the whole log was written anew.")
    else:
        print(f"Not sound: {told['wrong']}.")
    if not told["sound"]:
        sys.exit(1)


async def _with_log(store: Store, act: Callable[[audit_log.AuditLog], Awaitable[T]]) -> T:
    async with opened(store) as database:
        return await act(audit_log.AuditLog(database, SystemClock()))
