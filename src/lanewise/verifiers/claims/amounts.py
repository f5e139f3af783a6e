"""Numbers with what they count, and dates: read from a sentence's words, and held against others of their kind."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from itertools import permutations

import msgspec

from lanewise.verifiers.claims.words import FUNCTION_WORDS, OPPOSITES, stem
from lanewise.verifiers.claims.words import words as listed

_FIGURE = re.compile(r"([$\u20ac\u00a3]?)(\d[\d,]*(?:\.\d+)?)(%?)(k|m|mn|b|bn|)", re.IGNORECASE)
_ISO = re.compile(r"(\d{4})-(\d{1,2})(?:-(\d{1,2}))?")
_UP_TO_TWENTY = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen twenty"
)
_SPELLED = dict(
    zip(
        _UP_TO_TWENTY.split(),
        range(21),
        strict=True,
    )
) | {"thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90}  # fmt: skip
_SCALES = {
    "hundred": 2,
    "thousand": 3,
    "million": 6,
    "mln": 6,
    "billion": 9,
    "bn": 9,
    "trillion": 12,
    "k": 3,
    "m": 6,
    "mn": 6,
    "b": 9,
}
_SIGNS = {"$": "dollar", "\u20ac": "euro", "\u00a3": "pound"}
_UNITS = {
    "%": "%",
    "percent": "%", "per cent": "%", "percentage": "%", "pct": "%", "dollars": "dollar", "euros": "euro", "pounds": "pound",
    "kilometers": "km", "kilometres": "km", "kilometer": "km", "kilometre": "km", "kilograms": "kg", "kilogram": "kg",
    "milligrams": "mg", "milligram": "mg", "hours": "hour", "hrs": "hour", "hr": "hour", "minutes": "minute", "min": "minute",
    "meters": "metre", "meter": "metre", "metres": "metre",
}  # fmt: skip
_HEDGES = listed("about around nearly almost roughly approximately some over under more less than least most up close")
_MONTH_NAMES = (
    "january jan", "february feb", "march mar", "april apr", "may", "june jun", "july jul", "august aug", "september sept sep",
    "october oct", "november nov", "december dec",
)  # fmt: skip
_MONTHS = {name: number for number, names in enumerate(_MONTH_NAMES, 1) for name in names.split()}
_WEEKDAYS = listed("monday tuesday wednesday thursday friday saturday sunday")
_YEARS = range(1500, 2100)
_BETWEEN = ("to", "and", "or")
_BEFORE, _BEHIND = 4, 3  # words around a number in which it is looked for what it is said of
_HEDGED_SHARE = Decimal("0.1")
_LEAST_DIGITS = 2  # of a number in tens and more that may be a rounded one: 30 is not 34
_MOST_COMBINED = 6  # amounts of a sentence of which sums and differences are tried


class Amount(msgspec.Struct, frozen=True):
    """A number and what it counts: a sign, a unit or the word behind it."""

    value: Decimal
    unit: str
    hedged: bool  # "about", "more than"
    shown: str
    beside: frozenset[str] = frozenset()  # stems of the words around it: what it is said of


class Day(msgspec.Struct, frozen=True):
    """What is told of a date; what is not told is 0, or empty."""

    year: int = 0
    month: int = 0
    day: int = 0
    weekday: str = ""

    def fits(self, other: Day) -> bool:
        """Whether they may be the same: nothing that both tell differs, and they tell something of one kind."""
        pairs = [(mine, theirs) for mine, theirs in zip(self._told(), other._told(), strict=True) if mine and theirs]
        return bool(pairs) and all(mine == theirs for mine, theirs in pairs)

    def alike(self, other: Day) -> bool:
        """Whether both tell the same parts of a date, so that they can be held against one another."""
        return any(mine and theirs for mine, theirs in zip(self._told(), other._told(), strict=True))

    def _told(self) -> tuple[object, ...]:
        return self.year, self.month, self.day, self.weekday


def dates_of(words: Sequence[str]) -> tuple[list[Day], set[int]]:
    """The dates among the words, and the places of the words that tell them."""
    found: list[Day] = []
    used: set[int] = set()
    for place, word in enumerate(words):
        if place in used:
            continue
        plain = word.lower().rstrip(".")
        if plain in _WEEKDAYS:
            found.append(Day(weekday=plain))
            used.add(place)
        elif (iso := _ISO.fullmatch(word)) is not None and 1 <= int(iso[2]) <= 12:
            found.append(Day(int(iso[1]), int(iso[2]), int(iso[3] or 0)))
            used.add(place)
        elif plain in _MONTHS and word[0].isupper() and (plain != "may" or _stands_by_a_number(words, place)):
            taken, told = _around_month(words, place)
            found.append(told)
            used |= taken
        elif word.isdecimal() and len(word) == 4 and int(word) in _YEARS and not _counted(words, place):
            found.append(Day(year=int(word)))
            used.add(place)
    return found, used


def _stands_by_a_number(words: Sequence[str], place: int) -> bool:
    beside = [words[at] for at in (place - 1, place + 1) if 0 <= at < len(words)]
    return any(each[:1].isdecimal() for each in beside) or beside[:1] in (["in"], ["In"], ["by"], ["since"])


def _counted(words: Sequence[str], place: int) -> bool:
    """Whether a thing is counted by what looks like a year: `2000 people`."""
    behind = words[place + 1].lower() if place + 1 < len(words) else ""
    return (
        behind in _UNITS
        or behind == "people"
        or (behind.endswith("s") and behind.isalpha() and behind not in FUNCTION_WORDS)
    )


def _around_month(words: Sequence[str], place: int) -> tuple[set[int], Day]:
    taken, day, year = {place}, 0, 0
    for at in (place + 1, place - 1):
        if 0 <= at < len(words) and (number := _day_number(words[at])) and not day:
            day = number
            taken.add(at)
    for at in range(place + 1, min(place + 4, len(words))):
        if words[at].isdecimal() and len(words[at]) == 4 and int(words[at]) in _YEARS:
            year = int(words[at])
            taken.add(at)
            break
        if at not in taken and words[at] != ",":
            break
    return taken, Day(year, _MONTHS[words[place].lower().rstrip(".")], day)


def _day_number(word: str) -> int:
    found = re.fullmatch(r"(\d{1,2})(?:st|nd|rd|th)?", word)
    return int(found[1]) if found is not None and 1 <= int(found[1]) <= 31 else 0


def amounts_of(words: Sequence[str], used: set[int]) -> tuple[list[Amount], set[int]]:
    """The numbers among the words that tell no date, and the places of the words that tell them."""
    found: list[Amount] = []
    taken: set[int] = set()
    for place in range(len(words)):
        if place in used or place in taken:
            continue
        value, unit, after = _number_at(words, place)
        if value is None:
            continue
        taken |= set(range(place, after))
        if not unit and after < len(words):
            unit = _unit_of(words, after) or _shared_unit(words, after)
        hedged = any(each.lower() in _HEDGES for each in words[max(0, place - 3) : place])
        found.append(Amount(value, unit, hedged, " ".join(words[place:after]), _beside(words, place, after)))
    return found, taken


def _beside(words: Sequence[str], place: int, after: int) -> frozenset[str]:
    around = (*words[max(0, place - _BEFORE) : place], *words[after + 1 : after + 1 + _BEHIND])
    plain = [each.lower() for each in around if each.isalpha()]
    return frozenset(
        OPPOSITES[each][0] if each in OPPOSITES else stem(each)
        for each in plain
        if each not in FUNCTION_WORDS and each not in _UNITS and each not in _SCALES and each not in _HEDGES
    )


def _shared_unit(words: Sequence[str], after: int) -> str:
    """The unit of the number behind: in `from 40 to 52 people` both count people."""
    if after + 1 >= len(words) or words[after].lower() not in _BETWEEN:
        return ""
    value, unit, end = _number_at(words, after + 1)
    return "" if value is None else unit or (_unit_of(words, end) if end < len(words) else "")


def _number_at(words: Sequence[str], place: int) -> tuple[Decimal | None, str, int]:
    word = words[place]
    figure = _FIGURE.fullmatch(word)
    if figure is not None:
        value = Decimal(figure[2].replace(",", ""))
        unit = _SIGNS.get(figure[1], "%" if figure[3] else "")
        scale = _SCALES.get(figure[4].lower(), 0) if figure[4] and figure[1] else 0
        value, after = value.scaleb(scale), place + 1
    elif word.lower() in _SPELLED and (word.lower() != "one" or _unit_of(words, place + 1) in _UNITS.values()):
        value, unit, after = Decimal(_SPELLED[word.lower()]), "", place + 1
    else:
        return None, "", place
    while after < len(words) and words[after].lower() in _SCALES and len(words[after]) > 1:
        value, after = value.scaleb(_SCALES[words[after].lower()]), after + 1
    return value, unit, after


def _unit_of(words: Sequence[str], after: int) -> str:
    if after >= len(words):
        return ""
    word = words[after].lower()
    if word == "per" and after + 1 < len(words) and words[after + 1].lower() == "cent":
        return "%"
    if word in _UNITS:
        return _UNITS[word]
    return stem(word) if word.isalpha() and word not in FUNCTION_WORDS else ""


def same_amount(one: Amount, other: Amount) -> bool:
    """Whether two numbers of one unit may tell the same: equal, one the other's rounding, or near where one is hedged."""
    if one.value == other.value or _rounds(one.value, other.value) or _rounds(other.value, one.value):
        return True
    far = max(abs(one.value), abs(other.value)) * _HEDGED_SHARE
    return (one.hedged or other.hedged) and abs(one.value - other.value) <= far


def _rounds(fine: Decimal, coarse: Decimal) -> bool:
    """Whether the coarse number is the fine one with fewer digits that count, or without some of its decimals."""
    places, finest = (_exponent(each) for each in (coarse, fine))
    digits = len(coarse.normalize().as_tuple().digits)
    if finest >= places or (places > 0 and digits < _LEAST_DIGITS):
        return False
    return abs(fine - coarse) * 2 <= Decimal(1).scaleb(places)


def _exponent(number: Decimal) -> int:
    exponent = number.normalize().as_tuple().exponent
    return exponent if isinstance(exponent, int) else 0


def derived(amount: Amount, others: Iterable[Amount]) -> bool:
    """Whether it is the sum, the difference or the change in percent of two others: an answer may work that out."""
    values = [each.value for each in others][:_MOST_COMBINED]
    for first, second in permutations(values, 2):
        results = [first + second, abs(first - second)]
        if amount.unit == "%" and second:
            results += [abs(first - second) / abs(second) * 100, first / second * 100]
        if any(_near(amount.value, each) for each in results):
            return True
    return False


def _near(said: Decimal, result: Decimal) -> bool:
    return abs(said - result) <= max(abs(result) * Decimal("0.005"), Decimal("0.0001")) or _rounds(result, said)
