"""What a model costs: the operator's word first, then the price list that comes with `genai-prices`, compiled to integers. No network.

Importing this file takes a third of a second, so only what loads a policy imports it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping
from decimal import ROUND_CEILING, Decimal
from functools import lru_cache
from typing import Any

import msgspec
from genai_prices.data_snapshot import get_snapshot
from genai_prices.types import (
    ConditionalPrice,
    ModelInfo,
    ModelPrice,
    Provider,
    StartDateConstraint,
    TieredPrices,
    TimeOfDateConstraint,
)

from lanewise.core.money import NANOUSD_PER_USD
from lanewise.core.policy import ProviderPolicy
from lanewise.core.usage import RateCard
from lanewise.providers.catalog import lookup
from lanewise.providers.rates import rates_of
from lanewise.providers.tool_fees import with_tool_fees

#: Running a model on one's own machine has no price per token.
LOCAL = RateCard(input=0, output=0, source="local")

_FIELDS = {
    "input_mtok": "input",
    "output_mtok": "output",
    "cache_read_mtok": "cached",
    "cache_write_mtok": "cache_write",
    "cache_write_1h_mtok": "cache_write_1h",
    "output_reasoning_mtok": "reasoning",
}
#: Fees for a thousand uses of a vendor's own tools, which are parts of a cost but no prices of tokens.
_FEES = {"web_searches_kcount": "web_search", "storage_searches_kcount": "file_search"}
_USES = 1_000
#: Prices of things that a Usage does not count. Beside them the price of plain text tokens still holds.
_BESIDE = frozenset(
    {
        "input_audio_mtok",
        "input_image_mtok",
        "input_video_mtok",
        "cache_audio_read_mtok",
        "cache_image_read_mtok",
    }
)


def rate_card(provider: ProviderPolicy, model: str, overrides: Mapping[str, RateCard], on: dt.date) -> RateCard | None:
    """The prices of a model at a provider on a day, or None where nobody knows them.

    `overrides` are the operator's, by `provider/model`. Where a vendor's price depends on the hour, the card holds the dearest hour's: a
    cap is then never passed, and `source` says so.
    """
    told = overrides.get(f"{provider.name}/{model}")
    if told is not None:
        return told
    if provider.local:
        return LOCAL
    if provider.simulated:
        return None  # its names may be a real vendor's, its prices are not
    return _listed(provider.base_url, provider.name, model, on)


def listed_models(provider: ProviderPolicy) -> Collection[str]:
    """The models of a provider's vendor that the price list has; none where its models are the operator's own."""
    listed = None if provider.local or provider.simulated else _listed_provider(provider.base_url, provider.name)
    return () if listed is None else [model.id for model in listed.models]


def _listed_provider(base_url: str, name: str) -> Provider | None:
    """A vendor in the price list: by its address, else by its name."""
    snapshot = get_snapshot()
    vendor = lookup(name)
    by_name = None if vendor is None else vendor.price_provider
    try:
        return snapshot.find_provider(None, None, base_url)
    except LookupError:
        return None if by_name is None else snapshot.find_provider(None, by_name, None)


@lru_cache(maxsize=4096)
def _listed(base_url: str, name: str, model: str, on: dt.date) -> RateCard | None:
    snapshot = get_snapshot()
    listed_provider = _listed_provider(base_url, name)
    if listed_provider is None:
        return None
    try:
        _, info = snapshot.find_provider_model(model, listed_provider, None, None)
    except LookupError:
        return None
    card = card_of(info, on)
    if card is None:
        return None
    card = msgspec.structs.replace(card, rates=rates_of(listed_provider.id, info.id))
    return with_tool_fees(card, listed_provider.id, model)


def card_of(info: ModelInfo, on: dt.date) -> RateCard | None:
    """The card of a listed model, or None where its price is not one of tokens only."""
    candidates = list(_prices_on(info, on))
    cards = [compile_card(price) for price in candidates]
    if len(cards) == 1 or cards[0] is None:
        return cards[0]
    dearest = max((card for card in cards if card is not None), key=lambda card: (card.output, card.input))
    return RateCard(
        **{name: getattr(dearest, name) for name in dearest.__struct_fields__ if name != "source"},
        source="genai-prices, dearest hour",
    )


def _prices_on(info: ModelInfo, on: dt.date) -> Iterator[ModelPrice]:
    """Every price that holds at some hour of the day: those of an hour, and the last of those of a date."""
    if isinstance(info.prices, ModelPrice):
        yield info.prices
        return
    if not info.prices:
        return
    noon = dt.datetime.combine(on, dt.time(12), tzinfo=dt.UTC)
    standing = info.prices[0]
    hours: list[ConditionalPrice] = []
    for price in info.prices:
        if isinstance(price.constraint, TimeOfDateConstraint):
            hours.append(price)
        elif not isinstance(price.constraint, StartDateConstraint) or price.constraint.active(noon):
            standing, hours = price, []
    yield standing.prices
    for price in hours:
        yield price.prices


def compile_card(price: ModelPrice) -> RateCard | None:
    """A price as integers, each step of input tokens a card of its own."""
    parts = {key: value for key, value in vars(price).items() if value is not None}
    priced = {key: value for key, value in parts.items() if key in _FIELDS}
    if not {"input_mtok", "output_mtok"} <= priced.keys() or parts.keys() - _FIELDS.keys() - _BESIDE - _FEES.keys():
        return None
    fees = {
        _FEES[key]: _nanousd(fee) // _USES for key, fee in parts.items() if key in _FEES and isinstance(fee, Decimal)
    }
    steps = {tier.start for value in priced.values() if isinstance(value, TieredPrices) for tier in value.tiers}
    card, above_tokens = None, None
    for start in sorted({-1, *steps}, reverse=True):
        prices: dict[str, Any] = {_FIELDS[key]: _nanousd(_at(value, start)) for key, value in priced.items()}
        card = RateCard(
            **prices, above=card, above_tokens=above_tokens, tool_fees=tuple(fees.items()), source="genai-prices"
        )
        above_tokens = start
    return card


def _at(price: Decimal | TieredPrices, start: int) -> Decimal:
    """The price just above so many input tokens."""
    if isinstance(price, Decimal):
        return price
    return next((tier.price for tier in reversed(price.tiers) if tier.start <= start), price.base)


def _nanousd(price: Decimal) -> int:
    """Nano-dollars per million tokens. A few listed prices are finer, as thirds are: those are rounded up."""
    return int((price * NANOUSD_PER_USD).to_integral_value(rounding=ROUND_CEILING))
