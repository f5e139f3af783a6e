"""Runs a command where it can do no harm: bubblewrap under a uid that really has no rights, or nothing at all.

Inside there is no network, nothing of the gateway's environment or files, a root that cannot be written, a small `/tmp` in memory, and its
own processes only. RLIMIT_NPROC holds nobody who is root, so a gateway that is root gives each run a uid of its own, which no other
process has; for another one it is counted in the sandbox's user namespace, as Linux does since 5.14.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import os
import re
import shutil
import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import msgspec

from lanewise.verifiers.child import Child, Start, started
from lanewise.verifiers.processor import pressure_s, share_of

HOW_TO = "install bubblewrap (`apt install bubblewrap`) and allow user namespaces"
_FIRST_UID = 61_000  # above what systems give to people, below what they give to containers
_WALLS = Path(__file__).with_name("walls.py").read_text(encoding="utf-8")
_PATH = "/usr/local/bin:/usr/bin:/bin"
_ALONE = (
    "--unshare-all",
    "--unshare-user",
    "--disable-userns",
    "--die-with-parent",
    "--new-session",
    "--cap-drop",
    "ALL",
)
_PERSON = ("--uid", "65534", "--gid", "65534", "--hostname", "sandbox")
_WORDS = ("--clearenv", "--setenv", "PATH", _PATH, "--setenv", "HOME", "/tmp", "--setenv", "LANG", "C.UTF-8")  # noqa: S108 - its own
_SYSTEM = ("/bin", "/lib", "/lib64", "/lib32", "/sbin")
_FIRST = re.compile(rb'"child-pid":\s*(\d+)')
#: In a process of its own, for a gateway that becomes somebody else between fork and exec has to copy its whole memory map.
_GIVE_UP = """
import os, sys
uid = int(sys.argv[1])
os.setgroups([])
os.setresgid(uid, uid, uid)
os.setresuid(uid, uid, uid)
os.execv(sys.argv[2], sys.argv[2:])
"""
_ENDING_S = 5.0
_NOTHING = msgspec.json.encode({})
_SIGNALLED = 128  # an exit code above it is a signal's


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """What a run may use. Memory is for each process, so all of them together have at most `processes` times as much."""

    seconds: float = 10.0
    cpu_s: int = 10
    memory_bytes: int = 512 << 20
    file_bytes: int = 16 << 20
    tmp_bytes: int = 32 << 20
    output_bytes: int = 64 << 10
    processes: int = 8
    open_files: int = 64


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """A command, what it reads, the files it finds in its folder, and folders of the system it may read beside `/usr`."""

    command: Sequence[str]
    stdin: bytes = b""
    files: Mapping[str, bytes] = field(default_factory=dict)
    readable: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Ran:
    """How a run ended. `stopped` says what ended it from outside; empty where it ended by itself.

    `time`: it ran too long, or slept. `processor`: its time was up and it had not got to run, as `why` says; that is no fault of its own.
    """

    code: int | None
    output: bytes = b""
    stopped: Literal["", "time", "output", "processor"] = ""
    why: str = ""

    @property
    def signal(self) -> int:
        """The signal that ended it; 0 where it was none. What is out of CPU seconds has `SIGXCPU`."""
        return self.code - _SIGNALLED if self.code is not None and self.code > _SIGNALLED else 0


class NoSandbox(Exception):
    """There is no sandbox, or no place in it; the text says why and what to do."""


class Sandbox:
    """At most `slots` runs at once, at most `max_waiting` more waiting for a place."""

    def __init__(self, *, slots: int = 2, max_waiting: int = 64) -> None:
        self._slots = list(range(slots))
        self._room = asyncio.Semaphore(slots)
        self._max_waiting = max_waiting
        self._waiting = 0
        self._missing: str | None = None  # why there is none; empty once it has been seen to work

    async def run(self, job: Job, limits: Limits) -> Ran:
        """Run a command to its end or its limits. Raises NoSandbox; nothing of it is left when this returns or is cancelled."""
        if missing := await self.missing():
            raise NoSandbox(missing)
        if self._room.locked() and self._waiting >= self._max_waiting:
            raise NoSandbox("too many checks are waiting for the sandbox")
        self._waiting += 1
        try:
            await self._room.acquire()
        finally:
            self._waiting -= 1
        slot = self._slots.pop()
        try:
            return await _ran(slot, job, limits)
        finally:
            self._slots.append(slot)
            self._room.release()

    async def missing(self) -> str:
        """Why there is no sandbox here; empty where there is one. Tried with a real run, until one came to its end."""
        if self._missing is not None:
            return self._missing
        missing, sure = await _tried()
        if sure:
            self._missing = missing
        return missing


def python() -> str | None:
    """A Python that a user without rights can run: this one, else the system's."""
    own = Path(sys.base_prefix)
    if str(own).startswith("/usr"):
        return sys.executable if sys.prefix == sys.base_prefix else os.path.realpath(sys.executable)
    return shutil.which("python3", path="/usr/local/bin:/usr/bin")


async def _tried() -> tuple[str, bool]:
    """What is missing, and whether that is sure: on a machine that is too busy to try, it is not."""
    if shutil.which("bwrap") is None:
        return f"there is no bubblewrap here: {HOW_TO}", True
    if python() is None:
        return "there is no Python that a user without rights can run: install one under /usr", True
    limits = Limits()
    ran = await _ran(0, Job(command=["true"]), limits)
    if ran.code == 0:
        return "", True
    if ran.stopped:
        return f"bubblewrap did not come to its end within {limits.seconds:g} s: {ran.why or HOW_TO}", not ran.why
    return f"bubblewrap does not work here ({ran.output[-200:].decode(errors='replace').strip()}): {HOW_TO}", True


async def _ran(slot: int, job: Job, limits: Limits) -> Ran:
    told, tell = os.pipe()  # bubblewrap says which process is the first inside
    pressed_s = pressure_s()
    try:
        try:
            command = [*_nobody(slot), *_command(job, limits, tell)]
            process = await started(Start(command=command, env={"PATH": _PATH}, errors="output", tell=tell))
        finally:
            os.close(tell)
        try:
            ran = await _watched(process, job, limits)
            return ran if ran.stopped != "time" else await _judged(ran, process.pid, limits, pressed_s)
        finally:
            await asyncio.shield(_ended(process, told))
    finally:
        os.close(told)


async def _watched(process: Child, job: Job, limits: Limits) -> Ran:
    try:
        async with asyncio.timeout(limits.seconds):
            output, _ = await asyncio.gather(_read(process, limits.output_bytes), _fed(process, job))
            if len(output) > limits.output_bytes:
                return Ran(code=None, output=output[: limits.output_bytes], stopped="output")
            return Ran(code=await process.wait(), output=output)
    except TimeoutError:
        return Ran(code=None, stopped="time")


async def _judged(ran: Ran, pid: int, limits: Limits, pressed_s: float | None) -> Ran:
    """Whether a run whose time is up, and which still goes on, has itself to blame."""
    share = await asyncio.to_thread(share_of, pid, family=True, pressed_s=pressed_s)
    why = share.starved(wall_s=limits.seconds, cpu_s=limits.cpu_s)
    return Ran(code=None, output=ran.output, stopped="processor", why=why) if why else ran


def _nobody(slot: int) -> list[str]:
    """What comes before a command that root would have: it gives up all rights, and becomes the command."""
    return [] if os.geteuid() != 0 else [sys.executable, "-I", "-S", "-c", _GIVE_UP, str(_FIRST_UID + slot)]


def _command(job: Job, limits: Limits, tell: int) -> list[str]:
    processes = limits.processes + 2  # bubblewrap has two
    walls = [limits.memory_bytes, limits.cpu_s, limits.file_bytes, processes, limits.open_files]
    start = [python() or "python3", "-I", "-S", "-c", _WALLS, *map(str, walls), *job.command]
    bwrap = shutil.which("bwrap", path=_PATH) or "bwrap"
    return [bwrap, "--info-fd", str(tell), *_ALONE, *_PERSON, *_WORDS, *_mounts(job, limits), "--", *start]


def _mounts(job: Job, limits: Limits) -> list[str]:
    mounts = ["--ro-bind", "/usr", "/usr"]
    for name in _SYSTEM:
        if Path(name).is_symlink():
            mounts += ["--symlink", str(Path(name).readlink()), name]
        elif Path(name).exists():
            mounts += ["--ro-bind", name, name]
    mounts += ["--proc", "/proc", "--dev", "/dev", "--remount-ro", "/dev"]
    mounts += ["--size", str(limits.tmp_bytes), "--tmpfs", "/tmp", "--chdir", "/tmp"]  # noqa: S108 - its own
    for name in job.readable:  # after its own folder, which would hide one below the machine's
        mounts += ["--ro-bind", name, name]
    return [*mounts, "--remount-ro", "/"]


async def _fed(process: Child, job: Job) -> None:
    files = {name: base64.b64encode(content).decode() for name, content in job.files.items()}
    first = msgspec.json.encode(files) if files else _NOTHING
    with contextlib.suppress(ConnectionError):
        process.stdin.write(len(first).to_bytes(4) + first + job.stdin)
        await process.stdin.drain()
        process.stdin.close()


async def _read(process: Child, most: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    while size <= most and (part := await process.stdout.read(64 << 10)):
        parts.append(part)
        size += len(part)
    return b"".join(parts)


async def _ended(process: Child, told: int) -> None:
    """Kill the first process inside, with which all of them end; the outer one then takes it away and ends too.

    The other way round nobody would be left to do that but the machine's first process, which in a container may be the gateway.
    """
    if not process.ended:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(_first_inside(told) or process.pid, signal.SIGKILL)
        try:
            async with asyncio.timeout(_ENDING_S):
                await process.wait()
        except TimeoutError:
            process.kill()
    process.stdin.close()
    while await process.stdout.read(64 << 10):
        pass  # what nobody reads keeps the pipe open
    await process.wait()


def _first_inside(told: int) -> int | None:
    os.set_blocking(told, False)
    try:
        found = _FIRST.search(os.read(told, 4_096))
    except BlockingIOError:  # it is not there yet, and so nothing is inside
        return None
    return int(found[1]) if found else None
