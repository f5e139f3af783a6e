"""The time of the server that processes share, as far as this one knows: windows are counted by it, so that all mean the same."""

from __future__ import annotations

from lanewise.core.clock import Clock
from lanewise.limits.sliding import BUCKET_S


class ServerTime:
    """A clock that is set by each answer of the server. It is never ahead of it, so nothing leaves a window sooner than there."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._offset_s = 0.0

    def now_s(self) -> float:
        """Seconds since the Unix epoch, by this machine."""
        return self._clock.now_s()

    def monotonic_s(self) -> float:
        """Seconds, by the server's clock."""
        return self._clock.monotonic_s() + self._offset_s

    def learn(self, server_s: float) -> int:
        """An answer that was given at this time has just come. By how many buckets everything counted so far has to be moved."""
        before_s, self._offset_s = self._offset_s, server_s - self._clock.monotonic_s()
        set_s = self._offset_s - before_s
        return round(set_s / BUCKET_S) if abs(set_s) >= BUCKET_S else 0
