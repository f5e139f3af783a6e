"""Python by its tests: the caller's, which is proof, or those an answer brings itself, which is evidence."""

from __future__ import annotations

from typing import Annotated, ClassVar

import msgspec
from msgspec import Meta

from lanewise.core.closing import Closing
from lanewise.core.protocols.router import Ask
from lanewise.core.protocols.verifier import Candidate, Cost
from lanewise.core.verdict import Verdict, VerdictKind
from lanewise.verifiers.programs.interpret import Interpret, Outcome, Program
from lanewise.verifiers.programs.sandbox import Limits
from lanewise.verifiers.programs.source import (
    GivenTests,
    always_equal,
    given_tests,
    own_tests,
    program_of,
    reaches_its_tests,
)
from lanewise.verifiers.says import Says, bounded

_MAX_TESTS_CHARS = 200_000
_MAX_WHY_CHARS = 1_000
_WAITING = 3  # a busy machine gives a program its CPU seconds in so many times as many
_NOT_YET = 0.9  # the score of a program that fails its last assertion


class Options(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What can be set for `python_tests`."""

    seconds: Annotated[float, Meta(gt=0, le=600, description="CPU seconds that a program and its tests may take")] = (
        10.0
    )
    memory_mb: Annotated[int, Meta(ge=16, le=65_536, description="memory of each of its processes")] = 512
    processes: Annotated[int, Meta(ge=1, le=256, description="processes and threads it may have at once")] = 8
    own_tests: Annotated[
        bool, Meta(description="without tests of the caller, run those the answer brings itself, as evidence")
    ] = True


class PythonTestsVerifier:
    """Accepts a program whose tests ran to their end."""

    name: ClassVar[str] = "python_tests"
    kinds: ClassVar[tuple[VerdictKind, ...]] = ("proof", "evidence")
    options: ClassVar[type[Options]] = Options
    stand_in: ClassVar[str | None] = "code_compiles"
    closes: ClassVar[Closing] = "code"
    cost: ClassVar[Cost] = "sandbox"

    def __init__(self, options: Options | None = None, *, interpret: Interpret) -> None:
        self._options = options or Options()
        self._interpret = interpret
        self._limits = Limits(
            seconds=self._options.seconds * _WAITING,
            cpu_s=max(1, int(self._options.seconds + 0.999)),
            memory_bytes=self._options.memory_mb << 20,
            processes=self._options.processes,
        )

    async def verify(self, candidate: Candidate, ask: Ask) -> Verdict:
        """Run the answer's program with its tests."""
        says = Says(verifier=self.name, kind="proof" if candidate.tests else "evidence")
        text, question = _utf8(candidate.content.text), _utf8(candidate.request.last_user_text)
        tests = _utf8(candidate.tests or "")
        if len(tests) > _MAX_TESTS_CHARS:
            return says.unverifiable(f"The tests have more than {_MAX_TESTS_CHARS} characters.")
        code = program_of(text, question, tests)
        if code is None:
            return says.unverifiable("There is no Python program in the answer.")
        if not tests.strip() and not (self._options.own_tests and own_tests(code)):
            return says.unverifiable("There are no tests to run.")
        chosen = (
            given_tests(tests, code, question)
            if tests.strip()
            else GivenTests(text="", calls=given_tests(code, code, question).calls)
        )
        return _verdict(says, await self._interpret(Program(code=code, tests=chosen), self._limits), code, chosen)


def _verdict(says: Says, outcome: Outcome, code: str, tests: GivenTests) -> Verdict:
    why = bounded(outcome.why, _MAX_WHY_CHARS)
    if outcome.word == "unsupported":
        return says.unverifiable(f"The program could not be run (unsupported): {why}.")
    if outcome.word == "unfinished":
        return says.unverifiable(f"The program did not come to the end of its tests: {why}.")
    if outcome.word == "broken_tests":
        return says.unverifiable(f"The tests are no Python: {why}.")
    if outcome.word == "passed" and (why := _says_nothing(outcome, code, tests)):
        return says.unverifiable(f"The program passes its tests, but {why}, so that says nothing.")
    if outcome.word == "passed":
        return says.accept(answer=code)
    share = outcome.passed / tests.asserts if tests.asserts else 0.0
    return says.reject(f"The program fails its tests: {why}.", score=min(share, 1.0) * _NOT_YET, answer=code)


def _says_nothing(outcome: Outcome, code: str, tests: GivenTests) -> str:
    """Why passing its tests says nothing of a program; empty where it does."""
    if outcome.own_word:
        return "what they compare with plain values is of a class of its own, which can say what it likes"
    if outcome.apart:
        return "its own objects are equal to whatever they like" if outcome.compared and always_equal(code) else ""
    if reaches_its_tests(code, tests.text):
        return "reaches into what runs them"
    return "" if outcome.plain or not tests.text else "it shares their process and could reach into what runs them"


def _utf8(text: str) -> str:
    return text.encode("utf-8", "replace").decode()
