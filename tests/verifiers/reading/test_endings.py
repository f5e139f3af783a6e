"""A quote ends a text, or stands inside it: what follows tells."""

from __future__ import annotations

import pytest

from lanewise.verifiers.reading.endings import (
    ends_key,
    ends_value,
    follows_unclosed,
    key_after,
    key_without_colon,
    skip_blanks,
)

NAMES = frozenset({"answer"})


@pytest.mark.parametrize(
    ("after", "ends"),
    [
        ("}", True),
        (', "b": 1}', True),
        ("\n}\n```", True),
        (',\n  "step two",', True),
        ('\n "answer": "4"}', True),
        (' "answer": "4"}', True),
        ("", True),
        (" said he", False),
        ('}, which is no "string"', False),
        ("blank_1", False),
        (": ", False),
    ],
)
def test_the_end_of_a_members_value(after: str, ends: bool) -> None:
    assert ends_value(after, 0, in_object=True, depth=1, names=NAMES) is ends


@pytest.mark.parametrize(
    ("after", "ends"),
    [("]", True), (', "b"]', True), (" stray]", True), ('string with quotes"]', False), (", and so on", False)],
)
def test_the_end_of_an_item(after: str, ends: bool) -> None:
    assert ends_value(after, 0, in_object=False, depth=2, names=NAMES) is ends


def test_a_name_ends_where_a_colon_follows() -> None:
    assert ends_key('a\\"b" : 1', 0, '"') == (4, 7)
    assert ends_key('a", 1', 0, '"') is None
    assert ends_key("a" * 1_000 + '":', 0, '"') is None
    assert key_after(' "answer": 4', 0) == "answer"
    assert key_after("answer: 4", 0) == ""


def test_comments_are_blanks() -> None:
    assert skip_blanks(" // a\n /* b */ x", 0) == (15, True)
    assert skip_blanks("  x", 0) == (2, False)


def test_a_name_may_lack_its_colon() -> None:
    end = key_without_colon('"a" "b"}', 0)
    assert end is not None
    assert (end.quote, end.value) == (2, 4)
    assert key_without_colon('"a" said he', 0) is None


def test_a_text_without_an_end_is_seen_by_the_member_after_it() -> None:
    assert follows_unclosed("x,", '"b": 1}', 0)
    assert follows_unclosed("x,\n  ", '"b": 1}', 0)
    assert not follows_unclosed("he says, ", '"note": 1', 0)
    assert not follows_unclosed('use {"a": 1,', '"b": 2}', 0)


def test_marks_that_nobody_sees_are_blanks() -> None:
    assert skip_blanks("\ufeff\u200b {", 0) == (3, False)
