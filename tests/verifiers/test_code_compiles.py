"""What the verifier says of code's form."""

from __future__ import annotations

from judging import candidate, nobody
from lanewise.verifiers.code_compiles import CodeCompilesVerifier
from lanewise.verifiers.programs.compiles import Compiled, compiled
from lanewise.verifiers.worker_pool import NoAnswer


async def here(code: str) -> Compiled:
    return compiled(code)


async def test_it_compiles_or_says_where_it_does_not() -> None:
    verifier = CodeCompilesVerifier(compiled=here)
    good = await verifier.verify(candidate("```python\nx = 1\n```"), nobody)
    bad = await verifier.verify(candidate("```python\nx = 1\ndef f(:\n```"), nobody)
    assert (good.word, good.kind) == ("accept", "form")
    assert (bad.word, bad.reason) == ("reject", "The program does not compile: SyntaxError: invalid syntax in line 2.")


async def test_no_program_or_no_compiler_is_unverifiable() -> None:
    async def busy(code: str) -> Compiled:
        raise NoAnswer("too many checks are waiting")

    assert (await CodeCompilesVerifier(compiled=here).verify(candidate("Four."), nobody)).word == "unverifiable"
    assert (await CodeCompilesVerifier(compiled=busy).verify(candidate("x = 1"), nobody)).word == "unverifiable"
