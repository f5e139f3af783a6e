"""Prices: the operator's word, the list's word to the nano-dollar, or an honest None."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from decimal import ROUND_CEILING, Decimal

import pytest
from genai_prices.data import providers as listed
from genai_prices.types import ConditionalPrice, ModelInfo, ModelPrice, Provider, TieredPrices, TimeOfDateConstraint
from genai_prices.types import Usage as ListUsage
from hypothesis import given, settings
from hypothesis import strategies as st

from lanewise.core.money import NANOUSD_PER_USD
from lanewise.core.policy import ProviderPolicy
from lanewise.core.request import Dialect
from lanewise.core.usage import RateCard, Usage
from lanewise.providers.prices import LOCAL, card_of, listed_models, rate_card

TODAY = dt.date(2026, 11, 21)
NOON = dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC)


def account(name: str, base_url: str, *, local: bool = False, simulated: bool = False) -> ProviderPolicy:
    return ProviderPolicy(name=name, dialect=Dialect.OPENAI_CHAT, base_url=base_url, local=local, simulated=simulated)


OPENAI = account("openai", "https://api.openai.com/v1")


def hours_matter(info: ModelInfo) -> bool:
    return not isinstance(info.prices, ModelPrice) and any(
        isinstance(price.constraint, TimeOfDateConstraint) for price in info.prices
    )


EXPRESSED: list[tuple[Provider, ModelInfo, RateCard]] = [
    (provider, info, card)
    for provider in listed
    for info in provider.models
    if not hours_matter(info) and (card := card_of(info, TODAY)) is not None
]


def finer_than_a_nanodollar(price: ModelPrice) -> bool:
    amounts = [
        amount
        for value in vars(price).values()
        if value is not None
        for amount in (
            [value.base, *(tier.price for tier in value.tiers)] if isinstance(value, TieredPrices) else [value]
        )
    ]
    return any(amount * NANOUSD_PER_USD % 1 for amount in amounts)


@st.composite
def usages(draw: st.DrawFn) -> Usage:
    tokens = st.one_of(st.integers(0, 2_000_000), st.sampled_from([0, 1, 100_000, 128_000, 200_000, 200_001, 272_001]))
    input_tokens, output_tokens = draw(tokens), draw(tokens)
    cached = draw(st.integers(0, input_tokens))
    written = draw(st.integers(0, input_tokens - cached))
    return Usage(
        input_tokens=input_tokens,
        cached_tokens=cached,
        cache_write_tokens=written,
        cache_write_1h_tokens=draw(st.integers(0, written)),
        output_tokens=output_tokens,
        reasoning_tokens=draw(st.integers(0, output_tokens)),
    )


def agrees(provider: Provider, info: ModelInfo, card: RateCard, usage: Usage) -> bool:
    priced = info.calc_price(
        ListUsage(
            input_tokens=usage.input_tokens,
            cache_read_tokens=usage.cached_tokens,
            cache_write_tokens=usage.cache_write_tokens,
            cache_write_1h_tokens=usage.cache_write_1h_tokens,
            output_tokens=usage.output_tokens,
            output_reasoning_tokens=usage.reasoning_tokens,
        ),
        provider,
        genai_request_timestamp=NOON,
    )
    exact = int((priced.total_price * NANOUSD_PER_USD).to_integral_value(rounding=ROUND_CEILING))
    cost = card.cost(usage).total_nanousd
    if finer_than_a_nanodollar(priced.model_price):
        tokens = usage.input_tokens + usage.output_tokens
        return exact <= cost <= exact + 1 + tokens // 1_000_000
    return cost == exact


@given(place=st.integers(0, len(EXPRESSED) - 1), usage=usages())
@settings(max_examples=300, deadline=None)
def test_a_card_costs_what_the_list_says_rounded_up_to_the_nanodollar(place: int, usage: Usage) -> None:
    assert agrees(*EXPRESSED[place], usage)


@pytest.mark.parametrize("input_tokens", [1_037, 150_001, 300_003])
def test_every_card_agrees_with_the_list_below_and_above_its_steps(input_tokens: int) -> None:
    usage = Usage(
        input_tokens=input_tokens,
        cached_tokens=401,
        cache_write_tokens=203,
        cache_write_1h_tokens=101,
        output_tokens=977,
        reasoning_tokens=613,
    )
    assert [info.id for provider, info, card in EXPRESSED if not agrees(provider, info, card, usage)] == []


def test_nearly_all_models_that_bill_tokens_only_have_a_card() -> None:
    """What has none bills something else (audio, pages, searches), is an embedding, or is listed without a price."""
    without = {
        (provider.id, info.id): info for provider in listed for info in provider.models if card_of(info, TODAY) is None
    }
    assert len(EXPRESSED) > 2000
    for (provider_id, model_id), info in without.items():
        price = info.get_prices(NOON)
        told = {key for key, value in vars(price).items() if value is not None}
        billed_otherwise = told - {
            "input_mtok",
            "output_mtok",
            "cache_read_mtok",
            "cache_write_mtok",
            "cache_write_1h_mtok",
        }
        assert billed_otherwise or not {"input_mtok", "output_mtok"} <= told, (provider_id, model_id, told)


@pytest.mark.parametrize("model", ["gpt-4o", "gpt-4.1", "gpt-5", "gpt-5.4-mini", "gpt-5.5", "o3", "gpt-5.5-2026-04-23"])
def test_current_models_of_openai_are_priced(model: str) -> None:
    card = rate_card(OPENAI, model, {}, TODAY)
    assert card is not None
    assert 0 < card.input < card.output
    assert card.source == "genai-prices"


def test_a_dearer_rate_holds_for_the_whole_call_above_its_step() -> None:
    card = rate_card(OPENAI, "gpt-5.5", {}, TODAY)
    assert card is not None
    assert card.above_tokens == 272_000
    assert card.cost(Usage(input_tokens=272_000)).total_nanousd == 272_000 * 5_000
    assert card.cost(Usage(input_tokens=272_001)).total_nanousd == 272_001 * 10_000


def test_a_price_holds_from_its_day_on() -> None:
    before, after = (rate_card(OPENAI, "o3", {}, dt.date(2025, month, 1)) for month in (6, 7))
    assert before is not None
    assert after is not None
    assert (before.output, after.output) == (40 * NANOUSD_PER_USD, 8 * NANOUSD_PER_USD)


def test_where_the_hour_decides_the_dearest_hour_is_taken_and_said() -> None:
    info = next(
        info for provider in listed for info in provider.models if info.id == "deepseek-v4-pro" and hours_matter(info)
    )
    assert not isinstance(info.prices, ModelPrice)
    card = card_of(info, TODAY)
    assert card is not None
    assert card.source == "genai-prices, dearest hour"
    for hour in range(24):
        price = info.get_prices(dt.datetime(2026, 11, 21, hour, tzinfo=dt.UTC))
        assert isinstance(price.output_mtok, Decimal)
        assert card.output >= price.output_mtok * NANOUSD_PER_USD


def test_the_operator_s_word_goes_before_the_list_s() -> None:
    mine = RateCard(input=1, output=2)
    assert rate_card(OPENAI, "gpt-5.5", {"openai/gpt-5.5": mine}, TODAY) is mine
    assert rate_card(OPENAI, "gpt-5.4", {"openai/gpt-5.5": mine}, TODAY) != mine


def test_a_local_model_costs_nothing_by_name_of_its_source() -> None:
    ollama = account("ollama", "http://127.0.0.1:11434/v1", local=True)
    assert rate_card(ollama, "gpt-oss:20b", {}, TODAY) is LOCAL
    assert LOCAL.source == "local"


def test_unknown_models_unknown_vendors_and_simulated_ones_have_no_price() -> None:
    assert rate_card(OPENAI, "no-such-model", {}, TODAY) is None
    assert rate_card(account("corp", "https://llm.corp.test/v1"), "gpt-5.5", {}, TODAY) is None
    assert rate_card(account("openai", "http://127.0.0.1:1/v1", simulated=True), "gpt-5.5", {}, TODAY) is None


def test_a_catalog_vendor_behind_another_address_keeps_its_prices() -> None:
    relayed = account("openai", "https://relay.corp.test/openai/v1")
    assert rate_card(relayed, "gpt-5.5", {}, TODAY) == rate_card(OPENAI, "gpt-5.5", {}, TODAY)
    mine = account("prod", "https://api.openai.com/v1")
    assert rate_card(mine, "gpt-5.5", {}, TODAY) == rate_card(OPENAI, "gpt-5.5", {}, TODAY)


def test_a_vendor_s_models_are_known_by_name_or_address_and_one_s_own_are_not() -> None:
    assert {"gpt-5.5", "gpt-5.4-mini"} <= set(listed_models(OPENAI))
    assert "claude-haiku-4-5" in listed_models(account("mine", "https://api.anthropic.com/v1"))
    assert listed_models(account("mine", "https://models.corp.test/v1")) == ()
    assert listed_models(account("openai", "https://api.openai.com/v1", simulated=True)) == ()


def test_the_other_rooms_of_providers_do_not_load_the_price_list() -> None:
    code = (
        "import sys, lanewise.providers, lanewise.providers.http, lanewise.providers.catalog, lanewise.providers.model_facts;"
        "sys.exit('genai_prices' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_conditional_price_without_conditions_stands() -> None:
    price = ModelPrice(input_mtok=Decimal(1), output_mtok=Decimal(2))
    info = ModelInfo(id="m", match=listed[0].models[0].match, prices=[ConditionalPrice(prices=price)])
    card = card_of(info, TODAY)
    assert card is not None
    assert (card.input, card.output, card.cached) == (1_000_000_000, 2_000_000_000, None)
