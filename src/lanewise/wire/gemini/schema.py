"""Google's schemas (a subset of OpenAPI, with words of its own) and JSON Schema, each said in the other."""

from __future__ import annotations

from typing import Any

import msgspec

from lanewise.core.errors import InvalidRequest
from lanewise.wire.gemini.spelling import camel

_KEYWORDS = frozenset(
    {
        "type", "format", "title", "description", "nullable", "enum", "maxItems", "minItems", "properties", "required",
        "minProperties", "maxProperties", "minLength", "maxLength", "pattern", "example", "anyOf", "propertyOrdering", "default",
        "items", "minimum", "maximum",
    }
)  # fmt: skip
_FORMATS = {
    "STRING": {"enum", "date-time"},
    "NUMBER": {"float", "double"},
    "INTEGER": {"int32", "int64"},
}
_TYPES = frozenset({"STRING", "NUMBER", "INTEGER", "BOOLEAN", "ARRAY", "OBJECT", "NULL"})
_COUNTS = frozenset({"maxItems", "minItems", "minProperties", "maxProperties", "minLength", "maxLength"})
_UNSAID = frozenset({"propertyOrdering", "nullable"})
_DEEPEST = 64


def is_google_s(text: bytes) -> bool:
    """Whether a JSON schema says nothing that the vendor's own form of a schema cannot."""
    try:
        return _fits(msgspec.json.decode(text), 0)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False


def _fits(schema: object, depth: int) -> bool:
    if not isinstance(schema, dict) or depth > _DEEPEST or not schema.keys() <= _KEYWORDS:
        return False
    kind = schema.get("type")
    if "anyOf" in schema:
        inner = schema["anyOf"]
        return isinstance(inner, list) and all(_fits(each, depth + 1) for each in inner)
    if not isinstance(kind, str) or kind.upper() not in _TYPES - {"NULL"}:
        return False
    if "format" in schema and schema["format"] not in _FORMATS.get(kind.upper(), ()):
        return False
    if "enum" in schema and (kind.upper() != "STRING" or not all(isinstance(each, str) for each in schema["enum"])):
        return False
    if kind.upper() == "OBJECT":
        properties = schema.get("properties")
        return (
            isinstance(properties, dict) and bool(properties) and all(_fits(p, depth + 1) for p in properties.values())
        )
    return kind.upper() != "ARRAY" or _fits(schema.get("items"), depth + 1)


def json_schema_of(text: bytes, where: str) -> bytes:
    """Google's schema as JSON Schema: the same bytes where they are one already. Raises InvalidRequest."""
    try:
        schema = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidRequest(f"`{where}`: write an object", param=where) from error
    try:
        said = _said(schema, 0)
    except RecursionError as error:
        raise InvalidRequest(f"`{where}`: it is nested too deeply", param=where) from error
    if not isinstance(said, dict):
        raise InvalidRequest(f"`{where}`: write an object", param=where)
    return text if said == schema else msgspec.json.encode(said)


def _said(schema: object, depth: int) -> object:
    if depth > _DEEPEST:
        raise RecursionError
    if not isinstance(schema, dict):
        return schema
    told = {camel(key): value for key, value in schema.items() if value is not None}
    said: dict[str, Any] = {}
    for key, value in told.items():
        if key in {"properties", "$defs", "defs"} and isinstance(value, dict):
            said[key] = {name: _said(inner, depth + 1) for name, inner in value.items()}
        elif key == "items":
            said[key] = _said(value, depth + 1)
        elif key == "anyOf" and isinstance(value, list):
            said[key] = [_said(inner, depth + 1) for inner in value]
        else:
            said |= _keyword(key, value)
    return _nullable(said) if told.get("nullable") is True else said


def _keyword(key: str, value: object) -> dict[str, Any]:
    """A keyword without schemas in it, in JSON Schema's words; none where there are none for it."""
    if key == "type" and isinstance(value, str):
        return {} if value == "TYPE_UNSPECIFIED" else {key: value.lower() if value in _TYPES else value}
    if key in _COUNTS and isinstance(value, str) and value.isdigit():  # int64 is a string in Google's JSON
        return {key: int(value)}
    if key == "example":
        return {"examples": [value]}
    return {} if key in _UNSAID or (key, value) == ("format", "enum") else {key: value}


def _nullable(said: dict[str, Any]) -> dict[str, Any]:
    if isinstance(said.get("type"), str):
        enum = {"enum": [*said["enum"], None]} if isinstance(said.get("enum"), list) else {}
        return said | {"type": [said["type"], "null"]} | enum
    if isinstance(said.get("anyOf"), list):
        return said | {"anyOf": [*said["anyOf"], {"type": "null"}]}
    return said
