"""Why a call or a run ended without a result of its own."""

from __future__ import annotations

import asyncio

from lanewise.core.failure import Failure, FailureKind

OUTRUN = Failure(
    kind=FailureKind.OUTRUN,
    message="The hedge of this call was faster, so this one was cancelled",
    retry_after_s=0.0,  # it had not failed
)
_LEFT = Failure(kind=FailureKind.CANCELLED, message="The caller left before the answer was complete")
_STOPPED = Failure(kind=FailureKind.SHUTDOWN, message="The gateway was shut down before the answer was complete")
_BROKEN = Failure(kind=FailureKind.INTERNAL, message="The gateway failed; the log says why")


def failure_of(error: BaseException) -> Failure:
    """What an exception that passes through means. Whoever cancels for another reason than that the caller left says so in it."""
    if not isinstance(error, asyncio.CancelledError):
        return _BROKEN
    return _STOPPED if FailureKind.SHUTDOWN in error.args else _LEFT
