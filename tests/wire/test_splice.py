from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanewise.core.errors import InvalidRequest
from lanewise.wire.splice import elements, members, replace_elements, splice
from wire.calls import unhurried

_KEYS = st.text(max_size=6)
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=3),
    max_leaves=8,
)
_SPACES = st.sampled_from(["", " ", "\n  ", "\t", "\r\n"])


@st.composite
def _spoken_objects(draw: st.DrawFn) -> tuple[bytes, dict[str, str]]:
    """An object's bytes with spaces and escapes as they please, and each member's own value text."""
    values = draw(st.dictionaries(_KEYS, _VALUES, max_size=6))
    written: dict[str, str] = {}
    pairs: list[str] = []
    for key, value in values.items():
        text = json.dumps(value, ensure_ascii=draw(st.booleans()), indent=draw(st.sampled_from([None, 1])))
        name = json.dumps(key, ensure_ascii=draw(st.booleans()))
        if key and draw(st.booleans()):  # the same key, its first character escaped
            first = json.dumps(key[0])[1:-1]
            name = f'"\\u{ord(key[0]):04x}{name[1 + len(first) :]}' if len(first) == 1 else name
        written[key] = text
        pairs.append(draw(_SPACES) + name + draw(_SPACES) + ":" + draw(_SPACES) + text + draw(_SPACES))
    body = draw(_SPACES) + "{" + (",".join(pairs) or draw(_SPACES)) + "}" + draw(_SPACES)
    return body.encode("utf-8", "surrogatepass"), written


def _sayable(text: bytes) -> bool:
    return b"\xed" not in text and b"\\ud" not in text.lower()


@unhurried
@given(_spoken_objects(), st.dictionaries(_KEYS, st.none() | _VALUES, max_size=4), st.data())
def test_a_splice_changes_what_it_is_told_and_no_other_byte(
    spoken: tuple[bytes, dict[str, str]], more: dict[str, Any], data: st.DataObject
) -> None:
    body, written = spoken
    if not _sayable(body) or not _sayable(json.dumps(more).encode()):
        return
    values = st.none() | _VALUES.filter(lambda value: _sayable(json.dumps(value).encode()))
    touched = {key: data.draw(values) for key in written if data.draw(st.booleans())}
    wanted = {**more, **touched}
    edits = {key: None if value is None else json.dumps(value).encode() for key, value in wanted.items()}

    spliced = splice(body, edits)

    expected = {key: value for key, value in json.loads(body).items() if key not in edits}
    expected |= {key: json.loads(value) for key, value in edits.items() if value is not None}
    assert json.loads(spliced) == expected
    for key, text in written.items():
        if key not in edits:
            start, end = members(spliced)[key][1:]
            assert spliced[start:end] == text.encode()
    if not any(value is None or key not in written for key, value in edits.items()):
        assert _blanked(spliced, edits) == _blanked(body, edits)


def _blanked(body: bytes, keys: dict[str, bytes | None]) -> bytes:
    return splice(body, dict.fromkeys(keys.keys() & members(body).keys(), b"0"))


@unhurried
@given(_spoken_objects())
def test_members_stand_where_the_walk_says(spoken: tuple[bytes, dict[str, str]]) -> None:
    body, written = spoken
    if not _sayable(body):
        return
    found = members(body)
    assert {key: body[start:end].decode() for key, (_, start, end) in found.items()} == written


def test_no_edit_gives_the_very_same_bytes() -> None:
    body = b' { "a" : 1.10 }\n'
    assert splice(body, {}) is body


@pytest.mark.parametrize(
    ("body", "edits", "expected"),
    [
        (b'{"a": 1.10, "b": 2}', {"b": b"3"}, b'{"a": 1.10, "b": 3}'),
        (b'{"a": 1.10, "b": 2}', {"a": None}, b'{"b": 2}'),
        (b'{"a": 1.10 ,"b": 2 }', {"b": None}, b'{"a": 1.10 }'),
        (b'{"a": 1}', {"a": None}, b"{}"),
        (b"{ }", {"a": b"1"}, b'{ "a":1}'),
        (b'{"a":1,"b":2,"c":3}', {"a": None, "b": None, "d": b"4"}, b'{"c":3,"d":4}'),
        (b'{"a":1,"b":2}', {"a": None, "b": None, "d": b"4"}, b'{"d":4}'),
        (b'{"a":1}', {"zz": None}, b'{"a":1}'),
        (b'{"\\u0061":1}', {"a": b"2"}, b'{"\\u0061":2}'),
    ],
)
def test_each_kind_of_edit(body: bytes, edits: dict[str, bytes | None], expected: bytes) -> None:
    assert splice(body, edits) == expected


@pytest.mark.parametrize(
    "body",
    [
        b'{"a":1,"a":1}',
        b'{"a":1,"b":2,"a":1}',
        b'{"a":{"b":[1]},"x":1,"a":{"b":[1]}}',
        b'{"a":1,"\\u0061":2}',
        b'{"a":"\\",\\"b\\":1","b":1,"a":2}',
        b'{"a":[1,2],"b":[],"a":[1,2,3]}',
    ],
)
def test_a_key_that_stands_twice_is_refused_by_name(body: bytes) -> None:
    with pytest.raises(InvalidRequest, match="'a' stands twice"):
        members(body)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "not valid JSON"),
        (b"[1]", "must be a JSON object"),
        (b'{"a":1,}', r"trailing comma in object \(byte 7\)"),
        (b'{"a":1} x', r"trailing characters \(byte 9\)"),
        (b'{"a":' + b"[" * 200_000 + b"]" * 200_000 + b"}", "nested too deeply"),
    ],
)
def test_what_is_not_an_object_is_refused_with_its_place(body: bytes, words: str) -> None:
    with pytest.raises(InvalidRequest, match=words):
        members(body)


def test_elements_are_exchanged_in_place() -> None:
    array = b'[ 1.10 , {"a": [1, 2]} ,"x"]'
    assert elements(array) == [b"1.10", b'{"a": [1, 2]}', b'"x"']
    assert replace_elements(array, {1: b"{}"}) == b'[ 1.10 , {} ,"x"]'
    assert replace_elements(array, {}) == array


@unhurried
@given(_spoken_objects(), st.data())
def test_saying_any_member_again_is_always_seen(spoken: tuple[bytes, dict[str, str]], data: st.DataObject) -> None:
    body, written = spoken
    if not written or not _sayable(body):
        return
    again = data.draw(st.sampled_from(sorted(written)))
    value = data.draw(st.sampled_from([written[again], "1", '"}"']))
    open_end = body.rstrip()[:-1]
    with pytest.raises(InvalidRequest, match="stands twice"):
        members(open_end + b"," + json.dumps(again).encode() + b":" + value.encode() + b"}")
