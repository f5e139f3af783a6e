from __future__ import annotations

import pytest

from lanewise.core.caching import NO_CACHING, UNTIL_CORRECTED, Caching


@pytest.mark.parametrize(("task", "ttl_s"), [(None, 60.0), ("chat", 60.0), ("news", 0.0), ("proof", UNTIL_CORRECTED)])
def test_a_kind_of_work_has_its_own_time_or_everybody_s(task: str | None, ttl_s: float) -> None:
    caching = Caching(exact=True, ttl_s=60.0, tasks_ttl_s={"news": 0.0, "proof": UNTIL_CORRECTED})
    assert caching.ttl_of(task) == ttl_s


def test_nothing_is_given_again_unless_somebody_says_so() -> None:
    assert not NO_CACHING.exact
    assert not NO_CACHING.shared_between_users
