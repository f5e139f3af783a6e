"""Starts and stops the processes of a run: upstream, load client and systems, all on loopback."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from bench import install
from bench.lag import Lag
from bench.load import Load, Outcome
from bench.measure import Tree
from bench.systems import System

START_TIMEOUT_S = 180.0


class Process:
    """A child process in a session of its own, so that stopping it stops what it started; its log is under `.bench/logs`."""

    def __init__(self, name: str, argv: list[str], env: dict[str, str], *, piped: bool = False) -> None:
        self.name = name
        self.log = install.HOME / "logs" / f"{name}.log"
        self.log.parent.mkdir(parents=True, exist_ok=True)
        pipe = subprocess.PIPE if piped else None
        with self.log.open("wb") as log:
            self.popen = subprocess.Popen(
                argv,
                cwd=install.ROOT,
                env={**os.environ, **env},
                stdin=pipe or subprocess.DEVNULL,
                stdout=pipe or log,
                stderr=log,
                start_new_session=True,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """End the process and its group: asked first, forced after ten seconds."""
        if self.popen.poll() is None:
            self.popen.terminate()
        try:
            self.popen.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self.popen.pid, signal.SIGKILL)
            self.popen.wait()
        for pipe in (self.popen.stdin, self.popen.stdout):
            if pipe:
                pipe.close()

    def ask(self, line: bytes) -> bytes:
        """Its answer to a line. Raises RuntimeError where it has ended."""
        assert self.popen.stdin
        assert self.popen.stdout
        self.popen.stdin.write(line + b"\n")
        self.popen.stdin.flush()
        answer: bytes = self.popen.stdout.readline()
        if not answer:
            raise RuntimeError(f"{self.name} has ended: {self.last_words()}")
        return answer

    def last_words(self) -> str:
        return self.log.read_text(errors="replace")[-2000:]


class UpstreamProcess(Process):
    """The upstream, and its two controls."""

    def __init__(self) -> None:
        super().__init__("upstream", [sys.executable, "-m", "bench.upstream"], python_path(), piped=True)
        assert self.popen.stdout
        self.port = int(self.popen.stdout.readline())
        self.url = f"http://127.0.0.1:{self.port}"

    def set_pace(self, pace_ms: float) -> None:
        get(f"{self.url}/pace/{pace_ms}")

    def served(self) -> int:
        """How many chat requests the upstream has answered so far."""
        return int(msgspec.json.decode(get(f"{self.url}/served"))["served"])


class LoadProcess(Process):
    """The load client: one round at a time."""

    def __init__(self) -> None:
        super().__init__("load", [sys.executable, "-m", "bench.load"], python_path(), piped=True)

    def run(self, load: Load) -> Outcome:
        return msgspec.json.decode(self.ask(msgspec.json.encode(load)), type=Outcome)


class IdleLoop(Process):
    """A loop with nothing to do, on the same machine at the same time."""

    def __init__(self) -> None:
        super().__init__("idle-loop", [sys.executable, "-m", "bench.lag"], python_path(), piped=True)

    def lag(self) -> Lag:
        """How late it woke since it was last asked."""
        return msgspec.json.decode(self.ask(b""), type=Lag)


class SystemProcess(Process):
    """A system under measurement."""

    def __init__(self, system: System, port: int, *, piped: bool = False) -> None:
        super().__init__(system.name, system.argv, system.env, piped=piped)
        self.port = port
        self.url = f"http://127.0.0.1:{port}{system.ready_path}"
        self.tree = Tree(self.popen.pid)

    def wait_until_ready(self) -> None:
        """Return when the system answers; raise when it ended or took too long."""
        started = time.monotonic()
        while time.monotonic() - started < START_TIMEOUT_S and self.popen.poll() is None:
            try:
                get(self.url)
            except OSError:
                time.sleep(0.1)
            else:
                return
        raise install.NotInstalledError(f"{self.name} was not ready at {self.url}. Its log: {self.last_words()}")


def get(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=5) as answer:
        content: bytes = answer.read()
    return content


def free_port() -> int:
    """A port free now, for servers that cannot tell which one they took."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
    return port


def python_path() -> dict[str, str]:
    return {"PYTHONPATH": str(Path(install.ROOT))}
