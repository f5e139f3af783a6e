from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lanewise.core.caps import Cap, Tally


def test_a_cap_is_named_by_whose_it_is_its_period_and_its_unit_where_that_is_not_dollars() -> None:
    assert Cap(scope="user", period="weekly", amount=1).limit == "user.weekly"
    assert Cap(scope="lane", period="total", amount=1, unit="thinking_tokens").limit == "lane.total.thinking_tokens"


NAMES = st.text("/%0aé\0", max_size=6)


@given(NAMES, NAMES)
def test_an_account_is_read_back_from_its_text_so_no_two_have_the_same(tenant: str, subject: str) -> None:
    account = Tally("user", tenant, subject, "dollars", "daily")
    assert Tally.of_text(account.text) == account
    assert "\0" not in account.text, "PostgreSQL has no such character"
