"""Walls: what a program cannot do, whoever the gateway runs as. Each attack is run for real."""

from __future__ import annotations

import asyncio
import os
import signal

import psutil
import pytest

from lanewise.verifiers.programs import sandbox as sandbox_module
from lanewise.verifiers.programs.sandbox import Job, Limits, NoSandbox, Ran, Sandbox, python
from patience import PATIENCE_S
from verifiers.sandboxes import sandbox_here

SHORT = Limits(seconds=8.0, cpu_s=2, memory_bytes=128 << 20, processes=6, tmp_bytes=4 << 20, file_bytes=2 << 20)


#: Of the sandboxes of this file, so that other tests may run theirs meanwhile.
UID = 62_000 + 10 * int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))


@pytest.fixture(autouse=True)
def uids_of_our_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox_module, "_FIRST_UID", UID)


def within() -> list[psutil.Process]:
    """What runs in the sandboxes of this file: by uid where we are root, else what descends from here."""
    if os.geteuid() != 0:
        return psutil.Process().children(recursive=True)
    found = psutil.process_iter(["uids", "status"])
    return [each for each in found if each.info["uids"] and UID <= each.info["uids"].real < UID + 10]


def inside() -> list[str]:
    return [each.info["status"] if os.geteuid() == 0 else each.name() for each in within()]


async def nothing_inside() -> bool:
    """Nothing is left, once the machine's first process has taken away what had ended."""
    for _ in range(200):
        if not inside():
            return True
        await asyncio.wait({asyncio.create_task(asyncio.sleep(0.05))})
    return False


async def run(code: str, limits: Limits = SHORT, **files: bytes) -> Ran:
    sandbox = await sandbox_here()
    return await sandbox.run(Job(command=[python() or "", "-I", "-c", code], files=files), limits)


async def test_a_command_finds_its_files_and_its_stdin() -> None:
    sandbox = await sandbox_here()
    ran = await sandbox.run(
        Job(command=["sh", "-c", "cat given; cat"], files={"given": b"a file, "}, stdin=b"a line"), SHORT
    )
    assert ran == Ran(code=0, output=b"a file, a line")


@pytest.mark.parametrize(
    "code",
    [
        "open('/etc/passwd')",
        "open('/etc/shadow')",
        "open('/usr/canary', 'w')",
        "open('/canary', 'w')",
        "open('/dev/shm/canary', 'w')",
        "import os; os.mkdir('/dev/canary')",
        "import os; os.kill(os.getppid(), 9); import signal; [os.kill(pid, 9) for pid in range(2, 40_000) if pid != os.getpid()]; 1/0",
        "import socket; socket.create_connection(('127.0.0.1', 22), 1)",
        "import socket; socket.create_connection(('1.1.1.1', 53), 1)",
        "import os; os.setuid(0)",
        "import ctypes; 1 / (0 if ctypes.CDLL(None).unshare(0x10000000) else 1)",
        "import ctypes; 1 / (0 if ctypes.CDLL(None).mount(b'x', b'/tmp', b'tmpfs', 0, None) else 1)",
        "import os; os.chroot('/tmp')",
        "import resource; resource.setrlimit(resource.RLIMIT_NPROC, (10_000, 10_000))",
        "import os; os.nice(-5)",
        "open('/proc/1/environ').read() + str(1/0)",
        "open('/proc/sys/kernel/core_pattern', 'w').write('|/tmp/x')",
        "open('/sys/kernel/uevent_helper', 'w')",
    ],
)
async def test_it_cannot(code: str) -> None:
    ran = await run(
        f"try:\n    {code.replace(chr(10), chr(10) + '    ')}\nexcept BaseException as error:\n    print('no', type(error).__name__)"
    )
    assert ran.output.startswith(b"no"), ran


async def test_it_knows_nothing_of_the_gateway(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANEWISE_ADMIN_KEY", "a-secret")
    ran = await run(
        "import os; print(sorted(os.environ), os.getuid(), os.getgid(), sorted(os.listdir('/')), len(os.listdir('/proc/self/fd')))"
    )
    assert ran.code == 0
    assert b"secret" not in ran.output
    assert b"LANEWISE" not in ran.output
    assert b"'HOME', 'LANG'" in ran.output
    assert b"65534 65534" in ran.output
    assert b"root" not in ran.output


async def test_it_sees_its_own_processes_only() -> None:
    ran = await run("import os; print(sum(name.isdigit() for name in os.listdir('/proc')))")
    assert int(ran.output) <= 3


async def test_a_fork_bomb_stays_small() -> None:
    """As root too: the uid is one that RLIMIT_NPROC holds. It counts for itself, however slowly the machine lets it."""
    assert await nothing_inside()
    bomb = (
        "import os, time\nforked = 0\nwhile forked < 100:\n    try:\n        child = os.fork()\n    except OSError:\n        break\n"
        "    if child == 0:\n        time.sleep(600)\n    forked += 1\nprint(forked)\n"
    )
    ran = await run(bomb, Limits(seconds=PATIENCE_S, cpu_s=10, processes=6))
    assert 1 <= int(ran.output) < 12
    assert await nothing_inside()


async def test_a_fork_bomb_ends() -> None:
    bomb = "import os, time\nwhile True:\n    try:\n        os.fork()\n    except OSError:\n        time.sleep(0.01)\n"
    ran = await run(bomb, Limits(seconds=1.5, cpu_s=2, processes=6))
    assert ran.stopped in ("time", "processor") or ran.signal  # the second where others leave it none
    assert await nothing_inside()


@pytest.mark.parametrize(
    "code",
    [
        "x = bytearray(1 << 30)",
        "x = []\nwhile True: x.append(' ' * (1 << 20))",
        "import mmap; x = mmap.mmap(-1, 1 << 30)",
        "9 ** 9 ** 9",
        "while True: pass",
        "import signal\nfor number in (1, 2, 3, 10, 12, 15, 24): signal.signal(number, signal.SIG_IGN)\nwhile True: pass",
        "for number in range(1000): open(f'/tmp/{number}', 'wb').write(b'x' * (1 << 20))",
        "open('/tmp/large', 'wb').write(b'x' * (64 << 20))",
        "import threading, time\nfor _ in range(1000): threading.Thread(target=time.sleep, args=(9,), daemon=True).start()",
        "import os, time; os.setsid(); os.fork() or time.sleep(60); time.sleep(60)",
    ],
)
async def test_what_would_take_everything_is_stopped(code: str) -> None:
    ran = await run(
        code, Limits(seconds=2.5, cpu_s=1, memory_bytes=128 << 20, processes=6, tmp_bytes=4 << 20, file_bytes=2 << 20)
    )
    assert ran.code != 0
    assert await nothing_inside()


async def test_who_used_up_its_processor_time_says_so_by_its_signal() -> None:
    ran = await run("while True: pass", Limits(seconds=20.0, cpu_s=1))
    assert ran.signal == signal.SIGXCPU


def programs(code: str) -> list[psutil.Process]:
    """The processes that run this code, and not what holds them."""
    found = psutil.process_iter(["cmdline", "name"])
    return [each for each in found if (each.info["cmdline"] or [""])[-1] == code and each.info["name"] != "bwrap"]


async def test_a_program_that_sleeps_has_itself_to_blame_and_one_that_is_stopped_from_outside_has_not() -> None:
    await sandbox_here()
    limits = Limits(seconds=4.0, cpu_s=5)  # a busy machine lets a program that only sleeps wait for a tenth of it
    code = f"import time; time.sleep(60)  # {UID}"
    asleep = asyncio.create_task(run("import time; time.sleep(60)", limits))
    running = asyncio.create_task(run(code, limits))
    while not (found := programs(code)):
        assert not running.done()
        await asyncio.wait({running}, timeout=0.02)
    found[0].send_signal(signal.SIGSTOP)
    ran = await running
    assert (ran.stopped, ran.code) == ("processor", None)
    assert "stopped by a signal" in ran.why
    assert (await asleep).stopped == "time"
    assert await nothing_inside()


async def test_a_machine_too_busy_to_try_the_sandbox_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sandbox that was only waited for in vain is there as soon as there is a processor for it."""
    await sandbox_here()
    real = sandbox_module._ran
    starved = Ran(code=None, stopped="processor", why="it waited 9 of 10 s for a processor, and had one for 0.1 s")

    async def in_vain(slot: int, job: Job, limits: Limits) -> Ran:
        return starved

    sandbox = Sandbox()
    monkeypatch.setattr(sandbox_module, "_ran", in_vain)
    assert "waited 9 of 10 s" in await sandbox.missing()
    monkeypatch.setattr(sandbox_module, "_ran", real)
    assert await sandbox.missing() == ""


async def test_ten_megabytes_of_output_are_cut() -> None:
    ran = await run("import sys\nfor _ in range(100): sys.stdout.write('x' * 100_000)")
    assert (ran.stopped, len(ran.output)) == ("output", SHORT.output_bytes)
    assert await nothing_inside()


async def test_cancelling_leaves_nothing_behind() -> None:
    await sandbox_here()
    running = asyncio.create_task(run("import time; time.sleep(60)"))
    while not inside():
        await asyncio.wait({running}, timeout=0.05)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert await nothing_inside()


async def test_places_are_few_and_so_are_those_who_wait() -> None:
    sandbox = await sandbox_here(slots=1)
    sandbox._max_waiting = 1
    sleeps = Job(command=["sleep", "0.3"])
    first, second = (asyncio.create_task(sandbox.run(sleeps, SHORT)) for _ in range(2))
    await asyncio.wait({first}, timeout=0.05)
    with pytest.raises(NoSandbox, match="too many"):
        await sandbox.run(sleeps, SHORT)
    assert [(await each).code for each in (first, second)] == [0, 0]


async def test_without_bubblewrap_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    sandbox = Sandbox()
    assert "apt install bubblewrap" in await sandbox.missing()
    with pytest.raises(NoSandbox):
        await sandbox.run(Job(command=["true"]), SHORT)


def test_the_python_inside_can_be_run_without_rights() -> None:
    found = python()
    assert found is None or os.access(found, os.X_OK)


async def test_a_program_steps_back_behind_the_gateway() -> None:
    ran = await run("import os; print(os.nice(0))")
    assert int(ran.output) >= 10
