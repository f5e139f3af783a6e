"""A real Redis at a time that a test decides: its script is told the time, so that minutes of several processes pass in no time."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from importlib.resources import files

from lanewise.core.clock import Clock
from lanewise.core.protocols.hot_line import LineLost
from lanewise.stores.redis_address import redis_address
from lanewise.stores.redis_connection import packed
from redis_server import new_prefix

_ITS_OWN_TIME = "redis.call('TIME')"
_LATE_US = 700  # an answer comes so much later than it was given


class VirtualRedis:
    """One server for as many processes as ask it. It may be away, and may come back with nothing in it. It blocks, as virtual time must."""

    def __init__(self, url: str, clock: Clock) -> None:
        address = redis_address(url)
        if address.path:
            self._to = socket.socket(socket.AF_UNIX)
            self._to.connect(address.path)
        else:
            self._to = socket.create_connection((address.host, address.port))
        self._from = self._to.makefile("rb")
        script = files("lanewise.stores").joinpath("hot_limits.lua").read_text(encoding="utf-8")
        assert script.count(_ITS_OWN_TIME) == 1
        self._name = self._said(b"SCRIPT", b"LOAD", script.replace(_ITS_OWN_TIME, "{ARGV[2], ARGV[3]}").encode())
        self._clock = clock
        self._began_s = clock.monotonic_s() - 1.7e9
        self.away = False
        self.batches = 0
        self.forget()

    def forget(self) -> None:
        """Lose all memory."""
        self._prefix = new_prefix()

    def set_clock(self, by_s: float) -> None:
        """Its machine's clock is set, forward or back."""
        self._began_s -= by_s

    async def carry_out(self, subjects: Sequence[str], batch: bytes) -> bytes:
        """Have a batch carried out. Raises LineLost."""
        if self.away:
            raise LineLost("it is away")
        self.batches += 1
        now_us = int((self._clock.monotonic_s() - self._began_s) * 1e6) - _LATE_US
        keys = [f"{{{self._prefix}}}:{key}".encode() for key in ("processes", "word", "keys", *subjects)]
        time = [b"%d" % part for part in divmod(now_us, 1_000_000)]
        return self._said(b"EVALSHA", self._name, b"%d" % len(keys), *keys, batch, *time)

    def close(self) -> None:
        """Hang up."""
        self._from.close()
        self._to.close()

    def _said(self, *words: bytes) -> bytes:
        self._to.sendall(packed(words))
        line = self._from.readline()
        assert line.startswith(b"$"), line
        return self._from.read(int(line[1:]) + 2)[:-2]
