"""Servers of tests end with them, and leave nothing, even where the tests are killed."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

import redis_server
from patience import PATIENCE_S

TESTS = Path(__file__).parent.parent
OF_REDIS = """
from redis_server import own_redis
with own_redis() as server:
    print(server.socket.parent, flush=True)
    input()
"""
OF_POSTGRES = """
from postgres_server import own_server
with own_server() as server:
    print(server.folder, flush=True)
    input()
"""


@pytest.mark.parametrize("tests", [OF_REDIS, OF_POSTGRES], ids=["redis", "postgres"])
def test_a_server_and_its_folder_end_with_tests_that_are_killed(tests: str) -> None:
    if "redis" in tests and redis_server.program() is None:
        pytest.skip("there is no Redis for this machine")
    running = subprocess.Popen(
        [sys.executable, "-c", tests], cwd=TESTS, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert running.stdout is not None
    folder = Path(running.stdout.readline().strip())
    server = psutil.Process(int((folder / "pid").read_text()))
    assert server.is_running()

    running.kill()
    running.communicate(timeout=PATIENCE_S)
    deadline_s = time.monotonic() + PATIENCE_S
    while folder.exists() or _runs(server):
        assert time.monotonic() < deadline_s
        time.sleep(0.05)


def _runs(server: psutil.Process) -> bool:
    try:
        return bool(server.is_running() and server.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
