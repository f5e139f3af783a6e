from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from genai_prices.data_snapshot import get_snapshot

from lanewise.core.policy import ProviderPolicy
from lanewise.core.request import Dialect
from lanewise.core.usage import Usage
from lanewise.providers.prices import rate_card
from lanewise.providers.rates import ROWS, rates_of

DAY = dt.date(2026, 11, 28)
OPENAI = ProviderPolicy(name="openai", dialect=Dialect.OPENAI_CHAT, base_url="https://api.openai.com/v1")


def test_every_row_is_of_a_vendor_and_a_model_of_the_price_list_and_says_where_it_was_read() -> None:
    listed = {provider.id: {model.id for model in provider.models} for provider in get_snapshot().providers}
    for row in ROWS:
        assert row.vendor in listed
        assert not row.model or row.model in listed[row.vendor]
        assert row.source.startswith("https://")
        assert 0 < row.thousandths <= 6_000
    assert len({(row.vendor, row.model, row.rate) for row in ROWS}) == len(ROWS)


@pytest.mark.parametrize(
    ("vendor", "model", "rates"),
    [
        ("openai", "gpt-5.5", {"flex": 500, "batch": 500, "priority": 2_500}),
        ("openai", "gpt-5-mini", {"flex": 500, "batch": 500, "priority": 1_800}),
        ("openai", "o3", {"flex": 500, "batch": 500}),
        ("groq", "any", {"flex": 1_000}),
        ("nobody", "any", {}),
    ],
)
def test_a_model_has_its_own_row_else_its_vendor_s(vendor: str, model: str, rates: dict[str, int]) -> None:
    assert dict(rates_of(vendor, model)) == rates


def test_a_listed_model_is_billed_at_the_rate_that_its_vendor_says() -> None:
    card = rate_card(OPENAI, "gpt-5.5", {}, DAY)
    assert card is not None
    usage: dict[str, Any] = {"input_tokens": 1_000_000, "output_tokens": 1_000_000}
    small = Usage(input_tokens=1_000, output_tokens=1_000)
    costs = {rate: card.cost(Usage(**usage, rate=rate)).total_nanousd for rate in ("", "flex", "priority")}
    assert costs["flex"] * 2 == costs[""]
    assert costs["priority"] * 2 == costs[""] * 5
    assert card.cost(small).total_nanousd == 1_000 * 5_000 + 1_000 * 30_000


def test_fees_of_a_vendor_s_own_tools_are_the_price_list_s() -> None:
    card = rate_card(OPENAI, "gpt-5.5", {}, DAY)
    assert card is not None
    assert dict(card.tool_fees) == {"web_search": 10_000_000, "file_search": 2_500_000}
    uses = Usage(tool_uses={"web_search": 3, "file_search": 2, "code_interpreter": 1}, rate="flex")
    assert card.cost(uses).tools == 35_000_000, "tools have no other rate"
    assert card.unpriced_uses(uses.tool_uses or {}) == 1
