"""Vectors from a process beside the gateway. Whoever asks waits a moment for it and no longer: without a vector, a question is asked."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping

import structlog

from lanewise.core.similar import Looked

PATIENCE_S = 1.0

_log = structlog.get_logger()


class NoVector(Exception):
    """The process could not give one; the text says why."""


class VectorsApart:
    """What was asked goes on when nobody waits any more, so that a process which begins is there for the next question."""

    def __init__(self, ask: Callable[[bytes], Awaitable[bytes]], *, patience_s: float = PATIENCE_S) -> None:
        """`ask` bounds how much is asked at once, and raises NoVector."""
        self._ask = ask
        self._patience_s = patience_s
        self._asking: set[asyncio.Task[bytes | None]] = set()
        self._failing = False
        self._outcomes: Counter[Looked] = Counter()

    async def vector(self, text: str) -> bytes | None:
        """Its numbers as float32; None where there are none in time."""
        asking = asyncio.create_task(self._asked(text))
        self._asking.add(asking)
        asking.add_done_callback(self._asking.discard)
        done, _ = await asyncio.wait({asking}, timeout=self._patience_s)
        vector = asking.result() if done else None
        self._outcomes[Looked.LATE if not done else Looked.FAILED if vector is None else Looked.ANSWERED] += 1
        return vector

    def outcomes(self) -> Mapping[Looked, int]:
        """What came of asking for them so far."""
        return self._outcomes

    async def close(self) -> None:
        """Ask nothing more."""
        asking = list(self._asking)
        for each in asking:
            each.cancel()
        await asyncio.gather(*asking, return_exceptions=True)

    async def _asked(self, text: str) -> bytes | None:
        try:
            vector = await self._ask(text.encode(errors="replace"))
        except NoVector as error:
            if not self._failing:
                _log.warning("similar questions have no vectors", cause=str(error))
            self._failing = True
            return None
        self._failing = False
        return vector
