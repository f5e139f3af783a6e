"""What follows each kind of failure: one table, read by `fall_back` and `degrade`, printed in docs/reference/failures.md."""

from __future__ import annotations

from typing import NamedTuple

from lanewise.core.failure import FailureKind


class Reaction(NamedTuple):
    """What may be tried after a failure, in this order, as long as the caller has seen nothing of an answer."""

    elsewhere: bool = False  # the lane's next deployment, at once
    again: bool = False  # the same deployment, after Retry-After or a growing wait
    faster: bool = False  # the lane that this one degrades to; the answer is marked
    later: bool = False  # a caller who can wait is kept until a vendor may be back
    why: str = ""


_ANYWHERE = Reaction(
    elsewhere=True, again=True, faster=True, later=True, why="the vendor is in trouble, the request is not"
)
_NOT_HERE = Reaction(elsewhere=True, faster=True, why="this account or model cannot; asking it again gives the same")
_NOWHERE = Reaction(why="another vendor must not be tried for it")

#: Refused by our own limits: what a vendor said before explains more.
OUR_LIMITS = frozenset({FailureKind.BUDGET, FailureKind.AMPLIFICATION, FailureKind.OUTSIDE})

#: Calls that were not made: nothing was said by anybody.
NOT_CALLED = OUR_LIMITS | {FailureKind.BUDGET_UNKNOWN}

#: Answers that are not given, for a reason that somebody wrote down: typed refusals.
NOT_GIVEN = frozenset({FailureKind.UNSOLVED, FailureKind.REVIEW, FailureKind.WITHHELD})

REACTIONS: dict[FailureKind, Reaction] = {
    FailureKind.RATE_LIMITED: _ANYWHERE,
    FailureKind.OVERLOADED: _ANYWHERE,
    FailureKind.SERVER_ERROR: _ANYWHERE,
    FailureKind.UNREACHABLE: _ANYWHERE,
    FailureKind.CONNECTION_LOST: _ANYWHERE,
    FailureKind.IDLE_TIMEOUT: _ANYWHERE,
    FailureKind.CUT_STREAM: _ANYWHERE,
    FailureKind.MALFORMED: _ANYWHERE,
    FailureKind.ERROR_EVENT: _ANYWHERE,
    FailureKind.LOOPING: Reaction(
        elsewhere=True, faster=True, why="this model is stuck; asked the same again it may well be stuck again"
    ),
    FailureKind.LATE_START: Reaction(elsewhere=True, faster=True, later=True, why="it would be late again"),
    FailureKind.RESTING: Reaction(faster=True, later=True, why="every deployment of the lane is left alone for now"),
    FailureKind.SLOW: Reaction(
        faster=True, why="the lane's other deployments would need as long; a faster lane still has time"
    ),
    FailureKind.VENDOR_ACCESS: _NOT_HERE,
    FailureKind.UNTRANSLATABLE: Reaction(elsewhere=True, why="another model may take what this one cannot"),
    FailureKind.BAD_REQUEST: Reaction(why="the request itself is wrong: every vendor would say so"),
    FailureKind.CONTENT_FILTER: _NOWHERE,
    FailureKind.DEADLINE: Reaction(why="the run's time is up"),
    FailureKind.CANCELLED: Reaction(why="nobody listens any more"),
    FailureKind.SHUTDOWN: Reaction(why="the gateway stops"),
    FailureKind.BUDGET: Reaction(why="the tenant's cap holds for every vendor"),
    FailureKind.BUDGET_UNKNOWN: Reaction(later=True, why="the cap holds for every vendor; the store may soon answer"),
    FailureKind.AMPLIFICATION: Reaction(why="the request has used up what it may set in motion"),
    FailureKind.OUTSIDE: Reaction(why="what may be used was left out before; this is a second lock"),
    FailureKind.UNSOLVED: Reaction(why="the model says that it cannot be done; the plan's later lanes were asked"),
    FailureKind.REVIEW: Reaction(why="the plan wants a person to decide"),
    FailureKind.WITHHELD: Reaction(why="the call cannot be taken back, and did not pass its check"),
    FailureKind.OUTRUN: Reaction(
        elsewhere=True, again=True, why="its hedge was faster; it is asked again only where that one breaks off"
    ),
    FailureKind.INTERNAL: Reaction(why="a fault of the gateway itself"),
}
