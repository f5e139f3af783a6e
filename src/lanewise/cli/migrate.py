"""`lanewise migrate`: bring the store to this version's schema."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from lanewise.cli.late import late
from lanewise.cli.output import json_option, print_json, progress
from lanewise.cli.store_file import make_current, opened, store_of, store_options, wants_vectors
from lanewise.stores.address import PostgresStore, Store

with late():
    from lanewise.operations import audit
    from lanewise.stores import migrate, schema, vector_table


@click.command()
@store_options
@json_option
def command(store: Store | None, config: Path | None, as_json: bool) -> None:
    """Bring the store to this version's schema; make it where there is none.

    Of a file a copy is made beside it before, and no gateway may run on it meanwhile; `serve` does the same when it starts.
    A PostgreSQL database is migrated by this command alone, while gateways run. Where the policy says that similar questions are found
    there (`cache.semantic_index: pgvector`), the extension and its table are seen to as well.
    """
    file = store_of(store, config)
    with progress("Migrating"):
        done = asyncio.run(_migrated(file)) or migrate.Migration(store=file, before=schema.HEAD, after=schema.HEAD)
        if isinstance(file, PostgresStore) and wants_vectors(config):
            vector_table.vector_table(file)
    if as_json:
        print_json(done)
    elif done.before is None:
        print(f"Made the store {str(file)!r} with schema {done.after}.")
    elif not done.steps:
        print(f"The store {str(file)!r} has schema {done.after} already; there is nothing to do.")
    else:
        print(f"The store {str(file)!r} went from schema {done.before} to {done.after}:")
        for step in done.steps:
            print(f"  {step}")
        print("There is no copy of it: `pg_dump` makes one." if done.copy is None else f"As it was before: {done.copy}")


async def _migrated(store: Store) -> migrate.Migration | None:
    """What was done, written down in the store's own audit log; None where there was nothing to do."""
    done = await make_current(store)
    if done is not None:
        async with opened(store) as database:
            await audit.note_migration(database, before=done.before, after=done.after)
    return done
