"""JSON schemas, compiled once and kept: nothing is fetched for them, and what is too large or too deep is not judged by.

`offline=True` is what keeps a schema's `file://` and `http://` references from being read; it is given at each of the library's doors.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from hashlib import blake2b
from typing import Any, NoReturn

import jsonschema_rs

from lanewise.verifiers.says import one_line, quoted
from lanewise.verifiers.schema_work import most_work

MAX_WORK = 1_000_000
"""Schemas looked at for one answer, at most; each takes 20 to 200 ns. What could need more is not judged."""

_UNJUDGED_KINDS = (
    jsonschema_rs.ValidationErrorKind.BacktrackLimitExceeded,
    jsonschema_rs.ValidationErrorKind.RegexEngineFailure,
)
_MAX_SHOWN_CHARS = 300  # of one problem
_MAX_PATH_CHARS = 120


class WrongSchema(ValueError):
    """The schema is no schema, refers to what is not in it, or is over a limit."""


class NotJudged(ValueError):
    """The answer is over a limit, so nothing is said about it."""


class CompiledSchema:
    """One schema, ready to check values."""

    def __init__(self, schema: bytes, *, max_depth: int) -> None:
        try:
            read = json.loads(schema)
        except (ValueError, RecursionError) as error:
            raise WrongSchema(f"The schema is not JSON: {error}") from error
        if depth_of(read) > max_depth:
            raise WrongSchema(f"The schema is nested more than {max_depth} deep.")
        if not isinstance(read, dict | bool):
            raise WrongSchema("A JSON schema is an object, or true or false.")
        self.schema: dict[str, Any] | bool = read
        try:
            self._validator = jsonschema_rs.validator_for(read, offline=True)
        except (ValueError, RecursionError) as error:
            raise WrongSchema(f"The schema cannot be used: {first_line(error)}") from error

    def problems(self, value: object, *, most: int) -> list[str]:
        """What is wrong with a value, each as `path: what`, at most so many; none where it fits. Raises NotJudged."""
        if most_work(self.schema, depth_of(value)) > MAX_WORK:
            raise NotJudged("Checking an answer of this depth by this schema could take too long.")
        found: list[str] = []
        try:
            for error in self._validator.iter_errors(value):
                if isinstance(error.kind, _UNJUDGED_KINDS):
                    raise NotJudged("A pattern of the schema takes too long for this answer.")
                found.append(_problem(error))
                if len(found) == most:
                    break
        except UnicodeEncodeError:
            return ["a text in it has half of a surrogate pair (\\ud800 to \\udfff alone), which no UTF-8 can hold"]
        return found


class CompiledSchemas:
    """The schemas used last, by their text."""

    def __init__(self, *, max_bytes: int, max_depth: int, most: int) -> None:
        self._max_bytes = max_bytes
        self._max_depth = max_depth
        self._most = most
        self._kept: OrderedDict[bytes, CompiledSchema] = OrderedDict()

    def of(self, schema: bytes) -> CompiledSchema:
        """The compiled schema. Raises WrongSchema."""
        if len(schema) > self._max_bytes:
            raise WrongSchema(f"The schema has {len(schema)} bytes; at most {self._max_bytes} are used.")
        key = blake2b(schema, digest_size=16).digest()
        if (kept := self._kept.get(key)) is not None:
            self._kept.move_to_end(key)
            return kept
        compiled = self._kept[key] = CompiledSchema(schema, max_depth=self._max_depth)
        if len(self._kept) > self._most:
            self._kept.popitem(last=False)
        return compiled


def parse(text: str, *, max_bytes: int, max_depth: int) -> tuple[Any, str]:
    """The value of a JSON text, and what is wrong with it, or nothing. Raises NotJudged.

    Stricter than `json.loads`: NaN and Infinity are no JSON, and a name that stands twice in one object says two things.
    """
    if len(text) > max_bytes or len(text.encode("utf-8", "replace")) > max_bytes:
        raise NotJudged(f"The answer is larger than {max_bytes} bytes.")
    try:
        value = json.loads(text, parse_constant=_no_constant, object_pairs_hook=_once)
    except RecursionError:
        raise NotJudged(f"The answer is nested more than {max_depth} deep.") from None
    except json.JSONDecodeError as error:
        return (
            None,
            f"it is not JSON: {error.msg} at character {error.pos}, near {quoted(_around(text, error.pos), 60)}",
        )
    except ValueError as error:
        return None, f"it is not JSON: {first_line(error)}"
    if depth_of(value) > max_depth:
        raise NotJudged(f"The answer is nested more than {max_depth} deep.")
    return value, ""


def depth_of(value: object) -> int:
    """How many lists and objects are in one another; 0 for a plain value. Needs no stack of its own."""
    depth = 0
    layer: list[object] = [value]
    while layer := [each for each in layer if isinstance(each, list | dict)]:
        depth += 1
        layer = [inner for each in layer for inner in (each.values() if isinstance(each, dict) else each)]
    return depth


def first_line(error: BaseException) -> str:
    """What an error says first; libraries add pictures."""
    return one_line(str(error).partition("\n")[0], _MAX_SHOWN_CHARS)


def _problem(error: jsonschema_rs.ValidationError) -> str:
    return f"{path_text(error.instance_path)}: {first_line(error)}"


def path_text(path: list[str | int]) -> str:
    """`items[3].price`; `the whole` for the top."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")
    return one_line(text, _MAX_PATH_CHARS) or "the whole"


def _around(text: str, place: int) -> str:
    return text[max(0, place - 30) : place + 30]


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the name {quoted(twice, 60)} stands twice in one object")
    return found
