"""JSON schemas, compiled once and kept: nothing is fetched for them, and what is too large or too deep is not judged by.

`offline=True` is what keeps a schema's `file://` and `http://` references from being read; it is given at each of the library's doors.
"""

from __future__ import annotations

import json
from collections import Counter, OrderedDict
from hashlib import blake2b
from itertools import islice
from typing import Any

import jsonschema_rs

from lanewise.core.json_once import no_constant
from lanewise.verifiers.reading.values import texts_in
from lanewise.verifiers.says import one_line, quoted
from lanewise.verifiers.schema_limits import (
    BACKTRACK_LIMIT,
    MAX_BACKTRACKING_LOAD,
    MAX_LOAD,
    backtracking_patterns,
    is_day,
    is_moment,
    is_time,
    parts_of,
    values_in,
)
from lanewise.verifiers.schema_work import leads_nowhere, most_work

MAX_WORK = 1_000_000
"""Schemas looked at for one answer, at most; each takes 20 to 200 ns. What could need more is not judged."""

_UNJUDGED_KINDS = (
    jsonschema_rs.ValidationErrorKind.BacktrackLimitExceeded,
    jsonschema_rs.ValidationErrorKind.RegexEngineFailure,
)
_FORMATS = {"date-time": is_moment, "time": is_time, "date": is_day}
_MOST_VALUES_TOLD = 1_000  # of an answer all of whose problems are looked for
_MAX_SHOWN_CHARS = 300  # of one problem
_MAX_PATH_CHARS = 120


class WrongSchema(ValueError):
    """The schema is no schema, refers to what is not in it, or is over a limit."""


class NotJudged(ValueError):
    """The answer is over a limit, so nothing is said about it."""


class CompiledSchema:
    """One schema, ready to check values."""

    def __init__(self, schema: bytes, *, max_depth: int, formats: bool = True) -> None:
        try:
            read = json.loads(schema, object_pairs_hook=_once)
        except (ValueError, RecursionError) as error:
            raise WrongSchema(f"The schema is not JSON: {first_line(error)}") from error
        if depth_of(read) > max_depth:
            raise WrongSchema(f"The schema is nested more than {max_depth} deep.")
        if not isinstance(read, dict | bool):
            raise WrongSchema("A JSON schema is an object, or true or false.")
        if leads_nowhere(read):
            raise WrongSchema("The schema refers to itself at one and the same place, so it says nothing.")
        self.schema: dict[str, Any] | bool = read
        self._parts = parts_of(read)
        try:
            self._validator = _validator(schema=read, formats=formats)
            self._backtracking = [
                _validator(schema={"pattern": each}, formats=False) for each in backtracking_patterns(read)
            ]
        except (ValueError, RecursionError) as error:
            raise WrongSchema(f"The schema cannot be used: {first_line(error)}") from error

    def problems(self, value: object, *, most: int) -> list[str]:
        """What is wrong with a value, each as `path: what`, at most so many; none where it fits. Raises NotJudged.

        Of an answer with very many values only the first: the library makes all of them at once.
        """
        if most_work(self.schema, depth_of(value)) > MAX_WORK:
            raise NotJudged("Checking an answer of this depth by this schema could take too long.")
        values = values_in(value)
        if values * self._parts > MAX_LOAD:
            raise NotJudged("Checking an answer of this size by this schema could take too long.")
        try:
            self._search(value)
            if self._validator.is_valid(value):
                return []
            if values <= _MOST_VALUES_TOLD:
                return [_problem(error) for error in islice(self._validator.iter_errors(value), most)]
            self._validator.validate(value)
        except jsonschema_rs.ValidationError as error:
            return [_problem(error)]
        except UnicodeEncodeError:
            return ["a text in it has half of a surrogate pair (\\ud800 to \\udfff alone), which no UTF-8 can hold"]
        return []

    def _search(self, value: object) -> None:
        """Raises NotJudged where a pattern gives up on a text of the answer: within `not`, giving up would pass for fitting."""
        if not self._backtracking:
            return
        texts = list(texts_in(value))
        if len(self._backtracking) * sum(map(len, texts)) > MAX_BACKTRACKING_LOAD:
            raise NotJudged("The schema's patterns backtrack, and the answer is too long for that.")
        for pattern in self._backtracking:
            for text in texts:
                if any(isinstance(error.kind, _UNJUDGED_KINDS) for error in pattern.iter_errors(text)):
                    raise NotJudged("A pattern of the schema takes too long for this answer.")


def _validator(*, schema: dict[str, Any] | bool, formats: bool) -> jsonschema_rs.Validator:
    return jsonschema_rs.validator_for(
        schema,
        offline=True,
        validate_formats=formats,
        formats=_FORMATS if formats else None,
        pattern_options=jsonschema_rs.FancyRegexOptions(backtrack_limit=BACKTRACK_LIMIT),
    )


class CompiledSchemas:
    """The schemas used last, by their text."""

    def __init__(self, *, max_bytes: int, max_depth: int, most: int, formats: bool = True) -> None:
        self._formats = formats
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
        compiled = self._kept[key] = CompiledSchema(schema, max_depth=self._max_depth, formats=self._formats)
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
        value = json.loads(text, parse_constant=no_constant, object_pairs_hook=_once)
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


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = Counter(name for name, _ in pairs).most_common(1)[0][0]
        raise ValueError(f"the name {quoted(twice, 60)} stands twice in one object")
    return found
