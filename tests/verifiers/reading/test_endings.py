"""A quote ends a text, or stands inside it: what follows tells."""

from __future__ import annotations

import pytest

from lanewise.verifiers.reading.endings import ends_key, ends_value, key_after, skip_blanks

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
