"""What a run tells whoever listens, while it happens. The server renders these in the caller's dialect."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import ClassVar

import msgspec

from lanewise.core.answer import Delta
from lanewise.core.plan import Timing
from lanewise.core.protocols.hot_state import Standing
from lanewise.core.request import Dialect


class Routed(msgspec.Struct, frozen=True, kw_only=True):
    """The plan stands; the first lane is about to be asked."""

    word: ClassVar[str] = "routed"

    run_id: str
    lane: str
    reason: str
    heartbeat_after_s: float  # how long a caller of this lane may be left without a sign of life
    thinks: bool = False  # whether its models are asked to think before they answer
    thinking_budget_tokens: int | None = None
    expected: Timing | None = None  # how long this lane usually takes
    note: str = ""
    cache: str = ""  # hit, miss, or bypass; empty where nothing is cached
    standing: Standing | None = None  # what is left of the caller's rates, where there are any


class Queued(msgspec.Struct, frozen=True, kw_only=True):
    """Nobody can answer now; the request waits until somebody may."""

    word: ClassVar[str] = "queued"

    reason: str
    wait_s: float


class Deltas(msgspec.Struct, frozen=True, kw_only=True):
    """What one read of the vendor's stream brought, in order."""

    word: ClassVar[str] = "delta"

    dialect: Dialect
    deltas: list[Delta]


class FellBack(msgspec.Struct, frozen=True, kw_only=True):
    """A call failed and another follows."""

    word: ClassVar[str] = "fallback"

    deployment: str  # that failed
    next: str  # asked now; the same one where it is a retry
    reason: str
    wait_s: float = 0.0


class Hedged(msgspec.Struct, frozen=True, kw_only=True):
    """A call takes so long that another deployment is asked as well; the first of them to show something answers."""

    word: ClassVar[str] = "hedge"

    deployment: str  # that is slow
    twin: str
    after_s: float


class Degraded(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The answer comes from something less than was asked for."""

    word: ClassVar[str] = "degraded"

    reason: str
    from_: str = msgspec.field(name="from")  # a deployment or a lane
    to: str
    lane: str = ""  # the lane that answers from here on, where it is another one


class Verifying(msgspec.Struct, frozen=True, kw_only=True):
    """An answer is there, and is checked before it is given."""

    word: ClassVar[str] = "verifying"

    verifiers: tuple[str, ...]
    attempt: int  # from 1, in the whole run


class Repairing(msgspec.Struct, frozen=True, kw_only=True):
    """An answer did not pass, and is asked for again with the reason."""

    word: ClassVar[str] = "repairing"

    verifier: str
    repair: int  # from 1, of one sample


class Searching(msgspec.Struct, frozen=True, kw_only=True):
    """A step towards an answer is there, and was judged; others are under way."""

    word: ClassVar[str] = "searching"

    step: str  # its place in the tree: `0.2` is the third way to go on from the first step
    verdict: str  # of all steps up to it: `accept`, `reject`, `unverifiable`
    score: float | None = None
    steps: int  # that were made so far, in the whole run


class Escalated(msgspec.Struct, frozen=True, kw_only=True):
    """The next lane of the plan is asked, because what came before is not good enough."""

    word: ClassVar[str] = "escalated"

    reason: str  # `reject: math_answer`, `confidence: 0.42 < 0.75`, `dissatisfied`, `stalled`, `unsolved`
    from_: str = msgspec.field(name="from")
    to: str


Event = Routed | Queued | Deltas | FellBack | Hedged | Degraded | Verifying | Repairing | Searching | Escalated
Sink = Callable[[Event], Awaitable[None]]
