from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lanewise.core.caps import Cap, Tally


def test_a_cap_is_named_by_whose_it_is_its_period_and_its_unit_where_that_is_not_dollars() -> None:
    assert Cap(scope="user", period="weekly", amount=1).limit == "user.weekly"
    assert Cap(scope="lane", period="total", amount=1, unit="thinking_tokens").limit == "lane.total.thinking_tokens"


NAMES = st.text("/%0a\0", max_size=4)


@given(NAMES, NAMES, NAMES, NAMES)
def test_no_two_accounts_have_the_same_text(tenant: str, subject: str, other_tenant: str, other_subject: str) -> None:
    one = Tally("user", tenant, subject, "dollars", "daily")
    other = Tally("user", other_tenant, other_subject, "dollars", "daily")
    assert (one.text == other.text) == (one == other)
