"""An answer as it is kept to be given again, and what the cache tells of itself."""

from __future__ import annotations

import msgspec

from lanewise.core.answer import Generation
from lanewise.core.events import Deltas


class CachedAnswer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An answer that may be given again, and the run that paid for it."""

    name: bytes  # of the request: whoever asks the same, asks by it
    tenant: str
    run_id: str
    created_us: int  # since the Unix epoch
    expires_us: int
    lane: str
    deployment: str
    served_model: str
    verdict: str
    verdict_kind: str
    attempts: int
    cost_nanousd: int  # what it cost when it was made, and what giving it again saves
    dropped: tuple[str, ...]  # parameters its deployment could not take
    generation: Generation
    shown: tuple[Deltas, ...] = ()  # of a stream: all its pieces, in order


class CacheState(msgspec.Struct, frozen=True, kw_only=True):
    """What the cache holds now, and what came of requests and answers since the process began."""

    events: dict[str, int] = {}  # hit, miss, kept, unwritten, broken, withdrawn
    memory_answers: int = 0
    memory_bytes: int = 0
    stored_answers: int = 0
