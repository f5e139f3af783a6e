"""`lanewise drill` as an operator runs it: one incident, whole; and what the command line refuses."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from click.testing import CliRunner

from lanewise.cli import lanewise
from lanewise.lab.drill_incidents import NAMES
from processes import clean_environment


def test_one_incident_is_played_judged_and_kept(tmp_path: Path) -> None:
    options = ["--only", "slow_tokens", "--time-scale", "0.02", "--json", "--keep", "kept"]
    done = subprocess.run(
        [sys.executable, "-m", "lanewise", "drill", *options],
        cwd=tmp_path,
        env=clean_environment(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    told = json.loads(done.stdout)
    (incident,) = told["incidents"]
    failed = [
        f"lanewise drill: failed: slow_tokens: {c['name']}: {c['said']}" for c in incident["checks"] if not c["passed"]
    ]
    assert [line for line in done.stderr.splitlines() if line.startswith("lanewise drill: failed")] == failed
    assert done.returncode == (1 if failed else 0)
    assert told["passed"] is not failed

    held = {check["name"]: check["passed"] for check in incident["checks"]}
    for name in (
        "the incident was felt",
        "nobody is left unanswered",
        "every degraded answer is marked",
        "every request is in the ledger",
        "the ledger equals the vendors' books",
    ):
        assert held[name], incident["checks"]
    assert incident["calm"]["requests"] == incident["struck"]["requests"] == 80
    assert "Incident 1 of 1" in done.stderr
    assert {each.name for each in (tmp_path / "kept/slow_tokens").iterdir()} >= {
        "lanewise.yaml",
        "lanewise.db",
        "gateway.log",
    }


def test_an_incident_that_is_not_there_is_refused_with_those_that_are() -> None:
    done = CliRunner().invoke(lanewise, ["drill", "--only", "earthquake"])
    assert done.exit_code == 2
    assert all(name in done.output for name in NAMES)
