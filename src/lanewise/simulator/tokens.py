"""The simulator's tokenizer: pieces of about four characters that join back to the text exactly.

Every count of tokens in usage, books and pacing is a count of these pieces, so stream and non-stream always agree.
No piece is empty, so a text has at most as many tokens as UTF-8 bytes.
"""

from __future__ import annotations

import re

_PIECE = re.compile(r" ?[A-Za-z]{1,7}|\d{1,3}|[ \t]+|\n+|[^A-Za-z\d\s]|\s", re.ASCII)


def pieces(text: str) -> list[str]:
    """Split a text into tokens; joining them gives the text back."""
    return _PIECE.findall(text)


def count(text: str) -> int:
    """The number of tokens in a text."""
    return len(_PIECE.findall(text))
