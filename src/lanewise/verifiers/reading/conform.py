"""Types set right by a schema where the text itself allows it: `"5"` where a number is asked for, a number where a text is.

Only what stands there is read in another way; a value that is not there stays away.
"""

from __future__ import annotations

import re
from typing import Any

from lanewise.verifiers.reading.values import Number, Value, each_in
from lanewise.verifiers.says import one_line

_NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,400})(?:\.\d{1,400})?(?:[eE][-+]?\d{1,4})?")
_GROUPED = re.compile(r"-?[1-9]\d{0,2}(?:,\d{3})+(?:\.\d{1,400})?")
_WORDS: dict[str, Value] = {"true": True, "false": False}
_MAX_DEPTH = 64


def conformed(value: Value, schema: object) -> tuple[Value, tuple[str, ...]]:
    """The value with types as the schema wants them, and what was turned into what."""
    told: dict[str, None] = {}
    return _Turn(schema, told).turn(value, schema, 0), tuple(told)


def property_names(schema: object) -> frozenset[str]:
    """Every name that a schema knows, anywhere in it."""
    found: set[str] = set()
    for node in each_in(schema):
        properties = node.get("properties") if isinstance(node, dict) else None
        found |= set(properties) if isinstance(properties, dict) else set()
    return frozenset(name for name in found if name)


def missing_names(value: dict[str, Any], schema: object) -> list[str]:
    """Names that a schema asks for at its top, and that are not there."""
    required = schema.get("required", []) if isinstance(schema, dict) else []
    return (
        [name for name in required if isinstance(name, str) and name not in value] if isinstance(required, list) else []
    )


class _Turn:
    """Walks through a value and its schema together."""

    def __init__(self, root: object, told: dict[str, None]) -> None:
        self._root = root
        self._told = told

    def turn(self, value: Value, schema: object, depth: int) -> Value:
        """The value, each plain value in it by its own schema."""
        schema = _followed(schema, self._root)
        if not isinstance(schema, dict) or depth > _MAX_DEPTH:
            return value
        if isinstance(value, dict):
            return {name: self.turn(each, _of_name(schema, name), depth + 1) for name, each in value.items()}
        if isinstance(value, list):
            return [self.turn(each, schema.get("items"), depth + 1) for each in value]
        return _enumerated(_scalar(value, _types(schema), self._told), schema, self._told)


def _scalar(value: Value, types: frozenset[str], told: dict[str, None]) -> Value:
    if not types or _type(value) & types:
        return value
    if isinstance(value, str) and not isinstance(value, Number):
        text = value.strip()
        if types & {"number", "integer"} and (_NUMBER.fullmatch(text) or _GROUPED.fullmatch(text)):
            told["read numbers that stand in quotes"] = None
            return Number(text.replace(",", ""))
        if "boolean" in types and text.casefold() in _WORDS:
            told["read true or false that stand in quotes"] = None
            return _WORDS[text.casefold()]
    if "string" in types and (isinstance(value, Number | bool)):
        told["put quotes around values that must be texts"] = None
        return str(value) if isinstance(value, Number) else str(value).lower()
    return value


def _enumerated(value: Value, schema: dict[str, Any], told: dict[str, None]) -> Value:
    """A word of an enumeration that differs from one there only in case and blanks around it."""
    words = schema.get("enum")
    if not isinstance(value, str) or isinstance(value, Number) or not isinstance(words, list) or value in words:
        return value
    same = [each for each in words if isinstance(each, str) and each.casefold() == value.strip().casefold()]
    if len(same) != 1:
        return value
    told[f"wrote {one_line(value, 40)} as the schema does, {one_line(same[0], 40)}"] = None
    return same[0]


def _type(value: Value) -> frozenset[str]:
    if isinstance(value, bool):
        return frozenset({"boolean"})
    if isinstance(value, Number):
        return frozenset({"number"} if re.search(r"[.eE]", value) else {"number", "integer"})
    return frozenset({"string" if isinstance(value, str) else "null"})


def _types(schema: dict[str, Any]) -> frozenset[str]:
    """The types that a schema names for a plain value; empty where it does not say, or says it in a way that is not followed."""
    of = schema.get("type")
    if isinstance(of, str):
        return frozenset({of})
    if isinstance(of, list):
        return frozenset(each for each in of if isinstance(each, str))
    several = schema.get("anyOf") or schema.get("oneOf")
    if isinstance(several, list):
        named = [_types(each) for each in several if isinstance(each, dict)]
        return frozenset().union(*named) if all(named) else frozenset()
    return frozenset()


def _of_name(schema: dict[str, Any], name: str) -> object:
    properties = schema.get("properties")
    if isinstance(properties, dict) and name in properties:
        return properties[name]
    return schema.get("additionalProperties")


def _followed(schema: object, root: object) -> object:
    """The schema that a local reference leads to, a few steps far."""
    for _ in range(8):
        reference = schema.get("$ref") if isinstance(schema, dict) else None
        if not isinstance(reference, str) or not reference.startswith("#"):
            return schema
        schema = root
        for step in reference[1:].strip("/").split("/"):
            if step:
                schema = schema.get(step.replace("~1", "/").replace("~0", "~")) if isinstance(schema, dict) else None
    return schema
