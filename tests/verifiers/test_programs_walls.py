"""The prelude of the sandbox, without the sandbox: files, stdin, limits, and a command that is not there."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from pathlib import Path

from lanewise.verifiers.programs import walls
from patience import PATIENCE_S

SOURCE = Path(walls.__file__).read_text(encoding="utf-8")


def entered(folder: Path, *command: str, stdin: bytes = b"", **files: bytes) -> subprocess.CompletedProcess[bytes]:
    first = json.dumps({name: base64.b64encode(content).decode() for name, content in files.items()}).encode()
    numbers = map(str, (1 << 30, 5, 1 << 20, 4_000, 64))
    return subprocess.run(
        [sys.executable, "-I", "-S", "-c", SOURCE, *numbers, *command],
        input=len(first).to_bytes(4, "big") + first + stdin,
        capture_output=True,
        cwd=folder,
        timeout=PATIENCE_S,
        check=False,
    )


def test_files_are_there_and_stdin_is_the_commands_own(tmp_path: Path) -> None:
    done = entered(tmp_path, "sh", "-c", "cat given; cat; ulimit -t", stdin=b"line ", given=b"file ")
    assert done.stdout == b"file line 5\n"


def test_a_command_that_is_not_there_says_so(tmp_path: Path) -> None:
    done = entered(tmp_path, "no-such-command")
    assert done.returncode == 127
    assert b"no-such-command cannot be run" in done.stdout
