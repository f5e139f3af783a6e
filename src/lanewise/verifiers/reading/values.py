"""JSON values whose numbers are still the text they were written as, and how they are written down again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, TypeAlias

from lanewise.core.json_once import no_constant, once


class Number(str):
    """A JSON number as it was written: 1.10 stays 1.10."""

    __slots__ = ()


class _NotThere:
    """No value: nothing stood there, or it was cut off."""


NOT_THERE = _NotThere()

Value: TypeAlias = "dict[str, Any] | list[Any] | str | bool | _NotThere | None"
"""Of JSON, its numbers as `Number`."""


def read_exactly(source: str) -> Value:
    """A strict JSON text, its numbers as written, each name once in an object. Raises ValueError, RecursionError."""
    value: Value = json.loads(
        source, parse_int=Number, parse_float=Number, parse_constant=no_constant, object_pairs_hook=once
    )
    return value


def each_in(value: object) -> Iterator[object]:
    """A value and all that are in it, each before what is in it, in their order."""
    waiting = [value]
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, list):
            waiting += reversed(node)
        elif isinstance(node, dict):
            waiting += reversed(node.values())


def texts_in(value: object, *, names: bool = True) -> Iterator[str]:
    """The texts of a value in their order, or nearly; with the names of its objects, or without."""
    for each in each_in(value):
        if isinstance(each, str):
            yield each
        elif names and isinstance(each, dict):
            yield from each


def written(value: Value) -> str:
    """A value as JSON text. Half surrogate pairs are escaped, so that the text is UTF-8."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_text(name)}: {written(each)}" for name, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(written, value)) + "]"
    if isinstance(value, Number):
        return str(value)
    return _text(value) if isinstance(value, str) else json.dumps(value)


def _text(text: str) -> str:
    plain = json.dumps(text, ensure_ascii=False)
    try:
        plain.encode()
    except UnicodeEncodeError:
        return json.dumps(text)
    return plain
