"""Answers that say nothing: whole, and without a word, a tool call or a refusal in them. Thinking alone is not an answer."""

from __future__ import annotations

import msgspec

from lanewise.core.answer import Finish

#: Endings after which an answer should have said something. A filter's silence is its word, and what else ends an answer may go on.
_ENDS = frozenset({Finish.STOP, Finish.LENGTH, None})
_LONGEST_BLANK = 64  # bytes of JSON: nobody answers with more white space than that


def should_have_spoken(finish: Finish | None) -> bool:
    """Whether an answer that ended so and holds nothing is an empty one."""
    return finish in _ENDS


def is_blank(raw: msgspec.Raw) -> bool:
    """Whether JSON holds nothing to read: it is absent, null, empty or white space. A long value is not decoded."""
    size = len(memoryview(raw))
    if size == 0:
        return True
    if size > _LONGEST_BLANK:
        return False
    value = decoded(raw)
    return not (value.strip() if isinstance(value, str) else value)


def decoded(raw: msgspec.Raw) -> object:
    """A part of JSON that was passed over; where its strings are no text, or it is nested too deeply, something to read all the same."""
    try:
        return msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return [None]


def is_whole(text: str) -> bool:
    """Whether text is one whole JSON object, so that nothing of it can be missing."""
    if not text.startswith("{"):
        return False
    try:
        msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, UnicodeEncodeError, RecursionError):
        return False
    return True
