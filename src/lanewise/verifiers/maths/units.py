"""Units that are known here, by their many names. What is not known is no unit but a word: `12 apples` is 12."""

from __future__ import annotations

import re

_NAMES = (
    "mm millimeter millimetre|cm centimeter centimetre|m meter metre|km kilometer kilometre|inch in inche|foot ft feet|yard yd|mile mi|"
    "mg milligram|g gram|kg kilogram|pound lb|ounce oz|ton tonne|ml milliliter millilitre|l liter litre|gallon gal|quart qt|pint|"
    "second sec s|minute min|hour hr h|day|week|month|year yr|cent|dollar usd|euro eur|degree deg|radian rad|mph|kph km/h|m/s"
)
_UNIT_OF = {name: row.split()[0] for row in _NAMES.split("|") for name in row.split()}
_POWERS = {"square": 2, "sq": 2, "cubic": 3, "squared": 2, "cubed": 3}


def same_unit(expected: str, answer: str, *, required: bool) -> bool:
    """Whether an answer's unit will do: two known ones must be the same; one that is not known, or missing, is enough unless required."""
    ours, theirs = _known(expected), _known(answer)
    if ours is None or theirs is None:
        return not (required and ours is not None)
    return ours == theirs


def _known(text: str) -> tuple[str, int] | None:
    """The unit and its power, of the words after a number: `square feet` is (foot, 2)."""
    power, name = 1, ""
    for word in re.findall(r"[A-Za-z/]+|\d", text.lower().replace(".", "")):
        if word in _POWERS:
            power = _POWERS[word]
        elif word.isdigit():
            power = int(word)
        elif not name:
            name = _UNIT_OF.get(word) or _UNIT_OF.get(word.removesuffix("s")) or ""
            if not name:
                return None
        else:
            return None  # `miles per hour`: more than is known here
    return (name, power) if name else None
