"""The functions a rule may call: few, total, and each as quick as its arguments are short."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from fractions import Fraction
from typing import Any, TypeAlias

import msgspec

Value: TypeAlias = "Fraction | str | bool | list[Any] | dict[str, Any] | dt.datetime | None"
"""While a rule is evaluated; numbers are exact."""

MAX_PLACES = 12
_SECONDS_PER_DAY = 86_400
_TIME = re.compile(r"\d{1,2}:\d\d(?::\d\d)?")
_FIGURES = re.compile(r"(\D*)(\d+)")


class Unfit(ValueError):
    """A value that cannot be used so; the message names it."""


class Function(msgspec.Struct, frozen=True):
    """How it is written, how many arguments it takes, and what it does."""

    usage: str
    counts: tuple[int, ...]
    of: Callable[..., Value]


def number(value: Value) -> Fraction:
    """The value, which must be a number."""
    if isinstance(value, Fraction):
        return value
    raise Unfit(f"{kind_of(value)} stands where a number is needed")


def text(value: Value) -> str:
    """The value, which must be a text."""
    if isinstance(value, str):
        return value
    raise Unfit(f"{kind_of(value)} stands where a text is needed")


def kind_of(value: Value) -> str:
    """What a value is, in words."""
    if value is None:
        return "null"
    names = {bool: "true or false", Fraction: "a number", str: "a text", list: "a list", dict: "an object"}
    return next((name for kind, name in names.items() if isinstance(value, kind)), "a date")


def _date(value: Value) -> Value:
    given = text(value).strip()
    try:
        return dt.datetime.fromisoformat(given)
    except ValueError:
        raise Unfit(f"{given[:40]!r} is no date; one is written 2026-01-31 or 2026-01-31T09:30") from None


def _length(value: Value) -> Value:
    if isinstance(value, str | list | dict):
        return Fraction(len(value))
    raise Unfit(f"{kind_of(value)} has no length")


def _rounded(value: Value, places: Value = Fraction(0)) -> Value:
    digits = number(places)
    if digits.denominator != 1 or abs(digits) > MAX_PLACES:
        raise Unfit(f"round to a whole number of places, at most {MAX_PLACES}")
    scale = Fraction(10) ** int(digits)
    scaled = number(value) * scale
    whole = (abs(scaled) + Fraction(1, 2)).__floor__()
    return Fraction(whole if scaled >= 0 else -whole) / scale


def same(left: Value, right: Value) -> bool:
    """Whether two values are equal, with all in them; 1 is not true. Raises Unfit on a number beside its text, and the like.

    Where nobody noticed, `id != 5` would hold of `"5"`, and `approved != true` of `"true"`.
    """
    if left is None or right is None:
        return left is right
    if isinstance(left, list | dict) and isinstance(right, list | dict):
        return identity(left) == identity(right)
    if kind_of(left) != kind_of(right):
        raise Unfit(f"{kind_of(left)} is compared with {kind_of(right)}")
    if isinstance(left, dt.datetime) and isinstance(right, dt.datetime):
        return days_between(left, right) == 0
    return left == right


def in_order(left: Value, right: Value) -> tuple[Any, Any]:
    """Two values as they can be put in order: numbers, dates, or texts whose figures are written equally long. Raises Unfit."""
    if isinstance(left, dt.datetime) and isinstance(right, dt.datetime):
        return days_between(left, right), Fraction(0)
    if isinstance(left, Fraction) and isinstance(right, Fraction):
        return left, right
    if not isinstance(left, str) or not isinstance(right, str):
        raise Unfit(f"{kind_of(left)} is compared with {kind_of(right)}")
    if _TIME.fullmatch(left) and _TIME.fullmatch(right):
        return left.rjust(len(left) + (left[1] == ":"), "0"), right.rjust(len(right) + (right[1] == ":"), "0")
    for (ahead, mine), (before, theirs) in zip(_FIGURES.findall(left), _FIGURES.findall(right), strict=False):
        if ahead != before:
            break
        if len(mine) != len(theirs):
            raise Unfit(
                f"{left[:40]!r} and {right[:40]!r} are texts, in which 9 comes after 10; write numbers as numbers, and dates in full"
            )
    return left, right


def has_within(whole: Value, part: Value) -> bool:
    """Whether a text has a text in it, a list a value, an object a name. Raises Unfit where it could not."""
    if isinstance(whole, str) and isinstance(part, str):
        if not part:
            raise Unfit("an empty text is looked for")
        return part.casefold() in whole.casefold()
    if isinstance(whole, list):
        kind = kind_of(part)
        if whole and part is not None and not any(kind_of(each) == kind for each in whole):
            raise Unfit(f"{kind} is looked for in a list that has none like it")
        return any(kind_of(each) == kind and same(each, part) for each in whole)
    if isinstance(whole, dict) and isinstance(part, str):
        return part in whole
    raise Unfit(f"{kind_of(whole)} holds nothing that could be looked for")


def _beside(value: Value) -> str:
    if not text(value):
        raise Unfit("an empty text is looked for")
    return text(value)


def _unique(value: Value) -> Value:
    if not isinstance(value, list):
        raise Unfit(f"{kind_of(value)} stands where a list is needed")
    return len({identity(each) for each in value}) == len(value)


def identity(value: Value) -> tuple[object, ...]:
    """What is equal for two values that are: an object is its members, in whichever order, and `true` is not 1."""
    if isinstance(value, dict):
        return "an object", frozenset((name, identity(each)) for name, each in value.items())
    if isinstance(value, list):
        return "a list", tuple(map(identity, value))
    return kind_of(value), value


def days_between(later: dt.datetime, earlier: dt.datetime) -> Fraction:
    """Days from one date to another, as an exact number."""
    try:
        apart = later - earlier
    except TypeError:
        raise Unfit("one date has a time zone and the other none") from None
    return Fraction(apart.days) + Fraction(apart.seconds, _SECONDS_PER_DAY)


FUNCTIONS = {
    "abs": Function("abs(x)", (1,), lambda x: abs(number(x))),
    "date": Function("date(text)", (1,), _date),
    "ends_with": Function("ends_with(text, ending)", (2,), lambda x, end: text(x).endswith(_beside(end))),
    "exists": Function("exists(place)", (1,), lambda x: x is not None),
    "length": Function("length(x)", (1,), _length),
    "lower": Function("lower(text)", (1,), lambda x: text(x).lower()),
    "matches": Function('matches(text, "pattern")', (2,), lambda x, _: text(x)),
    "round": Function("round(x, places)", (1, 2), _rounded),
    "starts_with": Function("starts_with(text, beginning)", (2,), lambda x, begin: text(x).startswith(_beside(begin))),
    "unique": Function("unique(list)", (1,), _unique),
}
