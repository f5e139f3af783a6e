"""`lanewise backup`: copy the store to a file while the gateway runs."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from lanewise.cli.late import late
from lanewise.cli.output import json_option, print_json, progress
from lanewise.cli.store_file import store_of, store_options
from lanewise.core.plurals import counted
from lanewise.stores.address import Store

with late():
    from lanewise.operations import backup


@click.command()
@click.argument("target", type=click.Path(path_type=Path))
@store_options
@json_option
def command(target: Path, store: Store | None, config: Path | None, as_json: bool) -> None:
    """Copy one moment of the store to the file TARGET, and check the copy. It overwrites nothing."""
    with progress("Copying, then checking") as told:
        done = asyncio.run(backup.backup(store_of(store, config), target, told))
    if as_json:
        print_json(done)
    else:
        print(f"Copied {str(done.store)!r} to {str(done.copy)!r}: {counted(done.size_bytes, 'byte')}, checked.")
