"""Schemas between Google's words and JSON Schema."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lanewise.core.errors import InvalidRequest
from lanewise.wire.gemini.schema import is_google_s, json_schema_of


@pytest.mark.parametrize(
    ("google", "plain"),
    [
        ({"type": "STRING", "description": "d"}, {"type": "string", "description": "d"}),
        ({"type": "INTEGER", "format": "int64"}, {"type": "integer", "format": "int64"}),
        ({"type": "STRING", "format": "enum", "enum": ["a"]}, {"type": "string", "enum": ["a"]}),
        ({"type": "STRING", "nullable": True, "enum": ["a"]}, {"type": ["string", "null"], "enum": ["a", None]}),
        ({"any_of": [{"type": "STRING"}], "nullable": True}, {"anyOf": [{"type": "string"}, {"type": "null"}]}),
        ({"type": "ARRAY", "minItems": "1", "items": {"type": "NUMBER"}}, {"type": "array", "minItems": 1, "items": {"type": "number"}}),
        (
            {"type": "OBJECT", "propertyOrdering": ["a"], "properties": {"type": {"type": "BOOLEAN"}}},
            {"type": "object", "properties": {"type": {"type": "boolean"}}},
        ),
        ({"type": "STRING", "example": "x", "nullable": False}, {"type": "string", "examples": ["x"]}),
        ({"type": "TYPE_UNSPECIFIED"}, {}),
    ],
)  # fmt: skip
def test_google_s_words_become_json_schema(google: dict[str, Any], plain: dict[str, Any]) -> None:
    assert json.loads(json_schema_of(json.dumps(google).encode(), "parameters")) == plain


def test_what_is_json_schema_already_stays_byte_for_byte() -> None:
    text = b'{ "type":"object", "properties":{"a":{"const":1.10}} }'
    assert json_schema_of(text, "parameters") is text


@pytest.mark.parametrize("text", [b"[]", b"7", b"{", b'{"items":' * 80 + b"{}" + b"}" * 80])
def test_what_is_no_schema_is_refused(text: bytes) -> None:
    with pytest.raises(InvalidRequest) as refused:
        json_schema_of(text, "parameters")
    assert refused.value.param == "parameters"


@pytest.mark.parametrize(
    ("schema", "fits"),
    [
        ({"type": "object", "properties": {"a": {"type": "string", "enum": ["x"]}}, "required": ["a"]}, True),
        ({"type": "array", "items": {"type": "integer", "minimum": 1}}, True),
        ({"anyOf": [{"type": "string"}, {"type": "number", "format": "double"}]}, True),
        ({"type": "object", "properties": {}}, False),
        ({"type": "object"}, False),
        ({"type": ["string", "null"]}, False),
        ({"type": "array"}, False),
        ({"type": "string", "format": "uuid"}, False),
        ({"type": "integer", "enum": [1]}, False),
        ({"type": "object", "properties": {"a": {"$ref": "#/$defs/b"}}}, False),
        ({"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": False}, False),
        ({"const": 1}, False),
        ([], False),
    ],
)
def test_which_schemas_google_s_own_form_can_say(schema: object, *, fits: bool) -> None:
    assert is_google_s(json.dumps(schema).encode()) is fits


def test_a_schema_without_end_is_not_google_s() -> None:
    assert not is_google_s(b'{"type":"array","items":' * 200 + b"{}" + b"}" * 200)
    assert not is_google_s(b"{")
