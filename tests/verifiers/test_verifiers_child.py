"""Processes that are started beside the loop: they answer, they end, and none is left of those whose starter went away."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import sys
import threading
import time
from collections.abc import Callable

import psutil
import pytest

from lanewise.server.process import new_event_loop
from lanewise.verifiers import child
from lanewise.verifiers.child import Start, started
from patience import PATIENCE_S

ECHO = "import sys\nfor line in sys.stdin.buffer: sys.stdout.buffer.write(line); sys.stdout.buffer.flush()"
LOOPS = [asyncio.new_event_loop, *([new_event_loop] if importlib.util.find_spec("uvloop") else [])]


def python(code: str, **more: object) -> Start:
    return Start(command=[sys.executable, "-I", "-S", "-c", code], env={}, **more)  # type: ignore[arg-type]


async def walked() -> int:
    """A process that echoes a line and ends with its input: how it ended."""
    process = await started(python(ECHO))
    process.stdin.write(b"hello\n")
    await process.stdin.drain()
    assert await process.stdout.readline() == b"hello\n"
    assert not process.ended
    process.stdin.close()
    assert await process.stdout.read() == b""
    return await process.wait()


@pytest.mark.parametrize("loop", LOOPS)
def test_it_is_written_to_and_read_and_waited_for_on_every_loop(loop: Callable[[], asyncio.AbstractEventLoop]) -> None:
    with asyncio.Runner(loop_factory=loop) as runner:
        assert runner.run(walked()) == 0


async def test_it_has_a_session_and_an_environment_of_its_own() -> None:
    process = await started(python("import os; print(os.getsid(0) == os.getpid(), dict(os.environ), os.getcwd())"))
    said = (await process.stdout.read()).decode()
    process.stdin.close()
    assert said.startswith("True {")
    assert "HOME" not in said
    assert said.endswith(" /\n")
    assert await process.wait() == 0


async def test_its_errors_are_its_output_where_that_is_asked_for() -> None:
    for errors, said in (("nowhere", b""), ("output", b"oh")):
        process = await started(python("import sys; sys.stderr.write('oh')", errors=errors))
        assert await process.stdout.read() == said
        process.stdin.close()
        await process.wait()


async def test_it_is_given_the_pipe_that_it_tells_on() -> None:
    told, tell = os.pipe()
    process = await started(python(f"import os; os.write({tell}, b'here')", tell=tell))
    os.close(tell)
    await process.stdout.read()
    process.stdin.close()
    await process.wait()
    assert os.read(told, 10) == b"here"
    os.close(told)


async def test_a_process_that_is_killed_says_so() -> None:
    process = await started(python("import time; time.sleep(60)"))
    waiting = asyncio.create_task(process.wait())
    process.kill()
    process.kill()
    assert await waiting == -9
    process.stdin.close()
    assert await process.stdout.read() == b""


async def test_where_the_system_cannot_tell_of_an_end_a_thread_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_: int) -> int:
        raise OSError("not here")

    monkeypatch.setattr(os, "pidfd_open", refused, raising=False)
    assert await walked() == 0


async def test_what_is_not_there_is_an_error() -> None:
    with pytest.raises(OSError, match="no-such-command"):
        await started(Start(command=["/no-such-command"], env={}))


async def test_whoever_is_cancelled_while_it_starts_leaves_none_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    real, begun, go_on = child._popen, threading.Event(), threading.Event()
    before = psutil.Process().children()

    def slowly(start: Start) -> object:
        popen = real(start)
        begun.set()
        assert go_on.wait(PATIENCE_S)
        return popen

    monkeypatch.setattr(child, "_popen", slowly)
    starting = asyncio.create_task(started(python("import time; time.sleep(60)")))
    await asyncio.to_thread(begun.wait, 10)
    starting.cancel()
    await asyncio.sleep(0)
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await starting
    assert [each for each in psutil.Process().children() if each not in before] == []


async def test_the_loop_does_not_work_for_it() -> None:
    """Of a process with much memory a fork takes milliseconds of the loop's own thread; this takes a fraction of one."""
    began_s = time.thread_time()
    process = await started(python("pass"))
    worked_s = time.thread_time() - began_s
    process.stdin.close()
    await process.stdout.read()
    await process.wait()
    assert worked_s < 0.02
