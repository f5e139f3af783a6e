"""`lanewise demo` as a newcomer runs it, small: its result, its exit codes, what it keeps, and that it leaves no process behind."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest
from click.testing import CliRunner

from lanewise.cli import lanewise as group
from lanewise.core.errors import LanewiseError
from lanewise.lab.demo_questions import data_folder
from lanewise.lab.processes import RehearsalError
from processes import Process, clean_environment


def demo(*options: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "lanewise", "demo", "--time-scale", "0", *options],
        cwd=cwd,
        env=clean_environment() | environment,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


def lanewise(*arguments: str) -> str:
    done = CliRunner().invoke(group, arguments)
    assert done.exit_code == 0, done.output
    return done.output


def checks_of(told: dict[str, Any]) -> dict[str, bool]:
    return {check["name"]: check["passed"] for check in told["checks"]}


def test_a_small_demo_succeeds_and_what_it_kept_can_be_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = demo("--requests", "40", "--keep", "kept", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert checks_of(told) == {
        "every request was answered": True,
        "every answer of the outage is marked": True,
        "every proof is true": True,
        "every answer is in the ledger": True,
        "the ledger equals the vendors' books": True,
    }
    routed, whole = told["parts"]
    assert sum(lane["requests"] for lane in routed["lanes"]) == 40
    assert len(routed["lanes"]) >= 3
    assert [(lane["lane"], lane["requests"]) for lane in whole["lanes"]] == [("reasoning", 40)]
    assert whole["failovers"] == []
    assert told["outage"]["vendor"] == "simthropic"
    assert sum(each["count"] for each in routed["failovers"]) >= told["outage"]["answers"] >= 1
    assert "Half way: simthropic now answers HTTP 503" in done.stderr

    monkeypatch.chdir(tmp_path)
    trace, report, check = (each.split()[1:] for each in told["look_next"][:3])
    assert "simthropic/sim-opus" in lanewise(*trace)
    assert "reasoning" in lanewise(*report)
    assert "simopen" in lanewise(*check)


def test_an_outage_that_hit_nobody_fails_and_says_so_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(group, ["demo", "--requests", "2", "--time-scale", "0"])
    assert done.exit_code == 1
    assert "lanewise demo: failed: every answer of the outage is marked: no answer came from reasoning" in done.stderr
    assert "FAILED every answer of the outage is marked" in done.stdout
    assert "lanewise demo --keep DIR" in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_ctrl_c_leaves_no_process_behind(tmp_path: Path) -> None:
    process = Process("demo", "--requests", "400", "--time-scale", "1", cwd=tmp_path)
    try:
        process.wait_for("Part 1, routed: 0 of 400")
        started = psutil.Process(process.child.pid).children(recursive=True)
        assert len(started) == 2
    finally:
        code = process.stop(signal.SIGINT)
    assert code == 130
    assert not [each for each in started if each.is_running()]


def test_a_folder_with_something_in_it_is_not_used(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    done = CliRunner().invoke(group, ["demo", "--keep", str(tmp_path)])
    assert done.exit_code == 2
    assert "not empty" in done.output


def test_real_without_data_says_what_to_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANEWISE_DATA", str(tmp_path))
    with pytest.raises(LanewiseError, match="set LANEWISE_DATA"):
        group.main(["demo", "--real"], standalone_mode=False)


@pytest.mark.data
def test_real_questions_are_answered_by_recorded_models_with_real_accuracy(tmp_path: Path) -> None:
    try:
        folder = data_folder()
    except RehearsalError as error:
        pytest.skip(error.message)
    done = demo("--real", "--requests", "300", "--json", cwd=tmp_path, LANEWISE_DATA=str(folder.parents[1]))
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert checks_of(told) == {
        "every request was answered": True,
        "every answer is in the ledger": True,
        "the ledger equals the vendors' books": True,
    }
    routed, best = told["parts"]
    assert [lane["lane"] for lane in routed["lanes"]] == ["small", "standard", "frontier", "reasoning"]
    assert routed["total"]["graded"] == best["total"]["graded"] == 300
    assert routed["total"]["cost_nanousd"] < best["total"]["cost_nanousd"]
    assert any("stated model" in note for note in told["notes"])
    assert any("claude-3-5-sonnet" in note for note in told["notes"])
