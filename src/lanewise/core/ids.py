"""Identifiers, minted in one place so that a test can make them predictable."""

from __future__ import annotations

import itertools
import secrets
from typing import Protocol

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32, lower case: no letter is taken for a digit


class Ids(Protocol):
    """A source of identifiers that never repeats within one store."""

    def run_id(self, now_s: float) -> str:
        """A new run's id: sorts by time, to the millisecond; 26 characters behind `run_`."""


_PAIRS = [high + low for high in _ALPHABET for low in _ALPHABET]


def _base32(number: int, pairs: int) -> str:
    """The lowest ten bits for each of `pairs`, two letters for each ten."""
    text = ""
    for _ in range(pairs):
        text = _PAIRS[number & 1023] + text
        number >>= 10
    return text


class RandomIds:
    """Ids of 48 bits of time and 80 bits of chance (ULID's layout).

    The tail counts up from a random start within this process: one draw of the system's randomness per 2^20 ids, not one per request.
    """

    def __init__(self) -> None:
        self._prefix = _base32(secrets.randbits(60), 6)
        self._counter = itertools.count(secrets.randbits(18))
        self._begin = -1
        self._time = ""  # of what begins so, without the last ten bits: they alone are others for nearly every id

    def run_id(self, now_s: float) -> str:
        """A new run's id."""
        millisecond = int(now_s * 1000)
        if millisecond >> 10 != self._begin:
            self._begin = millisecond >> 10
            self._time = _base32(self._begin, 4)
        count = next(self._counter)
        if count >= 1 << 20:
            self._prefix = _base32(secrets.randbits(60), 6)
            self._counter = itertools.count(secrets.randbits(18))
            count = next(self._counter)
        return f"run_{self._time}{_PAIRS[millisecond & 1023]}{self._prefix}{_PAIRS[count >> 10]}{_PAIRS[count & 1023]}"
