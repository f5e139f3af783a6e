"""Unit conversions, exact where the definition is."""

from __future__ import annotations

import re
from fractions import Fraction

from lanewise.simulator.problems.scanning import places_asked
from lanewise.simulator.problems.solution import Solution, number_text, wrong_numbers

_F = Fraction
_UNITS: dict[str, tuple[str, Fraction, tuple[str, ...]]] = {
    "m": ("length", _F(1), ("m", "metre", "meter")),
    "km": ("length", _F(1000), ("km", "kilometre", "kilometer")),
    "cm": ("length", _F(1, 100), ("cm", "centimetre", "centimeter")),
    "mm": ("length", _F(1, 1000), ("mm", "millimetre", "millimeter")),
    "miles": ("length", _F("1609.344"), ("mile", "mi")),
    "yards": ("length", _F("0.9144"), ("yard", "yd")),
    "feet": ("length", _F("0.3048"), ("foot", "feet", "ft")),
    "inches": ("length", _F("0.0254"), ("inch", "inches")),
    "kg": ("mass", _F(1000), ("kg", "kilogram", "kilo")),
    "g": ("mass", _F(1), ("g", "gram")),
    "mg": ("mass", _F(1, 1000), ("mg", "milligram")),
    "tonnes": ("mass", _F(10**6), ("tonne",)),
    "pounds": ("mass", _F("453.59237"), ("pound", "lb")),
    "ounces": ("mass", _F("28.349523125"), ("ounce", "oz")),
    "litres": ("volume", _F(1), ("litre", "liter", "l")),
    "ml": ("volume", _F(1, 1000), ("ml", "millilitre", "milliliter")),
    "gallons": ("volume", _F("3.785411784"), ("gallon", "gal")),
    "seconds": ("time", _F(1), ("second", "s", "sec")),
    "minutes": ("time", _F(60), ("minute", "min")),
    "hours": ("time", _F(3600), ("hour", "h", "hr")),
    "days": ("time", _F(86400), ("day",)),
    "weeks": ("time", _F(604800), ("week",)),
    "km/h": ("speed", _F(1000, 3600), ("km/h", "kph", "kilometres per hour", "kilometers per hour")),
    "mph": ("speed", _F("1609.344") / 3600, ("mph", "miles per hour")),
    "m/s": ("speed", _F(1), ("m/s", "metres per second", "meters per second")),
    "°C": ("temperature", _F(1), ("°c", "c", "celsius", "degrees celsius")),
    "°F": ("temperature", _F(5, 9), ("°f", "f", "fahrenheit", "degrees fahrenheit")),
    "K": ("temperature", _F(1), ("k", "kelvin")),
}
_ALIASES: dict[str, str] = {}
for _name, (_dimension, _factor, _aliases) in _UNITS.items():
    for _alias in _aliases:
        _ALIASES[_alias] = _name
        if _alias[-1] not in "sh/c" or _alias == "inch":
            _ALIASES[_alias + ("es" if _alias == "inch" else "s")] = _name
_ALTERNATIVES = "|".join(re.escape(alias) for alias in sorted(_ALIASES, key=len, reverse=True))
_NUMBER = r"(-?\d[\d,]*(?:\.\d+)?)"
_FORWARD = re.compile(
    rf"{_NUMBER}\s*({_ALTERNATIVES})\b[^.?\n]{{0,40}}?\b(?:to|in|into|as)\s+(?:degrees\s+)?({_ALTERNATIVES})(?![\w/])",
    re.IGNORECASE,
)
_BACKWARD = re.compile(
    rf"how many\s+({_ALTERNATIVES})\b[^.?\n]{{0,30}}?\b(?:in|is|are|does)\b[^.?\n]{{0,12}}?{_NUMBER}\s*({_ALTERNATIVES})(?![\w/])",
    re.IGNORECASE,
)
_OFFSETS = {"°C": _F("273.15"), "°F": _F("459.67") * _F(5, 9), "K": _F(0)}


def solve_units(text: str) -> Solution | None:
    """Convert the quantity the text asks about, or None where it asks about none."""
    forward, backward = _FORWARD.search(text), _BACKWARD.search(text)
    if backward:
        target, number, source = backward.groups()
    elif forward:
        number, source, target = forward.groups()
    else:
        return None
    start, end = _ALIASES[source.lower()], _ALIASES[target.lower()]
    if start == end or _UNITS[start][0] != _UNITS[end][0]:
        return None
    amount = Fraction(number.replace(",", ""))
    value = _convert(amount, start, end)
    places = places_asked(text)
    if places is None and ("/" in number_text(value) or len(number_text(value)) > 9):
        places = 4
    answer = number_text(value, places)
    work = f"{number} {start} x {number_text(_UNITS[start][1] / _UNITS[end][1], 6)} = {answer} {end}"
    upside_down = amount * _UNITS[end][1] / _UNITS[start][1]
    slips = (number_text(upside_down, places or 4), *wrong_numbers(value, places))
    return Solution(
        kind="units",
        difficulty=2 if _UNITS[start][0] in {"temperature", "speed"} or amount.denominator > 1 else 1,
        answer=f"{answer} {end}",
        work=(work,),
        wrong=tuple(f"{slip} {end}" for slip in slips if slip != answer),
        value=float(answer) if "/" not in answer else answer,
    )


def _convert(amount: Fraction, start: str, end: str) -> Fraction:
    base = amount * _UNITS[start][1] + _OFFSETS.get(start, Fraction(0))
    return (base - _OFFSETS.get(end, Fraction(0))) / _UNITS[end][1]
