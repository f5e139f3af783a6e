"""What a request only names is counted with it; and what may be named in one."""

from __future__ import annotations

import pytest

from lanewise.core.request import MOST_NAME_CHARS, Earlier, is_name


def test_what_was_said_before_counts_to_the_byte() -> None:
    assert Earlier().size_bytes == len("[]")
    assert Earlier(items=b'[{"role":"user"}]', named={"msg_1": b"{}", "msg_2": b'{"a":1}'}).size_bytes == 17 + 2 + 7


@pytest.mark.parametrize(
    "name", ["ann", "Zoë", "*", "'; --", "=1+1", "\N{WOMAN}\u200d\N{PERSONAL COMPUTER}", "u" * MOST_NAME_CHARS]
)
def test_a_name_may_be_any_short_word(name: str) -> None:
    assert is_name(name)


@pytest.mark.parametrize("name", ["", "u" * (MOST_NAME_CHARS + 1), "a\0b", "a\nb", "\x7f"])
def test_what_a_table_could_not_keep_is_no_name(name: str) -> None:
    assert not is_name(name)
