from __future__ import annotations

import itertools
import json
from typing import Any

import pytest

from lanewise.core.failure import Failure, FailureKind
from lanewise.wire.failure import MAX_MESSAGE_CHARS, read_failure


def _failure(status: int, body: object, **headers: str) -> Failure:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return read_failure(status, {name.replace("_", "-").title(): value for name, value in headers.items()}, raw)


@pytest.mark.parametrize(
    ("status", "body", "kind", "message", "code"),
    [
        (
            400,
            {"error": {"message": "Bad", "type": "invalid_request_error", "param": "n", "code": "unsupported_value"}},
            FailureKind.BAD_REQUEST,
            "Bad",
            "unsupported_value",
        ),
        (
            529,
            {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}},
            FailureKind.OVERLOADED,
            "Overloaded",
            "overloaded_error",
        ),
        (
            503,
            [{"error": {"code": 503, "message": "High demand", "status": "UNAVAILABLE"}}],
            FailureKind.OVERLOADED,
            "High demand",
            "UNAVAILABLE",
        ),
        (422, {"detail": "Unknown field"}, FailureKind.BAD_REQUEST, "Unknown field", None),
        (
            422,
            {"detail": [{"loc": ["body", "messages", 0], "msg": "Field required", "type": "missing"}]},
            FailureKind.BAD_REQUEST,
            "messages.0: Field required",
            None,
        ),
        (
            400,
            {"code": "Client specified", "error": "No such model"},
            FailureKind.BAD_REQUEST,
            "No such model",
            "Client specified",
        ),
        (
            400,
            {
                "error": {
                    "message": "Provider returned error",
                    "code": 400,
                    "metadata": {"raw": '{"error":{"message":"too long"}}'},
                }
            },
            FailureKind.BAD_REQUEST,
            "Provider returned error: too long",
            "400",
        ),
        (
            400,
            {"object": "error", "message": "Too many tokens", "type": "BadRequestError", "param": None, "code": 400},
            FailureKind.BAD_REQUEST,
            "Too many tokens",
            "BadRequestError",
        ),
        (
            502,
            b"<html><head><title>502 Bad Gateway</title></head><body><h1>502</h1></body></html>",
            FailureKind.SERVER_ERROR,
            "502 Bad Gateway",
            None,
        ),
        (502, b"<p>upstream <b>gone</b></p>", FailureKind.SERVER_ERROR, "upstream gone", None),
        (500, b"Internal error\n", FailureKind.SERVER_ERROR, "Internal error", None),
        (503, b"", FailureKind.OVERLOADED, "The vendor answered 503 without a message", None),
        (500, b"\xff\xfe", FailureKind.SERVER_ERROR, "\ufffd\ufffd", None),
        (
            500,
            {"error": {"message": json.dumps({"error": {"code": 503, "message": "Busy", "status": "UNAVAILABLE"}})}},
            FailureKind.OVERLOADED,
            "Busy",
            "UNAVAILABLE",
        ),
        (
            429,
            {"error": {"message": "No quota", "code": "insufficient_quota"}},
            FailureKind.VENDOR_ACCESS,
            "No quota",
            "insufficient_quota",
        ),
        (
            400,
            {"type": "error", "error": {"type": "invalid_request_error", "message": "Your credit balance is too low"}},
            FailureKind.VENDOR_ACCESS,
            "Your credit balance is too low",
            "invalid_request_error",
        ),
        (
            400,
            {
                "error": {
                    "message": "Filtered",
                    "code": "content_filter",
                    "innererror": {"code": "ResponsibleAIPolicyViolation"},
                }
            },
            FailureKind.CONTENT_FILTER,
            "Filtered",
            "ResponsibleAIPolicyViolation",
        ),
        (400, {"error": {"type": "api_error", "message": "No"}}, FailureKind.BAD_REQUEST, "No", "api_error"),
        (418, {"error": {"message": {"odd": 1}}}, FailureKind.BAD_REQUEST, '{"odd":1}', None),
        (400, 5, FailureKind.BAD_REQUEST, "The vendor answered 400 without a message", None),
    ],
)
def test_every_shape_of_an_error_is_read(
    status: int, body: Any, kind: FailureKind, message: str, code: str | None
) -> None:
    failure = _failure(status, body)
    assert (failure.kind, failure.message, failure.code, failure.status) == (kind, message, code, status)


@pytest.mark.parametrize(
    ("status", "kind", "transient"),
    [
        (400, FailureKind.BAD_REQUEST, False),
        (401, FailureKind.VENDOR_ACCESS, False),
        (402, FailureKind.VENDOR_ACCESS, False),
        (403, FailureKind.VENDOR_ACCESS, False),
        (404, FailureKind.VENDOR_ACCESS, False),
        (408, FailureKind.SERVER_ERROR, True),
        (409, FailureKind.SERVER_ERROR, True),
        (413, FailureKind.BAD_REQUEST, False),
        (422, FailureKind.BAD_REQUEST, False),
        (429, FailureKind.RATE_LIMITED, True),
        (500, FailureKind.SERVER_ERROR, True),
        (502, FailureKind.SERVER_ERROR, True),
        (503, FailureKind.OVERLOADED, True),
        (504, FailureKind.SERVER_ERROR, True),
        (529, FailureKind.OVERLOADED, True),
    ],
)
def test_a_status_alone_decides_where_nothing_better_is_told(status: int, kind: FailureKind, transient: bool) -> None:
    failure = _failure(status, b"")
    assert (failure.kind, failure.transient) == (kind, transient)


@pytest.mark.parametrize(
    "word", ["server_error", "rate_limit_exceeded", "invalid_request_error", "insufficient_quota", "new_type"]
)
def test_an_overload_is_one_whatever_its_body_calls_it(word: str) -> None:
    for status, said in itertools.product((503, 529), ({"type": word}, {"code": word})):
        assert _failure(status, {"error": {"message": "Busy", **said}}).kind is FailureKind.OVERLOADED


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry_after": "2"}, 2.0),
        ({"retry_after": "0.5"}, 0.5),
        ({"retry_after_ms": "174"}, 0.174),
        ({"retry_after_ms": "0", "retry_after": "1"}, 1.0),
        ({"retry_after": "Fri, 20 Nov 2026 10:00:30 GMT", "date": "Fri, 20 Nov 2026 10:00:00 GMT"}, 30.0),
        ({"retry_after": "Fri, 20 Nov 2026 09:00:00 GMT", "date": "Fri, 20 Nov 2026 10:00:00 GMT"}, 0.0),
        ({"retry_after": "Fri, 20 Nov 2026 10:00:30 GMT"}, None),
        ({"retry_after": "soon", "date": "today"}, None),
        ({"retry_after": "-1"}, None),
        ({"retry_after": "inf"}, None),
        ({}, None),
    ],
)
def test_when_to_come_back_is_read_from_the_headers(headers: dict[str, str], seconds: float | None) -> None:
    assert _failure(429, {"error": {"message": "Slow down"}}, **headers).retry_after_s == seconds


def test_googles_delay_stands_in_the_body() -> None:
    details = [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "17.5s"}]
    assert _failure(429, {"error": {"code": 429, "message": "Quota", "details": details}}).retry_after_s == 17.5


def test_the_vendors_word_on_retrying_is_heard() -> None:
    body = {"type": "error", "error": {"type": "rate_limit_error", "message": "Weekly limit"}}
    assert _failure(429, body, x_should_retry="false").kind is FailureKind.VENDOR_ACCESS
    assert _failure(400, {"error": {"message": "Try again"}}, x_should_retry="true").transient


@pytest.mark.parametrize(
    "secret",
    [
        "sk-proj-abcdefghijklmnop123456",
        "gsk_abcdef123456789",
        "xai-abcdef123456",
        "AIzaSyA1234567890abcdefg",
        "Bearer abc.def.ghi",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc",
        "0123456789abcdef0123456789abcdef01234567",
    ],
)
def test_keys_never_appear_in_a_message(secret: str) -> None:
    failure = _failure(401, {"error": {"message": f"Incorrect API key provided: {secret}. See the docs."}})
    assert secret not in failure.message
    assert "[redacted]" in failure.message
    assert "See the docs." in failure.message


def test_ordinary_words_are_not_taken_for_keys() -> None:
    message = (
        "The model `accounts/fireworks/models/llama-v3p1-405b-instruct` is down, request req_011CeCGmMJJGRCp7xgjqapmJ"
    )
    assert _failure(503, {"error": {"message": message}}).message == message


def test_a_message_is_bounded() -> None:
    assert len(_failure(500, {"error": {"message": "word " * 10_000}}).message) == MAX_MESSAGE_CHARS
    assert len(_failure(500, b"<p>" + b"word " * 100_000).message) <= MAX_MESSAGE_CHARS


@pytest.mark.parametrize(
    ("said", "seconds"),
    [("Please try again in 250ms.", 0.25), ("Try again in 1m3.5s", 63.5), ("Please try again later.", None)],
)
def test_when_to_come_back_is_read_from_the_words_where_nothing_else_says_it(said: str, seconds: float | None) -> None:
    limited = {"error": {"message": said, "type": "tokens", "code": "rate_limit_exceeded"}}
    assert _failure(429, limited).retry_after_s == seconds
    assert _failure(429, limited, retry_after="7").retry_after_s == 7.0
    assert _failure(400, {"error": {"message": said}}).retry_after_s is None


def test_a_response_that_failed_tells_why_inside_it() -> None:
    failed = {"type": "response.failed", "response": {"error": {"code": "server_error", "message": "It broke"}}}
    failure = _failure(500, failed)
    assert (failure.kind, failure.message, failure.code) == (FailureKind.SERVER_ERROR, "It broke", "server_error")
