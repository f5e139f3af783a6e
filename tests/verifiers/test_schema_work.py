"""A schema that could ask for years of checking is known by its shape."""

from __future__ import annotations

from typing import Any

import pytest

from lanewise.verifiers.schema_work import BEYOND, leads_nowhere, most_work


def doubling(levels: int) -> dict[str, Any]:
    """Each definition refers to the next one twice."""
    twice = {f"a{n}": {"allOf": [{"$ref": f"#/$defs/a{n + 1}"}] * 2} for n in range(levels)}
    return {"$ref": "#/$defs/a0", "$defs": twice | {f"a{levels}": {"type": "integer"}}}


def test_references_that_meet_again_multiply() -> None:
    assert most_work(doubling(3), 0) >= 2**3
    assert most_work(doubling(60), 0) == BEYOND


def test_a_tree_is_looked_at_once_per_node() -> None:
    tree = {"properties": {"left": {"$ref": "#"}, "right": {"$ref": "#"}, "all": {"items": {"$ref": "#"}}}}
    assert most_work(tree, 60) < 10


def test_any_json_is_looked_at_once_per_value() -> None:
    of_any = {"anyOf": [{"type": "string"}, {"items": {"$ref": "#"}}, {"additionalProperties": {"$ref": "#"}}]}
    assert most_work(of_any, 60) < 10


def test_a_circle_that_looks_twice_at_one_place_grows_with_the_depth() -> None:
    twice = {"properties": {"left": {"allOf": [{"$ref": "#"}, {"$ref": "#"}]}}}
    assert most_work(twice, 3) < 100
    assert most_work(twice, 60) == BEYOND


def test_looking_twice_by_a_name_and_by_a_pattern_is_seen_too() -> None:
    twice = {"properties": {"a": {"$ref": "#"}}, "patternProperties": {".*": {"$ref": "#"}}}
    assert most_work(twice, 60) == BEYOND


def test_references_of_values_are_no_references() -> None:
    assert most_work({"const": {"$ref": "#"}, "enum": [{"$ref": "#"}]}, 60) == 1.0
    assert most_work(True, 60) == 1.0


def test_a_reference_finds_its_definition_by_any_pointer() -> None:
    schema = {
        "$ref": "#/properties/a~1b",
        "properties": {"a/b": {"allOf": [{"$ref": "#/$defs/x"}] * 5}},
        "$defs": {"x": {}},
    }
    assert most_work(schema, 0) >= 10
    assert most_work({"$ref": "#/nowhere"}, 0) == 2.0


@pytest.mark.parametrize(
    "schema",
    [
        {"$dynamicAnchor": "t", "properties": {"a": {"allOf": [{"$dynamicRef": "#t"}] * 2}}},
        {"$anchor": "t", "properties": {"a": {"allOf": [{"$ref": "#t"}] * 2}}},
        {"$defs": {"b c": {"properties": {"a": {"allOf": [{"$ref": "#/$defs/b%20c"}] * 2}}}}, "$ref": "#/$defs/b%20c"},
        {"$defs": {"q": {"$id": "urn:q", "properties": {"a": {"allOf": [{"$ref": "#"}] * 2}}}}, "$ref": "urn:q"},
        {"$id": "http://x/y", "properties": {"a": {"allOf": [{"$ref": "y"}] * 2}}},
    ],
)
def test_a_circle_by_a_name_is_a_circle(schema: dict[str, Any]) -> None:
    assert most_work(schema, 60) == BEYOND


def test_a_list_by_a_name_is_looked_at_once_per_node() -> None:
    assert most_work({"$anchor": "n", "properties": {"next": {"$ref": "#n"}, "id": {"type": "string"}}}, 60) < 10


def test_references_that_come_back_to_their_own_place_lead_nowhere() -> None:
    assert leads_nowhere({"$ref": "#"})
    assert leads_nowhere(
        {"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"anyOf": [{"$ref": "#/$defs/a"}]}}}
    )
    assert not leads_nowhere({"properties": {"next": {"$ref": "#"}}})
    assert not leads_nowhere({"$anchor": "a", "$ref": "#b", "$defs": {"b": {"$anchor": "b"}}})
    assert not leads_nowhere(True)
