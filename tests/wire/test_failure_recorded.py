"""Every recorded and every quoted error, and what it means: one row each, so that a change of any of them is seen."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

import pytest

from lanewise.core.failure import Failure, FailureKind
from lanewise.wire.failure import failure_in_event, read_failure
from recordings import encoded, exchanges, quoted_errors

pytestmark = pytest.mark.data

BAD, ACCESS = FailureKind.BAD_REQUEST, FailureKind.VENDOR_ACCESS
LIMITED, OVERLOADED, BROKEN = FailureKind.RATE_LIMITED, FailureKind.OVERLOADED, FailureKind.SERVER_ERROR


class Row(NamedTuple):
    kind: FailureKind
    status: int | None
    code: str | None = None
    retry_after_s: float | None = None


RECORDED = {
    "chat/010": Row(BAD, 400, "invalid_request_error"),
    "chat/012": Row(BAD, 400, "too_many_prompt_tokens"),
    "chat/015": Row(LIMITED, 429, "RateLimitReached", 1.0),
    "chat/021": Row(BAD, 400, "invalid_image_url"),
    "chat/029": Row(BAD, 400, "400"),
    "chat/030": Row(BAD, 400, "invalid_request_error"),
    "chat/032": Row(ACCESS, 404, "model_not_found"),
    "chat/033": Row(BAD, 400, "unsupported_value"),
    "chat/034": Row(ACCESS, 404, "model_not_found"),
    "chat/035": Row(BAD, 400, "invalid_request_error"),
    "chat/044": Row(ACCESS, 404, "model_not_found"),
    "completions/002": Row(BAD, 400, "integer_below_min_value"),
    "count_tokens/001": Row(ACCESS, 404, "not_found_error"),
    "embeddings/001": Row(BAD, 400, "invalid_request_error"),
    "embeddings/004": Row(ACCESS, 401, "401"),
    "embeddings/005": Row(ACCESS, 404, "model_not_found"),
    "generateContent/009": Row(ACCESS, 400, "API_KEY_INVALID"),
    "generateContent/011": Row(ACCESS, 404, "NOT_FOUND"),
    "generateContent/028": Row(ACCESS, 400, "API_KEY_INVALID"),
    "messages/009": Row(BAD, 400, "invalid_request_error"),
    "messages/017": Row(ACCESS, 404, "not_found_error"),
    "ollama/002": Row(ACCESS, 404),
    "responses/009": Row(BAD, 400, "invalid_request_error"),
    "responses/012": Row(BAD, 400, "context_length_exceeded"),
    "responses/013": Row(ACCESS, 400, "model_not_found"),
}
APIS = ("chat", "completions", "count_tokens", "embeddings", "generateContent", "messages", "ollama", "responses")

#: In the order in which they are quoted; None where it is told what a stream did, and nothing is said in words.
QUOTED: list[Row | None] = [
    Row(OVERLOADED, 529, "overloaded_error"),
    Row(BROKEN, 500, "api_error"),
    Row(OVERLOADED, None, "overloaded_error"),
    Row(LIMITED, 429, "rate_limit_error"),
    Row(LIMITED, 429, "rate_limit_exceeded", 0.174),
    Row(BROKEN, 500, "server_error"),
    Row(BROKEN, None, "server_error"),
    Row(BROKEN, None, "server_error"),
    Row(OVERLOADED, 503, "UNAVAILABLE"),
    Row(OVERLOADED, 503, "UNAVAILABLE"),
    Row(BROKEN, None, "502"),
    Row(ACCESS, 402, "402"),
    Row(BAD, 400, "BadRequestError"),
    Row(BAD, 400, "context_length_exceeded"),
    Row(ACCESS, 402, "invalid_request_error"),
    None,
    None,
    None,
]


def row_of(failure: Failure) -> Row:
    return Row(failure.kind, failure.status, failure.code, failure.retry_after_s)


def test_every_recorded_error_means_what_its_row_says() -> None:
    read = {
        exchange.name: read_failure(exchange.status, exchange.headers, exchange.body)
        for api in APIS
        for exchange in exchanges(api)
        if exchange.status >= 400
    }
    assert {name: row_of(failure) for name, failure in read.items()} == RECORDED
    assert all(failure.message for failure in read.values())


def test_every_quoted_error_means_what_its_row_says() -> None:
    quoted = quoted_errors()
    assert len(quoted) == len(QUOTED) == 18
    for item, row in zip(quoted, QUOTED, strict=True):
        assert (None if row is None else row_of(_read(item))) == row, item


def test_what_may_be_over_soon_is_asked_again_and_what_is_wrong_is_not() -> None:
    rows = [*RECORDED.values(), *(row for row in QUOTED if row is not None)]
    again = {row.kind for row in rows if Failure(kind=row.kind, message="").transient}
    assert again == {LIMITED, OVERLOADED, BROKEN}


def _read(item: dict[str, Any]) -> Failure:
    if item["where"] == "http":
        return read_failure(item["status"], item.get("headers", {}), encoded(item["body"]))
    return failure_in_event(json.dumps(item["data"]).encode())
