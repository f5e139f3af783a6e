"""What verifiers and embeddings let work for them: processes, begun on first use and ended with the gateway, and the way to webhooks."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from secrets import token_urlsafe

from lanewise.core.clock import Clock
from lanewise.similarity.apart import NoVector, VectorsApart
from lanewise.verifiers.code_compiles import (
    COMPILER,
    TYPE_CHECKER,
    TYPE_CHECKERS,
    Compile,
    TypeCheck,
    compiled_by,
    type_checked_by,
)
from lanewise.verifiers.math_answer import WORKER, Calculate, calculated_by
from lanewise.verifiers.posting import Posting
from lanewise.verifiers.programs.interpret import CPython, Interpret, Interpreters, Monty
from lanewise.verifiers.programs.sandbox import Sandbox
from lanewise.verifiers.read_apart import READER, READERS, Read, read_by
from lanewise.verifiers.webhook import Deliver
from lanewise.verifiers.worker_pool import Folder, NoAnswer, PoolOptions, WorkerPool

_MINILM = "lanewise.similarity.minilm_worker"
_MINILM_OPTIONS = PoolOptions(
    workers=1,
    start_limit_s=60.0,  # it reads a model of 23 MB
    niceness=5,  # a caller waits for it
)


class Workers:
    """One pool for each kind of work, and one way out."""

    def __init__(self, clock: Clock) -> None:
        self._maths = WorkerPool(WORKER, clock)
        self._compilers = WorkerPool(COMPILER, clock, PoolOptions(workers=1))
        self._type_checkers = WorkerPool(TYPE_CHECKER, clock, TYPE_CHECKERS, folder=Folder("lanewise-types-"))
        self._readers = WorkerPool(READER, clock, READERS)
        self._minilm = WorkerPool(_MINILM, clock, _MINILM_OPTIONS)
        self._monty = Monty()
        self.sandbox = Sandbox()
        self.calculate: Calculate = calculated_by(self._maths)
        self.deliver: Deliver = Posting(clock, _message_id).deliver
        self.interpret: Interpret = Interpreters(self._monty, CPython(self.sandbox))
        self.type_checked: TypeCheck = type_checked_by(self._type_checkers)
        self.read: Read = read_by(self._readers)
        self.compiled: Compile = compiled_by(self._compilers)
        self.vectors = VectorsApart(_asked_of(self._minilm))

    async def close(self) -> None:
        """End all processes."""
        await self._maths.close()
        await self._compilers.close()
        await self._type_checkers.close()
        await self._readers.close()
        await self._monty.close()
        await self.vectors.close()
        await self._minilm.close()


def _message_id() -> str:
    """Nobody can guess it: a late verdict comes under this name."""
    return f"msg_{token_urlsafe(24)}"


def _asked_of(pool: WorkerPool) -> Callable[[bytes], Awaitable[bytes]]:
    async def ask(text: bytes) -> bytes:
        try:
            return await pool.ask(text)
        except NoAnswer as error:
            raise NoVector(str(error)) from error

    return ask
