"""Schemas are compiled once, bounded, and fetch nothing."""

from __future__ import annotations

import contextlib
import json
import socket
import time
from pathlib import Path
from typing import Any

import pytest

from lanewise.verifiers.schemas import (
    CompiledSchema,
    CompiledSchemas,
    NotJudged,
    WrongSchema,
    depth_of,
    parse,
    path_text,
)

PERSON = b'{"type":"object","properties":{"name":{"type":"string"},"age":{"type":"integer"}},"required":["name"]}'


def compiled(schema: Any) -> CompiledSchema:
    return CompiledSchema(schema if isinstance(schema, bytes) else json.dumps(schema).encode(), max_depth=64)


def read(text: str, *, max_bytes: int = 1_000, max_depth: int = 64) -> tuple[Any, str]:
    return parse(text, max_bytes=max_bytes, max_depth=max_depth)


def test_a_problem_names_its_place_and_what_is_wrong() -> None:
    assert sorted(compiled(PERSON).problems({"age": "old"}, most=8)) == [
        'age: "old" is not of type "integer"',
        'the whole: "name" is a required property',
    ]
    assert compiled(PERSON).problems({"name": "Ada", "age": 36}, most=8) == []


def test_no_more_problems_are_told_than_asked_for() -> None:
    assert len(compiled({"items": {"type": "string"}}).problems(list(range(50)), most=3)) == 3


def test_a_file_is_not_read_for_a_schema(tmp_path: Path) -> None:
    secret = tmp_path / "secret.json"
    secret.write_text('{"type": "string", "const": "the password"}')
    with pytest.raises(WrongSchema, match="Retrieval is disabled"):
        compiled({"$ref": secret.as_uri()})


def test_nothing_is_fetched_over_http_for_a_schema() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        with pytest.raises(WrongSchema, match="Retrieval is disabled"):
            compiled({"$ref": f"http://127.0.0.1:{server.getsockname()[1]}/schema.json"})
        with pytest.raises(BlockingIOError):
            server.accept()  # nobody came


@pytest.mark.parametrize(
    ("schema", "why"),
    [
        (b"{", "not JSON"),
        (b"[]", "an object, or true or false"),
        (b'{"type":"objectt"}', "cannot be used"),
        (b'{"$schema":"https://example.com/own"}', "cannot be used"),
        (b'{"not":' * 70 + b"{}" + b"}" * 70, "more than 64 deep"),
        (b"[" * 100_000, "not JSON"),
        (b'{"type": "string", "type": "integer"}', "stands twice"),
        (b'{"$ref": "#"}', "says nothing"),
    ],
)
def test_what_is_no_schema_is_said_to_be_none(schema: bytes, why: str) -> None:
    with pytest.raises(WrongSchema, match=why):
        compiled(schema)


def test_a_schema_that_would_take_years_is_not_begun() -> None:
    twice = {f"a{n}": {"allOf": [{"$ref": f"#/$defs/a{n + 1}"}] * 2} for n in range(50)}
    check = compiled({"$ref": "#/$defs/a0", "$defs": twice | {"a50": {"type": "integer"}}})
    with pytest.raises(NotJudged, match="too long"):
        check.problems(1, most=1)


def test_a_pattern_that_backtracks_forever_ends() -> None:
    check = compiled({"type": "string", "pattern": r"^(?=a)(a|aa)+\1$"})
    begun = time.process_time()
    with contextlib.suppress(NotJudged):
        check.problems("a" * 4_000 + "b", most=1)
    assert time.process_time() - begun < 2


def test_half_a_surrogate_pair_is_a_problem_and_no_crash() -> None:
    assert "surrogate" in compiled({"type": "string"}).problems("\ud800", most=1)[0]


def test_the_schemas_used_last_are_kept() -> None:
    schemas = CompiledSchemas(max_bytes=1_000, max_depth=64, most=2)
    first = schemas.of(b'{"type":"string"}')
    schemas.of(b'{"type":"integer"}')
    assert schemas.of(b'{"type":"string"}') is first
    schemas.of(b'{"type":"number"}')
    assert schemas.of(b'{"type":"string"}') is first
    assert schemas.of(b'{"type":"integer"}') is not None
    assert len(schemas._kept) == 2


def test_a_large_schema_is_not_compiled() -> None:
    with pytest.raises(WrongSchema, match="at most 100 are used"):
        CompiledSchemas(max_bytes=100, max_depth=64, most=2).of(b'{"title":"' + b"x" * 200 + b'"}')


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ('{"a": 1,}', "at character 8"),
        ('{"a": NaN}', "NaN is no JSON number"),
        ("[-Infinity]", "Infinity is no JSON number"),
        ('{"a": 1, "a": 2}', "stands twice"),
        ("", "not JSON"),
        ('{"a": ' + "1" * 5_000 + "}", "not JSON"),
    ],
)
def test_what_is_not_json_is_told_with_its_place(text: str, what: str) -> None:
    value, broken = read(text, max_bytes=10_000)
    assert value is None
    assert what in broken


def test_limits_leave_an_answer_unjudged() -> None:
    with pytest.raises(NotJudged, match="larger than 10 bytes"):
        read('"01234567890"', max_bytes=10)
    with pytest.raises(NotJudged, match="more than 3 deep"):
        read("[[[[1]]]]", max_depth=3)
    with pytest.raises(NotJudged, match="deep"):
        read("[" * 100_000 + "]" * 100_000, max_bytes=1_000_000)


def test_depth_counts_lists_and_objects_in_one_another() -> None:
    assert [depth_of(each) for each in (1, [], {"a": [1]}, [[], {"b": [[]]}])] == [0, 1, 2, 4]


def test_a_path_reads_as_people_write_it() -> None:
    assert path_text(["items", 3, "price"]) == "items[3].price"
    assert path_text([]) == "the whole"


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"not": {"pattern": "(a*)(?=a*b)c"}}, "a" * 2_900),
        ({"pattern": "(?=a*b)a*c"}, "a" * 100_000),
        ({"propertyNames": {"pattern": "^(a*)*b(?!c)"}}, {"a" * 200 + str(n): 1 for n in range(400)}),
        ({"items": {"enum": [{"q": n} for n in range(5_000)]}}, [{"q": -1}] * 5_000),
        ({"items": {"anyOf": [{"required": [str(n)]} for n in range(3_000)]}}, [{"k": 1}] * 20_000),
        ({"items": {"allOf": [{"type": "integer"}] * 1_000}}, [1] * 100_000),
    ],
)
def test_what_would_take_the_library_minutes_is_not_judged(schema: dict[str, object], value: object) -> None:
    begun = time.process_time()
    with pytest.raises(NotJudged):
        compiled(schema).problems(value, most=8)
    assert time.process_time() - begun < 2


def test_of_many_problems_the_first_is_told_at_once() -> None:
    begun = time.process_time()
    assert len(compiled({"items": {"type": "string"}}).problems([1] * 100_000, most=8)) == 1
    assert time.process_time() - begun < 1


@pytest.mark.parametrize(
    ("schema", "value", "fits"),
    [
        ({"const": 1}, 1.0, True),
        ({"const": 1}, True, False),
        ({"enum": [0]}, False, False),
        ({"type": "integer"}, True, False),
        ({"format": "date"}, "2026-02-30", False),
        ({"format": "date-time"}, "2026-01-31T09:30:00", True),
        ({"format": "email"}, "nobody", False),
        ({"format": "of our own"}, "nobody", True),
        ({"pattern": r"^(?=.*\d).{8,}$"}, "secret-123", True),
        ({"allOf": [{"properties": {"a": {}}}], "unevaluatedProperties": False}, {"b": 1}, False),
    ],
)
def test_what_is_equal_and_what_a_format_is(schema: dict[str, object], value: object, fits: bool) -> None:
    assert (compiled(schema).problems(value, most=1) == []) is fits


def test_formats_are_left_alone_where_that_is_asked_for() -> None:
    assert CompiledSchema(b'{"format": "date"}', max_depth=9, formats=False).problems("x", most=1) == []
