"""A worker steps back before it does anything else, by every means that its system has, and its gateway keeps its own place."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from lanewise.verifiers import worker

AUTOGROUP = Path("/proc/self/autogroup")
TELL = """
import os, sys, json
from lanewise.verifiers.worker import step_back
step_back(15, **({"autogroup": sys.argv[1]} if len(sys.argv) > 1 else {}))
print(json.dumps([os.nice(0), os.sched_getscheduler(0), os.getsid(0) == os.getpid()]))
try:
    print(open("/proc/self/autogroup").read().strip())
except OSError:
    print("")
"""
linux = pytest.mark.skipif(sys.platform != "linux", reason="sessions are groups of the scheduler on Linux only")
grouped = pytest.mark.skipif(not AUTOGROUP.exists(), reason="this kernel does not group processes by session")


def told(*arguments: str, session: bool) -> tuple[list[int], str]:
    """Niceness, scheduling policy, whether it leads a session, and its session's group."""
    found = subprocess.run(
        [sys.executable, "-c", TELL, *arguments], start_new_session=session, capture_output=True, check=True, text=True
    ).stdout.splitlines()
    return msgspec.json.decode(found[0]), found[1]


@linux
def test_a_worker_is_nice_and_pushes_nobody_aside() -> None:
    (niceness, policy, leads), _ = told(session=True)
    assert (niceness, policy, leads) == (min(19, os.nice(0) + 15), os.SCHED_BATCH, True)


@grouped
def test_where_sessions_are_grouped_the_workers_session_is_nice_and_that_of_the_gateway_is_not() -> None:
    before = AUTOGROUP.read_text(encoding="ascii")
    assert told(session=True)[1].endswith("nice 15")
    assert told(session=False)[1] == before.strip()
    assert AUTOGROUP.read_text(encoding="ascii") == before


@linux
def test_a_system_without_such_groups_takes_nothing_amiss(tmp_path: Path) -> None:
    (niceness, _, _), _ = told(str(tmp_path / "no" / "autogroup"), session=True)
    assert niceness >= 15


def test_a_wish_that_comes_too_soon_after_another_is_told_again(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    wishes: list[bytes] = []

    def written(_: str, wish: bytes) -> None:
        if not waited:
            raise BlockingIOError(errno.EAGAIN, "too soon")
        wishes.append(wish)

    monkeypatch.setattr(worker, "_written", written)
    monkeypatch.setattr("time.sleep", waited.append)
    worker._nice_session(15, "anywhere")
    assert (waited, wishes) == ([worker._BETWEEN_S], [b"15"])


def test_it_becomes_its_module_with_the_modules_arguments(tmp_path: Path) -> None:
    (tmp_path / "odd_module.py").write_text("import sys\ndef main(): print(sys.argv)\n", encoding="utf-8")
    command = [sys.executable, "-m", "lanewise.verifiers.worker", "5", "odd_module", "/a/folder"]
    found = subprocess.run(
        command, capture_output=True, check=True, text=True, env={**os.environ, "PYTHONPATH": str(tmp_path)}
    )
    assert found.stdout.strip() == "['odd_module', '/a/folder']"
