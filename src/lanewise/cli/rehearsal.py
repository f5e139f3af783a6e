"""What `demo` and `drill` have in common: a folder for what they make, and an end in order when they are stopped."""

from __future__ import annotations

import asyncio
import shutil
import signal
import sys
import tempfile
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import click

Result = TypeVar("Result")


@contextmanager
def folder_for(keep: Path | None, *, prefix: str) -> Iterator[Path]:
    """The folder to keep, new or empty; where nothing is kept, one that is gone afterwards. Raises UsageError for one in use."""
    if keep is None:
        with tempfile.TemporaryDirectory(prefix=prefix) as folder:
            yield Path(folder)
        return
    if keep.exists() and any(keep.iterdir()):
        raise click.UsageError(f"--keep {keep}: this folder is not empty; name a new one, so that nothing is mixed up")
    keep.mkdir(parents=True, exist_ok=True)
    yield keep


def run_to_its_end(work: Coroutine[Any, Any, Result]) -> Result:
    """Do the work; when Ctrl-C or SIGTERM stops it, its processes are stopped in order, and the command ends with 130."""
    try:
        return asyncio.run(until_stopped(work))
    except (KeyboardInterrupt, asyncio.CancelledError):
        click.echo("Stopped; the gateway and the simulated vendors are stopped, too.", err=True)
        sys.exit(130)


async def until_stopped(work: Coroutine[Any, Any, Result]) -> Result:
    """Do the work; SIGTERM ends it in order, as Ctrl-C does: no process is left behind."""
    task = asyncio.create_task(work)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    return await task


def program() -> str:
    """What to type to run this again: the path that was typed, where the name alone would not find it."""
    typed = Path(sys.argv[0])
    return "lanewise" if typed.name != "lanewise" or shutil.which("lanewise") else str(typed)
