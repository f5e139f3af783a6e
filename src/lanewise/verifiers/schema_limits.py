"""What a schema and an answer weigh together, counted before anything is checked: patterns that backtrack, lists of objects to compare.

The library checks within one call that nothing interrupts, and its patterns with lookarounds take a text's length to the square.
"""

from __future__ import annotations

import datetime as dt
import re

from lanewise.verifiers.reading.values import each_in

MAX_LOAD = 100_000_000
"""Parts of a schema times values of an answer; both at once take 20 to 100 ns where all parts apply to all values."""

MAX_BACKTRACKING_LOAD = 64_000
"""Patterns that backtrack times characters of an answer's texts; both at once take up to 20 microseconds."""

BACKTRACK_LIMIT = 20_000

_COMPARED = 25  # parts that a part of an object or a list in `enum` counts for: it is compared with each value, and not looked up
_REMEMBERED = 5  # times that a schema's parts are looked at where it asks for what none of them has looked at
_UNEVALUATED = ("unevaluatedProperties", "unevaluatedItems")
_SLOW = ("pattern", "patternProperties")
_BACKTRACKS = re.compile(r"\(\?(?:[=!>(]|<[=!])|\\[1-9k]|[*+?}]\+")
_PATTERNED = ("pattern", "patternProperties", "format")
_ZONE = re.compile(r"[zZ]|[+-][0-9]{2}:[0-9]{2}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:(?:[0-5][0-9]|60)(?:[.][0-9]{1,9})?")


def parts_of(schema: object) -> int:
    """How many subschemas and names there are; parts of objects and lists in `enum` and `const` many times over."""
    count, waiting, unevaluated = 0, [schema], False
    while waiting:
        node = waiting.pop()
        count += 1
        if isinstance(node, list):
            waiting += node
        elif isinstance(node, dict):
            unevaluated = unevaluated or not node.keys().isdisjoint(_UNEVALUATED)
            for name, inner in node.items():
                if name not in ("enum", "const"):
                    waiting.append(inner)
                    count += _COMPARED if name in _SLOW else 0
                else:
                    plain = not isinstance(inner, dict | list) or not any(isinstance(of, list | dict) for of in inner)
                    count += values_in(inner) * (1 if plain else _COMPARED)
    return count * (_REMEMBERED if unevaluated else 1)


def values_in(value: object) -> int:
    """How many values there are, in one another or not."""
    return sum(1 for _ in each_in(value))


def backtracking_patterns(schema: object) -> list[str]:
    """The patterns of a schema, wherever they stand, that are searched by backtracking: lookarounds, references to groups."""
    found: dict[str, None] = {}
    for node in each_in(schema):
        if isinstance(node, dict):
            named = node.get("patternProperties")
            patterns = [node.get("pattern"), *(named if isinstance(named, dict) else ())]
            found |= dict.fromkeys(each for each in patterns if isinstance(each, str) and _BACKTRACKS.search(each))
    return list(found)


def is_quick(schema: bytes, answer_chars: int) -> bool:
    """Whether a schema, as it came, can take no time for an answer of this size: no patterns, and little of both."""
    if len(schema) * answer_chars > _QUICK_LOAD or len(schema) > _QUICK_BYTES:
        return False
    return b"\\u00" not in schema and not any(b'"%s"' % word.encode() in schema for word in _PATTERNED)


_QUICK_LOAD, _QUICK_BYTES = 16_000_000, 64_000


def is_moment(text: str) -> bool:
    """`2026-01-31T09:30:00Z`, as RFC 3339 has it, or the same without its zone."""
    day, mark, rest = text[:10], text[10:11], text[11:]
    return mark in ("T", "t") and is_day(day) and is_time(rest)


def is_time(text: str) -> bool:
    """`09:30:00Z`, or the same without its zone."""
    found = _TIME.match(text)
    return found is not None and (found.end() == len(text) or _ZONE.fullmatch(text, found.end()) is not None)


def is_day(text: str) -> bool:
    """`2026-01-31`, a day that there is."""
    try:
        return _DAY.fullmatch(text) is not None and bool(dt.date.fromisoformat(text))
    except ValueError:
        return False
