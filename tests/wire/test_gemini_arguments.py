"""Arguments that come in pieces, put together."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanewise.core.errors import MalformedStream
from lanewise.wire.gemini.arguments import PartialArguments

NAMES = st.text(alphabet="abcé_ -", min_size=1, max_size=4)
LEAVES = st.text(min_size=1, max_size=6) | st.booleans() | st.integers(-9, 9) | st.none()
OBJECTS = st.recursive(
    st.dictionaries(NAMES, LEAVES, min_size=1, max_size=3),
    lambda inner: st.dictionaries(NAMES, inner | st.lists(inner, min_size=1, max_size=3), min_size=1, max_size=3),
    max_leaves=8,
)


def pieces_of(value: object, path: str) -> list[dict[str, Any]]:
    if isinstance(value, dict):
        return [piece for name, inner in value.items() for piece in pieces_of(inner, f"{path}.{name}")]
    if isinstance(value, list):
        return [piece for at, inner in enumerate(value) for piece in pieces_of(inner, f"{path}[{at}]")]
    if isinstance(value, str):
        return [{"jsonPath": path, "stringValue": part} for part in (value[:1], value[1:])]
    kind = "nullValue" if value is None else "boolValue" if isinstance(value, bool) else "numberValue"
    return [{"jsonPath": path, kind: value}]


@given(OBJECTS)
def test_an_object_taken_apart_is_put_together_again(value: dict[str, Any]) -> None:
    arguments = PartialArguments()
    for piece in pieces_of(value, "$"):
        arguments.add([piece])
    assert json.loads(arguments.text()) == value


def test_names_may_stand_in_brackets() -> None:
    arguments = PartialArguments()
    arguments.add([{"jsonPath": "$['a.b'][\"c\"]", "numberValue": 1}])
    assert arguments.text() == '{"a.b":{"c":1}}'


@pytest.mark.parametrize(
    "pieces",
    [
        [{"jsonPath": "$.a"}],
        [{"stringValue": "x"}],
        [{"jsonPath": "$.a", "stringValue": "x"}, {"jsonPath": "$.a.b", "stringValue": "y"}],
        [{"jsonPath": "$.a.b", "numberValue": 1}, {"jsonPath": "$.a[0]", "numberValue": 1}],
    ],
)
def test_pieces_that_do_not_fit_are_malformed(pieces: list[dict[str, Any]]) -> None:
    with pytest.raises(MalformedStream):
        PartialArguments().add(pieces)


@pytest.mark.parametrize("path", ["", "$", "a.b", "x.a", "$[0]", "$.a[", "$..a", "$.a['b", "$.a[x]"])
def test_a_piece_without_a_readable_place_is_malformed(path: str) -> None:
    with pytest.raises(MalformedStream, match="has no readable place"):
        PartialArguments().add([{"jsonPath": path, "stringValue": "x"}])
