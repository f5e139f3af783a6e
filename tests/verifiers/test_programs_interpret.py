"""Programs in monty, in CPython, and in both."""

from __future__ import annotations

import signal

import pytest

from lanewise.verifiers.programs.interpret import CPython, Interpreters, Monty, Outcome, Program
from lanewise.verifiers.programs.sandbox import Job, Limits, Ran, Sandbox
from lanewise.verifiers.programs.source import given_tests
from verifiers.sandboxes import sandbox_here

LIMITS = Limits(seconds=6.0, cpu_s=1)


def program(code: str, tests: str) -> Program:
    return Program(code=code, tests=given_tests(tests, code, ""))


@pytest.mark.parametrize(
    ("code", "tests", "word"),
    [
        ("def f(x):\n    return x + 1", "assert f(1) == 2", "passed"),
        ("def f(x):\n    return x", "assert f(1) == 2", "failed"),
        ("def f():\n    yield 1", "assert list(f()) == [1]", "unsupported"),
        ("import heapq", "assert heapq", "unsupported"),
        ("def f(x):\n    return list(set(x))", "assert f([1]) == [1]", "unsupported"),
        ("open('/etc/passwd')", "assert True", "unsupported"),
        ("import sys\nsys.exit(0)", "assert False", "unsupported"),
    ],
)
async def test_monty_tells_or_leaves_it(code: str, tests: str, word: str) -> None:
    monty = Monty()
    try:
        assert (await monty(program(code, tests), LIMITS)).word == word
    finally:
        await monty.close()


@pytest.mark.parametrize(
    "code",
    ["while True: pass", "x = [0] * 10**10", "x = 9**9**9", "def f(): f()\nf()", "for i in range(10**9): pass"],
)
async def test_monty_survives(code: str) -> None:
    monty = Monty()
    try:
        assert (await monty(program(code, "assert True"), LIMITS)).word != "passed"
        assert (await monty(program("x = 1", "assert x == 1"), LIMITS)).word == "passed"
    finally:
        await monty.close()


@pytest.mark.parametrize(
    ("code", "tests", "word", "why"),
    [
        ("import heapq\ndef f():\n    yield 1", "assert list(f()) == [1]", "passed", ""),
        (
            "def f(x):\n    return x",
            "assert f(1) == 2",
            "failed",
            "f(1) == 2 does not hold: the left side is 1, the right side is 2",
        ),
        ("x = 1", "assert (", "broken_tests", "SyntaxError"),
        ("while True: pass", "assert True", "failed", "CPU"),
        ("import os\nos._exit(0)", "assert False", "failed", "before its tests were done"),
        ("x = ' ' * (1 << 40)", "assert True", "failed", "MemoryError"),
    ],
)
async def test_cpython_is_the_truth(code: str, tests: str, word: str, why: str) -> None:
    outcome = await CPython(await sandbox_here())(program(code, tests), LIMITS)
    assert outcome.word == word
    assert why in outcome.why


@pytest.mark.parametrize(
    ("ran", "word", "why"),
    [
        (Ran(code=None, stopped="time"), "failed", "more than 6 s"),
        (Ran(code=None, stopped="processor", why="it waited 5 of 6 s"), "unfinished", "it waited 5 of 6 s"),
        (Ran(code=128 + signal.SIGXCPU), "failed", "more than 1 s of CPU"),
        (Ran(code=128 + signal.SIGKILL), "unfinished", "short of memory"),
        (Ran(code=128 + signal.SIGSEGV), "failed", "signal 11"),
        (Ran(code=1), "failed", "before its tests were done"),
    ],
)
async def test_how_it_ended_says_whose_fault_it_is(
    monkeypatch: pytest.MonkeyPatch, ran: Ran, word: str, why: str
) -> None:
    async def ended(job: Job, limits: Limits) -> Ran:
        return ran

    sandbox = Sandbox()
    monkeypatch.setattr(sandbox, "run", ended)
    outcome = await CPython(sandbox)(program("x = 1", "assert x"), LIMITS)
    assert outcome.word == word
    assert why in outcome.why


async def test_without_a_sandbox_cpython_is_unsupported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    outcome = await CPython(Sandbox())(program("x = 1", "assert x"), LIMITS)
    assert outcome.word == "unsupported"
    assert "apt install bubblewrap" in outcome.why


@pytest.mark.parametrize(
    ("first", "then", "word"),
    [
        ("passed", "failed", "passed"),
        ("failed", "passed", "passed"),
        ("failed", "unsupported", "failed"),
        ("unsupported", "passed", "passed"),
        ("unsupported", "unsupported", "unsupported"),
        ("failed", "unfinished", "failed"),
        ("unsupported", "unfinished", "unfinished"),
    ],
)
async def test_who_can_tell_tells(first: str, then: str, word: str) -> None:
    async def quick(program: Program, limits: Limits) -> Outcome:
        return Outcome(word=first)  # type: ignore[arg-type]

    async def sure(program: Program, limits: Limits) -> Outcome:
        return Outcome(word=then)  # type: ignore[arg-type]

    assert (await Interpreters(quick, sure)(program("x = 1", "assert x"), LIMITS)).word == word


async def test_a_test_of_very_many_calls_rejects_and_proves_nothing() -> None:
    cpython = CPython(await sandbox_here())
    within = Limits(seconds=2.5, cpu_s=5)
    tests = "for n in range(300_000): assert f(n) == n"
    passed = await cpython(program("def f(n): return n", tests), within)
    assert passed.word == "unfinished"
    assert "so many calls" in passed.why or "for a processor" in passed.why  # the second where others leave it none
    failed = await cpython(program("def f(n): return min(n, 299_998)", tests), within)
    assert failed.word == "failed"
