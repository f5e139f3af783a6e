"""A shell in an empty folder, where no vendor's key is set."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path

import pytest

from cli.shells import Said, Shell
from lanewise.cli import main
from processes import clean_environment


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    """Runs `lanewise ...` as its entry point does, without the half second that a process takes to start."""
    monkeypatch.chdir(tmp_path)
    kept = clean_environment()
    for name in set(os.environ) - set(kept):
        monkeypatch.delenv(name)

    def run(*arguments: str, typed: str = "") -> Said:
        monkeypatch.setattr(sys, "argv", ["lanewise", *arguments])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(typed.encode())))
        capsys.readouterr()
        code = 0
        try:
            main()
        except SystemExit as end:
            code = int(end.code or 0)
        printed = capsys.readouterr()
        return Said(code=code, out=printed.out, err=printed.err)

    return run
