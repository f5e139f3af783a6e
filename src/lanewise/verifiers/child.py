"""Starts processes beside the event loop, so that none who is served waits for one to begin.

uvloop starts a process by a fork in the loop's own thread. Of a gateway of 200 MB that copies page tables for 7 ms, and it goes on waiting
until the child has become its program; the standard library's Popen copies nothing, and does it here in a thread.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from subprocess import DEVNULL, PIPE, STDOUT
from typing import Literal


@dataclass(frozen=True, kw_only=True, slots=True)
class Start:
    """A command and its whole environment; the pipe `tell`, where there is one, is inherited."""

    command: Sequence[str]
    env: dict[str, str]
    errors: Literal["nowhere", "output"] = "nowhere"
    tell: int | None = None


class Child:
    """A process that was started, with its two pipes."""

    def __init__(
        self, popen: subprocess.Popen[bytes], stdin: asyncio.StreamWriter, stdout: asyncio.StreamReader
    ) -> None:
        self._popen = popen
        self.pid = popen.pid
        self.stdin = stdin
        self.stdout = stdout

    @property
    def ended(self) -> bool:
        """Whether it has ended."""
        return self._popen.poll() is not None

    def kill(self) -> None:
        """End it; nothing happens where it has ended."""
        self._popen.kill()

    async def wait(self) -> int:
        """How it ended, once it has: its code, or minus the signal that ended it."""
        while not self.ended:
            await _exited(self._popen)
        return self._popen.wait()


class _Output(asyncio.StreamReaderProtocol):
    """A pipe that is closed at its end: what was left of it may still be read."""

    def eof_received(self) -> bool:
        super().eof_received()
        return False


async def started(start: Start) -> Child:
    """A process in a session of its own, in the root folder. Raises OSError; whoever is cancelled meanwhile leaves none behind."""
    starting = asyncio.create_task(asyncio.to_thread(_popen, start))
    try:
        popen = await asyncio.shield(starting)
    except asyncio.CancelledError:
        await _never_begun(await starting)
        raise
    try:
        return await _connected(popen)
    except BaseException:
        await asyncio.shield(_never_begun(popen))
        raise


def _popen(start: Start) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 - the caller's own command
        start.command,
        bufsize=0,
        stdin=PIPE,
        stdout=PIPE,
        stderr=DEVNULL if start.errors == "nowhere" else STDOUT,
        env=start.env,
        cwd="/",
        pass_fds=() if start.tell is None else (start.tell,),
        start_new_session=True,
    )


async def _connected(popen: subprocess.Popen[bytes]) -> Child:
    assert popen.stdin is not None
    assert popen.stdout is not None
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: _Output(reader), popen.stdout)
    transport, protocol = await loop.connect_write_pipe(
        lambda: asyncio.StreamReaderProtocol(asyncio.StreamReader()), popen.stdin
    )
    return Child(popen, asyncio.StreamWriter(transport, protocol, None, loop), reader)


async def _never_begun(popen: subprocess.Popen[bytes]) -> None:
    popen.kill()
    await asyncio.to_thread(popen.wait)
    for pipe in (popen.stdin, popen.stdout):
        if pipe is not None:
            pipe.close()


async def _exited(popen: subprocess.Popen[bytes]) -> None:
    """Wait for its end: by the loop where the system can tell it, else in a thread."""
    try:
        watched = os.pidfd_open(popen.pid)
    except (AttributeError, OSError):
        await asyncio.to_thread(popen.wait)
        return
    loop, over = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(watched, over.set)
    try:
        await over.wait()
    finally:
        loop.remove_reader(watched)
        os.close(watched)
