"""What headers say about a request, and how a wrong one is told."""

from __future__ import annotations

import pytest

from asgi_calls import scope
from lanewise.core.errors import InvalidRequest
from lanewise.core.request import NOTHING_PASSED, Dialect, Hints
from lanewise.server.hints import with_headers
from lanewise.wire.beside import BESIDE
from walking import request


def test_a_header_wins_over_the_body_and_what_it_does_not_say_stays() -> None:
    asked = request(hints=Hints(task="of the body", user="ada"))
    read = with_headers(asked, scope(x_lanewise_task="of the header", x_lanewise_risk="high"))
    assert read.hints == Hints(task="of the header", user="ada", risk="high")


def test_without_such_headers_the_request_is_left_as_it_is() -> None:
    asked = request()
    assert with_headers(asked, scope(host="localhost", accept="*/*")) is asked


def test_every_documented_header_is_read() -> None:
    said = scope(
        x_lanewise_task="sum",
        x_lanewise_user=" ada ",
        x_lanewise_feature="search",
        x_lanewise_lane="reasoning",
        x_lanewise_profile="legal_review",
        x_lanewise_deadline="1m30s",
        x_lanewise_latency="can_wait",
        x_lanewise_risk="low",
        x_lanewise_progress="events",
        x_request_id="r-1",
    )
    read = with_headers(request(), said)
    assert read.request_id == "r-1"
    assert read.hints == Hints(
        task="sum",
        user="ada",
        feature="search",
        lane="reasoning",
        profile="legal_review",
        deadline_s=90.0,
        latency="can_wait",
        risk="low",
        progress=True,
    )


def test_progress_can_be_switched_off_again() -> None:
    asked = request(hints=Hints(progress=True))
    assert not with_headers(asked, scope(x_lanewise_progress="off")).hints.progress


def test_an_endless_request_id_is_cut_before_it_is_stored() -> None:
    assert with_headers(request(), scope(x_request_id="r" * 5_000)).request_id == "r" * 200


@pytest.mark.parametrize(
    ("header", "value", "says"),
    [
        ("x_lanewise_task", "", "write 1 to 200 characters"),
        ("x_lanewise_user", "u" * 201, "write 1 to 200 characters"),
        ("x_lanewise_user", "a\x01b", "none of them a control character"),
        ("x_lanewise_latency", "soon", "'soon' is not one of interactive, can_wait"),
        ("x_lanewise_risk", "HIGH", "'HIGH' is not one of low, normal, high"),
        ("x_lanewise_progress", "1", "write 'events' or 'off'"),
        ("x_lanewise_profile", "p" * 201, "write 1 to 200 characters"),
        ("x_lanewise_deadline", "", "write seconds or a duration such as 5s or 2m"),
        ("x_lanewise_deadline", "0", "write seconds or a duration such as 5s or 2m"),
        ("x_lanewise_deadline", "2d", "up to 1d"),
        ("x_lanewise_deadline", "nan", "write seconds or a duration such as 5s or 2m"),
        (
            "x_lanewise_cost",
            "1",
            "Known: x-lanewise-cache, x-lanewise-deadline, x-lanewise-feature, x-lanewise-lane, x-lanewise-latency",
        ),
    ],
)
def test_a_wrong_header_is_named_with_what_to_write(header: str, value: str, says: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        with_headers(request(), scope(**{header: value}))
    assert says in refused.value.message
    assert refused.value.param == header.replace("_", "-")


def test_a_name_is_the_same_one_however_a_client_writes_its_letters() -> None:
    for written in ("Zoë".encode(), "Zoë".encode("latin-1")):
        headers = {"type": "http", "headers": [(b"x-lanewise-user", written)]}
        assert with_headers(request(), headers).hints.user == "Zoë"


def test_what_the_dialect_lets_through_goes_on_and_nothing_else() -> None:
    of = scope(
        "/v1/messages?beta=true&key=secret&beta=false",
        anthropic_beta="one,two",
        anthropic_version="2023-06-01",
        openai_organization="org",
        x_api_key="secret",
    )
    read = with_headers(request(), of, BESIDE[Dialect.ANTHROPIC_MESSAGES])

    assert read.passed.headers == (("anthropic-beta", "one,two"), ("anthropic-version", "2023-06-01"))
    assert read.passed.query == (("beta", "true"),)
    assert with_headers(request(), of, BESIDE[Dialect.OPENAI_CHAT]).passed is NOTHING_PASSED
