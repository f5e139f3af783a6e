"""Cache markers cut out of a request's bytes, as if they had never been written."""

from __future__ import annotations

import json
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanewise.wire.cache_markers import without_cache_markers

MARKER = '"cache_control":{"type":"ephemeral"}'


class Written(NamedTuple):
    """The same JSON with its markers and without them."""

    marked: str
    bare: str


_MARKERS = st.sampled_from(
    [MARKER, '"cache_control" : null', '"cache_control":{"type":"ephemeral", "x":{"cache_control":[1.10]}}']
)
_COMMAS = st.sampled_from([",", ", ", " ,\n"])
#: Members that look like markers and are none: a word in a text, a parameter of a tool, a member of something unknown.
_MEMBERS = st.sampled_from(
    [
        '"type":"text"',
        '"text":"\\"cache_control\\":{} , 1.10"',
        '"name" : "cache_control"',
        '"parameters":{"properties":{"cache_control":{"type":"string"}},"x":1.10}',
        '"tool_calls":[{"function":{"name":"f","arguments":"{\\"cache_control\\":1}"}}]',
        '"later":{"cache_control":{"type":"theirs"}}',
    ]
)


def _object(draw: st.DrawFn, more: list[Written]) -> Written:
    """An object of some members in any order, with a marker at any place or at none."""
    members = [Written(text, text) for text in draw(st.lists(_MEMBERS, max_size=3, unique=True))] + more
    members = draw(st.permutations(members))
    comma = draw(_COMMAS)
    bare = comma.join(member.bare for member in members)
    marked = [member.marked for member in members]
    if draw(st.booleans()):
        marked.insert(draw(st.integers(0, len(marked))), draw(_MARKERS))
    return Written("{" + comma.join(marked) + "}", "{" + bare + "}")


def _array(elements: list[Written], comma: str) -> Written:
    return Written(
        "[" + comma.join(element.marked for element in elements) + "]",
        "[" + comma.join(element.bare for element in elements) + "]",
    )


@st.composite
def _messages_or_tools(draw: st.DrawFn) -> Written:
    elements: list[Written] = []
    for kind in draw(st.lists(st.sampled_from(["plain", "words", "parts", "function", "string"]), max_size=4)):
        if kind == "string":
            elements.append(Written('"\\"cache_control\\""', '"\\"cache_control\\""'))
            continue
        more: list[Written] = []
        if kind == "words":
            more = [Written('"content":"say \\"cache_control\\""', '"content":"say \\"cache_control\\""')]
        elif kind == "parts":
            parts = _array([_object(draw, []) for _ in range(draw(st.integers(0, 3)))], draw(_COMMAS))
            more = [Written('"content":' + parts.marked, '"content":' + parts.bare)]
        elif kind == "function":
            function = _object(draw, [])
            more = [Written('"function":' + function.marked, '"function":' + function.bare)]
        elements.append(_object(draw, more))
    return _array(elements, draw(_COMMAS))


@given(_messages_or_tools())
def test_every_marker_goes_and_every_other_byte_stays(written: Written) -> None:
    """Spaces beside a marker belong to it or to its neighbour; so what is left is compared by its JSON, and by each number's own digits."""
    left = without_cache_markers(written.marked.encode()).decode()
    assert json.loads(left, parse_float=str) == json.loads(written.bare, parse_float=str)
    assert left.replace(" ", "").replace("\n", "") == written.bare.replace(" ", "").replace("\n", "")


@given(_messages_or_tools())
def test_where_no_marker_stands_not_a_byte_changes_and_a_second_time_changes_nothing(written: Written) -> None:
    assert without_cache_markers(written.bare.encode()) == written.bare.encode()
    once = without_cache_markers(written.marked.encode())
    assert without_cache_markers(once) == once


@pytest.mark.parametrize(
    ("array", "bare"),
    [
        (b'[ {"a" : 1.10 , %b } , 2 ]', b'[ {"a" : 1.10 } , 2 ]'),
        (b'[{%b, "a":1}]', b'[{"a":1}]'),
        (b'[{"a":1,%b,"b":2}]', b'[{"a":1,"b":2}]'),
        (b"[{%b}]", b"[{}]"),
        (b'[{"content":[ {"text":"x", %b} , {"text":"y"} ]}]', b'[{"content":[ {"text":"x"} , {"text":"y"} ]}]'),
        (b'[{"function":{"name":"f",%b},"type":"function"}]', b'[{"function":{"name":"f"},"type":"function"}]'),
        (b'[{"function":{"parameters":{"properties":{%b}}}}]', None),
        (b'[[{"a":1,%b}]]', None),
    ],
)
def test_a_marker_goes_with_one_comma_wherever_one_can_stand_and_stays_where_it_is_something_else(
    array: bytes, bare: bytes | None
) -> None:
    marked = array % MARKER.encode()
    assert without_cache_markers(marked) == (marked if bare is None else bare)
