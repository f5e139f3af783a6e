"""The numbers of a text, as their values: what a claim says in figures can be looked for in the sources it names."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal

_NUMBER = re.compile(r"(?<![\w.])\d{1,3}(?:,\d{3})+(?:\.\d+)?(?!,?\d)|\d+(?:\.\d+)?")

Holding = Literal["unchecked", "in_one", "in_all"]


def numbers_in(text: str) -> frozenset[str]:
    """Each number once, without thousands separators and needless zeros: `1,200.50` and `1200.5` are the same."""
    return frozenset(_plain(found) for found in _NUMBER.findall(text))


def unsupported(claim: str, sources: Iterable[str], holding: Holding) -> list[str]:
    """The numbers of a claim that stand in none of its sources, or not in all of them; in the order of their size as text."""
    held = [numbers_in(each) for each in sources]
    if holding == "unchecked" or not held:
        return []
    supported = frozenset.union(*held) if holding == "in_one" else frozenset.intersection(*held)
    return sorted(numbers_in(claim) - supported, key=lambda each: (len(each), each))


def _plain(number: str) -> str:
    whole, dot, part = number.replace(",", "").partition(".")
    part = part.rstrip("0")
    return (whole.lstrip("0") or "0") + (f".{part}" if dot and part else "")
