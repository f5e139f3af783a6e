"""What is held of the store in memory follows it: a task looks again and again, and says once where it has to wait."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from lanewise.core.errors import StoreError

_log = structlog.get_logger()
Look = Callable[[], Awaitable[None]]


class Following:
    """Looks every `every_s`, from its start until it is closed; used on the loop that started it."""

    def __init__(self, look: Look, waits: Callable[[StoreError], None], *, name: str, every_s: float) -> None:
        """`waits` is told why the store does not answer, once until it does again."""
        self._look = look
        self._waits = waits
        self._name = name
        self._every_s = every_s
        self._task: asyncio.Task[None] | None = None

    def start(self, *, at_once: bool = False) -> None:
        """Look from now on, `at_once` for the first time."""
        self._task = asyncio.create_task(self._keep_looking(0.0 if at_once else self._every_s), name=self._name)

    async def close(self) -> bool:
        """Look no more; whether it did until now."""
        task, self._task = self._task, None
        if task is None:
            return False
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return True

    async def _keep_looking(self, wait_s: float) -> None:
        failing = False
        while True:
            await asyncio.sleep(wait_s)
            wait_s = self._every_s
            try:
                await self._look()
            except StoreError as error:
                if not failing:
                    self._waits(error)
                failing = True
            except Exception:  # noqa: BLE001 - a fault of ours: who looks no more gives what others have withdrawn, and nobody knows
                if not failing:
                    _log.exception("a fault of this program, in what follows the store", of=self._name)
                failing = True
            else:
                failing = False
