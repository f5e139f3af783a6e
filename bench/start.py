"""`python -m bench.start`: CPU of a command from its first instruction to its end, and of a gateway to the moment it serves.

With what Python has compiled before, and without, as in an image or under a user who may not write beside the code. A figure is the least
of several starts: what a busy machine adds is not ours. Where the time goes: `python -X importtime -m lanewise ...`.
"""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.table import Table

COMMANDS = (("--help",), ("report", "--help"), ("check", "--simulate"), ("keys", "list"))
SERVE = ("serve", "--dev", "--port", "0")
POLICY = """
providers: {house: {dialect: openai, base_url: "http://127.0.0.1:9/v1", local: true}}
lanes: {standard: {deployments: [house/m]}}
"""
_STARTS = 3


def cpu_s(*arguments: str, environment: dict[str, str], folder: Path) -> float:
    """CPU of a command that ends by itself, or of a gateway that is stopped as soon as it serves, with all that they started."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with subprocess.Popen(
        [sys.executable, "-m", "lanewise", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=folder,
        env=environment,
    ) as running:
        assert running.stdout is not None
        for line in running.stdout:
            if '"event": "serving"' in line:
                running.send_signal(signal.SIGTERM)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Print a table of all commands."""
    table = Table("command", "compiled before, s", "not compiled, s", title="CPU of a start")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        kept = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
        never = kept | {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONPYCACHEPREFIX": str(folder / "nowhere")}
        cpu_s("migrate", environment=kept, folder=folder)
        (folder / "lanewise.yaml").write_text(POLICY)
        for command in (*COMMANDS, SERVE):
            figures = [
                least(partial(cpu_s, *command, environment=environment, folder=folder)) for environment in (kept, never)
            ]
            table.add_row(f"lanewise {' '.join(command)}", *(f"{figure:.2f}" for figure in figures))
    Console().print(table)


def least(measure: Callable[[], float]) -> float:
    """The least of several measurements."""
    return min(measure() for _ in range(_STARTS))


if __name__ == "__main__":
    main()
