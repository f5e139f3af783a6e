"""Runs a Python program and its tests: in monty, which is quick and always there, or in CPython in the sandbox, which is the truth.

monty is an interpreter of its own for a part of Python. What it lacks is `unsupported`, never a failure; where its answer might differ from
CPython's (the order of a set, a hash), it is not asked; nor where the program could change what its tests use, for there both share names.
In CPython they are two processes, wherever the tests allow it (`runner.py`).
"""

from __future__ import annotations

import asyncio
import re
import secrets
import signal
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import msgspec
import pydantic_monty

from lanewise.verifiers.programs.sandbox import Job, Limits, NoSandbox, Ran, Sandbox, python
from lanewise.verifiers.programs.source import GivenTests, can_share, depends_on_order

_OF_HERE = re.compile(r"^from (?:__future__|lanewise\S*) import (?:\([^)]*\)|[^\n]*)\n", re.MULTILINE)
_MOST_S = 600.0  # above any limit that can be set
_MAX_MONTY_MEMORY = 256 << 20
_NO_WORD = ("unsupported", "unfinished")


@dataclass(frozen=True, kw_only=True, slots=True)
class Program:
    """What is run: the answer's code, and its tests."""

    code: str
    tests: GivenTests


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """How the tests went; `passed` counts assertions that held.

    `unsupported`: nobody here could run it; `unfinished`: the machine did not let it come to its end. `why` says the reason.
    `apart`: the program could not reach its tests; then `own_word` says that all the same it was asked whether what they expect
    is so, and `compared` that objects of its own were compared with one another. Where it could reach them, `plain` says that it can do
    nothing to them.
    """

    word: Literal["passed", "failed", "broken_tests", "unsupported", "unfinished"]
    why: str = ""
    passed: int = 0
    apart: bool = False
    own_word: bool = False
    compared: bool = False
    plain: bool = False


def runner() -> str:
    """What runs in the sandbox, in one text that needs nothing but Python."""
    files = (Path(__file__).with_name(f"{name}.py") for name in ("crossing", "across", "inside", "plain", "runner"))
    parts = [_OF_HERE.sub("", each.read_text(encoding="utf-8")) for each in files]
    return "\n".join(["from __future__ import annotations", *parts])


_RUNNER = runner()

Interpret = Callable[[Program, Limits], Awaitable[Outcome]]


class Before(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The runner's first line, of a program that shares the process of its tests."""

    plain: bool


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """The runner's last line."""

    failed: str
    why: str
    passed: int = 0
    assertion: bool = False
    own_word: bool = False
    compared: bool = False


class CPython:
    """CPython in the sandbox."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._told = msgspec.json.Decoder(Told)

    async def __call__(self, program: Program, limits: Limits) -> Outcome:
        """Run it there, apart from its tests wherever they allow it; `unsupported` where there is no sandbox."""
        apart = await self._run(program, limits, apart=True) if program.tests.apart else None
        if apart is not None and apart is not _SLOW:
            return apart
        together = await self._run(program, limits, apart=False) or _NOTHING_TOLD
        return _SLOW if apart is _SLOW and together.word == "passed" else together

    async def _run(self, program: Program, limits: Limits, *, apart: bool) -> Outcome | None:
        """None where the tests turn out to need the program in their own process."""
        nonce = secrets.token_hex(16)
        tests = program.tests
        asked = {
            "program": program.code,
            "tests": tests.text,
            "calls": tests.calls,
            "unittest": tests.unittest,
            "apart": apart,
            "seconds": limits.seconds,
            "nonce": nonce,
        }
        limits = replace(limits, processes=limits.processes + 1)  # the tests have one of their own
        command = [python() or "python3", "-I", "-c", _RUNNER]
        try:
            ran = await self._sandbox.run(Job(command=command, stdin=msgspec.json.encode(asked)), limits)
        except NoSandbox as error:
            return Outcome(word="unsupported", why=str(error))
        if ran.stopped == "time":
            return Outcome(word="failed", why=f"it took more than {limits.seconds:g} s")
        if ran.stopped == "processor":
            return Outcome(word="unfinished", why=ran.why)
        start = nonce.encode()
        lines = [line.removeprefix(start) for line in ran.output.split(b"\n") if line.startswith(start)]
        before = None if apart else self._before(lines)
        if not lines[before is not None :]:
            return _ended(ran, limits)
        return self._outcome(lines[before is not None], apart=apart, plain=before is not None and before.plain)

    def _before(self, lines: list[bytes]) -> Before | None:
        try:
            return msgspec.json.decode(lines[0], type=Before) if lines else None
        except msgspec.DecodeError:
            return None

    def _outcome(self, line: bytes, *, apart: bool, plain: bool) -> Outcome | None:
        try:
            told = self._told.decode(line)
        except msgspec.DecodeError:
            return _NOTHING_TOLD
        if told.failed == "apart":
            return None
        if told.failed == "slow":
            return _SLOW
        if told.failed == "tests":
            return Outcome(word="broken_tests", why=told.why)
        return Outcome(
            word="failed" if told.failed else "passed",
            why=told.why,
            passed=told.passed,
            apart=apart,
            own_word=told.own_word,
            compared=told.compared,
            plain=plain,
        )


_SLOW = Outcome(
    word="unfinished",
    why="they make so many calls that its time is up, apart from them, where alone passing proves something",
)
_NOTHING_TOLD = Outcome(word="failed", why="it ended before its tests were done")


def _ended(ran: Ran, limits: Limits) -> Outcome:
    """Of a run that told nothing. Its memory has a limit that it is told of by an error, so who kills it is short of memory himself."""
    if ran.signal == signal.SIGKILL:
        return Outcome(word="unfinished", why="it was killed, by a machine that is short of memory or by itself")
    if ran.signal == signal.SIGXCPU:
        return Outcome(word="failed", why=f"it took more than {limits.cpu_s} s of CPU")
    if ran.signal:
        return Outcome(word="failed", why=f"it ended by signal {ran.signal} before its tests were done")
    return _NOTHING_TOLD


class Monty:
    """Monty's pool of processes, started with the first program."""

    def __init__(self, *, processes: int = 2) -> None:
        self._processes = processes
        self._pool: pydantic_monty.AsyncMonty | None = None
        self._entering = asyncio.Lock()

    async def __call__(self, program: Program, limits: Limits) -> Outcome:
        """Run it there; `unsupported` where monty lacks something, may differ from CPython, or has names that tests and program share."""
        tests = program.tests
        alike = not depends_on_order(program.code) and not depends_on_order(tests.text)
        if tests.unittest or not alike or not can_share(program.code, f"{tests.text}\n{tests.calls}"):
            return Outcome(word="unsupported", why="it needs CPython")
        pool = await self._entered()
        done = secrets.token_hex(16)
        allowed = pydantic_monty.ResourceLimits(
            max_feed_duration_secs=float(limits.cpu_s), max_memory=min(limits.memory_bytes, _MAX_MONTY_MEMORY)
        )
        try:
            async with pool.checkout(limits=allowed) as session:
                await session.feed_run(program.code, print_callback=_nowhere)
                said = await session.feed_run(f"{tests.text}\n{tests.calls}\n{done!r}", print_callback=_nowhere)
        except pydantic_monty.MontyError as error:
            return _unlike(error)
        return (
            Outcome(word="passed", passed=tests.asserts, plain=True)
            if said == done
            else Outcome(word="unsupported", why="it needs CPython")
        )

    async def _entered(self) -> pydantic_monty.AsyncMonty:
        async with self._entering:
            if self._pool is None:
                pool = pydantic_monty.AsyncMonty(
                    min_processes=0, max_processes=self._processes, request_timeout=_MOST_S, checkout_timeout=_MOST_S
                )
                self._pool = await pool.__aenter__()
            return self._pool

    async def close(self) -> None:
        """End its processes."""
        if self._pool is not None:
            await self._pool.__aexit__(None, None, None)
            self._pool = None


def _nowhere(stream: str, text: str) -> None:
    """What a program prints is nobody's."""


def _unlike(error: pydantic_monty.MontyError) -> Outcome:
    """An assertion that does not hold is a failure; another error may be monty's own."""
    said = str(error)
    if said.startswith("AssertionError"):
        return Outcome(word="failed", why=said.removeprefix("AssertionError:").strip() or "an assertion does not hold")
    return Outcome(word="unsupported", why=f"it needs CPython ({said[:200]})")


class Interpreters:
    """monty first; CPython where monty cannot tell, or where it says that a test fails and CPython is there to say how."""

    def __init__(self, first: Interpret, then: Interpret) -> None:
        self._first = first
        self._then = then

    async def __call__(self, program: Program, limits: Limits) -> Outcome:
        """The word of whoever can tell."""
        quick = await self._first(program, limits)
        if quick.word == "passed":
            return quick
        sure = await self._then(program, limits)
        return quick if sure.word in _NO_WORD and quick.word not in _NO_WORD else sure
