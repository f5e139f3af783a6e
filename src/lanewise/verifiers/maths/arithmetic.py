"""Calculations that a text states, recomputed: `17 * 23 = 391`. Only what is written out in numbers; exact, in fractions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from lanewise.verifiers.maths.numbers import TooLarge, Undefined, exact
from lanewise.verifiers.maths.shapes import read
from lanewise.verifiers.maths.tokens import Unreadable
from lanewise.verifiers.maths.tree import Quantity

MAX_STATEMENTS = 200
MAX_LOOKED_AT_CHARS = 50_000
_SURE_PLACES = 9  # the places after these are a computer's, not the writer's
_CALCULATOR = re.compile(r"<<[^<>\n]*>>")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_NUMBER = r"\d+(?:\.\d+)?"
_OPERAND = rf"\(?-?{_NUMBER}\)?"
_STATEMENT = re.compile(
    rf"(?<![\w.^*/+\-(%)\]}}])(?<![-+*/^(] )(?P<left>{_OPERAND}(?:\s?[-+*/]\s?{_OPERAND})+)\s?=\s?(?P<right>-?{_NUMBER})"
    r"(?!\.?\d|\s?[-+*/^%(!:_]|[A-Za-z_]|\s?(?:mod|percent))"
)

_NOT_MEANT_BEFORE = re.compile(
    r"\b(?:suppose|assume|step)\s+(?:that\s+)?$|\b(?:binary|octal|hexadecimal|modulo|wrong|false|incorrect|impossible)\b[^.\n]*$|\d,$",
    re.IGNORECASE,
)
_NOT_MEANT_AFTER = re.compile(
    r",\d|\s*(?:o'clock|\(?(?:in\s+)?(?:binary|base\s)|is\s+(?:false|wrong|impossible|not|a\s+contradiction))",
    re.IGNORECASE,
)
"""A calculation that is supposed, denied, or done in another arithmetic."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A calculation as it was stated, and what it really gives."""

    text: str
    value: Fraction
    true: bool


def statements(text: str) -> Iterator[Statement]:
    """The calculations of a text, in order, at most `MAX_STATEMENTS`."""
    text = _CALCULATOR.sub("", text[-MAX_LOOKED_AT_CHARS:]).replace("$", "").replace("\\", "")
    text = re.sub(r"(?<=[\d)\s])(?:[×x·]|times|cdot)(?=\s?[\d(])", "*", text)  # noqa: RUF001 - signs of models
    text = _THOUSANDS.sub("", re.sub(r"÷|(?<=\s)div(?=\s)", "/", text).replace("−", "-"))  # noqa: RUF001 - as models write it
    for number, found in enumerate(_STATEMENT.finditer(text)):
        if number >= MAX_STATEMENTS:
            return
        if _NOT_MEANT_BEFORE.search(text[max(0, found.start() - 60) : found.start()]) or _NOT_MEANT_AFTER.match(
            text, found.end()
        ):
            continue
        made = _statement(found["left"], found["right"])
        if made is not None:
            yield made


def _statement(left: str, right: str) -> Statement | None:
    try:
        value = read(left)
        result = exact(value.node) if isinstance(value, Quantity) else None
    except (Unreadable, TooLarge, Undefined):
        return None
    if result is None:
        return None
    return Statement(f"{left} = {right}", result, true=_rounded_to(result, right))


def _rounded_to(value: Fraction, written: str) -> bool:
    """Whether the number is the value: exactly, rounded or cut off to the places it is written with."""
    places = len(written.partition(".")[2])
    if value.denominator == 1 and places == 0:
        return value == Fraction(written)
    return abs(value - Fraction(written)) < Fraction(1, 10 ** min(places, _SURE_PLACES))


def in_digits(value: Fraction) -> str:
    """A fraction as people write it."""
    if value.denominator == 1:
        return str(value.numerator)
    short = f"{float(value):.6g}" if abs(value) < 10**15 else f"{value.numerator}/{value.denominator}"
    return short if Fraction(short) == value else f"about {short}"
