"""What the vendors' prompt caches remember: hashes of prefixes, with an expiry; bounded."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

_MOST_PREFIXES = 20_000
_LOOKBACK_BLOCKS = 20
_IMPLICIT_TTL_S = 600.0
_CHARS_PER_TOKEN = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class Block:
    """One block of a prompt: its canonical bytes, its tokens, and the cache lifetime if a marker sits on it."""

    data: bytes
    tokens: int
    ttl_s: float | None = None


class PromptCache:
    """Prefixes seen before, per scope (vendor, account and model)."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._prefixes: OrderedDict[bytes, float] = OrderedDict()

    def marked(self, scope: str, blocks: Sequence[Block], min_tokens: int) -> tuple[int, int]:
        """(tokens read, tokens written) for a prompt with explicit markers; remembers the marked prefixes."""
        hashes, totals = [], []
        state, total = hashlib.blake2b(scope.encode(), digest_size=16), 0
        for block in blocks:
            state.update(len(block.data).to_bytes(8, "big") + block.data)
            total += block.tokens
            hashes.append(state.digest())
            totals.append(total)
        marks = [i for i, block in enumerate(blocks) if block.ttl_s is not None and totals[i] >= min_tokens]
        if not marks:
            return 0, 0
        reached = max((self._last_known(hashes, mark) for mark in marks), default=-1)
        read = totals[reached] if reached >= 0 else 0
        for mark in marks:
            self._remember(hashes[mark], blocks[mark].ttl_s or 0.0)
        return read, max(0, totals[marks[-1]] - read)

    def implicit(self, scope: str, text: str, *, unit_tokens: int, min_tokens: int) -> int:
        """Tokens read for a prompt the vendor caches by itself, in whole units; remembers its prefixes."""
        span = unit_tokens * _CHARS_PER_TOKEN
        state, hashes = hashlib.blake2b(scope.encode(), digest_size=16), []
        for end in range(span, len(text) + 1, span):
            state.update(text[end - span : end].encode())
            if end // _CHARS_PER_TOKEN >= min_tokens:
                hashes.append((end // _CHARS_PER_TOKEN, state.digest()))
        read = 0
        for size, digest in hashes:
            if self._known(digest):
                read = size
            self._remember(digest, _IMPLICIT_TTL_S)
        return read

    def clear(self) -> None:
        """Forget everything."""
        self._prefixes.clear()

    def _last_known(self, hashes: list[bytes], mark: int) -> int:
        earliest = max(-1, mark - _LOOKBACK_BLOCKS)
        return next((i for i in range(mark, earliest, -1) if self._known(hashes[i])), -1)

    def _known(self, digest: bytes) -> bool:
        expires = self._prefixes.get(digest)
        return expires is not None and expires > self._clock()

    def _remember(self, digest: bytes, ttl_s: float) -> None:
        self._prefixes[digest] = max(self._prefixes.get(digest, 0.0), self._clock() + ttl_s)
        self._prefixes.move_to_end(digest)
        while len(self._prefixes) > _MOST_PREFIXES:
            self._prefixes.popitem(last=False)
