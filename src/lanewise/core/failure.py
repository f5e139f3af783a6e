"""What goes wrong with a vendor, as a value that the walk decides on."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class FailureKind(StrEnum):
    """Why a call gave no whole answer."""

    RATE_LIMITED = "rate_limited"  # 429
    OVERLOADED = "overloaded"  # 503, 529, overloaded_error
    SERVER_ERROR = "server_error"  # other 5xx
    BAD_REQUEST = "bad_request"  # 400, 413, 422: asking again or elsewhere gives the same answer
    VENDOR_ACCESS = "vendor_access"  # 401, 402, 403, 404: the gateway's account, not the caller's fault
    CONTENT_FILTER = "content_filter"  # the vendor refuses the content
    UNREACHABLE = "unreachable"  # no connection
    CONNECTION_LOST = "connection_lost"  # reset or closed in the middle
    IDLE_TIMEOUT = "idle_timeout"  # nothing came for the lane's idle limit
    DEADLINE = "deadline"  # the run's own time is up
    LATE_START = "late_start"  # nothing of the answer came in time
    SLOW = "slow"  # much longer than this lane usually takes
    RESTING = "resting"  # not asked: its breaker is open, or its vendor said when to come back
    OUTRUN = "outrun"  # not needed any more: its hedge was faster
    CUT_STREAM = "cut_stream"  # a clean end without the terminal event
    MALFORMED = "malformed"  # bytes that the dialect does not allow
    ERROR_EVENT = "error_event"  # an error inside a stream that began well
    LOOPING = "looping"  # only the same piece again and again: cut off, because the lane says `early_stop`
    CANCELLED = "cancelled"  # nobody listens any more
    SHUTDOWN = "shutdown"  # the gateway stops, and this run took longer than its grace
    UNTRANSLATABLE = "untranslatable"  # the request cannot be said in this deployment's dialect
    BUDGET = "budget"  # a reservation was refused
    BUDGET_UNKNOWN = "budget_unknown"  # a cap that processes share cannot be asked: its store does not answer
    INTERNAL = "internal"  # a fault of the gateway itself
    UNSOLVED = "unsolved"  # the model says that it cannot be done
    REVIEW = "review"  # the plan wants a person to decide, and there is none to ask
    WITHHELD = "withheld"  # an irreversible tool call that did not pass its check
    OUTSIDE = "outside"  # a plan, a key or a residency keeps the call away
    AMPLIFICATION = "amplification"  # the request's own allowance of calls, tokens, dollars or seconds is used up


#: Failures after which the same request may well succeed, here or at another deployment.
TRANSIENT = frozenset(
    {
        FailureKind.RATE_LIMITED,
        FailureKind.OVERLOADED,
        FailureKind.SERVER_ERROR,
        FailureKind.UNREACHABLE,
        FailureKind.CONNECTION_LOST,
        FailureKind.IDLE_TIMEOUT,
        FailureKind.CUT_STREAM,
        FailureKind.MALFORMED,
        FailureKind.ERROR_EVENT,
        FailureKind.LATE_START,
        FailureKind.RESTING,
    }
)


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """One failed call: enough to decide what next, and to tell the caller the truth in its own dialect."""

    kind: FailureKind
    message: str
    status: int | None = None  # the vendor's HTTP status
    retry_after_s: float | None = None
    code: str | None = None  # the vendor's own code or type
    param: str | None = None
    may_wait: bool = False  # of a refused reservation: who can wait is kept until there is room again
    instead: str = ""  # of a refused reservation: the lane that answers from now on

    @property
    def transient(self) -> bool:
        """Whether the same request may well succeed later, or at another deployment."""
        return self.kind in TRANSIENT
