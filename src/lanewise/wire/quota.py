"""What a vendor's response headers say is left of its rate limits: one reading for all dialects, as vendors borrow each other's headers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache

from multidict import istr

from lanewise.core.durations import read_duration_s
from lanewise.core.protocols.pace import Quota

_DATE = istr("date")
_LONGEST_NUMBER = 15
_Left = tuple[int, float | None]

# What is left, and when it is full again: in OpenAI's headers as a duration.
_REQUESTS = istr("x-ratelimit-remaining-requests")
_REQUESTS_RESET = istr("x-ratelimit-reset-requests")
_TOKENS = istr("x-ratelimit-remaining-tokens")
_TOKENS_RESET = istr("x-ratelimit-reset-tokens")
# Mistral tells what is left of each minute, and no reset: a minute's limit is full again after a minute at the latest.
_MINUTE_S = 60.0
_MINUTE_REQUESTS = ("x-ratelimit-remaining-req-minute",)
_MINUTE_TOKENS = ("x-ratelimit-remaining-tokens-minute", "x-ratelimitbysize-remaining-minute")
# Gateways and smaller vendors: one limit of requests, its reset in seconds, or as a moment in seconds or milliseconds.
_PLAIN, _PLAIN_RESET = "x-ratelimit-remaining", "x-ratelimit-reset"
_LEAST_MOMENT_S, _LEAST_MOMENT_MS = 1e9, 1e12
# In Anthropic's as a moment.
_OWN_REQUESTS = istr("anthropic-ratelimit-requests-remaining")
_OWN_REQUEST_KINDS = ((_OWN_REQUESTS, istr("anthropic-ratelimit-requests-reset")),)
_OWN_TOKENS = istr("anthropic-ratelimit-tokens-remaining")
_OWN_TOKEN_KINDS = tuple(
    (istr(f"anthropic-ratelimit-{kind}-remaining"), istr(f"anthropic-ratelimit-{kind}-reset"))
    for kind in ("tokens", "input-tokens", "output-tokens")
)


def read_quota(headers: Mapping[str, str]) -> Quota | None:
    """What is left; None where the headers say nothing. What cannot be read is passed over.

    `headers` knows its names in lower case, or in any. Moments are counted from the response's own `Date`, so no clock is asked.
    """
    if _REQUESTS in headers or _TOKENS in headers:
        return _quota(
            _left_for(headers, _REQUESTS, _REQUESTS_RESET),
            _left_for(headers, _TOKENS, _TOKENS_RESET),
        )
    if _OWN_REQUESTS in headers or _OWN_TOKENS in headers:
        return _quota(_left_until(headers, _OWN_REQUEST_KINDS), _left_until(headers, _OWN_TOKEN_KINDS))
    if _MINUTE_REQUESTS[0] in headers or _MINUTE_TOKENS[0] in headers or _MINUTE_TOKENS[1] in headers:
        return _quota(_left_this_minute(headers, _MINUTE_REQUESTS), _left_this_minute(headers, _MINUTE_TOKENS))
    if _PLAIN in headers:
        return _quota(_left_plainly(headers), None)
    return None


def _quota(requests: _Left | None, tokens: _Left | None) -> Quota | None:
    if requests is None and tokens is None:
        return None
    requests_left, requests_reset_s = requests or (None, None)
    tokens_left, tokens_reset_s = tokens or (None, None)
    return Quota(
        requests_left=requests_left,
        requests_reset_s=requests_reset_s,
        tokens_left=tokens_left,
        tokens_reset_s=tokens_reset_s,
    )


def _left_for(headers: Mapping[str, str], name: str, reset: str) -> _Left | None:
    left = _count(headers.get(name))
    return None if left is None else (left, read_duration_s(headers.get(reset, "")))


def _left_this_minute(headers: Mapping[str, str], names: tuple[str, ...]) -> _Left | None:
    counts = [left for name in names if (left := _count(headers.get(name))) is not None]
    return (min(counts), _MINUTE_S) if counts else None


def _left_plainly(headers: Mapping[str, str]) -> _Left | None:
    left, reset = _count(headers.get(_PLAIN)), headers.get(_PLAIN_RESET, "")
    if left is None:
        return None
    number = _count(reset)
    if number is None or number < _LEAST_MOMENT_S:
        return left, read_duration_s(reset)
    now_s = _http_date_s(headers.get(_DATE, ""))
    moment_s = number / 1000 if number >= _LEAST_MOMENT_MS else float(number)
    return left, None if now_s is None else max(0.0, moment_s - now_s)


def _left_until(headers: Mapping[str, str], kinds: tuple[tuple[str, str], ...]) -> _Left | None:
    """Of several limits that hold at once, the one with the least left."""
    least: int | None = None
    least_reset = ""
    for name, reset in kinds:
        left = _count(headers.get(name))
        if left is not None and (least is None or left < least):
            least, least_reset = left, reset
    if least is None:
        return None
    now_s, moment_s = _http_date_s(headers.get(_DATE, "")), _moment_s(headers.get(least_reset, ""))
    return least, None if now_s is None or moment_s is None else max(0.0, moment_s - now_s)


def _count(text: str | None) -> int | None:
    return int(text) if text and len(text) <= _LONGEST_NUMBER and text.isascii() and text.isdigit() else None


@lru_cache(maxsize=64)  # limits are full again at the same moment, and tell it with whole seconds
def _moment_s(text: str) -> float | None:
    """Seconds since the epoch of an RFC 3339 moment, which names its time zone."""
    try:
        moment = datetime.fromisoformat(text)
        return None if moment.tzinfo is None else moment.timestamp()
    except (ValueError, OverflowError):
        return None


@lru_cache(maxsize=16)  # all answers of a second have the same
def _http_date_s(text: str) -> float | None:
    try:
        return parsedate_to_datetime(text).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None
