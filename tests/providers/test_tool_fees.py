from __future__ import annotations

import datetime as dt

import pytest
from genai_prices.data_snapshot import get_snapshot

from lanewise.core.policy import ProviderPolicy
from lanewise.core.request import Dialect
from lanewise.core.usage import RateCard, Usage
from lanewise.providers.prices import rate_card
from lanewise.providers.tool_fees import ROWS

DAY = dt.date(2026, 11, 28)
HOSTS = {
    "openai": "https://api.openai.com/v1",
    "gemini-native": "https://generativelanguage.googleapis.com/v1beta",
    "xai": "https://api.x.ai/v1",
}
USED = {"input_tokens": 100, "output_tokens": 10}


def card(provider: str, model: str) -> RateCard:
    of = ProviderPolicy(name=provider, dialect=Dialect.OPENAI_CHAT, base_url=HOSTS[provider])
    found = rate_card(of, model, {}, DAY)
    assert found is not None
    return found


def test_every_row_is_of_a_vendor_of_the_price_list_and_says_where_it_was_read() -> None:
    listed = {provider.id for provider in get_snapshot().providers}
    for row in ROWS:
        assert row.vendor in listed
        assert row.source.startswith("https://")
        assert 0 < row.nanousd <= 35_000_000, "what a cap sets aside for a use without a known fee"
    assert len({(row.vendor, row.models, row.tool) for row in ROWS}) == len(ROWS)


@pytest.mark.parametrize(
    ("provider", "model", "uses", "nanousd", "unpriced"),
    [
        ("gemini-native", "gemini-2.5-flash", {"web_search": 3}, 35_000_000, 0),  # a grounded prompt
        ("gemini-native", "gemini-2.5-pro", {"web_search": 1, "maps": 1}, 60_000_000, 0),
        ("gemini-native", "gemini-3-flash-preview", {"web_search": 3}, 42_000_000, 0),  # each query
        ("gemini-native", "gemini-3-flash-preview", {"maps": 1}, 0, 1),  # nobody knows: held
        ("xai", "grok-4.3", {"web_search": 1, "x_search": 2, "file_search": 2, "mcp": 0}, 20_000_000, 0),
        ("xai", "grok-4.3", {"image_generation": 1}, 0, 1),
        ("openai", "gpt-5.5", {"web_search": 2}, 20_000_000, 0),
        ("openai", "gpt-5.5", None, 0, 0),
    ],
)
def test_uses_cost_what_the_vendor_s_page_says(
    provider: str, model: str, uses: dict[str, int] | None, nanousd: int, unpriced: int
) -> None:
    prices = card(provider, model)
    assert prices.cost(Usage(**USED, tool_uses=uses)).tools == nanousd  # type: ignore[arg-type]
    assert prices.unpriced_uses(uses or {}) == unpriced


@pytest.mark.parametrize(
    ("model", "nanousd"),
    [
        ("gpt-4o-search-preview", 25_000_000),
        ("gpt-4o-search-preview-2025-03-11", 25_000_000),
        ("gpt-5-search-api", 10_000_000),
    ],
)
def test_a_chat_model_that_always_searches_is_billed_for_it_though_no_answer_tells(model: str, nanousd: int) -> None:
    prices = card("openai", model)
    assert prices.cost(Usage(**USED)).tools == prices.untold_fees == nanousd  # type: ignore[arg-type]
    assert prices.cost(Usage()).tools == 0, "a call that was refused has searched nothing"
