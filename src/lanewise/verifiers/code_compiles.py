"""Code that compiles: its form, and no word on what it does. Nothing of it is run."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import ClassVar

import msgspec

from lanewise.core.protocols.router import Ask
from lanewise.core.protocols.verifier import Candidate
from lanewise.core.verdict import Verdict, VerdictKind
from lanewise.verifiers.programs.compiles import Compiled
from lanewise.verifiers.programs.source import program_of
from lanewise.verifiers.says import Says
from lanewise.verifiers.worker_pool import NoAnswer, WorkerPool

COMPILER = "lanewise.verifiers.programs.compiles"

Compile = Callable[[str], Awaitable[Compiled]]
"""Compiles a program in a process of its own. Raises NoAnswer."""


class Options(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """There is nothing to be set for `code_compiles`."""


class CodeCompilesVerifier:
    """Accepts Python that compiles, by the Python that the gateway runs on."""

    name: ClassVar[str] = "code_compiles"
    kinds: ClassVar[tuple[VerdictKind, ...]] = ("form",)
    options: ClassVar[type[Options]] = Options
    stand_in: ClassVar[str | None] = None

    def __init__(self, options: Options | None = None, *, compiled: Compile) -> None:
        self._options = options or Options()
        self._compiled = compiled
        self._says = Says(verifier=self.name, kind="form")

    async def verify(self, candidate: Candidate, ask: Ask) -> Verdict:
        """Compile the answer's program."""
        text, question = (
            each.encode("utf-8", "replace").decode()
            for each in (candidate.content.text, candidate.request.last_user_text)
        )
        code = program_of(text, question, candidate.tests or "")
        if code is None:
            return self._says.unverifiable("There is no Python program in the answer.")
        try:
            found = await self._compiled(code)
        except NoAnswer as error:
            return self._says.unverifiable(f"The program was not compiled: {error}.")
        if found.beyond:
            return self._says.unverifiable(f"The program cannot be judged: {found.why}.")
        if found.why:
            return self._says.reject(f"The program does not compile: {found.why}.", answer=code)
        return self._says.accept(answer=code)


def compiled_by(pool: WorkerPool) -> Compile:
    """The compilers of a pool, as a verifier asks them."""
    decoder = msgspec.msgpack.Decoder(Compiled)

    async def compiled(code: str) -> Compiled:
        return decoder.decode(await pool.ask(code.encode("utf-8", "replace")))

    return compiled
