"""Requests that wait for a limit of their tenant or key, in lines: the first of a line asks, all others wait for that."""

from __future__ import annotations

import asyncio
from collections import deque

from lanewise.core.protocols.hot_state import Short


class Line:
    """Requests of one key that wait, the first to come first."""

    __slots__ = ("overdue", "passed_by", "short", "waiting")

    def __init__(self, short: Short) -> None:
        self.short = short  # what the latest of them to ask was told
        self.overdue = False  # the first of them has waited so long that it is its turn now and then
        self.passed_by = 0  # interactive requests that were let in since
        self.waiting: deque[asyncio.Event] = deque()


class Lines:
    """All lines of a process, by tenant and key."""

    def __init__(self) -> None:
        self._lines: dict[str, dict[str, Line]] = {}
        self.waiting = 0

    def find(self, tenant: str, key_id: str) -> Line | None:
        """The line of a key, where somebody stands in it."""
        lines = self._lines.get(tenant)
        return None if lines is None else lines.get(key_id)

    def join(self, tenant: str, key_id: str, short: Short) -> tuple[Line, asyncio.Event]:
        """Stand at the end of a key's line; `short` is why, where it begins with this. The event is set when it is worth looking again."""
        line = self._lines.setdefault(tenant, {}).setdefault(key_id, Line(short))
        word = asyncio.Event()
        line.waiting.append(word)
        self.waiting += 1
        return line, word

    def overdue(self, tenant: str, key_id: str) -> Line | None:
        """A line whose first is overdue, and stands in it for a limit that a request of this key would draw on."""
        for line in self._lines.get(tenant, {}).values():
            if line.overdue and line.short.claim.key_id in ("", key_id):
                return line
        return None

    def leave(self, tenant: str, key_id: str, word: asyncio.Event) -> None:
        """Step out of a line; whoever is first now may look."""
        lines = self._lines[tenant]
        line = lines[key_id]
        if line.waiting[0] is word:
            line.overdue, line.passed_by = False, 0
        line.waiting.remove(word)
        self.waiting -= 1
        if line.waiting:
            line.waiting[0].set()
            return
        del lines[key_id]
        if not lines:
            del self._lines[tenant]

    def of_tenant(self, tenant: str) -> int:
        """How many of a tenant's requests wait."""
        return sum(len(line.waiting) for line in self._lines.get(tenant, {}).values())

    def wake(self, tenant: str) -> None:
        """A place was given back: the first of each of the tenant's lines may look."""
        for line in self._lines.get(tenant, {}).values():
            line.waiting[0].set()
