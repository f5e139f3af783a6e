"""Code that compiles and, where it is asked for, whose types fit: its form, and no word on what it does. Nothing of it is run."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from importlib.util import find_spec
from typing import Annotated, ClassVar

import msgspec
from msgspec import Meta

from lanewise.core.answer import Finish
from lanewise.core.protocols.router import Ask
from lanewise.core.protocols.verifier import Candidate, Cost
from lanewise.core.verdict import Verdict, VerdictKind
from lanewise.verifiers.programs.compiles import Compiled, TypeChecked
from lanewise.verifiers.programs.source import fenced, is_cut_off, program_of
from lanewise.verifiers.says import Says
from lanewise.verifiers.worker_pool import NoAnswer, PoolOptions, WorkerPool

COMPILER = "lanewise.verifiers.programs.compiles"

TYPE_CHECKER = "lanewise.verifiers.programs.type_checks"
TYPE_CHECKERS = PoolOptions(
    workers=1,
    limit_s=10.0,
    start_limit_s=60.0,  # before its first program it reads the standard library
    niceness=5,  # the work is seconds as it is, and a caller waits for it
)

Compile = Callable[[str], Awaitable[Compiled]]
"""Compiles a program in a process of its own. Raises NoAnswer."""

TypeCheck = Callable[[str], Awaitable[TypeChecked]]
"""Checks a program's types in a process of its own. Raises NoAnswer."""

_MOST_TOLD = 5
_COMPILES_SCORE = 0.5  # a program that only its types are wrong with is better than none
_LINE = re.compile(
    r"\s*(?:(?:async )?(?:def|for|with) [^\n]*[:(]|class \w|import [\w.]+(?: as \w+)?(?:,|\s*$)|from [\w.]+ import\b|[@#]"
    r"|(?:if|elif|while|except)\b.*:|(?:try|else|finally):|(?:pass|break|continue|print)\b"
    r"|(?:return|yield|raise|assert|del|global|nonlocal)\b(?! the\b)(?!.*[a-z]\.$)"
    r"|[\w.,\[\]'\" ]+\s?(?:[-+*/|&%]|//|\*\*)?=(?!=)|[\w.]+\(|[)\]}]|[\"']|\d)"
)
_NAME = re.compile(r"\b[A-Za-z_]\w*")


class Options(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What can be set for `code_compiles`."""

    types: Annotated[bool, Meta(description="its types must fit too, as mypy sees them; needs the extra `types`")] = (
        False
    )


class CodeCompilesVerifier:
    """Accepts Python that compiles, by the Python that the gateway runs on, and whose types fit."""

    name: ClassVar[str] = "code_compiles"
    kinds: ClassVar[tuple[VerdictKind, ...]] = ("form",)
    options: ClassVar[type[Options]] = Options
    stand_in: ClassVar[str | None] = None
    cost: ClassVar[Cost] = "calculation"

    def __init__(self, options: Options | None = None, *, compiled: Compile, type_checked: TypeCheck) -> None:
        """Raises ValueError where types are to be checked and nobody is there to do it."""
        self._options = options or Options()
        if self._options.types and find_spec("mypy") is None:
            raise ValueError("`types` needs mypy; install it with the extra: pip install lanewise[types]")
        self._compiled = compiled
        self._type_checked = type_checked
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
        if found.why and not is_meant_as_python(text, code):
            return self._says.unverifiable("There is no Python program in the answer.")
        if candidate.finish is Finish.LENGTH and is_cut_off(text):
            return self._says.reject(
                "The answer is cut off before its program ends. Give all of it, shorter.", answer=code
            )
        if found.why:
            return self._says.reject(f"The program does not compile: {found.why}.", answer=code)
        if self._options.types:
            return await self._by_types(code, known=f"{question}\n{candidate.tests or ''}")
        return self._says.accept(answer=code)

    async def _by_types(self, code: str, *, known: str) -> Verdict:
        """What its types say. A name that question or tests use as well comes from them."""
        try:
            found = await self._type_checked(code)
        except NoAnswer as error:
            return self._says.unverifiable(f"The program compiles, and its types were not checked: {error}.")
        if found.beyond:
            return self._says.unverifiable(f"The program compiles, and its types cannot be checked: {found.beyond}.")
        given = set(_NAME.findall(known))
        wrong = [each.why for each in found.complaints if each.undefined not in given]
        if wrong:
            return self._says.reject(
                f"The program compiles, and its types do not fit: {'; '.join(wrong[:_MOST_TOLD])}.",
                score=_COMPILES_SCORE,
                answer=code,
            )
        return self._says.accept(answer=code)


def is_meant_as_python(answer: str, code: str) -> bool:
    """Whether code is called Python by its fence, or half of its lines look like it: prose and shells begin with `for` and `import` too."""
    if any(language.lower().startswith("py") and block.strip() in code for language, block in fenced(answer)):
        return True
    lines = [line for line in code.split("\n") if line.strip()]
    return 2 * sum(_LINE.match(line) is not None for line in lines) >= len(lines)


def compiled_by(pool: WorkerPool) -> Compile:
    """The compilers of a pool, as a verifier asks them."""
    decoder = msgspec.msgpack.Decoder(Compiled)

    async def compiled(code: str) -> Compiled:
        return decoder.decode(await pool.ask(code.encode("utf-8", "replace")))

    return compiled


def type_checked_by(pool: WorkerPool) -> TypeCheck:
    """The type checkers of a pool, as a verifier asks them."""
    decoder = msgspec.msgpack.Decoder(TypeChecked)

    async def type_checked(code: str) -> TypeChecked:
        return decoder.decode(await pool.ask(code.encode("utf-8", "replace")))

    return type_checked
