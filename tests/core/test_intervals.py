from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanewise.core.intervals import wilson


def test_nothing_has_no_share() -> None:
    assert wilson(0, 0) is None


def test_a_known_interval() -> None:
    found = wilson(8, 10)
    assert found is not None
    assert found == pytest.approx((0.8, 0.4902, 0.9433), abs=1e-4)


@given(st.integers(0, 500), st.integers(1, 500))
def test_the_share_lies_within_and_all_within_zero_and_one(hits: int, of: int) -> None:
    found = wilson(min(hits, of), of)
    assert found is not None
    assert 0 <= found.low <= found.share + 1e-12
    assert found.share - 1e-12 <= found.high <= 1
