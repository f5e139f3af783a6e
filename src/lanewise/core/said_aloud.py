"""What of an answer's text is said to the caller, where a model has put its thinking into the text."""

from __future__ import annotations

import re

_NAMES = r"(?:think|thinking|reasoning|scratchpad)"
_BEGINS = re.compile(rf"\s{{0,20}}<{_NAMES}>", re.IGNORECASE)
_ENDS = re.compile(rf"</{_NAMES}>", re.IGNORECASE)


def said_aloud(text: str) -> str:
    """The text behind `<think>...</think>` at its beginning; empty where the thinking never ends, or where nothing follows it."""
    if not _BEGINS.match(text):
        return text
    ends = [found.end() for found in _ENDS.finditer(text)]
    return text[ends[-1] :] if ends else ""
