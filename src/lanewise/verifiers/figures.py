"""The numbers of a text as what they are worth: sign, thousands, `million`, `%` and money included. What a claim says in figures is
looked for in the sources it names.

One number can often be read in several ways (`1,234` in German, `5m`, `5 to 10%`): it has a reading for each.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

import msgspec

from lanewise.verifiers.maths.number_words import worth

Holding = Literal["unchecked", "in_one", "in_all"]
Reading = tuple[str, str]
"""A value, `12e-1` for 1.2, and what it is of: `%`, `$` or another money, or nothing."""

Way = tuple[str, int]
"""Figures, and the power of ten they are to be multiplied with; figures behind `=` are compared as they stand."""

_MOST_CHARS = 60  # of one number; longer ones are compared as they are written
_RUN = re.compile(r"(?:(?<![\w.,])\.)?\d+(?:[.,'\u2019\u2009\u202f\u00a0]\d+| \d{3}(?!\d))*")
_LEAD_CHARS = 14
_BEFORE = re.compile(
    r"(?:(?P<word>\b(?:minus|negative)\s)|(?P<sign>[-\u2212\u2013\ufe63\uff0d]))?(?P<open>\()?"
    r"(?P<money>(?:US)?\$\s?|[\u20ac\u00a3\u00a5\u20b9]\s?|\b(?:USD|EUR|GBP|JPY|INR)\s?)?(?P<inner>[-\u2212])?(?P<brace>\()?\Z",
    re.IGNORECASE,
)
_POWER = re.compile(
    r"[eE]([+-]?\d{1,3})(?![\w.])|\s?[x\u00d7*\u00b7]\s?10(?:\^[({]?([-\u2212]?\d{1,3})[)}]?|(\u207b?[\u2070\u00b9\u00b2\u00b3\u2074-\u2079]{1,3}))"
)
_VULGAR = frozenset("\u00bc\u00bd\u00be\u2153\u2154\u2155\u2156\u2157\u2158\u2159\u215a\u215b\u215c\u215d\u215e")
_SCALES = {
    "hundred": 2, "thousand": 3, "million": 6, "billion": 9, "trillion": 12, "lakh": 5, "crore": 7, "mio": 6, "mrd": 9, "mln": 6,
    "tausend": 3, "milliarde": 9, "milliarden": 9, "millionen": 6, "millones": 6, "milliard": 9, "milioni": 6, "miliardi": 9,
    "mn": 6, "bn": 9, "tn": 12, "k": 3, "m": 6, "b": 9, "000": 3,
}  # fmt: skip
_LONG_SCALES = sorted((each for each in _SCALES if each.isalpha() and len(each) > 1), key=len, reverse=True)
_SCALE = re.compile(rf"[\s-]?({'|'.join(_LONG_SCALES)})s?\b", re.IGNORECASE)
_LETTER = re.compile(r"([kmb])(?!\w)", re.IGNORECASE)
_LETTER_OF_MONEY = re.compile(r"\s?([kmb])(?!\w)", re.IGNORECASE)
_UNIT = re.compile(
    r"[\s-]?(?:(?P<percent>%|\uff05|percent(?:age)?\b|per cent\b|pct\b|Prozent\b|pour ?cent\b|por ciento\b|procent\b|per cento\b)"
    r"|(?P<dollar>(?:US )?dollars?\b|USD\b|US\$)|(?P<euro>euros?\b|EUR\b|\u20ac)"
    r"|(?P<pound>GBP\b|\u00a3|pounds? sterling\b)|(?P<yen>yen\b|JPY\b|\u00a5))",
    re.IGNORECASE,
)
_UNITS = {
    "percent": "%", "dollar": "$", "us$": "$", "usd": "$", "euro": "\u20ac", "eur": "\u20ac", "pound": "\u00a3", "gbp": "\u00a3",
    "yen": "\u00a5", "jpy": "\u00a5", "inr": "\u20b9",
}  # fmt: skip
_BETWEEN = re.compile(r"\s?(?:-|\u2013|\u2014|to|and|or|through|bis|und|\u00e0|y|a)\s?")
_DOWN = re.compile(
    r"(?<!\w)(?:below|f[ae]ll\w*|drop\w*|declin\w*|decreas\w*|down|los[ste]\w*|shr[aiu]nk\w*|lower\w*|less|reduc\w*|cut\w*|deficit|"
    r"contract(?:ed|ion)|sl[iu]d\w*|slump\w*|plung\w*|sank|dip(?:ped|s)?|negative|minus|shortfall|debit\w*|owe[sd]?)(?!\w)",
    re.IGNORECASE,
)
_DOWN_BEHIND = re.compile(rf"[^.;\n\d]{{0,24}}?{_DOWN.pattern}", re.IGNORECASE)
_LOOKED_BEFORE = 48  # characters in which a word says that something became less
_CLOSING = frozenset("%)]}")
_APART = re.compile(
    r"[(\[][^()\[\]\d]{0,20}?(?<!\w)(%|percent|thousands?|millions?|billions?|mn|bn|mio|k|m)(?!\w)[^()\[\]\d]{0,20}[)\]]"
    r"|\bin (?:US ?)?[$\u20ac\u00a3]?\s?(%|percent|thousands|millions|billions)(?!\w)(?! of)|[(\[][^()\[\]\d]{0,20}[, '](000)s?[)\]]",
    re.IGNORECASE,
)
_ONES = "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|(?:thir|four|fif|six|seven|eigh|nine)teen"
_TENS = "(?:twen|thir|for|fif|six|seven|eigh|nine)ty"
_SPELLED = re.compile(
    rf"\b(?:{_ONES}|{_TENS})\b(?:(?:-|\s(?:and\s)?)(?:{_ONES}|{_TENS}|hundred|thousand|million|billion)\b){{0,12}}",
    re.IGNORECASE,
)
COMMA_LANGUAGES = frozenset({"de", "el", "es", "fr", "it", "nl", "pl", "pt", "ru", "sv"})
"""Languages in which `1,5` is between one and two, and `1.234` more than a thousand."""

LEAST_SPELLED = 13
"""Of a claim, in words: smaller ones are as often mere words, `the two of them`."""


class Figure(msgspec.Struct, frozen=True):
    """A number of a text. `loose` are readings that a source may mean too, but no claim can rest on."""

    shown: str
    readings: frozenset[Reading]
    loose: frozenset[Reading] = frozenset()


class _Seen(msgspec.Struct, frozen=True):
    """A number with what stands around it."""

    shown: str
    begin: int
    end: int
    ways: tuple[Way, ...]
    apart: tuple[str, ...] = ()  # its groups, where they may be numbers of their own
    signs: tuple[str, ...] = ("",)
    scales: tuple[int, ...] = (0,)
    unit: str = ""


class Held:
    """The numbers that a source has."""

    def __init__(self, text: str, language: str | None = None) -> None:
        """`language`: two letters, by which `1.234` and `1,234` are read; None where it is not known."""
        self._units: dict[str, set[str]] = {}
        for figure in figures_in(text, language, unsure=True):
            for value, unit in (*figure.readings, *figure.loose):
                self._units.setdefault(value, set()).add(unit)

    def has(self, figure: Figure) -> bool:
        """Whether the number stands here, read in one way or another. Dollars are not euros; without its name money may be any."""
        for value, unit in figure.readings:
            units = self._units.get(value, set())
            if unit in units or (unit != "%" and "" in units) or (unit == "" and units - {"%"}):
                return True
        return False


def figures_in(text: str, language: str | None = None, *, spelled_from: int = 0, unsure: bool = False) -> list[Figure]:
    """The numbers of a text; those in English words too, from `spelled_from` on.

    In a language that nobody told `1.234` is read as in English; where it may be another (`unsure`), in both ways.
    """
    seen = list(_seen(text, comma=None if unsure and language is None else language in COMMA_LANGUAGES))
    apart = {found.lower().rstrip("s") for pair in _APART.findall(text) for found in pair if found}
    percent = bool(apart & {"%", "percent"})
    scales = tuple(_SCALES[each] for each in apart - {"%", "percent"})
    found: list[Figure] = []
    for place, each in enumerate(seen):
        behind = seen[place + 1] if place + 1 < len(seen) else None
        shares = behind is not None and _BETWEEN.fullmatch(text, each.end, behind.begin) is not None
        found.append(_figure(each, behind if shares else None, scales, percent=percent))
    return [*found, *_spelled(text, spelled_from)]


def unsupported(claim: Iterable[Figure], sources: Sequence[Held], holding: Holding) -> list[str]:
    """The numbers of a claim, as written, that stand in none of its sources, or not in all of them."""
    if holding == "unchecked" or not sources:
        return []
    enough = any if holding == "in_one" else all
    return list(dict.fromkeys(each.shown for each in claim if not enough(source.has(each) for source in sources)))


def _figure(seen: _Seen, behind: _Seen | None, scales: tuple[int, ...], *, percent: bool) -> Figure:
    """All readings: by its own scale and unit, by those of the number it makes a range with, by those of a table's head."""
    own = [(scale, seen.unit) for scale in seen.scales]
    if seen.scales == (0,) and seen.unit != "%":
        own += [(scale, seen.unit or behind.unit) for scale in behind.scales] if behind else []
        own += [(scale, seen.unit) for scale in scales]
        own += [(0, "%")] if percent and not seen.unit else []
    readings = frozenset(
        (sign + _value(way, scale), unit) for way in seen.ways for scale, unit in own for sign in seen.signs
    )
    loose = frozenset((_value((each, 0), 0), "") for each in seen.apart)
    return Figure(seen.shown, readings, loose)


def _seen(text: str, *, comma: bool | None) -> Iterator[_Seen]:
    """The numbers in figures, each with what belongs to it."""
    past = 0
    for begin, end, ways, apart in _runs(text, comma=comma):
        if begin >= past:  # else it is the exponent of the one before
            one = _with_what_belongs_to_it(text, (begin, end), ways, apart)
            past = one.end
            yield one


def _with_what_belongs_to_it(text: str, at: tuple[int, int], ways: tuple[Way, ...], apart: tuple[str, ...]) -> _Seen:
    begin = at[0]
    lead = _BEFORE.search(text[max(0, begin - _LEAD_CHARS) : begin])
    money = ((lead and lead["money"]) or "").strip()
    ways, end = _raised(text, at[1], ways)
    closed = bool(lead and (lead["open"] or lead["brace"]) and text[end : end + 1] == ")")
    scales, end = _scaled(text, end + closed, money=bool(money))
    unit = _UNIT.match(text, end)
    if unit is not None and unit.lastgroup is not None:
        end, money = unit.end(), unit.lastgroup
    signs = ("", "-") if closed else _signs(text, begin, end, lead)
    start = begin - (len(lead[0]) if lead else 0) + (1 if lead and lead["sign"] and "-" not in signs else 0)
    return _Seen(
        shown=text[start:end].strip(" ("),
        begin=start,
        end=end,
        ways=ways,
        apart=apart,
        signs=signs,
        scales=scales,
        unit=_UNITS.get(money.lower(), money),
    )


def _runs(text: str, *, comma: bool | None) -> Iterator[tuple[int, int, tuple[Way, ...], tuple[str, ...]]]:
    """Where a number begins and ends, how its figures can be read, and its groups where they may be numbers of their own."""
    for run in _RUN.finditer(text):
        groups, marks = re.split(r"\D", run[0]), re.sub(r"\d", "", run[0])
        ways = _ways(groups, marks, comma=comma) if len(run[0]) <= _MOST_CHARS else ((f"={run[0]}", 0),)
        if ways:
            yield run.start(), run.end(), ways, tuple(groups) if " " in marks else ()
            continue
        place = run.start()
        for group in groups:  # a list, a date
            yield place, place + len(group), ((group, 0),), ()
            place += len(group) + 1


def _ways(groups: list[str], marks: str, *, comma: bool | None) -> tuple[Way, ...]:
    """What groups of figures with these marks between them are worth; nothing where they are several numbers."""
    whole = "".join(groups)
    if not marks:
        return ((whole, 0),)
    fine = (whole, -len(groups[-1]))
    if marks[0] == "." and not groups[0]:
        return (fine,)
    thousands = len(groups[0]) <= 3 and groups[0] != "0" and all(len(each) == 3 for each in groups[1:-1])
    if len(set(marks)) > 1:
        return (fine,) if thousands and marks[-1] in ".," and len(set(marks[:-1])) == 1 else ()
    if thousands and len(groups[-1]) == 3:
        if len(marks) == 1 and marks in ".," and comma is None:
            return fine, (whole, 0), (f"={groups[0]}{marks}{groups[1]}", 0)
        if len(marks) == 1 and marks == ("," if comma else "."):
            return fine, (f"={groups[0]}{marks}{groups[1]}", 0)
        return (
            ((whole, 0), (f"={groups[0]}{marks}{groups[1]}", 0)) if len(marks) == 1 and marks in ".," else ((whole, 0),)
        )
    if len(marks) == 1:
        return (fine,) if marks in ".," else ()
    dated = len(groups) == 3 and 4 in (len(groups[0]), len(groups[2]))
    return ((f"={'.'.join(each.lstrip('0') or '0' for each in groups)}", 0),) if marks[0] == "." and not dated else ()


def _raised(text: str, end: int, ways: tuple[Way, ...]) -> tuple[tuple[Way, ...], int]:
    """With a power of ten or a fraction behind it: `1.5e6`, `1.5 x 10^6`, `3\u00bd`."""
    if text[end : end + 1] in _VULGAR and len(ways) == 1 and ways[0][1] == 0:
        parts = f"{unicodedata.numeric(text[end]):.4f}".partition(".")[2]
        return ((ways[0][0] + parts, -4),), end + 1
    power = _POWER.match(text, end)
    if power is None:
        return ways, end
    raised = (power[1] or power[2] or unicodedata.normalize("NFKC", power[3])).replace("\u2212", "-")
    return tuple((digits, exponent + int(raised)) for digits, exponent in ways), power.end()


def _scaled(text: str, end: int, *, money: bool) -> tuple[tuple[int, ...], int]:
    """The powers of ten of the words behind a number, and where they end. `5m` may be metres, `$5m` may not."""
    scale = 0
    while found := _SCALE.match(text, end):
        scale, end = scale + _SCALES[found[1].lower()], found.end()
    if scale:
        return (scale,), end
    letter = (_LETTER_OF_MONEY if money else _LETTER).match(text, end)
    if letter is None:
        return (0,), end
    scale = _SCALES[letter[1].lower()]
    return ((scale,) if money or letter[1] not in "mb" else (0, scale)), letter.end()


def _signs(text: str, begin: int, end: int, lead: re.Match[str] | None) -> tuple[str, ...]:
    """Minus or not, or both: of what fell by 5%, and of what accounts put in brackets."""
    ahead = "" if lead is None else text[max(0, begin - len(lead[0]) - 2) : begin - len(lead[0])]
    both = _DOWN.search(text, max(0, begin - _LOOKED_BEFORE), begin) or _DOWN_BEHIND.match(text, end)
    if lead is None or not (lead["word"] or lead["sign"] or lead["inner"]):
        return ("", "-") if both else ("",)
    if (not lead["word"] and ahead[-1:].isalnum()) or ahead[-1:] in _CLOSING:
        return ("",)  # a hyphen, a range
    if not lead["word"] and ahead[-1:].isspace() and ahead[:1].isdigit():
        return "", "-"
    return ("-", "") if both else ("-",)


def _value(way: Way, scale: int) -> str:
    digits, exponent = way
    if digits.startswith("="):
        return f"{digits}e{scale}"
    if not digits.isascii():
        digits = "".join(str(unicodedata.digit(each)) for each in digits)
    whole = digits.lstrip("0")
    short = whole.rstrip("0")
    return f"{short}e{exponent + scale + len(whole) - len(short)}" if short else "0"


def _spelled(text: str, least: int) -> Iterator[Figure]:
    for found in _SPELLED.finditer(text):
        told = worth(found[0].lower())
        if told is None or told[1] or told[0].denominator != 1 or told[0] < least:
            continue
        unit = _UNIT.match(text, found.end())
        of = _UNITS.get((unit.lastgroup or "") if unit else "", "")
        signs = _signs(text, found.start(), found.end(), None)
        yield Figure(found[0], frozenset((sign + _value((str(told[0]), 0), 0), of) for sign in signs))
