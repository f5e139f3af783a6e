"""JSON in which no object says two things by one name: of `{"amount": 1, "amount": 1000000}` readers differ in which they take."""

from __future__ import annotations

import json
from typing import Any, NoReturn


def read_once(text: str) -> Any:  # noqa: ANN401 - any JSON
    """The value of a JSON text. Raises ValueError where it is none, or has a name twice in one object, and RecursionError."""
    return _read(text)


def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of its members. Raises ValueError for a name that stands twice."""
    made = dict(pairs)
    if len(made) < len(pairs):
        raise ValueError("a name that stands twice in one object says two things")
    return made


def no_constant(name: str) -> NoReturn:
    """Raises ValueError for NaN and Infinity."""
    raise ValueError(f"{name} is no JSON number")


_read = json.JSONDecoder(object_pairs_hook=once, parse_constant=no_constant).decode
