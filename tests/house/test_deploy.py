"""What is shipped to run a gateway by fits the gateway of today."""

from __future__ import annotations

import json
import re
import shlex
import urllib.request
from pathlib import Path

import pytest

from lanewise.cli.serve import command as serve
from patience import PATIENCE_S
from processes import Process
from ready_store import ready_store
from unit_walls import program_of

ROOT = Path(__file__).resolve().parents[2]
UNIT = (ROOT / "deploy" / "lanewise.service").read_text()
DOCKERFILE = (ROOT / "Dockerfile").read_text()
QUESTION = {
    "model": "auto",
    "messages": [{"role": "user", "content": "What is 17 * 23?"}],
    "lanewise": {"expected": "391"},
}


def test_a_gateway_serves_and_checks_mathematics_behind_the_unit_s_walls(tmp_path: Path) -> None:
    """numpy places memory, workers give way to the gateway: a filter without these would kill it before it says a word."""
    program = program_of(UNIT)
    if program is None:
        pytest.skip(
            "what is in systemd's sets of system calls is not known here: there is no systemd-analyze, or no header"
        )
    (tmp_path / "filter").write_bytes(program)
    ready_store(tmp_path / "lanewise.db")
    serving = ("serve", "--dev", "--simulate", "--time-scale", "0", "--port", "0")
    walled = {"PYTHONPATH": str(ROOT / "tests")}
    process = Process(str(tmp_path / "filter"), *serving, cwd=tmp_path, env=walled, module="unit_walls")
    try:
        url = json.loads(process.wait_for('"serving"'))["url"]
        asked = urllib.request.Request(
            f"{url}/v1/chat/completions", json.dumps(QUESTION).encode(), {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(asked, timeout=PATIENCE_S) as answer:
            told = json.load(answer)["lanewise"]
    finally:
        process.stop()
    assert (told["verdict"], told["verdict_kind"]) == ("accept", "proof")


@pytest.mark.parametrize(
    "command",
    [
        re.findall(r"^ExecStart=\S+lanewise (.*)$", UNIT, re.MULTILINE)[0],
        shlex.join(json.loads(re.findall(r"^CMD (\[.*\])$", DOCKERFILE, re.MULTILINE)[0])),
    ],
)
def test_commands_are_ones_that_there_are(command: str) -> None:
    name, *arguments = shlex.split(command)
    assert name == "serve"
    flags = {each for option in serve.params for each in option.opts}
    assert {each for each in arguments if each.startswith("--")} <= flags


def test_a_stop_leaves_time_for_the_drain() -> None:
    (seconds,) = re.findall(r"^TimeoutStopSec=(\d+)$", UNIT, re.MULTILINE)
    assert int(seconds) >= 40
