"""Reads the final answer out of a text and compares it with what was expected, by the kind of answer.

Strict where it can be: a number in a wrong unit, a root too many or a JSON key too few is wrong.
"""

from __future__ import annotations

import json
import re
from fractions import Fraction
from typing import Any, Literal, TypeAlias

Expected: TypeAlias = Any
"""An expected answer as JSON; its shape depends on the kind, see `grade_text`."""
GradeKind = Literal["number", "assignments", "json", "text", "mentions", "open"]

_NUMBER = r"-?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:[eE][+-]?\d+)?(?:\s*/\s*\d+)?|-?\.\d+"
_FRACTION = re.compile(r"(-?)\\[dt]?frac\{(-?\d+)\}\{(\d+)\}")
_BOXED = re.compile(r"\\boxed\{((?:[^{}]|\{[^{}]*\})*)\}")
_CUE = re.compile(r"(?:final\s+answer|answer|result|output)\s*(?:is|are|:|=)+\s*", re.IGNORECASE)
_UNIT = re.compile(r"\s*(°\s*[CFK]|km/h|m/s|[A-Za-z]+)")
_UNIT_NAMES: tuple[tuple[str, ...], ...] = (
    ("km", "kilometre", "kilometres", "kilometer", "kilometers"),
    ("m", "metre", "metres", "meter", "meters"),
    ("cm", "centimetre", "centimetres", "centimeter", "centimeters"),
    ("miles", "mile", "mi"),
    ("feet", "foot", "ft"),
    ("inches", "inch"),
    ("kg", "kilogram", "kilograms"),
    ("g", "gram", "grams"),
    ("pounds", "pound", "lb", "lbs"),
    ("ounces", "ounce", "oz"),
    ("litres", "litre", "liter", "liters", "l"),
    ("ml", "millilitre", "millilitres", "milliliter", "milliliters"),
    ("gallons", "gallon"),
    ("minutes", "minute", "min"),
    ("seconds", "second", "s"),
    ("hours", "hour", "h"),
    ("days", "day"),
    ("°c", "c", "celsius"),
    ("°f", "f", "fahrenheit"),
    ("km/h", "kph"),
    ("m/s",),
    ("mph",),
)
_UNIT_OF = {alias: names[0] for names in _UNIT_NAMES for alias in names}


def grade_text(kind: GradeKind, expected: Expected, answer: str) -> bool | None:
    """Whether the answer is right, by kind.

    `number`: {"value": "12.5", "unit": "km" or null}; `assignments`: {"x": ["2", "3"]}; `json`: the object; `text`: the exact
    output; `mentions`: strings that must occur; `open`: never graded (None).
    """
    if kind == "open":
        return None
    text = _plain(answer)
    if not text.strip():
        return False
    if kind == "number":
        return _number_right(expected, text)
    if kind == "assignments":
        return _assignments_right(expected, text)
    if kind == "json":
        return _json_right(expected, answer)
    if kind == "text":
        return _text_right(expected, answer)
    return all(part.casefold() in answer.casefold() for part in expected)


def final_part(text: str) -> str:
    """What follows the last "answer:" of a text, else the text itself."""
    boxed = _BOXED.findall(text)
    if boxed:
        return str(boxed[-1])
    cues = list(_CUE.finditer(text))
    return text[cues[-1].end() :] if cues and text[cues[-1].end() :].strip() else text


def parse_number(text: str) -> Fraction | None:
    """A number as people write it: thousands commas, fractions, exponents."""
    try:
        return Fraction(re.sub(r"[,\s]", "", text))
    except (ValueError, ZeroDivisionError):
        return None


def _plain(text: str) -> str:
    text = text.replace("−", "-").replace("–", "-").replace("**", "").replace("`", "")  # noqa: RUF001 (signs models write)
    return _FRACTION.sub(r"\1\2/\3", text).replace("\\,", "").replace("\\$", "$")


def _number_right(expected: dict[str, Any], text: str) -> bool:
    part = final_part(text)
    found = list(re.finditer(_NUMBER, part))
    if not found:
        return False
    chosen = found[0] if part is not text and not _is_sum(part) else found[-1]
    value = parse_number(chosen.group())
    if value is None or not _close(value, str(expected["value"])):
        return False
    unit = expected.get("unit")
    written = _UNIT.match(part, chosen.end()) if unit else None
    given = _UNIT_OF.get(written.group(1).replace(" ", "").lower()) if written else None
    return given is None or given == _UNIT_OF[str(unit).lower()]


def _is_sum(part: str) -> bool:
    """`12 + 5 = 17` states its result last."""
    return "=" in part.splitlines()[0] if part.strip() else False


def _close(value: Fraction, expected: str) -> bool:
    right = Fraction(expected)
    if "." not in expected:
        return value == right
    places = len(expected.partition(".")[2])
    return abs(value - right) <= Fraction(1, 2 * 10**places)


def _assignments_right(expected: dict[str, list[str]], text: str) -> bool:
    part = final_part(text)
    for name, roots in expected.items():
        found = _roots_of(name, part)
        if found is None and len(expected) == 1:
            found = {n for n in map(parse_number, re.findall(_NUMBER, part)) if n is not None}
        if found is None or len(found) != len(set(roots)):
            return False
        if not all(any(_close(value, root) for value in found) for root in roots):
            return False
    return True


def _roots_of(name: str, part: str) -> set[Fraction] | None:
    """The values given to a variable: `x = 2 or x = 3`, `x = 2, 3`, `x = 2` then `x = 3`; the last group counts."""
    one = rf"(?<![\w^])(?:{name}(?:_\d)?\s*=\s*)"
    group = re.compile(
        rf"{one}{{?({_NUMBER})((?:\s*(?:,|;|or|and)\s*(?:or\s+|and\s+)?{one}?(?:{_NUMBER})(?!\s*=))*)", re.IGNORECASE
    )
    matches = list(group.finditer(part))
    if not matches:
        return None
    last = matches[-1]
    numbers = [last.group(1), *re.findall(rf"(?<![_\w])(?:{_NUMBER})", last.group(2))]
    return {value for value in map(parse_number, numbers) if value is not None}


def _json_right(expected: dict[str, Any], answer: str) -> bool:
    start, end = answer.find("{"), answer.rfind("}")
    if start < 0 or end < start:
        return False
    try:
        found = json.loads(answer[start : end + 1])
    except (ValueError, RecursionError):
        return False
    return _same(expected, found)


def _same(expected: Expected, found: Expected) -> bool:
    if isinstance(expected, dict):
        return (
            isinstance(found, dict)
            and expected.keys() == found.keys()
            and all(_same(value, found[key]) for key, value in expected.items())
        )
    if isinstance(expected, list):
        return (
            isinstance(found, list)
            and len(found) == len(expected)
            and all(_same(a, b) for a, b in zip(expected, found, strict=True))
        )
    if isinstance(expected, bool) or isinstance(found, bool):
        return expected is found
    if isinstance(expected, int | float):
        return isinstance(found, int | float) and Fraction(str(expected)) == Fraction(str(found))
    if isinstance(expected, str):
        return isinstance(found, str) and expected.strip() == found.strip()
    return bool(expected == found)


def _text_right(expected: str, answer: str) -> bool:
    fenced = re.findall(r"```\w*\n(.*?)```", answer, re.DOTALL)
    part = fenced[-1] if fenced else final_part(answer)
    lines = [line.rstrip() for line in part.strip().strip("`").splitlines()]
    wanted = expected.strip().splitlines()
    if lines == wanted:
        return True
    return len(wanted) == 1 and bool(lines) and lines[0].strip("`'\"* .") == wanted[0]
