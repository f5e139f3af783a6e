"""Which deployment answered a conversation last: a bounded table, the longest unused one goes first; `prefixes` has the first turns."""

from __future__ import annotations

from collections import OrderedDict
from random import Random

from lanewise.core.clock import Clock
from lanewise.core.policy import Lane
from lanewise.core.request import Caller, Request
from lanewise.limits.prefixes import Prefixes

_MOST = 20_000  # conversations
_KEPT_S = 3_600.0  # longer than any vendor keeps a prefix in its cache
_Key = tuple[str, str | None, str, int]


class MemoryAffinity:
    """By tenant, user, lane and how the conversation begins."""

    def __init__(self, clock: Clock) -> None:
        self._now_s = clock.monotonic_s
        # In order of their last use. A dict keeps that order too, but looks for its first entry among all that were deleted.
        self._kept: OrderedDict[_Key, tuple[str, float]] = OrderedDict()
        self._prefixes = Prefixes(clock.monotonic_s)

    def last(self, request: Request, caller: Caller, lane: str) -> str | None:
        """Who answered the earlier turns, if there are any."""
        if not request.continues or not request.opening:
            return None
        key = _key(request, caller, lane)
        found = self._kept.get(key)
        if found is None:
            return None
        deployment, kept_at_s = found
        if self._now_s() - kept_at_s > _KEPT_S:
            del self._kept[key]
            return None
        return deployment

    def keep(self, request: Request, caller: Caller, lane: str, deployment: str | None) -> None:
        """Remember who answered; None: whoever would be asked first anyhow."""
        kept = self._kept
        if not request.opening:  # without a word at its begin one conversation looks like any other
            return
        if deployment is None:
            if kept:
                kept.pop(_key(request, caller, lane), None)
            return
        key = _key(request, caller, lane)
        kept[key] = (deployment, self._now_s())
        kept.move_to_end(key)
        if len(kept) > _MOST:
            kept.popitem(last=False)

    def begin(self, request: Request, lane: Lane, chance: Random) -> int:
        """Where a conversation begins: with others of its prefix, as far as the weights allow."""
        return self._prefixes.begin(request, lane, chance)


def _key(request: Request, caller: Caller, lane: str) -> _Key:
    # Equal hashes of unequal words cost a conversation its cached prefix at worst; the words themselves need not be kept.
    return caller.tenant, request.hints.user, lane, hash(request.opening)
