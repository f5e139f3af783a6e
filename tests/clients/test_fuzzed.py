"""Schemathesis's report is read for what it shows: a server's error, or an operation that was not tested, is a failure."""

from __future__ import annotations

from typing import Any

import pytest
from bench.install import is_current
from clients.cases import GEMINI
from clients.counted import Counted
from clients.fuzzed import ENVIRONMENT, read_report, run_fuzzed
from clients.install import HERE, HOME
from clients.specs import OPENAI

from recordings import data_folder

FINE: dict[str, Any] = {
    "complete": True,
    "stop_reason": "completed",
    "operations": {"total": 4, "tested": 4},
    "test_cases": {"generated": 201, "with_failures": 0},
    "failures": [],
    "errors": [],
}


def test_no_server_s_error_is_what_is_shown() -> None:
    assert read_report(FINE, "") == Counted(passed=201, refused=0, failures=())


def test_a_server_s_error_is_told_with_its_evidence() -> None:
    broken = FINE | {
        "test_cases": {"generated": 201, "with_failures": 2},
        "failures": [{"title": "Server error", "operations": ["POST /responses"]}],
    }
    seen = read_report(broken, "- Server error\n\n[500] curl -X POST")
    assert seen.passed == 199
    assert seen.failures == ("Server error at POST /responses: \n\n[500] curl -X POST",)


@pytest.mark.parametrize(
    "cut", [{"operations": {"total": 4, "tested": 3}}, {"complete": False}, {"errors": [{"title": "no network"}]}]
)
def test_what_was_not_tested_has_failed(cut: dict[str, Any]) -> None:
    assert len(read_report(FINE | cut, "").failures) == 1


async def test_a_few_requests_made_from_the_description_end_in_no_server_s_error() -> None:
    if not (data_folder() / "specs" / OPENAI).exists():
        pytest.skip(f"needs specs/{OPENAI} in LANEWISE_DATA")
    if not is_current(HOME / ENVIRONMENT, HERE / "locks" / f"{ENVIRONMENT}.lock"):
        pytest.skip("needs schemathesis, which `python -m clients schemathesis` installs")
    seen = await run_fuzzed(GEMINI, phases="fuzzing", examples=3)
    assert seen.failures == ()
    assert seen.passed > 0
