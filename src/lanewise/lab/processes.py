"""`lanewise COMMAND` as a process of its own: started, heard until it is ready, and stopped however the block ends."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

from lanewise.core.errors import LanewiseError

_START_TIMEOUT_S = 60.0
_STOP_TIMEOUT_S = 10.0
_LONGEST_LINE_BYTES = 1 << 20
_LOOPBACK = "127.0.0.1,localhost,::1"


class RehearsalError(LanewiseError):
    """A demo or a drill cannot run; the message says why and what to do."""


@asynccontextmanager
async def lanewise_process(*arguments: str, announces: str, log: Path) -> AsyncIterator[dict[str, Any]]:
    """Run a command of Lanewise; yields the first JSON line of its output that has the key `announces`.

    All it says is kept in `log`. It is stopped when the block ends, by whatever: Ctrl-C is told to this process alone, which then
    stops the other in order. Raises RehearsalError when it ends, or stays silent, before it is ready.
    """
    with log.open("wb") as said:
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "lanewise", *arguments),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            limit=_LONGEST_LINE_BYTES,
            start_new_session=True,
            env=_direct(os.environ),
        )
        ready: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        listening = asyncio.create_task(_listen(child, announces, ready, said))
        try:
            yield await _announced(ready, arguments[0], log)
        finally:
            await _stop(child)
            await listening


def _direct(environment: os._Environ[str]) -> dict[str, str]:
    """The environment, with no proxy between processes of this machine."""
    spared = ",".join(filter(None, (environment.get("NO_PROXY") or environment.get("no_proxy"), _LOOPBACK)))
    return {**environment, "NO_PROXY": spared, "no_proxy": spared}


async def _listen(
    child: asyncio.subprocess.Process, announces: str, ready: asyncio.Future[dict[str, Any]], said: BinaryIO
) -> None:
    assert child.stdout is not None
    async for line in child.stdout:
        said.write(line)
        said.flush()
        if not ready.done() and (told := _told(line, announces)) is not None:
            ready.set_result(told)
    if not ready.done():
        ready.set_exception(EOFError())


def _told(line: bytes, announces: str) -> dict[str, Any] | None:
    try:
        told = json.loads(line)
    except ValueError:
        return None
    return told if isinstance(told, dict) and announces in told else None


async def _announced(ready: asyncio.Future[dict[str, Any]], command: str, log: Path) -> dict[str, Any]:
    try:
        async with asyncio.timeout(_START_TIMEOUT_S):
            return await ready
    except (EOFError, TimeoutError) as error:
        how = "ended" if isinstance(error, EOFError) else f"was not ready within {_START_TIMEOUT_S:.0f} s"
        last = "\n".join(log.read_text(errors="replace").splitlines()[-5:])  # noqa: ASYNC240 - nothing else runs
        raise RehearsalError(f"'lanewise {command}' {how}; it said last:\n{last}") from error


async def _stop(child: asyncio.subprocess.Process) -> None:
    """Ask it to end, then make it."""
    if child.returncode is None:
        with suppress(ProcessLookupError):
            child.terminate()
        try:
            async with asyncio.timeout(_STOP_TIMEOUT_S):
                await child.wait()
        except TimeoutError:
            child.kill()
    await child.wait()
