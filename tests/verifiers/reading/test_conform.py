"""Types are set right where the text itself allows it, and told."""

from __future__ import annotations

from lanewise.verifiers.reading.conform import conformed, missing_names, property_names
from lanewise.verifiers.reading.values import Number, written

SCHEMA = {
    "type": "object",
    "properties": {
        "age": {"type": "integer"},
        "zip": {"type": "string"},
        "ok": {"type": "boolean"},
        "tags": {"type": "array", "items": {"$ref": "#/$defs/tag"}},
        "note": {"anyOf": [{"type": "string"}, {"type": "null"}]},
    },
    "required": ["age", "zip"],
    "$defs": {"tag": {"type": "string"}},
}


def test_what_stands_there_is_read_by_the_schemas_type() -> None:
    value, told = conformed(
        {"age": "1,200", "zip": Number("0.10"), "ok": "True", "tags": [Number("1")], "note": None}, SCHEMA
    )
    assert written(value) == '{"age": 1200, "zip": "0.10", "ok": true, "tags": ["1"], "note": null}'
    assert len(told) == 3


def test_what_is_not_such_a_value_stays() -> None:
    value, told = conformed({"age": "old", "ok": "maybe"}, SCHEMA)
    assert value == {"age": "old", "ok": "maybe"}
    assert told == ()


def test_a_circle_of_references_ends() -> None:
    assert conformed("x", {"$ref": "#"})[0] == "x"


def test_names_of_a_schema() -> None:
    assert property_names(SCHEMA) == {"age", "zip", "ok", "tags", "note"}
    assert missing_names({"age": 1}, SCHEMA) == ["zip"]
    assert missing_names({}, True) == []


def test_a_word_of_an_enumeration_is_written_as_the_schema_does() -> None:
    schema = {"enum": ["Open", "closed"]}
    assert conformed("OPEN ", schema) == ("Open", ("wrote OPEN as the schema does, Open",))
    assert conformed("opened", schema) == ("opened", ())
    assert conformed("a", {"enum": ["A", "a ", "A"]}) == ("a", ())
