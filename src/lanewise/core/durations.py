"""Durations as vendors and callers write them: `20ms`, `1.5s`, `6m0s`, `2m59.56s`, or a plain number of seconds."""

from __future__ import annotations

import re
from functools import lru_cache

_LONGEST_TEXT = 32
_PIECE = r"(\d{1,9}(?:\.\d{1,12})?)(ms|s|m|h|d)"
_PIECES = re.compile(rf"(?:{_PIECE})+", re.ASCII)
_ONE = re.compile(_PIECE, re.ASCII)
_NUMBER = re.compile(r"\d{1,9}(?:\.\d{1,12})?", re.ASCII)
LONGEST_DEADLINE_S = 86_400.0  # no run takes longer
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def read_duration_s(text: str) -> float | None:
    """Seconds; None where the text is no duration."""
    return _read(text) if len(text) <= _LONGEST_TEXT else None


@lru_cache(maxsize=1024)
def _read(text: str) -> float | None:
    if _NUMBER.fullmatch(text):
        return float(text)
    if not _PIECES.fullmatch(text):
        return None
    return sum(float(number) * _SECONDS[unit] for number, unit in _ONE.findall(text))


def read_deadline_s(value: float | str) -> float | None:
    """How long a caller wants to wait at most, written as seconds or as a duration; None where it is no time above zero and up to a day."""
    seconds = read_duration_s(value.strip()) if isinstance(value, str) else value
    return seconds if seconds is not None and 0 < seconds <= LONGEST_DEADLINE_S else None
