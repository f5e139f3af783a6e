"""Errors in Google's shape: a `google.rpc.Status` in JSON."""

from __future__ import annotations

from typing import Any

import msgspec

from lanewise.core.protocols.dialect import ErrorReport

_DOMAIN = "lanewise"
_STATUSES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    402: "FAILED_PRECONDITION",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    405: "UNIMPLEMENTED",
    408: "DEADLINE_EXCEEDED",
    409: "ABORTED",
    410: "FAILED_PRECONDITION",
    413: "INVALID_ARGUMENT",
    422: "INVALID_ARGUMENT",
    429: "RESOURCE_EXHAUSTED",
    499: "CANCELLED",
    501: "UNIMPLEMENTED",
    502: "UNAVAILABLE",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
    529: "UNAVAILABLE",
}


def status_word(status: int) -> str:
    """Google's word for an HTTP status."""
    return _STATUSES.get(status, "INTERNAL" if status >= 500 else "INVALID_ARGUMENT")


def write_error(report: ErrorReport) -> bytes:
    """An error's body, with the key `lanewise` beside it where it is a refusal."""
    reason = (report.code or report.kind).upper()
    info: dict[str, Any] = {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": reason,
        "domain": _DOMAIN,
        "metadata": {"type": report.kind} | ({"code": report.code} if report.code else {}),
    }
    details = [info]
    if report.param is not None:
        violation = {"field": report.param, "description": report.message}
        details.append({"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": [violation]})
    body: dict[str, Any] = {
        "error": {
            "code": report.status,
            "message": report.message,
            "status": status_word(report.status),
            "details": details,
        }
    }
    if report.refusal is not None:
        body["lanewise"] = {"refusal": report.refusal}
    return msgspec.json.encode(body)
