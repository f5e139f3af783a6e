"""What verifiers let work for them: processes, started on first use and ended with the gateway, and the way out to webhooks."""

from __future__ import annotations

from secrets import token_urlsafe

from lanewise.core.clock import Clock
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
from lanewise.verifiers.worker_pool import Folder, PoolOptions, WorkerPool


class Workers:
    """One pool for each kind of work, and one way out."""

    def __init__(self, clock: Clock) -> None:
        self._maths = WorkerPool(WORKER, clock)
        self._compilers = WorkerPool(COMPILER, clock, PoolOptions(workers=1))
        self._type_checkers = WorkerPool(TYPE_CHECKER, clock, TYPE_CHECKERS, folder=Folder("lanewise-types-"))
        self._readers = WorkerPool(READER, clock, READERS)
        self._monty = Monty()
        self.sandbox = Sandbox()
        self.calculate: Calculate = calculated_by(self._maths)
        self.deliver: Deliver = Posting(clock, _message_id).deliver
        self.interpret: Interpret = Interpreters(self._monty, CPython(self.sandbox))
        self.type_checked: TypeCheck = type_checked_by(self._type_checkers)
        self.read: Read = read_by(self._readers)
        self.compiled: Compile = compiled_by(self._compilers)

    async def close(self) -> None:
        """End all processes."""
        await self._maths.close()
        await self._compilers.close()
        await self._type_checkers.close()
        await self._readers.close()
        await self._monty.close()


def _message_id() -> str:
    """Nobody can guess it: a late verdict comes under this name."""
    return f"msg_{token_urlsafe(24)}"
