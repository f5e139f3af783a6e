"""A conversation that goes badly: its user is not content, or it goes round in circles. It begins a rung higher."""

from __future__ import annotations

import re

from lanewise.core.conversation import Conversation, Role, Text

#: Said about an earlier answer, at the begin of a message: further on it is more often part of the matter itself.
_DISSATISFIED = re.compile(
    r"^\W*(?:no[,.! ]|nope\b|wrong\b|incorrect\b|not (?:correct|right|what i (?:asked|meant|wanted))\b"
    r"|(?:that|this|it)(?:'s| is)? (?:not|wrong|incorrect)\b|(?:it'?s )?still (?:not|wrong|broken|fails?|the same)\b"
    r"|(?:it|that) (?:still )?(?:doesn'?t|does not|didn'?t|did not) (?:work|help|answer)\b"
    r"|you(?:'re| are) (?:wrong|mistaken|not listening)\b|you (?:already|just) said\b|are you sure\b|useless\b"
    r"|(?:try|think) (?:again|harder)\b|read (?:it|my question|the question) again\b)",
    re.IGNORECASE,
)
_LIKE = 0.9  # the share of words in common from which two messages say the same
_LEAST_WORDS = 4
_WORD = re.compile(r"\w+")


def unrest_in(conversation: Conversation) -> str | None:
    """`dissatisfied` or `stalled`, as the last message of the user shows against what came before it; else None."""
    asked, answered = _said(conversation, "user"), _said(conversation, "assistant")
    if len(asked) < 2 or not answered:
        return None
    if _DISSATISFIED.search(asked[-1]):
        return "dissatisfied"
    if any(_alike(asked[-1], before) for before in asked[:-1]):
        return "stalled"
    return "stalled" if len(answered) > 1 and _alike(answered[-1], answered[-2]) else None


def _said(conversation: Conversation, role: Role) -> list[str]:
    texts = (
        " ".join(part.text for part in turn.parts if isinstance(part, Text))
        for turn in conversation.turns
        if turn.role == role
    )
    return [text for text in texts if text.strip()]


def _alike(one: str, other: str) -> bool:
    """Whether two messages say the same in nearly the same words. Short ones do not count: many a `yes` follows another."""
    words, others = (_WORD.findall(text.casefold()) for text in (one, other))
    if min(len(words), len(others)) < _LEAST_WORDS:
        return False
    common = len(set(words) & set(others))
    return common >= _LIKE * max(len(set(words)), len(set(others)))
