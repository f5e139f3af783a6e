"""Schemathesis: requests made from OpenAI's description, right and wrong ones, none of which may end in a server's error."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from bench.install import NotInstalledError

from clients import install
from clients.cases import MESSAGES
from clients.counted import Counted
from clients.drive import run_alone
from clients.place import alone
from clients.specs import OPENAI, spec

ENVIRONMENT = "schemathesis"
_SEED = 20_261_128
_EXAMPLES = 100  # random ones of each operation, beside those that its other phases make
_WITHIN_S = 600.0


async def run_fuzzed(vendor: str, *, phases: str = "", examples: int = _EXAMPLES) -> Counted:
    """How many requests were answered without a server's error where a vendor of this dialect answers. Raises NotInstalledError."""
    program = install.python_environment(ENVIRONMENT).with_name("st")
    description = spec(OPENAI)
    with tempfile.TemporaryDirectory() as home, alone(vendor, Path(home)) as url:
        report = Path(home, "report.json")
        options = ["--checks", "not_a_server_error", "--phases", phases or _phases(vendor), "--warnings", "off"]
        options += ["--seed", str(_SEED), "--max-examples", str(examples), "--generation-database", "none"]
        options += ["--report", "json", "--report-json-path", str(report)]
        said = await run_alone(
            [str(program), "run", str(description), "--url", f"{url}/v1", *options],
            cwd=Path(home),
            env={"HOME": home},
            within_s=_WITHIN_S,
        )
        if not report.exists():
            raise NotInstalledError(f"Schemathesis wrote no report; its last words: {said[-1500:]}")
        return read_report(json.loads(report.read_text()), said)


def _phases(vendor: str) -> str:
    """Every constraint of the description is broken once where all that is asked has to be translated."""
    return "examples,coverage,fuzzing" if vendor == MESSAGES else "examples,fuzzing"


def read_report(report: dict[str, Any], said: str) -> Counted:
    """What its report says, and its words where something failed; an operation that was not tested has shown nothing, so it has failed."""
    cases, operations = report["test_cases"], report["operations"]
    failures = [f"{each['title']} at {', '.join(each['operations'])}: {_evidence(said)}" for each in report["failures"]]
    failures += [f"{json.dumps(each)[:500]}" for each in report["errors"]]
    untested = operations["total"] - operations["tested"]
    if untested or not report["complete"]:
        failures.append(f"{untested} operations were not tested; it ended because of: {report['stop_reason']}")
    return Counted(passed=cases["generated"] - cases["with_failures"], refused=0, failures=tuple(failures))


def _evidence(said: str) -> str:
    return said.partition("Server error")[2][:1500]
