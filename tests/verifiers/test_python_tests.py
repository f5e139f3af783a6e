"""What the verifier says of a program."""

from __future__ import annotations

from typing import Any

from judging import candidate, nobody
from lanewise.core.verdict import Verdict
from lanewise.verifiers.programs.interpret import CPython, Interpreters, Monty
from lanewise.verifiers.programs.sandbox import Sandbox
from lanewise.verifiers.python_tests import Options, PythonTestsVerifier
from verifiers.sandboxes import sandbox_here

ADD = "Here it is:\n```python\ndef add(a, b):\n    return a + b\n```\n"


async def said(text: str, options: Options | None = None, sandbox: Sandbox | None = None, **more: Any) -> Verdict:
    """In monty; and in CPython too, where a sandbox is given."""
    monty = Monty()
    interpret = monty if sandbox is None else Interpreters(monty, CPython(sandbox))
    try:
        return await PythonTestsVerifier(options, interpret=interpret).verify(candidate(text, **more), nobody)
    finally:
        await monty.close()


async def test_the_callers_tests_are_proof() -> None:
    found = await said(ADD, tests="assert add(1, 2) == 3")
    assert (found.word, found.kind, found.answer) == ("accept", "proof", "def add(a, b):\n    return a + b\n")


async def test_a_failing_test_is_told_with_its_values_and_orders_attempts() -> None:
    found = await said(ADD, sandbox=await sandbox_here(), tests="assert add(1, 2) == 3\nassert add(1, 1) == 3")
    assert (found.word, found.repairable, found.score) == ("reject", True, 0.45)
    assert "add(1, 1) == 3 does not hold: the left side is 2, the right side is 3" in found.reason


async def test_tests_of_its_own_are_evidence_and_can_be_left() -> None:
    own = ADD.replace("return a + b\n", "return a + b\n\nassert add(1, 2) == 3\n")
    found = await said(own)
    assert (found.word, found.kind) == ("accept", "evidence")
    assert (await said(own, Options(own_tests=False))).word == "unverifiable"


async def test_what_nobody_can_run_is_unsupported_and_no_failure() -> None:
    found = await said("```python\nimport heapq\nx = heapq.nsmallest(1, [2, 1])\n```", tests="assert x == [1]")
    assert found.word == "unverifiable"
    assert "(unsupported)" in found.reason


async def test_nothing_to_run_is_said() -> None:
    assert "no Python program" in (await said("I would add them.", tests="assert True")).reason
    assert "no tests" in (await said(ADD)).reason
    assert "no Python" in (await said(ADD, sandbox=await sandbox_here(), tests="assert (")).reason
