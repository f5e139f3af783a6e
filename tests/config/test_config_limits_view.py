"""Limits in words, and what of them may be regretted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lanewise.config.limits_view import crowd_in_words, crowded, key_limits_in_words, rate_in_words
from lanewise.core.limiting import UNLIMITED, KeyLimits, Limits

Read = Callable[[str], Any]
HEAD = "providers: {openai: {}}\nlanes:\n  standard: {deployments: [openai/gpt-5.4-mini]}\n"


def test_rates_are_said_as_they_are_written() -> None:
    assert rate_in_words(UNLIMITED) == "none"
    assert rate_in_words(Limits(requests_per_minute=60)) == "60/min"
    assert rate_in_words(Limits(requests_per_minute=1_000_000)) == "1000000/min"
    both = Limits(requests_per_minute=60, tokens_per_minute=100_000, burst=0.25)
    assert rate_in_words(both) == "60/min, 100,000 tokens/min, 25% at once"


def test_keys_are_said_one_by_one() -> None:
    keys = KeyLimits(each=Limits(requests_per_minute=5), single={"batch": Limits(concurrency=2), "free": UNLIMITED})
    assert list(key_limits_in_words(keys)) == [
        "each key: 5/min",
        "the key batch: 2 at once",
        "the key free: no limits",
    ]


def test_who_waits_is_said_with_the_places_there_are(read: Read) -> None:
    assert crowd_in_words(read(HEAD).policy).startswith("any number of requests at once")
    assert crowd_in_words(read(HEAD + "limits: {concurrency: 64}\n").policy) == (
        "64 requests at once, in turns between tenants when they are all taken; interactive ones wait at most 5s, those that can wait 1m"
    )


def test_what_cannot_be_reached_and_what_shares_nothing_are_pointed_at(read: Read) -> None:
    def codes(text: str) -> list[str]:
        return [advice.code for advice in crowded(read(HEAD + text).policy)]

    assert codes("limits: {concurrency: 4}\ntenants: {acme: {concurrency: 8}}\n") == ["concurrency_out_of_reach"]
    assert codes("limits: {concurrency: 8}\ntenants: {acme: {concurrency: 8, weight: 2}}\n") == []
    assert codes("tenants: {acme: {weight: 2}}\n") == ["weight_without_places"]
