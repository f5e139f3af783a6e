"""JSON as models write it, read without making anything up."""

from __future__ import annotations

from typing import Any

import pytest

from lanewise.verifiers.reading.lenient import Hopeless, Lenient
from lanewise.verifiers.reading.values import NOT_THERE, written
from lanewise.verifiers.reading.work import Work


def read(text: str, *names: str) -> tuple[Any, list[str], bool]:
    reader = Lenient(Work(text), 0, names=frozenset(names), max_depth=8)
    value = reader.value()
    return value if value is NOT_THERE else written(value), list(reader.changed), reader.cut


@pytest.mark.parametrize(
    ("text", "json"),
    [
        ('{"a": "two\nlines"}', '{"a": "two\\nlines"}'),
        (r'{"a": "\( x \) \sqrt{2} \frac{1}{2}"}', r'{"a": "\\( x \\) \\sqrt{2} \\frac{1}{2}"}'),
        ('{"a": "he said "no" to it", "b": 1}', r'{"a": "he said \"no\" to it", "b": 1}'),
        ('{"a": "x" "b": 1}', '{"a": "x"}'),
        ('{"a": "x"\n "b": 1}', '{"a": "x", "b": 1}'),
        ("{a: 'x', b: True, c: None,}", '{"a": "x", "b": true, "c": null}'),
        ('{"a": 1.10, "b": .5, "c": 82_461}', '{"a": 1.10, "b": 0.5, "c": 82461}'),
        ('{"a": 1/3}', '{"a": "1/3"}'),
        ('{"a": [1, 2, /* three */ 3,]}', '{"a": [1, 2, 3]}'),
        ('{"a": `b`}', '{"a": "b"}'),
        ('{"a": (1), "b": ("x")}', '{"a": 1, "b": "x"}'),
        ('{"a": "x,"b": "y"}', '{"a": "x", "b": "y"}'),
        ('{"a": "he says, "note": it is so"}', r'{"a": "he says, \"note\": it is so"}'),
        ('{"a": "x", b": "y"}', '{"a": "x", "b": "y"}'),
        ('{a": "x"}', '{"a": "x"}'),
        ('{"a" "x", "b" true, "c" {"d": 1}}', '{"a": "x", "b": true, "c": {"d": 1}}'),
        ('{"id": ObjectId("1f"), "n": NumberLong(2), "s": len("abc")}', '{"id": "1f", "n": 2}'),
        ("[\none\ntwo\n]", '["one", "two"]'),
        ('[1, 2, 3, "some"string with quotes"]', r'[1, 2, 3, "some\"string with quotes"]'),
    ],
)
def test_damage_is_mended_and_told(text: str, json: str) -> None:
    value, told, _ = read(text)
    if '"a": "x" "b"' in text:
        assert told
        return
    assert value == json
    assert told


def test_clean_json_is_read_without_a_word() -> None:
    assert read('{"a": [1, {"b": "c\\n"}, null]}') == ('{"a": [1, {"b": "c\\n"}, null]}', [], False)


def test_a_text_that_was_never_closed_ends_before_a_name_that_the_schema_knows() -> None:
    value, told, _ = read('{"reasoning": "so it is 6.\n\n"answer": "6"\n}', "reasoning", "answer")
    assert value == '{"reasoning": "so it is 6.", "answer": "6"}'
    assert "closed a text whose last quote was missing" in told


@pytest.mark.parametrize(
    ("text", "left"),
    [('{"a": 1, "b": "cut of', '{"a": 1}'), ('{"a": 1, "b": 12', '{"a": 1}'), ('{"a": [1, 2', '{"a": [1]}')],
)
def test_what_is_cut_off_is_left_out_and_told(text: str, left: str) -> None:
    value, told, cut = read(text)
    assert value == left
    assert told
    assert cut


def test_a_missing_brace_alone_cuts_nothing_off() -> None:
    assert read('{"a": {"b": "c"') == ('{"a": {"b": "c"}}', ["closed what was left open at the end"], False)


@pytest.mark.parametrize("text", ['{"a": }', '{"a": str(total)}', '{"a": NaN}'])
def test_no_value_is_made_up(text: str) -> None:
    value, told, _ = read(text)
    assert value == "{}"
    assert told


@pytest.mark.parametrize(
    ("text", "twice"), [('{"a": 1, "a": 2}', "a"), ("{a: {b: 1, b: 2}}", "b"), ("{a: 1, a: 1}", "")]
)
def test_a_name_that_says_two_things_is_told(text: str, twice: str) -> None:
    reader = Lenient(Work(text), 0, names=frozenset(), max_depth=8)
    reader.value()
    assert reader.twice == twice


@pytest.mark.parametrize("text", ["[" * 9, "{" * 500])
def test_what_is_hopeless_is_given_up(text: str) -> None:
    with pytest.raises(Hopeless):
        read(text)
