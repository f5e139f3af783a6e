"""What each dialect says with each HTTP error, and the headers that come with it."""

from __future__ import annotations

from lanewise.simulator.exchange import RejectedError
from lanewise.simulator.models import Dialect

_OPENAI: dict[int, tuple[str, str | None, str]] = {
    400: ("invalid_request_error", None, "Invalid request."),
    401: (
        "invalid_request_error",
        "invalid_api_key",
        "Incorrect API key provided: sim-****. You can find your API key in your settings.",
    ),
    402: ("invalid_request_error", "insufficient_balance", "Insufficient Balance"),
    403: (
        "invalid_request_error",
        "unsupported_country_region_territory",
        "Country, region, or territory not supported",
    ),
    404: ("invalid_request_error", "model_not_found", "The model does not exist or you do not have access to it."),
    408: ("server_error", "request_timeout", "Request timed out."),
    413: ("invalid_request_error", "request_too_large", "Request body too large."),
    429: (
        "tokens",
        "rate_limit_exceeded",
        "Rate limit reached for this model on tokens per min (TPM). Please try again later.",
    ),
    500: ("server_error", None, "The server had an error while processing your request. Sorry about that!"),
    502: ("server_error", None, "Bad gateway."),
    503: ("server_error", "service_unavailable", "The engine is currently overloaded, please try again later."),
    529: ("server_error", "overloaded", "The service is overloaded."),
}
_ANTHROPIC: dict[int, tuple[str, str]] = {
    400: ("invalid_request_error", "Invalid request."),
    401: ("authentication_error", "invalid x-api-key"),
    402: ("billing_error", "Your credit balance is too low to access the API."),
    403: ("permission_error", "Your API key does not have permission to use the specified resource."),
    404: ("not_found_error", "Not found"),
    408: ("timeout_error", "Request timed out."),
    413: ("request_too_large", "Request exceeds the maximum size"),
    429: ("rate_limit_error", "This request would exceed the rate limit for your organization."),
    500: ("api_error", "Internal server error"),
    502: ("api_error", "Bad gateway"),
    503: ("api_error", "Service unavailable"),
    529: ("overloaded_error", "Overloaded"),
}


_GEMINI: dict[int, tuple[str, str]] = {
    400: ("INVALID_ARGUMENT", "Request contains an invalid argument."),
    401: ("UNAUTHENTICATED", "Request had invalid authentication credentials."),
    402: ("FAILED_PRECONDITION", "Please enable billing on your project."),
    403: ("PERMISSION_DENIED", "Permission denied."),
    404: ("NOT_FOUND", "Requested entity was not found."),
    408: ("DEADLINE_EXCEEDED", "Deadline expired before operation could complete."),
    413: ("INVALID_ARGUMENT", "Request payload size exceeds the limit."),
    429: ("RESOURCE_EXHAUSTED", "You exceeded your current quota, please check your plan and billing details."),
    500: ("INTERNAL", "An internal error has occurred. Please retry."),
    502: ("UNAVAILABLE", "Bad gateway."),
    503: ("UNAVAILABLE", "The model is overloaded. Please try again later."),
    504: ("DEADLINE_EXCEEDED", "Deadline expired before operation could complete."),
    529: ("UNAVAILABLE", "The model is overloaded. Please try again later."),
}


def vendor_error(dialect: Dialect, status: int) -> RejectedError:
    """The error a vendor of this dialect answers with this status."""
    if dialect == "anthropic":
        kind, message = _ANTHROPIC.get(status, _ANTHROPIC[400 if status < 500 else 500])
        return RejectedError(status, message, kind=kind)
    if dialect == "gemini":
        kind, message = _GEMINI.get(status, _GEMINI[400 if status < 500 else 500])
        return RejectedError(status, message, kind=kind)
    openai_kind, code, message = _OPENAI.get(status, _OPENAI[400 if status < 500 else 500])
    return RejectedError(status, message, kind=openai_kind, code=code)


def error_headers(dialect: Dialect, status: int, retry_after_s: float | None) -> dict[str, str]:
    """Headers beside an error: when to retry, and whether at all."""
    headers: dict[str, str] = {}
    if status == 429 and retry_after_s is None:
        retry_after_s = 1.0
    if retry_after_s is not None:
        headers["retry-after"] = str(max(1, round(retry_after_s))) if retry_after_s else "0"
        if dialect == "openai":
            headers["retry-after-ms"] = str(round(retry_after_s * 1000))
    if dialect == "anthropic":
        headers["x-should-retry"] = "true" if status in {408, 409, 429} or status >= 500 else "false"
    return headers
