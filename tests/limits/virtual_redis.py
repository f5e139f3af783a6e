"""A real Redis at a time that a test decides: its script is told the time, so that minutes of several processes pass in no time."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from typing import Any

import redis

from lanewise.core.clock import Clock
from lanewise.core.protocols.hot_line import LineLost
from redis_server import new_prefix

_ITS_OWN_TIME = "redis.call('TIME')"
_LATE_US = 700  # an answer comes so much later than it was given, and a question so much sooner


class VirtualRedis:
    """One server, as many lines to it as there are processes. It may be away, and may come back with nothing in it."""

    def __init__(self, url: str, clock: Clock) -> None:
        self._client = redis.Redis.from_url(url)
        script = files("lanewise.stores").joinpath("hot_limits.lua").read_text(encoding="utf-8")
        assert script.count(_ITS_OWN_TIME) == 1
        self._script: Any = self._client.register_script(script.replace(_ITS_OWN_TIME, "{ARGV[2], ARGV[3]}"))
        self._clock = clock
        self._began_s = clock.monotonic_s() - 1.7e9
        self.away = False
        self.said = 0
        self.forget()

    def forget(self) -> None:
        """Lose all memory."""
        self._prefix = new_prefix()

    async def carry_out(self, subjects: Sequence[str], batch: bytes) -> bytes:
        """Have a batch carried out. Raises LineLost."""
        if self.away:
            raise LineLost("it is away")
        self.said += 1
        seconds, micros = divmod(int((self._clock.monotonic_s() - self._began_s) * 1e6) + _LATE_US, 1_000_000)
        keys = ["processes", "word", "keys", *subjects]
        answer = self._script(keys=[f"{{{self._prefix}}}:{key}" for key in keys], args=[batch, seconds, micros])
        assert isinstance(answer, bytes)
        return answer

    def close(self) -> None:
        self._client.close()
