"""The real command line in processes of its own, on ports the system chooses."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from queue import Queue

from patience import PATIENCE_S
from ready_store import ready_store


class Process:
    """`lanewise COMMAND` with its standard output read line by line."""

    def __init__(self, *arguments: str, cwd: Path, env: dict[str, str] | None = None, module: str = "lanewise") -> None:
        self.lines: list[str] = []
        self._queue: Queue[str | None] = Queue()
        self.child = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=cwd,
            env=clean_environment() | (env or {}),
        )
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.child.stdout is not None
        for line in self.child.stdout:
            self.lines.append(line)
            self._queue.put(line)
        self._queue.put(None)

    def wait_for(self, word: str) -> str:
        """The next line that holds a word."""
        while (line := self._queue.get(timeout=PATIENCE_S)) is not None:
            if word in line:
                return line
        raise AssertionError(f"no line with {word!r}; the process said:\n{''.join(self.lines)}")

    def stop(self, sig: int = signal.SIGTERM) -> int:
        """Send a signal and wait for the end; its exit code."""
        if self.child.poll() is None:
            self.child.send_signal(sig)
        code = self.child.wait(timeout=PATIENCE_S)
        for pipe in (self.child.stdin, self.child.stdout):
            if pipe is not None:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()
        return code


class GatewayProcess(Process):
    """`lanewise serve` on a port of its own, on a store that needs no migration; `url` once it listens."""

    def __init__(self, *arguments: str, cwd: Path, env: dict[str, str] | None = None) -> None:
        if not (cwd / "lanewise.db").exists():
            ready_store(cwd / "lanewise.db")  # where it is to serve from
        super().__init__("serve", "--port", "0", *arguments, cwd=cwd, env=env)
        try:
            self.url: str = json.loads(self.wait_for('"serving"'))["url"]
        except BaseException:
            self.stop(signal.SIGKILL)
            raise


def command(
    *arguments: str, cwd: Path, env: dict[str, str] | None = None, said: str = ""
) -> subprocess.CompletedProcess[str]:
    """`lanewise COMMAND` run to its end, with `said` on its standard input."""
    return subprocess.run(
        [sys.executable, "-m", "lanewise", *arguments],
        input=said,
        capture_output=True,
        text=True,
        cwd=cwd,
        env=clean_environment() | (env or {}),
        timeout=PATIENCE_S,
        check=False,
    )


def clean_environment() -> dict[str, str]:
    """The environment without any vendor's key or proxy: no test can reach, let alone pay, a real vendor."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.endswith(("_API_KEY", "_BASE_URL", "_ENDPOINT")) and "proxy" not in name.lower()
    }


@contextlib.contextmanager
def gateway(*arguments: str, cwd: Path, env: dict[str, str] | None = None) -> Iterator[GatewayProcess]:
    process = GatewayProcess(*arguments, cwd=cwd, env=env)
    try:
        yield process
    finally:
        process.stop()


@contextlib.contextmanager
def simulator(cwd: Path, *arguments: str, time_scale: float = 0.0) -> Iterator[str]:
    """Simulated vendors in a process of their own; yields their base URL."""
    process = Process(
        "simulate", "--port", "0", "--json", "--with-parent", "--time-scale", str(time_scale), *arguments, cwd=cwd
    )
    try:
        yield json.loads(process.wait_for("base_url"))["base_url"]
    finally:
        process.stop()
