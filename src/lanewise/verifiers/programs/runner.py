"""Runs a program and its tests in the sandbox, and says how far they came. Standard library only, for whatever Python is there.

Reads one JSON object (`program`, `tests`, `calls`, `unittest`, `apart`, `nonce`) and writes one line of JSON that begins with the nonce,
which the program is not given: a program that ends its process, or prints that all is well, has not passed. Where it shares the process
of its tests another line comes first, before it runs: whether it is plain (`plain.py`), for of any other what comes after may be its own.

`apart`: the program runs in a process of its own, begun before anything was read. It has none of the tests in its memory, cannot look
into the process that has (`PR_SET_DUMPABLE`), and is told what to call with which arguments, never what is expected of it.
"""

# ruff: noqa: ANN401 - of any type is what crosses here

from __future__ import annotations

import ast
import builtins
import ctypes
import json
import os
import signal
import sys
import traceback
import unittest
from typing import Any

from lanewise.verifiers.programs.across import Across
from lanewise.verifiers.programs.crossing import Beyond, Gone, Slow
from lanewise.verifiers.programs.inside import MOST_SHOWN, Inside, line_of, syntax
from lanewise.verifiers.programs.plain import is_plain

_PR_SET_DUMPABLE = 4
_MANY_CALLS = 10_000  # fewer cross in a second, so that it is the program that takes its time
_FOR_TELLING_S = 2.0  # of the time there is, half of it at most: to begin, and to tell that it is up


def main() -> None:
    """Run, and tell."""
    child, reads, writes = _program_apart()
    job = json.loads(sys.stdin.buffer.read())
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    nonce = job.pop("nonce")
    _be_quiet()
    if job["apart"]:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        told = _told_apart(job, child, reads, writes)
    else:
        out.write(nonce + json.dumps({"plain": _is_plain(job)}) + "\n")  # before the program may have a word in it
        out.flush()
        told = _told(job)
    out.write(nonce + json.dumps(told) + "\n")
    out.flush()
    os._exit(0)


def _is_plain(job: dict[str, Any]) -> bool:
    try:
        return is_plain(job["program"], job["tests"] + "\n" + job["calls"])
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False


def _program_apart() -> tuple[int, int, int]:
    """A process for the program, which knows nothing yet: its id, and the two ends of the line to it."""
    (reads, told), (hears, writes) = os.pipe(), os.pipe()
    child = os.fork()
    if child:
        os.close(told)
        os.close(hears)
        return child, reads, writes
    os.close(reads)
    os.close(writes)
    _be_quiet()
    try:
        Inside(hears, told).line.serve()
    except Gone:
        pass
    finally:
        os._exit(0)


def _be_quiet() -> None:
    quiet = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(quiet, number)


def _told_apart(job: dict[str, Any], child: int, reads: int, writes: int) -> dict[str, Any]:
    if ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0):
        return {"failed": "apart", "why": "this system lets a process look into another one"}
    space = _space()
    across = Across(reads, writes, space)
    _watch_the_time(across, job["seconds"])
    try:
        return _tested_across(job, across, space)
    except Beyond as beyond:
        return {"failed": "apart", "why": str(beyond)}
    except Slow:
        return _SLOW
    except Gone:
        if across.calls >= _MANY_CALLS:
            return _SLOW
        _end_like(child)
        return {
            "failed": "run",
            "why": "it ended before its tests were done",
            "passed": len(space["__passed__"]),
        }


_SLOW = {"failed": "slow", "why": ""}


def _watch_the_time(across: Across, seconds: float) -> None:
    """Have it told where the time goes by with crossing; where it does not, whoever waits sees how it ends."""

    def is_up(number: int, _: object) -> None:
        if across.calls >= _MANY_CALLS:
            raise across.line.stop(Slow())
        if number == signal.SIGXCPU:
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)

    signal.signal(signal.SIGXCPU, is_up)
    signal.signal(signal.SIGALRM, is_up)
    signal.setitimer(signal.ITIMER_REAL, max(seconds / 2, seconds - _FOR_TELLING_S))


def _tested_across(job: dict[str, Any], across: Across, space: dict[str, Any]) -> dict[str, Any]:
    if why := across.compile(job["program"]):
        return {"failed": "program", "why": why}
    try:
        tests = _showing_values(job["tests"] + "\n" + job["calls"])
        code = compile(tests, "tests", "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return {"failed": "tests", "why": syntax(error)}
    step = "program"
    try:
        across.run()
        _bring(across, tests, job["calls"])
        step = "run"
        exec(code, space)  # noqa: S102 - the sandbox is what it is for
        if job["unittest"]:
            _run_cases(space)
    except BaseException as error:  # noqa: BLE001 - whatever a program raises is told
        if across.line.stopped is None:
            return _failed(step, error, job, space)
    if across.line.stopped is not None:
        raise across.line.stopped
    return {
        "failed": "",
        "why": "",
        "passed": len(space["__passed__"]),
        "own_word": across.own_word,
        "compared": across.compared,
    }


def _bring(across: Across, tests: ast.Module, calls: str) -> None:
    """What the tests use and do not define is the program's. Python's own functions are Python's, but for those that are tested.

    A program that defines `abs` is tested for it where the tests use nothing else of the program, or it is what they are called with.
    """
    names = [each for each in ast.walk(tests) if isinstance(each, ast.Name)]
    bound = {each.id for each in names if not isinstance(each.ctx, ast.Load)}
    used = {each.id for each in names} - _defined(tests) - {"__shown__", "__passed__"}
    known = {each for each in used if hasattr(builtins, each)}
    called = {each.id for each in ast.walk(ast.parse(calls)) if isinstance(each, ast.Name)} & known
    if not across.bring((used - known) | called, bound) and known:
        across.bring(known, bound)


def _defined(tests: ast.Module) -> set[str]:
    """The names that the tests bind at their own level."""
    bound: set[str] = set()
    for each in tests.body:
        if isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            bound.add(each.name)
        elif isinstance(each, (ast.Import, ast.ImportFrom)):
            bound.update((alias.asname or alias.name).partition(".")[0] for alias in each.names)
    return bound


def _end_like(child: int) -> None:
    """End by the signal that has ended the program, so that whoever waits is told of it."""
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        os.kill(os.getpid(), os.WTERMSIG(status))


def _space() -> dict[str, Any]:
    return {"__name__": "program", "__passed__": set(), "__shown__": _shown}


def _told(job: dict[str, Any]) -> dict[str, Any]:
    """Both in this process."""
    space = _space()
    try:
        program = compile(job["program"], "program", "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return {"failed": "program", "why": syntax(error)}
    try:
        tests = compile(_showing_values(job["tests"] + "\n" + job["calls"]), "tests", "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return {"failed": "tests", "why": syntax(error)}
    step = "program"
    try:
        exec(program, space)  # noqa: S102 - the sandbox is what it is for
        step = "run"
        exec(tests, space)  # noqa: S102 - in a sandbox
        if job["unittest"]:
            _run_cases(space)
    except BaseException as error:  # noqa: BLE001 - whatever a program raises is told
        return _failed(step, error, job, space)
    return {"failed": "", "why": "", "passed": len(space["__passed__"])}


def _failed(step: str, error: BaseException, job: dict[str, Any], space: dict[str, Any]) -> dict[str, Any]:
    passed = len(space["__passed__"])
    return {"failed": step, "why": _why(error, job), "passed": passed, "assertion": isinstance(error, AssertionError)}


def _showing_values(text: str) -> ast.Module:
    """The tests, in which a comparison that fails tells both sides."""
    tree = ast.parse(text)
    _Values(text).visit(tree)
    return ast.fix_missing_locations(tree)


class _Values(ast.NodeTransformer):
    def __init__(self, text: str) -> None:
        self._text = text

    def visit_Assert(self, node: ast.Assert) -> list[ast.stmt]:
        done = ast.parse(f"__passed__.add({node.lineno})").body
        test = node.test
        if isinstance(test, ast.Compare) and len(test.ops) == 1 and node.msg is None:
            source = ast.get_source_segment(self._text, test) or "the assertion"
            return [ast.copy_location(each, node) for each in (*_compared(test, source[:MOST_SHOWN]), *done)]
        if node.msg is None:
            source = ast.get_source_segment(self._text, test) or "the assertion"
            node.msg = ast.Constant(value=f"{source[:MOST_SHOWN]} does not hold")
        return [node, *(ast.copy_location(each, node) for each in done)]


def _compared(test: ast.Compare, source: str) -> list[ast.stmt]:
    """Both sides, once each; then the comparison, and what both were where it does not hold."""
    left, right = (ast.Name(id=name, ctx=ast.Load()) for name in ("__left__", "__right__"))
    sides = [
        ast.Assign(targets=[ast.Name(id="__left__", ctx=ast.Store())], value=test.left),
        ast.Assign(targets=[ast.Name(id="__right__", ctx=ast.Store())], value=test.comparators[0]),
    ]
    message = ast.Call(
        func=ast.Name(id="__shown__", ctx=ast.Load()), args=[ast.Constant(value=source), left, right], keywords=[]
    )
    return [*sides, ast.Assert(test=ast.Compare(left=left, ops=test.ops, comparators=[right]), msg=message)]


def _shown(source: str, left: object, right: object) -> str:
    return f"{source} does not hold: the left side is {_short(left)}, the right side is {_short(right)}"


def _short(value: object) -> str:
    try:
        text = repr(value)
    except Exception as error:  # noqa: BLE001 - a program's own repr
        text = f"a value whose repr raises {type(error).__name__}"
    return text if len(text) <= MOST_SHOWN else text[:MOST_SHOWN] + "..."


def _why(error: BaseException, job: dict[str, Any]) -> str:
    said = str(error)[: 3 * MOST_SHOWN]
    if isinstance(error, SystemExit):
        return "it ends the process before its tests are done"
    line = getattr(error, "_lanewise_line", "") or _line(error, job["program"])
    if isinstance(error, AssertionError) and not line:
        return said or "an assertion does not hold"
    place = f" in `{line}`" if line else ""
    return f"{type(error).__name__}: {said}{place}"


def _line(error: BaseException, program: str) -> str:
    """The line of the program that raised it, where it runs in this process."""
    frames = traceback.extract_tb(error.__traceback__)[-20:]
    where = [frame.lineno or 0 for frame in frames if frame.filename == "program"]
    return line_of(program, where[-1]) if where else ""


def _run_cases(space: dict[str, Any]) -> None:
    cases = [each for each in space.values() if isinstance(each, type) and issubclass(each, unittest.TestCase)]
    suite = unittest.TestSuite(unittest.defaultTestLoader.loadTestsFromTestCase(each) for each in cases)
    result = unittest.TestResult()
    result.failfast = True
    suite.run(result)
    bad = result.failures + result.errors
    if bad:
        raise AssertionError(f"{bad[0][0].id()}: {bad[0][1].strip().splitlines()[-1]}")
    skipped = [case for case, _ in result.skipped if not _is_to_be_skipped(case)]
    if skipped:
        raise AssertionError(f"{skipped[0].id()}: it was skipped while it ran")
    if not result.testsRun:
        raise AssertionError("there is no test in the tests")
    space["__passed__"].update(range(-result.testsRun, 0))


def _is_to_be_skipped(case: Any) -> bool:
    """Whether the tests say so where they define it."""
    method = getattr(case, getattr(case, "_testMethodName", ""), None)
    return any(getattr(each, "__unittest_skip__", False) for each in (type(case), method))


if __name__ == "__main__":
    main()
