"""Units that are known here, by their many names, and their worth in one another. What is not known is a word: `12 apples` is 12."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction

_LENGTH, _MASS, _TIME, _MONTH, _ANGLE, _RADIAN = "length", "mass", "time", "month", "angle", "radian"
_MONEY, _EURO, _STERLING = "money", "euro", "sterling"
_ROWS: dict[str, dict[str, str]] = {
    _LENGTH: {
        "1": "m meter metre", "0.001": "mm millimeter millimetre", "0.01": "cm centimeter centimetre", "1000": "km kilometer kilometre",
        "0.0254": "inch in inche", "0.3048": "foot ft feet", "0.9144": "yard yd", "1609.344": "mile mi",
    },
    _MASS: {
        "1": "g gram gramme", "0.001": "mg milligram", "1000": "kg kilogram", "453.59237": "pound lb", "28.349523125": "ounce oz",
        "1000000": "ton tonne",
    },
    _TIME: {"1": "second sec s", "60": "minute min", "3600": "hour hr h", "86400": "day", "604800": "week"},
    _MONEY: {"1": "dollar usd", "0.01": "cent"},
    _EURO: {"1": "euro eur"},
    _STERLING: {"1": "sterling gbp"},
    _MONTH: {"1": "month", "12": "year yr"},
    _ANGLE: {"1": "degree deg"},
    _RADIAN: {"1": "radian rad"},
}  # fmt: skip
_VOLUMES = {"0.001": "l liter litre", "0.000001": "ml milliliter millilitre", "0.003785411784": "gallon gal"}
_VOLUMES |= {"0.000946352946": "quart qt", "0.000473176473": "pint"}
_SPEEDS = {"0.44704": "mph", "5/18": "kph"}

Dimensions = tuple[tuple[str, int], ...]
Unit = tuple[Dimensions, Fraction]
"""What it measures, and what one of it is worth in the first unit of its row."""


def _units() -> Iterator[tuple[str, Unit]]:
    for dimension, row in _ROWS.items():
        yield from _named(row, ((dimension, 1),))
    yield from _named(_VOLUMES, ((_LENGTH, 3),))
    yield from _named(_SPEEDS, ((_LENGTH, 1), (_TIME, -1)))


def _named(row: dict[str, str], dimensions: Dimensions) -> Iterator[tuple[str, Unit]]:
    for worth, names in row.items():
        for name in names.split():
            yield name, (dimensions, Fraction(worth))


_UNITS = dict(_units())
_BEFORE = {"square": 2, "sq": 2, "cubic": 3}
_AFTER = {"squared": 2, "cubed": 3}
_PART = r"(\d+(?:\.\d+)?)\s*([A-Za-z]+)\.?"
_COMPOUND = re.compile(rf"{_PART}(?:,?\s*(?:and\s+)?{_PART})(?:,?\s*(?:and\s+)?{_PART})?")


def worth_in(expected: str, answer: str, *, required: bool) -> Fraction | None:
    """How many of the expected unit one of the answer's is; None where it will not do.

    Two units that are known must measure the same; one that is not known, or missing, is taken for the other unless it is required.
    """
    ours, theirs = _known(expected), _known(answer)
    if ours is None or theirs is None:
        return None if required and ours is not None else Fraction(1)
    if ours[0] != theirs[0] and {ours[0], theirs[0]} != {((_STERLING, 1),), ((_MASS, 1),)}:
        return None
    if ours[0] != theirs[0]:  # `3.20 pounds` may be money
        return Fraction(1) if "pound" in expected + answer else None
    return theirs[1] / ours[1]


def is_unit(word: str) -> bool:
    """Whether a word is a unit that is known."""
    return _known(word) is not None


def compound(text: str) -> tuple[Fraction, str] | None:
    """`2 hours 30 minutes` as 150 minutes: each part smaller than the one before it, all of them measuring the same."""
    found = _COMPOUND.fullmatch(text.strip())
    if found is None:
        return None
    numbers, names = [part for part in found.groups()[::2] if part], [part for part in found.groups()[1::2] if part]
    units = [_known(name) for name in names]
    total, last = Fraction(0), None
    for number, unit in zip(numbers, units, strict=True):
        if unit is None or (last is not None and (unit[0] != last[0] or unit[1] >= last[1])):
            return None
        total, last = total + Fraction(number) * unit[1], unit
    return None if last is None else (total / last[1], names[-1])


def _known(text: str) -> Unit | None:
    """The unit of the words after a number: `square feet`, `m/s`, `miles per hour`."""
    dimensions: dict[str, int] = {}
    worth, power, sign, at = Fraction(1), 1, 1, None
    words = re.findall(r"[A-Za-z]+|/|\^?\s*[{(]?\s*-?\d|[^\sA-Za-z0-9]", text.lower().replace(".", ""))
    for word in words:
        if word in ("/", "per", "a", "an") and (word == "/" or at is not None):
            sign = -1
        elif word in _BEFORE:
            power = _BEFORE[word]
        elif word in _AFTER or word[-1].isdigit():
            if at is None:
                return None
            more = _AFTER.get(word) or int(re.sub(r"[^\d-]", "", word))
            dimensions, worth = _raised(dimensions, worth, at, more - 1)
            at = None
        elif found := _UNITS.get(word) or _UNITS.get(word.removesuffix("s")):
            at = (found, sign)
            dimensions, worth = _raised(dimensions, worth, at, power)
            power, sign = 1, 1
        elif word not in "{}()":
            return None
    kept = tuple(sorted((name, many) for name, many in dimensions.items() if many))
    return (kept, worth) if kept else None


def _raised(
    dimensions: dict[str, int], worth: Fraction, at: tuple[Unit, int], power: int
) -> tuple[dict[str, int], Fraction]:
    (measured, one), sign = at
    made = dict(dimensions)
    for name, many in measured:
        made[name] = made.get(name, 0) + many * power * sign
    return made, worth * one ** (power * sign)
