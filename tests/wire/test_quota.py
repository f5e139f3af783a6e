"""What vendors' headers say is left of their rate limits, recorded ones included."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict

from lanewise.core.protocols.pace import Quota
from lanewise.wire.quota import read_quota
from recordings import exchanges

DATE = "Wed, 19 Aug 2026 14:34:44 GMT"


def openai(**said: str) -> dict[str, str]:
    return {f"x-ratelimit-{name.replace('_', '-')}": value for name, value in said.items()}


def anthropic(**said: str) -> dict[str, str]:
    return {"date": DATE} | {f"anthropic-ratelimit-{name.replace('_', '-')}": value for name, value in said.items()}


def test_headers_without_a_word_of_limits_say_nothing() -> None:
    assert read_quota(CIMultiDict({"Date": DATE, "Content-Type": "application/json", "retry-after": "2"})) is None


def test_openai_tells_durations() -> None:
    said = openai(
        limit_requests="5000",
        remaining_requests="4999",
        reset_requests="12ms",
        remaining_tokens="0",
        reset_tokens="6m0s",
    )
    assert read_quota(said) == Quota(requests_left=4_999, requests_reset_s=0.012, tokens_left=0, tokens_reset_s=360.0)


def test_anthropic_tells_moments_counted_from_the_response_s_own_date() -> None:
    said = anthropic(
        requests_remaining="3",
        requests_reset="2026-08-19T14:35:44Z",
        tokens_remaining="7000",
        tokens_reset="2026-08-19T14:34:40Z",
    )
    assert read_quota(said) == Quota(requests_left=3, requests_reset_s=60.0, tokens_left=7_000, tokens_reset_s=0.0)


def test_of_several_kinds_of_tokens_the_one_closest_to_its_end_counts() -> None:
    said = anthropic(
        tokens_remaining="9000",
        input_tokens_remaining="8000",
        input_tokens_reset="2026-08-19T14:34:54Z",
        output_tokens_remaining="0",
        output_tokens_reset="2026-08-19T14:34:49+00:00",
    )
    assert read_quota(said) == Quota(tokens_left=0, tokens_reset_s=5.0)


@pytest.mark.parametrize("names", [str.lower, str.upper, str.title])
def test_names_are_found_however_they_are_written(names: Any) -> None:
    said = {names(name): value for name, value in openai(remaining_requests="1", reset_requests="2s").items()}
    assert read_quota(CIMultiDict(said)) == Quota(requests_left=1, requests_reset_s=2.0)


@pytest.mark.parametrize(
    ("said", "quota"),
    [
        (openai(remaining_requests="many", remaining_tokens="5"), Quota(tokens_left=5)),
        (openai(remaining_requests="-1"), None),
        (openai(remaining_requests="9" * 5_000), None),
        (openai(remaining_requests="٣"), None),
        (openai(remaining_requests="3", reset_requests="soon"), Quota(requests_left=3)),
        (openai(remaining_requests="3"), Quota(requests_left=3)),
        (anthropic(requests_remaining="3", requests_reset="tomorrow"), Quota(requests_left=3)),
        (anthropic(requests_remaining="3", requests_reset="2026-08-19T14:35:44"), Quota(requests_left=3)),
        (
            anthropic(requests_remaining="3", requests_reset="2026-08-19T14:35:44Z") | {"date": "x"},
            Quota(requests_left=3),
        ),
        (anthropic(requests_remaining="", tokens_remaining=" "), None),
    ],
)
def test_what_cannot_be_read_is_passed_over(said: dict[str, str], quota: Quota | None) -> None:
    assert read_quota(said) == quota


@pytest.mark.parametrize("moment", ["9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59"])
def test_moments_at_the_ends_of_time_are_no_error(moment: str) -> None:
    quota = read_quota(anthropic(requests_remaining="3", requests_reset=moment))
    assert quota is not None
    assert quota.requests_left == 3


NAMES = [
    *openai(remaining_requests="", reset_requests="", remaining_tokens="", reset_tokens=""),
    *anthropic(requests_remaining="", requests_reset="", tokens_remaining="", tokens_reset=""),
]


@given(st.dictionaries(st.sampled_from(NAMES), st.text(max_size=30) | st.sampled_from(["0", "5", "1s", DATE])))
def test_no_header_is_an_error(said: dict[str, str]) -> None:
    quota = read_quota(said)
    assert quota is None or quota.requests_left is not None or quota.tokens_left is not None


@pytest.mark.data
@pytest.mark.parametrize(("api", "prefix"), [("chat", "x-ratelimit-"), ("messages", "anthropic-ratelimit-")])
def test_what_vendors_were_recorded_to_say_is_read(api: str, prefix: str) -> None:
    """All of it where a vendor tells it as documented."""
    read = 0
    for exchange in exchanges(api):
        said = CIMultiDict(exchange.headers)
        quota = read_quota(said)
        told = {name.lower() for name in said}
        if not told & {f"{prefix}remaining-requests", f"{prefix}tokens-remaining"}:
            continue  # it may say so in other words, which are read below
        assert quota is not None, exchange.name
        assert quota.tokens_left is not None, exchange.name
        assert 0 <= quota.tokens_left <= 1e9, exchange.name
        if f"{prefix}reset-tokens" in told or f"{prefix}tokens-reset" in told:
            assert quota.tokens_reset_s is not None, exchange.name
            assert 0 <= quota.tokens_reset_s <= 86_400, exchange.name
        read += 1
    assert read >= 5


@pytest.mark.parametrize(
    ("said", "quota"),
    [
        ({"x-ratelimit-remaining-req-minute": "352"}, Quota(requests_left=352, requests_reset_s=60.0)),
        (
            {"x-ratelimitbysize-remaining-minute": "9", "x-ratelimit-remaining-tokens-minute": "12"},
            Quota(tokens_left=9, tokens_reset_s=60.0),
        ),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "12"}, Quota(requests_left=0, requests_reset_s=12.0)),
        (
            {"date": DATE, "x-ratelimit-remaining": "1", "x-ratelimit-reset": "1787150100000"},
            Quota(requests_left=1, requests_reset_s=16.0),
        ),
        ({"x-ratelimit-remaining": "1", "x-ratelimit-reset": "1787150100"}, Quota(requests_left=1)),
        ({"x-ratelimit-remaining": "few"}, None),
    ],
)
def test_mistral_s_minutes_and_plain_limits_are_read(said: dict[str, str], quota: Quota | None) -> None:
    assert read_quota(said) == quota


@pytest.mark.data
@pytest.mark.parametrize(
    ("api", "most"), [("chat", 13), ("responses", 5), ("messages", 5), ("embeddings", 2), ("generateContent", 0)]
)
def test_every_recorded_answer_with_a_limit_is_read(api: str, most: int) -> None:
    """However the vendor names it: whatever says what is left of requests or tokens is understood."""
    told, read = 0, 0
    for exchange in exchanges(api):
        names = [name for name in exchange.headers if "remaining" in name.lower()]
        told += bool(names)
        read += read_quota(CIMultiDict(exchange.headers)) is not None
    assert read == told >= most
