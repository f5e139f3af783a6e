"""What a vendor's error means, whatever its shape: one reading for all dialects, because vendors of one dialect borrow another's errors."""

from __future__ import annotations

import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple

import msgspec

from lanewise.core.durations import read_duration_s
from lanewise.core.failure import Failure, FailureKind

MAX_MESSAGE_CHARS = 2_000

_KINDS_OF_STATUS = {
    401: FailureKind.VENDOR_ACCESS,
    402: FailureKind.VENDOR_ACCESS,
    403: FailureKind.VENDOR_ACCESS,
    404: FailureKind.VENDOR_ACCESS,
    408: FailureKind.SERVER_ERROR,  # the vendor's own time ran out
    409: FailureKind.SERVER_ERROR,  # a conflict of the moment: the vendors' own SDKs ask again
    429: FailureKind.RATE_LIMITED,
    503: FailureKind.OVERLOADED,
    529: FailureKind.OVERLOADED,
}
# A code or type that says more than the status it comes with, or comes with none.
_KINDS_OF_CODE = {
    "insufficient_quota": FailureKind.VENDOR_ACCESS,
    "billing_hard_limit_reached": FailureKind.VENDOR_ACCESS,
    "billing_error": FailureKind.VENDOR_ACCESS,
    "account_deactivated": FailureKind.VENDOR_ACCESS,
    "authentication_error": FailureKind.VENDOR_ACCESS,
    "permission_error": FailureKind.VENDOR_ACCESS,
    "not_found_error": FailureKind.VENDOR_ACCESS,
    "model_not_found": FailureKind.VENDOR_ACCESS,
    "invalid_api_key": FailureKind.VENDOR_ACCESS,
    "API_KEY_INVALID": FailureKind.VENDOR_ACCESS,
    "content_filter": FailureKind.CONTENT_FILTER,
    "content_policy_violation": FailureKind.CONTENT_FILTER,
    "ResponsibleAIPolicyViolation": FailureKind.CONTENT_FILTER,
    "moderation_blocked": FailureKind.CONTENT_FILTER,
    "overloaded_error": FailureKind.OVERLOADED,
    "engine_overloaded": FailureKind.OVERLOADED,
    "engine_overloaded_error": FailureKind.OVERLOADED,
    "UNAVAILABLE": FailureKind.OVERLOADED,
    "rate_limit_error": FailureKind.RATE_LIMITED,
    "rate_limit_exceeded": FailureKind.RATE_LIMITED,
    "RateLimitReached": FailureKind.RATE_LIMITED,
    "RESOURCE_EXHAUSTED": FailureKind.RATE_LIMITED,
    "timeout_error": FailureKind.SERVER_ERROR,
    "api_error": FailureKind.SERVER_ERROR,
    "server_error": FailureKind.SERVER_ERROR,
    "internal_server_error": FailureKind.SERVER_ERROR,
    "request_too_large": FailureKind.BAD_REQUEST,
    "context_length_exceeded": FailureKind.BAD_REQUEST,
}
# Too general to overrule a status, but better than nothing inside a stream.
_KINDS_OF_WEAK_CODE = {
    "invalid_request_error": FailureKind.BAD_REQUEST,
    "BadRequestError": FailureKind.BAD_REQUEST,
    "INVALID_ARGUMENT": FailureKind.BAD_REQUEST,
}
_CREDIT = re.compile(r"credit balance|insufficient (?:balance|credits|funds)|API key not valid", re.IGNORECASE)
_SECRET = re.compile(
    r"\b(?:sk|pk|rk|gsk|xai|hf|nvapi|fw|csk|pplx|tgp)[-_][A-Za-z0-9_\-*.]{6,}|\bAIza[\w\-]{10,}|\bBearer\s+\S+|\beyJ[\w\-.]{20,}"
    r"|\b(?=[A-Za-z0-9_\-]*\d)(?=[A-Za-z0-9_\-]*[A-Za-z])[A-Za-z0-9_\-]{40,}"
)
_TAG = re.compile(r"<(script|style)\b.*?</\1\s*>|<[^>]*>", re.IGNORECASE | re.DOTALL)
_TITLE = re.compile(r"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)
_SECONDS = re.compile(r"^(\d+(?:\.\d+)?)s$")
_TRY_AGAIN = re.compile(r"try again in ((?:\d{1,6}(?:\.\d{1,9})?(?:ms|[smh]))+)", re.IGNORECASE)
_LONGEST_READ = 64 * 1024  # of an error body that is not JSON


class _Told(NamedTuple):
    message: str
    code: str | None = None
    type: str | None = None
    param: str | None = None
    delay_s: float | None = None
    status: int | None = None  # a status said in the body, where HTTP said 200


def read_failure(status: int, headers: Mapping[str, str], body: bytes) -> Failure:
    """What an error response means: its kind decides whether and where the request is tried again."""
    told = _told(body)
    heads = {name.lower(): value for name, value in headers.items()}
    kind = _kind(status, told)
    word = heads.get("x-should-retry")
    if word == "true" and kind is FailureKind.BAD_REQUEST:
        kind = FailureKind.SERVER_ERROR
    elif word == "false" and kind is FailureKind.RATE_LIMITED:  # an allowance is used up, not a moment too busy
        kind = FailureKind.VENDOR_ACCESS
    delay_s = _retry_after(heads)
    if delay_s is None:
        delay_s = told.delay_s if told.delay_s is not None else _said_delay_s(kind, told.message)
    return Failure(
        kind=kind,
        message=told.message or _unsaid(status),
        status=status,
        retry_after_s=delay_s,
        code=_code(told),
        param=told.param,
    )


def _unsaid(status: int) -> str:
    if 300 <= status < 400:
        return f"The vendor answered {status}, and redirects are not followed: its base_url must be the address itself"
    return f"The vendor answered {status} without a message"


def failure_in_answer(body: bytes) -> Failure:
    """What a body under status 200 means that is not an answer: an error told inside it, else bytes the dialect does not allow."""
    told = _told(body)
    named = told.code is not None or told.type is not None
    if not (named and told.message) and not _is_error(body):
        return Failure(kind=FailureKind.MALFORMED, message="The vendor's body is not an answer of its dialect")
    return _failure_told(told)


def failure_in_event(data: bytes) -> Failure:
    """What an error event inside a stream means."""
    return _failure_told(_told(data))


def bounded(message: str) -> str:
    """The message without anything like a key in it, at most 2,000 characters."""
    return _SECRET.sub("[redacted]", message[: 4 * MAX_MESSAGE_CHARS])[:MAX_MESSAGE_CHARS]


def _failure_told(told: _Told) -> Failure:
    kind = _kind(told.status, told) if told.status else _kind_of_codes(told) or FailureKind.ERROR_EVENT
    return Failure(
        kind=kind,
        message=told.message or "The vendor told an error without a message",
        retry_after_s=told.delay_s if told.delay_s is not None else _said_delay_s(kind, told.message),
        code=_code(told),
        param=told.param,
    )


def _said_delay_s(kind: FailureKind, message: str) -> float | None:
    """When to come back, where only the words say it; OpenAI's do in streams, and behind gateways that drop its headers."""
    said = _TRY_AGAIN.search(message) if kind is FailureKind.RATE_LIMITED else None
    return None if said is None else read_duration_s(said[1])


def _code(told: _Told) -> str | None:
    """The vendor's own word for it; a mere number (a status again) only where there is no word."""
    if told.code is not None and not told.code.isdigit():
        return told.code
    return told.type or told.code


def _kind_of_codes(told: _Told) -> FailureKind | None:
    for table in (_KINDS_OF_CODE, _KINDS_OF_WEAK_CODE):
        for word in (told.code, told.type):
            if word in table:
                return table[word]
    return None


def _kind(status: int, told: _Told) -> FailureKind:
    # Said so clearly by 503 and 529 that no type in the body can mean more.
    if _KINDS_OF_STATUS.get(status) is FailureKind.OVERLOADED:
        return FailureKind.OVERLOADED
    for word in (told.code, told.type):
        if word in _KINDS_OF_CODE:
            kind = _KINDS_OF_CODE[word]
            # A strong word may sharpen a status, but "server error" says less than most: a client's error stays one, though typed so.
            if kind is not FailureKind.SERVER_ERROR:
                return kind
    if 400 <= status < 500 and _CREDIT.search(told.message):
        return FailureKind.VENDOR_ACCESS
    if status < 400:
        return FailureKind.VENDOR_ACCESS  # a redirect: the provider's base_url is not where the vendor answers
    if status >= 500:
        return _KINDS_OF_STATUS.get(status, FailureKind.SERVER_ERROR)
    return _KINDS_OF_STATUS.get(status, FailureKind.BAD_REQUEST)


def _is_error(body: bytes) -> bool:
    try:
        value = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    if isinstance(value, list) and value:
        value = value[0]
    return isinstance(value, dict) and bool(value.get("error") or value.get("detail") or value.get("object") == "error")


def _told(body: bytes) -> _Told:
    try:
        value = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _Told(bounded(_plain_text(body[:_LONGEST_READ])))
    if isinstance(value, list) and value:  # Google's compatible endpoint wraps its error in a list
        value = value[0]
    if isinstance(value, str):
        return _Told(bounded(value))
    return _of_object(value) if isinstance(value, dict) else _Told("")


def _of_object(value: dict[str, Any]) -> _Told:
    error = value.get("error")
    if isinstance(error, dict):
        return _of_error(error)
    if isinstance(error, str):  # xAI: {"code": ..., "error": "words"}
        return _Told(bounded(error), code=_word(value.get("code")), type=_word(value.get("type")))
    response = value.get("response")
    if isinstance(response, dict) and isinstance(response.get("error"), dict):  # OpenAI's `response.failed`
        return _of_error(response["error"])
    detail = value.get("detail")
    if isinstance(detail, list):  # FastAPI's list of {loc, msg, type}
        return _of_fields(detail)
    if isinstance(detail, str):
        return _Told(bounded(detail), code=_word(value.get("code")), type=_word(value.get("type")))
    if isinstance(detail, dict):
        return _of_error(detail)
    return _of_error(value)


def _of_error(error: dict[str, Any]) -> _Told:
    message = error.get("message")
    code = error.get("code")
    inner = _inner(message)
    if inner is not None:  # a proxy put another vendor's whole error into the message
        return inner
    text = message if isinstance(message, str) else "" if message is None else msgspec.json.encode(message).decode()
    raw = error["metadata"].get("raw") if isinstance(error.get("metadata"), dict) else None
    if raw:  # OpenRouter: the words of the vendor behind it
        words = (_inner(raw) or _Told(raw if isinstance(raw, str) else msgspec.json.encode(raw).decode())).message
        text = f"{text}: {words}" if words and words not in text else text
    inner_error = error.get("innererror")
    if isinstance(inner_error, dict) and inner_error.get("code") == "ResponsibleAIPolicyViolation":
        code = inner_error["code"]
    delay_s, reason = _google_details(error.get("details"))
    return _Told(
        bounded(text),
        code=reason or _word(code),
        type=_word(error.get("type")) or _word(error.get("status")),
        param=_word(error.get("param")),
        delay_s=delay_s,
        status=code if isinstance(code, int) and 400 <= code < 600 else None,
    )


def _of_fields(fields: list[Any]) -> _Told:
    words: list[str] = []
    param = None
    for field in fields:
        if isinstance(field, dict):
            place = ".".join(str(step) for step in field.get("loc") or () if step != "body")
            param = param or place or None
            words.append(f"{place}: {field.get('msg')}" if place else str(field.get("msg")))
    return _Told(bounded("; ".join(words)), param=param)


def _inner(message: object) -> _Told | None:
    if not isinstance(message, str) or not message.lstrip().startswith(("{", "[")):
        return None
    told = _told(message.encode())
    return told if told.message and told.message != bounded(message) else None


def _google_details(details: object) -> tuple[float | None, str | None]:
    delay_s = reason = None
    for detail in details if isinstance(details, list) else ():
        if isinstance(detail, dict):
            wait = _SECONDS.match(str(detail.get("retryDelay", "")))
            delay_s = float(wait[1]) if wait else delay_s
            reason = "API_KEY_INVALID" if detail.get("reason") == "API_KEY_INVALID" else reason
    return delay_s, reason


def _word(value: object) -> str | None:
    if isinstance(value, bool) or value is None or value == "":
        return None
    return bounded(str(value))[:200] if isinstance(value, str | int) else None


def _plain_text(body: bytes) -> str:
    text = body.decode("utf-8", "replace")
    title = _TITLE.search(text)
    if title is not None and title[1].strip():
        text = title[1]
    return " ".join(_TAG.sub(" ", text).split()) if "<" in text else text.strip()


def _retry_after(heads: Mapping[str, str]) -> float | None:
    """Seconds to wait. A date is counted from the response's own `Date`, so no clock is asked."""
    milliseconds = _number(heads.get("retry-after-ms"))
    if milliseconds:  # 0 stands beside a true `retry-after` at Azure
        return milliseconds / 1000
    word = heads.get("retry-after")
    seconds = _number(word)
    if seconds is not None or word is None or "date" not in heads:
        return seconds
    try:
        return max(0.0, (parsedate_to_datetime(word) - parsedate_to_datetime(heads["date"])).total_seconds())
    except (ValueError, TypeError):
        return None


def _number(word: str | None) -> float | None:
    try:
        number = float(word or "")
    except ValueError:
        return None
    return number if 0 <= number < float("inf") else None
