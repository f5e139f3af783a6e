"""Numbers as people write them: plain digits, however large or small."""

from __future__ import annotations

from decimal import Decimal


def in_digits(number: float) -> str:
    """The shortest text without an exponent that reads back as the same number: 1000000 and 0.07, where `:g` has 1e+06."""
    return _plain(Decimal(repr(number)))


def in_percent(share: float) -> str:
    """A share from 0 to 1 in percent, as exact as it was written: 7% of 0.07."""
    return f"{_plain(Decimal(repr(share)) * 100)}%"


def _plain(number: Decimal) -> str:
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
