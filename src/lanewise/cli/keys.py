"""`lanewise keys`: create, list and revoke keys in the store file. A gateway that runs on it notices within a second."""

from __future__ import annotations

import asyncio
import datetime as dt
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lanewise.cli.moments import future
from lanewise.cli.output import json_option, print_json, progress, say
from lanewise.cli.store_file import make_current, policy_document, store_of, store_options
from lanewise.core.errors import LanewiseError

if TYPE_CHECKING:
    from lanewise.operations.keys import KeyDesk
    from lanewise.stores.keys import KeySpec

_BATCH = 500  # keys of one transaction: a gateway's ledger waits for it
_ADMIN = "admin"  # the tenant of an admin key, where none is said


@click.group()
def command() -> None:
    """Create, list and revoke keys: one for each application, an admin key for operators."""


def _expires(_context: click.Context, _parameter: click.Parameter, text: str | None) -> dt.datetime | None:
    return None if text is None else future(text, dt.datetime.now(dt.UTC))


@command.command()
@click.option("--tenant", default=None, help="Whose requests, budget and runs they are; an admin key needs none.")
@click.option("--name", default="", help="For people: what uses the key.")
@click.option("--admin", is_flag=True, help="May read metrics, reload the policy and administer keys.")
@click.option("--expires", callback=_expires, default=None, help="When it ends: 30d, or a time in ISO 8601 (UTC).")
@click.option("--count", type=click.IntRange(1, 1_000_000), default=1, show_default=True, help="How many keys to make.")
@store_options
@json_option
def create(
    tenant: str | None,
    name: str,
    admin: bool,
    expires: dt.datetime | None,
    count: int,
    store: Path | None,
    config: Path | None,
    as_json: bool,
) -> None:
    """Create keys. Each is printed this once: the store keeps only its SHA-256."""
    from lanewise.stores.keys import KeySpec

    if tenant is None and not admin:
        raise click.UsageError("Say whose key it is with --tenant NAME, or make an admin key with --admin")
    spec = KeySpec(
        tenant=_text("--tenant", _ADMIN if tenant is None else tenant, least=1, most=100),
        name=_text("--name", name, least=0, most=200),
        admin=admin,
        expires_us=None if expires is None else int(expires.timestamp() * 1_000_000),
    )
    file = store_of(store, config)
    if not admin:
        _note_unnamed(spec.tenant, config)
    made: list[dict[str, Any]] = []
    try:
        asyncio.run(_create(file, spec, count, made))
    finally:
        # Whatever stopped it: nobody could learn later what is made by now.
        if made or not sys.exc_info()[0]:
            _print_made(made, as_json=as_json)


def _text(option: str, value: str, *, least: int, most: int) -> str:
    if not least <= len(value.strip()) <= most or not value.isprintable():
        raise click.UsageError(f"{option}: write {least} to {most} printable characters")
    return value.strip()


def _note_unnamed(tenant: str, config: Path | None) -> None:
    """A tenant that a policy does not name may be a slip of the finger: it gets the limits of all others."""
    document = policy_document(config)
    named = [] if document is None else [name for name in document.table("tenants") if name != "*"]
    if named and tenant not in named:
        say(f"Note: the policy does not name the tenant {tenant!r} (it names {', '.join(named)}), so `*` holds for it.")


async def _create(store: Path, spec: KeySpec, count: int, made: list[dict[str, Any]]) -> None:
    done = await make_current(store)
    if done is not None:
        say(f"Made the store {str(store)!r}." if done.before is None else f"Migrated the store {str(store)!r}.")
    async with _desk(store) as desk:
        with progress("Making keys") as told:
            while len(made) < count:
                made += await desk.create_many(spec, min(_BATCH, count - len(made)))
                told(len(made), count)


@asynccontextmanager
async def _desk(store: Path) -> AsyncIterator[KeyDesk]:
    from lanewise.core.clock import SystemClock
    from lanewise.operations.keys import KeyDesk
    from lanewise.stores.database import open_database
    from lanewise.stores.keys import KeyStore

    database = await open_database(store)
    try:
        yield KeyDesk(KeyStore(database, SystemClock()))
    finally:
        await database.close()


def _print_made(made: list[dict[str, Any]], *, as_json: bool) -> None:
    if as_json:
        print_json(made)
        return
    for key in made:
        print(key["key"])
    first = made[0]
    what = "admin key" if first["admin"] else f"key of the tenant {first['tenant']}"
    ends = "expires never" if first["expires"] is None else f"expires {first['expires']}"
    if len(made) == 1:
        say(f"Made this {what}: id {first['key_id']}, {ends}.\nKeep it now: it is not shown again.")
    else:
        say(
            f"Made {len(made):,} times one {what}: {ends}.\nKeep them now: they are not shown again. --json adds the ids."
        )


@command.command("list")
@click.option("--tenant", default=None, help="Only this tenant's.")
@store_options
@json_option
def list_(tenant: str | None, store: Path | None, config: Path | None, as_json: bool) -> None:
    """List keys, revoked and expired ones too; never the secret."""
    from lanewise.operations.render import keys_view, show

    async def listed() -> list[dict[str, Any]]:
        async with _desk(store_of(store, config)) as desk:
            return await desk.list(tenant=tenant)

    keys = asyncio.run(listed())
    if as_json:
        print_json(keys)
    elif keys:
        show(keys_view(keys), sys.stdout)
    else:
        say("No keys." if tenant is None else f"No keys of the tenant {tenant!r}.")


@command.command()
@click.argument("key_id")
@store_options
@json_option
def revoke(key_id: str, store: Path | None, config: Path | None, as_json: bool) -> None:
    """Revoke a key for good, by its id (key_...). A running gateway refuses it within a second."""
    if key_id.startswith("lw_"):
        raise click.UsageError("That is a key itself. Write its id (key_...); `lanewise keys list` shows it")

    async def revoked() -> dict[str, Any]:
        async with _desk(store_of(store, config)) as desk:
            now = await desk.revoke(key_id)
            keys = {each["key_id"]: each for each in await desk.list()}
        if key_id not in keys:
            raise LanewiseError(_no_such_key(key_id, list(keys)))
        return keys[key_id] | {"was_revoked_before": not now}

    key = asyncio.run(revoked())
    if as_json:
        print_json(key)
    elif key["was_revoked_before"]:
        print(f"{key_id} of the tenant {key['tenant']} was revoked already, at {key['revoked']}.")
    else:
        print(f"Revoked {key_id} of the tenant {key['tenant']}.")


def _no_such_key(key_id: str, known: list[str]) -> str:
    import difflib

    close = difflib.get_close_matches(key_id, known, n=1)
    hint = f"Did you mean {close[0]!r}?" if close else "`lanewise keys list` shows the ids."
    return f"There is no key with the id {key_id!r}. {hint}"
