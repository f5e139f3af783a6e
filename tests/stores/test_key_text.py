from __future__ import annotations

import re
import secrets
from collections.abc import Iterator

from lanewise.stores.key_text import digest_of, new_key


def fixed(*values: bytes) -> Iterator[bytes]:
    yield from values


def test_a_key_is_letters_and_digits_of_one_length() -> None:
    for bits in (bytes(32), b"\xff" * 32, secrets.token_bytes(32)):
        assert re.fullmatch(r"lw_[0-9A-Za-z]{43}", new_key(lambda _, bits=bits: bits))  # type: ignore[misc]


def test_all_256_bits_are_in_it() -> None:
    keys = {new_key(lambda _, bit=bit: (1 << bit).to_bytes(32, "big")) for bit in range(256)}  # type: ignore[misc]
    assert len(keys) == 256


def test_a_text_that_is_no_unicode_has_a_digest_too() -> None:
    assert len(digest_of("\ud800 ü")) == 32
