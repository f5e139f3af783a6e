"""Errors in Google's shape."""

from __future__ import annotations

import json

import pytest

from lanewise.core.protocols.dialect import ErrorReport
from lanewise.core.refusal import Refusal
from lanewise.wire.gemini.errors import status_word, write_error


@pytest.mark.parametrize(
    ("status", "word"),
    [
        *((400, "INVALID_ARGUMENT"), (401, "UNAUTHENTICATED"), (403, "PERMISSION_DENIED"), (404, "NOT_FOUND")),
        *((409, "ABORTED"), (413, "INVALID_ARGUMENT"), (418, "INVALID_ARGUMENT"), (429, "RESOURCE_EXHAUSTED")),
        *((500, "INTERNAL"), (502, "UNAVAILABLE"), (503, "UNAVAILABLE"), (504, "DEADLINE_EXCEEDED"), (599, "INTERNAL")),
    ],
)
def test_every_status_has_google_s_word(status: int, word: str) -> None:
    assert status_word(status) == word


def test_an_error_says_what_and_where() -> None:
    report = ErrorReport(status=400, kind="invalid_request_error", message="No.", code="too_long", param="contents")
    error = json.loads(write_error(report))["error"]
    assert (error["code"], error["status"], error["message"]) == (400, "INVALID_ARGUMENT", "No.")
    info, request = error["details"]
    assert (info["reason"], info["domain"]) == ("TOO_LONG", "lanewise")
    assert request["fieldViolations"] == [{"field": "contents", "description": "No."}]


def test_a_refusal_stands_beside_it() -> None:
    report = ErrorReport(status=400, kind="refused", message="No.", refusal=Refusal(policy="p", reason="r"))
    body = json.loads(write_error(report))
    assert body["lanewise"]["refusal"]["policy"] == "p"
    assert next(iter(body)) == "error"  # Google's SDK looks for it there
