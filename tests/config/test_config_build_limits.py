"""Rates and concurrency as they are written, and as they hold."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from lanewise.config.mistakes import InvalidPolicy
from lanewise.core.limiting import NO_KEY_LIMITS, UNLIMITED, Crowd, Limits

Read = Callable[[str], Any]
HEAD = "providers: {openai: {}}\nlanes:\n  standard: {deployments: [openai/gpt-5.4-mini]}\n"

WRITTEN = (
    HEAD + "limits: {concurrency: 64, interactive_wait: 2s}\n"
    "tenants:\n"
    '  "*": {rate: 10/min, token_rate: 20k/min, per_key: {rate: 5/min}, keys: {shared: {concurrency: 1}}}\n'
    "  acme:\n"
    "    rate: 5/s\n"
    "    burst: 10%\n"
    "    concurrency: 8\n"
    "    weight: 3\n"
    "    per_key: {token_rate: 2M/hour, burst: 50%}\n"
    "    keys: {batch: {rate: 1/min, concurrency: 2}}\n"
)


def test_a_tenant_s_own_word_goes_before_everyone_s(read: Read) -> None:
    acme = read(WRITTEN).policy.tenants["acme"]
    assert acme.limits == Limits(requests_per_minute=300, tokens_per_minute=20_000, burst=0.1, concurrency=8)
    assert acme.weight == 3.0
    other = read(WRITTEN).policy.tenant("somebody")
    assert other.limits == Limits(requests_per_minute=10, tokens_per_minute=20_000)
    assert other.weight == 1.0


def test_a_key_s_own_word_goes_before_that_for_each_key_of_its_tenant_and_of_everyone(read: Read) -> None:
    keys = read(WRITTEN).policy.tenants["acme"].key_limits
    assert keys.of("any") == Limits(requests_per_minute=5, tokens_per_minute=33_333, burst=0.5)
    assert keys.of("batch") == Limits(requests_per_minute=1, tokens_per_minute=33_333, burst=0.5, concurrency=2)
    assert keys.of("shared") == Limits(requests_per_minute=5, tokens_per_minute=33_333, burst=0.5, concurrency=1)


def test_the_process_has_its_own(read: Read) -> None:
    assert read(WRITTEN).policy.crowd == Crowd(places=64, interactive_wait_s=2.0)


def test_where_nothing_is_written_nothing_is_limited(read: Read) -> None:
    policy = read(HEAD).policy
    assert policy.default_tenant.limits is UNLIMITED
    assert policy.default_tenant.key_limits is NO_KEY_LIMITS
    assert policy.crowd == Crowd()


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("rate: 0/min", "tenants.acme.rate"),
        ("token_rate: many", "tenants.acme.token_rate"),
        ("burst: 0%", "tenants.acme.burst"),
        ("weight: 0", "tenants.acme.weight"),
        ("per_key: {rates: 1/min}", "tenants.acme.per_key.rates"),
    ],
)
def test_a_slip_is_told_with_its_key(read: Read, written: str, key: str) -> None:
    with pytest.raises(InvalidPolicy) as wrong:
        read(HEAD + f"tenants: {{acme: {{{written}}}}}\n")
    assert key in str(wrong.value)
