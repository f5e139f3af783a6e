"""The runner inside the sandbox, on this Python: what it says of a program and its tests. It is run as it is there, as a text."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from lanewise.verifiers.programs.interpret import runner
from patience import PATIENCE_S

SOURCE = runner()
both_ways = pytest.mark.parametrize("apart", [True, False], ids=["apart", "together"])


def told(
    program: str,
    tests: str,
    calls: str = "",
    *,
    unittest: bool = False,
    apart: bool = True,
    seconds: float = PATIENCE_S,
) -> dict[str, Any] | None:
    """What the runner says; None where it does not come to say anything."""
    job: dict[str, Any] = {
        "program": program,
        "tests": tests,
        "calls": calls,
        "unittest": unittest,
        "apart": apart,
        "seconds": seconds,
        "nonce": "NONCE",
    }
    done = subprocess.run(
        [sys.executable, "-I", "-c", SOURCE],
        input=json.dumps(job).encode(),
        capture_output=True,
        timeout=PATIENCE_S,
        check=False,
    )
    lines = [json.loads(line[5:]) for line in done.stdout.decode().splitlines() if line.startswith("NONCE")]
    if not apart:
        assert lines.pop(0).keys() == {"plain"}, "that is said before the program runs"
    return lines[0] if lines else None


@both_ways
def test_tests_that_hold_are_counted(*, apart: bool) -> None:
    found = told("x = 1", "assert x == 1\nassert x < 2\nassert x", apart=apart)
    assert found is not None
    assert (found["failed"], found["passed"]) == ("", 3)


@both_ways
def test_the_first_that_does_not_hold_is_told_with_both_sides(*, apart: bool) -> None:
    found = told("def f(x): return x + 1", "assert f(1) == 2\nassert f(2) == 4", apart=apart)
    assert found == {
        "failed": "run",
        "why": "f(2) == 4 does not hold: the left side is 3, the right side is 4",
        "passed": 1,
        "assertion": True,
    }


@both_ways
@pytest.mark.parametrize(
    ("program", "tests", "failed", "why"),
    [
        ("def f(:", "assert True", "program", "SyntaxError"),
        ("x = 1", "assert (", "tests", "SyntaxError"),
        (
            "def f(x): return x[5]",
            "assert f([]) == 1",
            "run",
            "IndexError: list index out of range in `def f(x): return x[5]`",
        ),
        ("raise ValueError('no')", "assert True", "program", "ValueError: no in `raise ValueError('no')`"),
        ("import sys; sys.exit(0)", "assert False", "program", "it ends the process before its tests are done"),
        ("x = 1", "assert not x", "run", "not x does not hold"),
        ("x = 1", "assert x == 2, 'our own words'", "run", "our own words"),
        (
            "class A:\n    def __repr__(self): raise ValueError",
            "assert A() == 1",
            "run",
            "a value whose repr raises ValueError",
        ),
    ],
)
def test_what_fails_is_told(program: str, tests: str, failed: str, why: str, *, apart: bool) -> None:
    found = told(program, tests, apart=apart)
    assert found is not None
    assert found["failed"] == failed
    assert why in found["why"]


@pytest.mark.parametrize(
    "program", ["import os; os._exit(0)", "print('NONCE{}')", "import os; os.write(3, b'{}'); os._exit(0)"]
)
def test_a_program_that_ends_or_boasts_has_not_passed(program: str) -> None:
    found = told(program, "assert False")
    assert found is None or found["failed"]


@both_ways
def test_cases_of_unittest_are_run(*, apart: bool) -> None:
    cases = "import unittest\nclass T(unittest.TestCase):\n    def test_a(self): self.assertEqual(x, {})\n"
    passed = told("x = 1", cases.format(1), unittest=True, apart=apart)
    assert passed is not None
    assert (passed["failed"], passed["passed"]) == ("", 1)
    failed = told("x = 1", cases.format(2), unittest=True, apart=apart)
    assert failed is not None
    assert "1 != 2" in failed["why"]


@both_ways
def test_a_program_that_skips_its_tests_has_not_passed(*, apart: bool) -> None:
    program = "import unittest\ndef f(): raise unittest.SkipTest"
    cases = "import unittest\nclass T(unittest.TestCase):\n    def test_a(self): self.assertEqual(f(), 1)\n"
    found = told(program, cases, unittest=True, apart=apart)
    assert found is not None
    assert found["failed"]
    left_out = cases.replace(
        "    def test_a", "    @unittest.skip('not here')\n    def test_b(self): pass\n    def test_a"
    )
    found = told("def f(): return 1", left_out, unittest=True, apart=apart)
    assert found is not None
    assert not found["failed"]


@pytest.mark.parametrize(
    "tests", ["import io\nassert f(io.StringIO()) is None", "import copy\nassert copy.copy(A()) is not None"]
)
def test_tests_that_need_the_program_beside_them_are_told_apart(tests: str) -> None:
    found = told("class A: pass\ndef f(x): pass", tests)
    assert found is not None
    assert found["failed"] == "apart"
    again = told("class A: pass\ndef f(x): pass", tests, apart=False)
    assert again is not None
    assert again["failed"] == ""


def test_calls_that_are_too_many_to_cross_in_time_are_told_apart_from_a_program_that_is_slow() -> None:
    many = told("def f(n): return n", "for n in range(10**9): assert f(n) == n", seconds=1.5)
    assert many is not None
    assert many["failed"] == "slow"
    late = told("import time\ndef f(n):\n    time.sleep(1)\n    return n", "assert f(1) == 1", seconds=0.2)
    assert late is not None
    assert late["failed"] == ""
