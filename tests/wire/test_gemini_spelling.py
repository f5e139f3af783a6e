"""Two spellings of every key."""

from __future__ import annotations

import pytest

from lanewise.core.errors import InvalidRequest
from lanewise.wire.gemini.spelling import Edited, camel, fields, read_as


@pytest.mark.parametrize(
    ("written", "documented"),
    [
        ("max_output_tokens", "maxOutputTokens"),
        ("maxOutputTokens", "maxOutputTokens"),
        ("text", "text"),
        ("_responseJsonSchema",) * 2,
    ],
)
def test_the_documented_name(written: str, documented: str) -> None:
    assert camel(written) == documented


def test_fields_are_their_own_bytes_and_null_is_none() -> None:
    assert fields(b'{"top_k": 1.10, "seed":null}', "x") == {"topK": b"1.10"}


@pytest.mark.parametrize("text", [b"[]", b"7", b'{"a_b":1,"aB":2}'])
def test_no_object_or_a_key_in_both_spellings_is_refused(text: bytes) -> None:
    with pytest.raises(InvalidRequest, match="`x"):
        fields(text, "x")


def test_edits_keep_every_other_byte_and_the_caller_s_spelling() -> None:
    edited = Edited(b'{ "top_k" : 1, "seed":2 , "x":1.10}')
    edited.set("topK", b"5")
    edited.set("maxOutputTokens", b"9")
    edited.remove("seed")
    edited.remove("absent")
    assert edited.spliced() == b'{ "top_k" : 5 , "x":1.10,"maxOutputTokens":9}'


def test_a_value_that_is_said_already_is_not_said_again() -> None:
    text = b'{"a":1}'
    edited = Edited(text)
    edited.set("a", b"1")
    assert edited.spliced() == text
    assert ("a" in edited, edited.value("a"), edited.value("b")) == (True, b"1", None)


def test_a_value_of_another_type_is_refused_by_its_name() -> None:
    with pytest.raises(InvalidRequest) as refused:
        read_as(str, b"7", "contents[0].role")
    assert refused.value.param == "contents[0].role"
