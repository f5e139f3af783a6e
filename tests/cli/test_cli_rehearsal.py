"""What demo and drill have in common: how they end, and where they keep what they made."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Any

import click
import pytest

from lanewise.cli.rehearsal import folder_for, program, run_to_its_end, until_stopped


async def test_a_termination_ends_the_work_in_order_too() -> None:
    begun, tidied = asyncio.Event(), asyncio.Event()

    async def work() -> Any:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            tidied.set()

    running = asyncio.create_task(until_stopped(work()))
    await begun.wait()
    os.kill(os.getpid(), signal.SIGTERM)
    with pytest.raises(asyncio.CancelledError):
        await running
    assert tidied.is_set()


@pytest.mark.parametrize(
    ("typed", "path", "wanted"),
    [
        (".venv/bin/lanewise", "", ".venv/bin/lanewise"),
        (".venv/bin/lanewise", "bin", "lanewise"),
        ("site-packages/lanewise/__main__.py", "", "lanewise"),
    ],
)
def test_commands_to_copy_begin_with_what_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, typed: str, path: str, wanted: str
) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/lanewise").touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path / path) if path else "")
    monkeypatch.setattr(sys, "argv", [typed])
    assert program() == wanted


def test_work_that_is_stopped_ends_the_command_with_130(capsys: pytest.CaptureFixture[str]) -> None:
    async def work() -> None:
        raise asyncio.CancelledError

    with pytest.raises(SystemExit) as ended:
        run_to_its_end(work())
    assert ended.value.code == 130
    assert "are stopped, too" in capsys.readouterr().err


def test_what_is_not_kept_is_gone_and_what_is_kept_stays(tmp_path: Path) -> None:
    with folder_for(None, prefix="lanewise-test-") as folder:
        (folder / "it").touch()
    assert not folder.exists()
    with folder_for(tmp_path / "new", prefix="") as kept:
        (kept / "it").touch()
    assert (tmp_path / "new/it").exists()
    with pytest.raises(click.UsageError, match="not empty"), folder_for(tmp_path / "new", prefix=""):
        pytest.fail("it is in use")
