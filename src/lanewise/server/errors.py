"""Errors as callers see them: a status, a dialect-free report, and headers that tell a client whether to come back."""

from __future__ import annotations

import math

import structlog

from lanewise.core.errors import InvalidKey, LanewiseError, LimitReached, NotShared, StoreError, Unavailable
from lanewise.core.failure import Failure, FailureKind
from lanewise.core.protocols.dialect import ErrorReport
from lanewise.pipeline.reactions import NOT_GIVEN
from lanewise.pipeline.settle import refusal_of, status_of
from lanewise.server.asgi import Headers

_KINDS = {
    400: "invalid_request_error",
    403: "permission_error",
    413: "invalid_request_error",
    422: "invalid_request_error",
    429: "rate_limit_error",
}
#: An SDK that asks again at once would meet the same refusal.
_POINTLESS_TO_RETRY = NOT_GIVEN | {FailureKind.BUDGET, FailureKind.AMPLIFICATION, FailureKind.OUTSIDE}


_log = structlog.get_logger()
_STORE_AWAY = ErrorReport(
    status=503, kind=Unavailable.kind, message="What is on record cannot be read or written now; ask again later"
)


def report_of_error(error: LanewiseError) -> tuple[ErrorReport, Headers]:
    """What to tell a caller about a refusal. Where the store is and what is wrong with it is for the operator's log."""
    if isinstance(error, StoreError):
        _log.warning("the record cannot be read or written", cause=error.message)
        return _STORE_AWAY, _retry(1.0)
    report = ErrorReport(
        status=error.status, kind=error.kind, message=error.message, code=error.code, param=error.param
    )
    if isinstance(error, LimitReached):
        return ErrorReport(status=error.status, kind=error.kind, message=error.message, code=error.limit), _retry(
            error.retry_after_s
        )
    if isinstance(error, Unavailable | NotShared):
        return report, _retry(error.retry_after_s)
    if isinstance(error, InvalidKey):
        return report, [(b"www-authenticate", b"Bearer")]
    return report, []


def report_of_failure(failure: Failure) -> tuple[ErrorReport, Headers]:
    """What to tell a caller about a run that gave no answer."""
    status = status_of(failure)
    report = ErrorReport(
        status=status,
        kind=_KINDS.get(status, "upstream_error"),
        message=failure.message,
        code=failure.code or failure.kind,
        param=failure.param,
        refusal=refusal_of(failure),
    )
    headers = [] if failure.retry_after_s is None else _retry(failure.retry_after_s)
    if not headers and status == 503:
        headers = _retry(1.0)
    if failure.kind in _POINTLESS_TO_RETRY:
        headers.append((b"x-should-retry", b"false"))
    return report, headers


def _retry(after_s: float) -> Headers:
    return [(b"retry-after", b"%d" % max(1, math.ceil(after_s)))]
