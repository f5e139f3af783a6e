"""Money is an integer count of nano-dollars: 1 dollar is 10^9 of them. Nothing in Lanewise adds dollars as floats."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

NANOUSD_PER_USD = 1_000_000_000
TOKENS_PER_PRICE = 1_000_000  # prices are quoted in nano-dollars per million tokens, as vendors publish them

_DOLLARS = re.compile(r"\$?\s*(\d+(?:\.\d+)?)")


def parse_usd(text: str | float) -> int:
    """Nano-dollars of `$0.50`, `0.5` or `50`.

    Raises:
        ValueError: not an amount of dollars, negative, or finer than a nano-dollar.
    """
    match = _DOLLARS.fullmatch(str(text).strip())
    if match is None:
        raise ValueError(f"{text!r} is not an amount of dollars; write for example $50 or $0.50")
    nanousd = Decimal(match[1]) * NANOUSD_PER_USD
    if nanousd != int(nanousd):
        raise ValueError(f"{text!r} is finer than a nano-dollar")
    return int(nanousd)


def format_usd(nanousd: int) -> str:
    """Dollars for people: at least two decimals, and as many more as the amount needs to show two digits."""
    dollars = Decimal(nanousd) / NANOUSD_PER_USD
    if nanousd == 0 or abs(dollars) >= 1:
        return f"${dollars:,.2f}"
    places = min(9, max(2, 1 - dollars.adjusted()))
    return f"${dollars:.{places}f}"


def round_up(exact: int) -> int:
    """Nano-dollars of a product of tokens and price, rounded up."""
    return -(-exact // TOKENS_PER_PRICE)


def cost_of(tokens_and_prices: Sequence[tuple[int, int]]) -> tuple[int, ...]:
    """The parts of one call's cost in nano-dollars, from (tokens, nano-dollars per million tokens) pairs.

    The call is rounded up once; the parts are then dealt by largest remainder, so that they sum to it to the unit.
    """
    exact = [tokens * price for tokens, price in tokens_and_prices]
    parts = [amount // TOKENS_PER_PRICE for amount in exact]
    missing = round_up(sum(exact)) - sum(parts)
    if missing:
        by_remainder = sorted(range(len(exact)), key=lambda part: -(exact[part] % TOKENS_PER_PRICE))
        for part in by_remainder[:missing]:
            parts[part] += 1
    return tuple(parts)
