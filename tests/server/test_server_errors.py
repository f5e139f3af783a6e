"""Refusals and failures as a client sees them: a status, a kind, and whether to come back."""

from __future__ import annotations

import pytest
from structlog.testing import capture_logs

from lanewise.core.errors import (
    InvalidKey,
    InvalidRequest,
    LanewiseError,
    LimitReached,
    NotAllowed,
    StoreError,
    Unavailable,
)
from lanewise.core.failure import Failure, FailureKind
from lanewise.server.errors import report_of_error, report_of_failure


@pytest.mark.parametrize(
    ("error", "headers"),
    [
        (LimitReached("no", retry_after_s=0.01, limit="tenant.rate"), [(b"retry-after", b"1")]),
        (LimitReached("no", retry_after_s=10.2, limit="tenant.rate"), [(b"retry-after", b"11")]),
        (Unavailable("no", retry_after_s=5.0), [(b"retry-after", b"5")]),
        (InvalidKey("no"), [(b"www-authenticate", b"Bearer")]),
        (NotAllowed("no"), []),
        (InvalidRequest("no", param="n"), []),
    ],
)
def test_a_refusal_tells_when_to_come_back_in_whole_seconds_rounded_up(
    error: LanewiseError, headers: list[tuple[bytes, bytes]]
) -> None:
    report, told = report_of_error(error)
    assert (report.status, report.kind, report.message) == (error.status, error.kind, "no")
    assert told == headers


def test_where_the_store_is_and_what_is_wrong_with_it_is_told_the_operator_alone() -> None:
    with capture_logs() as said:
        report, told = report_of_error(StoreError("Cannot read the store 'postgresql://me@10.0.0.7/x'"))
    assert (report.status, report.kind, told) == (503, "unavailable", [(b"retry-after", b"1")])
    assert "10.0.0.7" not in report.message
    assert "10.0.0.7" in said[0]["cause"]


def test_a_limit_is_named_for_programs_and_a_mistake_by_its_parameter() -> None:
    assert report_of_error(LimitReached("no", retry_after_s=1, limit="tenant.rate"))[0].code == "tenant.rate"
    assert report_of_error(InvalidRequest("no", param="messages"))[0].param == "messages"


@pytest.mark.parametrize("kind", FailureKind)
def test_every_failure_has_a_status_a_kind_and_a_code(kind: FailureKind) -> None:
    report, _ = report_of_failure(Failure(kind=kind, message="no"))
    assert report.status >= 400
    assert report.code == kind
    kinds = {
        400: "invalid_request_error",
        403: "permission_error",
        422: "invalid_request_error",
        429: "rate_limit_error",
    }
    expected = kinds.get(report.status, "upstream_error")
    assert report.kind == expected


def test_the_vendor_s_own_code_is_handed_on() -> None:
    failure = Failure(
        kind=FailureKind.BAD_REQUEST, message="no", status=422, code="string_above_max_length", param="stop"
    )
    report, _ = report_of_failure(failure)
    assert (report.status, report.code, report.param) == (422, "string_above_max_length", "stop")


@pytest.mark.parametrize("kind", [FailureKind.BUDGET, FailureKind.AMPLIFICATION])
def test_a_refusal_that_the_same_request_would_meet_again_stops_an_sdk_s_own_retries(kind: FailureKind) -> None:
    _, headers = report_of_failure(Failure(kind=kind, message="no", retry_after_s=3600.0))
    assert headers == [(b"retry-after", b"3600"), (b"x-should-retry", b"false")]


@pytest.mark.parametrize("kind", [FailureKind.OVERLOADED, FailureKind.SERVER_ERROR, FailureKind.RESTING])
def test_vendors_in_trouble_that_name_no_time_still_get_a_pause(kind: FailureKind) -> None:
    assert report_of_failure(Failure(kind=kind, message="no"))[1] == [(b"retry-after", b"1")]


def test_what_no_pause_would_heal_names_none() -> None:
    assert report_of_failure(Failure(kind=FailureKind.VENDOR_ACCESS, message="no"))[1] == []


def test_a_refusal_is_told_as_one_and_anything_else_is_not() -> None:
    filtered, _ = report_of_failure(Failure(kind=FailureKind.CONTENT_FILTER, message="It was about glue"))
    assert filtered.refusal is not None
    assert (filtered.refusal.policy, filtered.refusal.reason) == ("vendor_content_filter", "It was about glue")
    assert report_of_failure(Failure(kind=FailureKind.OVERLOADED, message="no"))[0].refusal is None
