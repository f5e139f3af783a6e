from __future__ import annotations

import pytest

from lanewise.core.json_once import read_once


def test_json_is_read() -> None:
    assert read_once(' {"a": [1, {"a": null}]} ') == {"a": [1, {"a": None}]}


@pytest.mark.parametrize(
    "text",
    [
        '{"a": 1, "a": 1000000}',
        '{"a": 1, "\\u0061": 2}',
        '[{"b": {"a": 1, "a": 1}}]',
        "NaN",
        "[Infinity]",
        "{",
        "",
        "1 2",
    ],
)
def test_what_says_two_things_or_is_no_json_is_not(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - whichever of them
        read_once(text)
