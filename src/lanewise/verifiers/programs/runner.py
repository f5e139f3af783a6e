"""Runs a program and its tests in the sandbox, and says how far they came. Standard library only, for whatever Python is there.

Reads one JSON object (`program`, `tests`, `calls`, `unittest`, `nonce`) and writes one line of JSON that begins with the nonce, which the
program is not given: a program that ends its process, or prints that all is well, has not passed.
"""

import ast
import json
import os
import sys
import traceback
import unittest

_MOST_SHOWN = 300


def main() -> None:
    """Run, and tell."""
    job = json.loads(sys.stdin.buffer.read())
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    nonce = job.pop("nonce")
    quiet = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(quiet, number)
    told = _told(job)
    out.write(nonce + json.dumps(told) + "\n")
    out.flush()
    os._exit(0)


def _told(job: dict) -> dict:  # type: ignore[type-arg]
    passed: set = set()  # type: ignore[type-arg]
    space = {"__name__": "program", "__passed__": passed, "__shown__": _shown}
    try:
        program = compile(job["program"], "program", "exec")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return {"failed": "program", "why": _syntax(error)}
    try:
        tests = compile(_showing_values(job["tests"] + "\n" + job["calls"]), "tests", "exec")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return {"failed": "tests", "why": _syntax(error)}
    step = "program"
    try:
        exec(program, space)  # noqa: S102 - the sandbox is what it is for
        step = "run"
        exec(tests, space)  # noqa: S102
        if job["unittest"]:
            _run_cases(space)
    except BaseException as error:  # noqa: BLE001 - whatever a program raises is told
        return {
            "failed": step,
            "why": _why(error, job),
            "passed": len(passed),
            "assertion": isinstance(error, AssertionError),
        }
    return {"failed": "", "why": "", "passed": len(passed)}


def _showing_values(text: str) -> ast.Module:
    """The tests, in which a comparison that fails tells both sides."""
    tree = ast.parse(text)
    _Values(text).visit(tree)
    return ast.fix_missing_locations(tree)


class _Values(ast.NodeTransformer):
    def __init__(self, text: str) -> None:
        self._text = text

    def visit_Assert(self, node: ast.Assert) -> list:  # type: ignore[type-arg]
        done = ast.parse(f"__passed__.add({node.lineno})").body
        test = node.test
        if isinstance(test, ast.Compare) and len(test.ops) == 1 and node.msg is None:
            source = ast.get_source_segment(self._text, test) or "the assertion"
            return [ast.copy_location(each, node) for each in (*_compared(test, source[:_MOST_SHOWN]), *done)]
        if node.msg is None:
            source = ast.get_source_segment(self._text, test) or "the assertion"
            node.msg = ast.Constant(value=f"{source[:_MOST_SHOWN]} does not hold")
        return [node, *(ast.copy_location(each, node) for each in done)]


def _compared(test: ast.Compare, source: str) -> list:  # type: ignore[type-arg]
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
    return text if len(text) <= _MOST_SHOWN else text[:_MOST_SHOWN] + "..."


def _why(error: BaseException, job: dict) -> str:  # type: ignore[type-arg]
    said = str(error)[: 3 * _MOST_SHOWN]
    if isinstance(error, SystemExit):
        return "it ends the process before its tests are done"
    where = [frame for frame in traceback.extract_tb(error.__traceback__)[-20:] if frame.filename == "program"]
    if isinstance(error, AssertionError) and not where:
        return said or "an assertion does not hold"
    line = _line(job["program"], where[-1].lineno or 0) if where else ""
    place = f" in `{line}`" if line else ""
    return f"{type(error).__name__}: {said}{place}"


def _line(text: str, number: int) -> str:
    lines = text.split("\n")
    return lines[number - 1].strip()[:_MOST_SHOWN] if 0 < number <= len(lines) else ""


def _syntax(error: BaseException) -> str:
    line = f" in line {error.lineno}" if isinstance(error, SyntaxError) and error.lineno else ""
    return f"{type(error).__name__}: {getattr(error, 'msg', '') or error}{line}"


def _run_cases(space: dict) -> None:  # type: ignore[type-arg]
    cases = [each for each in space.values() if isinstance(each, type) and issubclass(each, unittest.TestCase)]
    suite = unittest.TestSuite(unittest.defaultTestLoader.loadTestsFromTestCase(each) for each in cases)
    result = unittest.TestResult()
    result.failfast = True
    suite.run(result)
    bad = result.failures + result.errors
    if bad:
        raise AssertionError(f"{bad[0][0].id()}: {bad[0][1].strip().splitlines()[-1]}")
    if not result.testsRun:
        raise AssertionError("there is no test in the tests")
    space["__passed__"].update(range(-result.testsRun, 0))


if __name__ == "__main__":
    main()
