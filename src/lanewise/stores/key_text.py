"""What a key looks like: 256 random bits in letters and digits behind `lw_`. Only its SHA-256 is ever kept."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_DIGITS = 43  # 62^43 > 2^256

RandomBytes = Callable[[int], bytes]  # e.g. secrets.token_bytes


def new_key(random_bytes: RandomBytes) -> str:
    """A key nobody can guess, which a double click selects whole."""
    number, digits = int.from_bytes(random_bytes(32), "big"), []
    for _ in range(_DIGITS):
        number, digit = divmod(number, 62)
        digits.append(_ALPHABET[digit])
    return "lw_" + "".join(digits)


def digest_of(key: str) -> bytes:
    """What is kept of a key. Plain SHA-256: there is nothing to guess in 256 random bits, so a slow hash would protect nobody."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()
