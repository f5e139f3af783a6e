"""Arguments of a function call that Vertex streams in pieces: each piece is a value at a JSON path, strings perhaps cut in several."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

import msgspec

from lanewise.core.errors import MalformedStream

_STEP = re.compile(r"\.(?P<name>[^.\[\]]+)|\[(?P<index>\d+)\]|\[(?P<quote>['\"])(?P<quoted>.*?)(?P=quote)\]")
_VALUES = ("stringValue", "numberValue", "boolValue", "nullValue")
Json = Any  # of JSON, whatever it is
_MOST_ELEMENTS = 100_000  # of one list: an index may be any number


class PartialArguments:
    """One call's arguments as they grow."""

    def __init__(self) -> None:
        self._whole: dict[str, Any] = {}

    def add(self, pieces: list[dict[str, Any]]) -> None:
        """Put pieces in their places. Raises MalformedStream where there is no such place."""
        for piece in pieces:
            path = piece.get("jsonPath")
            name = next((each for each in _VALUES if each in piece), None)
            if not isinstance(path, str) or name is None:
                raise MalformedStream("A piece of a function call's arguments names no place or no value")
            self._put(_steps(path), None if name == "nullValue" else piece[name])

    def text(self) -> str:
        """The arguments so far, as JSON."""
        return msgspec.json.encode(self._whole).decode()

    def _put(self, steps: list[str | int], value: object) -> None:
        holder: Any = self._whole
        for step, following in pairwise(steps):
            holder = _child(holder, step, [] if isinstance(following, int) else {})
        last = steps[-1]
        before = _child(holder, last, None)
        holder[last] = before + value if isinstance(before, str) and isinstance(value, str) else value


def _steps(path: str) -> list[str | int]:
    steps: list[str | int] = []
    end = 1
    for match in _STEP.finditer(path, 1):
        if match.start() != end:
            break
        end = match.end()
        steps.append(int(match["index"]) if match["index"] is not None else match["name"] or match["quoted"] or "")
    if not path.startswith("$") or end != len(path) or not steps or not isinstance(steps[0], str):
        raise MalformedStream(f"A piece of a function call's arguments has no readable place: {path[:200]!r}")
    return steps


def _child(holder: Json, step: str | int, fresh: Json) -> Json:
    """What stands at a step, made where there is nothing yet."""
    if isinstance(holder, dict) and isinstance(step, str):
        return holder.setdefault(step, fresh)
    if isinstance(holder, list) and isinstance(step, int) and step <= _MOST_ELEMENTS:
        holder.extend([None] * (step + 1 - len(holder)))
        if holder[step] is None:
            holder[step] = fresh
        return holder[step]
    raise MalformedStream("Pieces of a function call's arguments do not fit together")
