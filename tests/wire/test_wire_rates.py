from __future__ import annotations

import pytest

from lanewise.wire.rates import rate_in


@pytest.mark.parametrize(
    ("told", "rate"),
    [
        ("flex", "flex"),
        ("priority", "priority"),
        ("SERVICE_TIER_FLEX", "flex"),
        ("default", ""),
        ("auto", ""),
        ("standard_only", ""),
        ("SERVICE_TIER_UNSPECIFIED", ""),
        (None, ""),
        (3, ""),
        ({"a": 1}, ""),
        ("x" * 1_000, "x" * 40),
    ],
)
def test_a_rate_has_a_name_where_it_is_not_the_usual_one(told: object, rate: str) -> None:
    assert rate_in(told) == rate
