"""How many words a text has, also where they are not divided by blanks."""

from __future__ import annotations

import re

UNSPACED = re.compile(r"[\u0e00-\u109f\u1780-\u17ff\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff]")
"""A character of a script whose words follow one another without blanks, or of Hangul."""


def words_of(text: str) -> int:
    """How many words there are; where they are not divided by blanks, two characters make one."""
    return len(text.split()) + len(UNSPACED.findall(text)) // 2
