"""Waiting as the model generates, watching whether the client is still there."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from lanewise.simulator.exchange import Frame, Reply

_LEAST_SLEEP_S = 0.004
_BREATH_FRAMES = 16
_SILENT_STEP_TOKENS = 16


class ClientLeftError(Exception):
    """The client closed its connection while the vendor was generating."""


class Pace:
    """Sleeps for generated tokens, scaled; short waits are saved up, and the loop breathes in between."""

    def __init__(self, *, gone: asyncio.Event, tokens_per_s: float, time_scale: float) -> None:
        self._gone = gone
        self._seconds_per_token = time_scale / tokens_per_s
        self._owed_s = 0.0
        self._frames = 0

    async def generated(self, count: int) -> None:
        """Take the time `count` tokens need; raises ClientLeftError when nobody listens any more."""
        self._frames += 1
        self._owed_s += count * self._seconds_per_token
        if self._owed_s >= _LEAST_SLEEP_S:
            owed, self._owed_s = self._owed_s, 0.0
            await self.wait(owed)
        elif self._frames % _BREATH_FRAMES == 0:
            await self.wait(0.0)

    async def wait(self, seconds: float) -> None:
        """Wait real seconds; raises ClientLeftError as soon as nobody listens any more."""
        if seconds > 0:
            try:
                async with asyncio.timeout(seconds):
                    await self._gone.wait()
            except TimeoutError:
                return
        else:
            await asyncio.sleep(0)
        if self._gone.is_set():
            raise ClientLeftError


def silent_steps(reply: Reply) -> Iterator[Frame]:
    """The generation of a reply nobody watches: tokens only, thinking first."""
    thought = 0
    while thought < reply.reasoning_tokens:
        step = min(_SILENT_STEP_TOKENS, reply.reasoning_tokens - thought)
        thought += step
        yield Frame(tokens=step, output_tokens=thought, reasoning_tokens=thought)
    done = thought
    while done < reply.output_tokens:
        step = min(_SILENT_STEP_TOKENS, reply.output_tokens - done)
        done += step
        yield Frame(tokens=step, output_tokens=done, reasoning_tokens=thought)
