"""What of an answer's text is said to the caller, where a model has put its thinking into the text.

The one rule for it: strategies, verifiers and the walk all ask here, so that no two of them read different answers in one text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_NAMES = r"(?:think|thinking|reasoning|scratchpad)"
#: Amid a sentence, or quoted, a mark is what the answer speaks of.
_MARK = re.compile(
    rf"^[^\S\n]{{0,20}}(?:(?P<begins><{_NAMES}>)|(?P<alone></{_NAMES}>)[^\S\n]{{0,20}}$)|(?<![`\"'])</{_NAMES}>",
    re.IGNORECASE | re.MULTILINE,
)


def said_aloud(text: str) -> str:
    """A text without its thinking: all from a line that begins with `<think>` to the last `</think>` before the next one.

    Empty where the thinking never ends, or where nothing is said beside it. Where a vendor's template has written the `<think>`,
    the text begins in the middle of thinking, and only a `</think>` alone on its line tells.
    """
    if "<" not in text:
        return text
    said, at = [], 0
    for began, ended in _thinking(text):
        said.append(text[at:began])
        at = ended
    return "".join([*said, text[at:]])


def _thinking(text: str) -> Iterator[tuple[int, int]]:
    """From where to where a text is thinking."""
    began, ended = None, 0
    for mark in _MARK.finditer(text):
        if mark["begins"] is None:
            if began is not None or mark["alone"]:
                ended = mark.end()
        elif began is None or ended:
            if ended:
                yield began or 0, ended
            began, ended = mark.start(), 0
    if began is not None or ended:
        yield began or 0, ended or len(text)
