from __future__ import annotations

import pytest

from lanewise.config.document import Place, read_document


def test_every_scalar_stays_the_text_it_was_written_as() -> None:
    data = read_document("a: 1.10\nb: off\nc: 010\nd: 2026-11-21\ne: 1:30\nf: 'null'\n", {}).data
    assert data == {"a": "1.10", "b": "off", "c": "010", "d": "2026-11-21", "e": "1:30", "f": "null"}


@pytest.mark.parametrize("nothing", ["", "~", "null"])
def test_nothing_is_nothing(nothing: str) -> None:
    assert read_document(f"a: {nothing}\n", {}).data == {"a": None}


def test_a_variable_may_stand_bare_in_a_flow_mapping_and_columns_stay_true() -> None:
    document = read_document("p: {key: ${KEY}, other: x, url: ${URL:-http://a/b, c}}\n", {"KEY": "k: {1}"})
    assert document.data == {"p": {"key": "k: {1}", "other": "x", "url": "http://a/b, c"}}
    assert document.value_place(("p", "other")) == Place(line=1, column=25)
    assert not document.mistakes


def test_a_variable_s_value_is_taken_as_it_is() -> None:
    assert read_document("a: x${A}y\n", {"A": "${B} # no comment"}).data == {"a": "x${B} # no commenty"}


def test_an_empty_variable_counts_as_not_set_and_a_default_may_be_empty() -> None:
    assert read_document("a: ${A:-}b\n", {"A": ""}).data == {"a": "b"}
    assert len(read_document("a: ${A}\n", {"A": ""}).mistakes) == 1


def test_two_dollars_write_a_variable_down_instead_of_reading_it() -> None:
    assert read_document("a: $${A}\n", {"A": "x"}).data == {"a": "${A}"}


def test_variables_in_comments_need_not_be_set() -> None:
    assert not read_document("a: b  # or ${NOT_SET}\n", {}).mistakes


def test_anchors_aliases_and_merges_work() -> None:
    document = read_document("base: &b {x: 1, y: 2}\nlist: [*b]\none: {<<: *b, y: 3}\ntwo: {<<: [{x: 9}, *b]}\n", {})
    assert document.data["list"] == [{"x": "1", "y": "2"}]
    assert document.data["one"] == {"x": "1", "y": "3"}
    assert document.data["two"] == {"x": "9", "y": "2"}
    assert not document.mistakes


def test_aliases_that_multiply_are_stopped() -> None:
    levels = "".join(f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]\n" for n in range(1, 10))
    document = read_document(f"l0: &l0 [x]\n{levels}", {})
    assert "unfolds without end" in document.mistakes[0].problem


def test_an_alias_to_what_it_stands_in_is_stopped() -> None:
    assert "unfolds without end" in read_document("a: &a {b: *a}\n", {}).mistakes[0].problem


@pytest.mark.parametrize(
    "text",
    [
        "[" * 600,
        "a: !!python/object:os.system x\n",
        "a: !thing x\n",
        "a: \ue041\n",
        "a: \x01\n",
        "- a\n",
        "{? [a] : b}",
    ],
)
def test_what_is_no_plain_yaml_is_a_mistake_and_never_an_exception(text: str) -> None:
    assert read_document(text, {}).mistakes


def test_a_value_is_shown_as_written_but_never_a_secret() -> None:
    document = read_document("a: ${A}\napi_key: plain\nb: sk-live-1234567\nheaders: {x: y}\nc: short\n", {"A": "hush"})
    assert document.shown(("a",)) == "'${A}'"
    assert document.shown(("api_key",)) == ""
    assert document.shown(("b",)) == "the value"
    assert document.shown(("headers", "x")) == ""
    assert document.shown(("c",)) == "'short'"
    assert "hush" not in repr(document)
    assert "plain" not in repr(document)
