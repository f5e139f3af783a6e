"""Whether an answer declines: the model will not, or it says that it cannot, which is an answer of its own and no reason to ask again.

English phrases where an answer begins, and the words that a prompt may ask for: a line that begins with `CANNOT SOLVE`.
"""

from __future__ import annotations

import re
from typing import Literal

from lanewise.core.answer import Content

Declined = Literal["will_not", "cannot"]

EXIT_WORDS = "CANNOT SOLVE"
"""What a prompt may tell a model to write, with its reason, where it finds no answer."""

_OPENING_CHARS = 400
_NOT = r"(?:can(?:no|')t|can not|am (?:unable|not able) to|could(?: not|n't))"
_EXIT = re.compile(rf"^[\s*_#>\"'`]{{0,10}}{EXIT_WORDS}\b", re.MULTILINE)
_WILL_NOT = re.compile(
    rf"\bI(?: {_NOT}|'m (?:unable|not able) to|'m sorry,? (?:but )?I {_NOT}) (?:help|assist|comply|provide|fulfil|support|engage|"
    r"participate|create|write|generate|share|do that|continue with)\b|\bI (?:must|have to) decline\b|"
    rf"\bI (?:will not|won't) (?:help|assist|provide|do|write|create)\b|\bas an AI(?: language model)?, I {_NOT}\b",
    re.IGNORECASE,
)
_CANNOT = re.compile(
    rf"\b(?:I|we)(?: {_NOT}|'m (?:unable|not able) to) (?:solve|determine|answer|find (?:an?|the) (?:answer|solution)|compute|"
    r"give (?:an?|the) answer)\b|\bI (?:do not|don't) (?:know the answer|have enough information|know how to solve)\b|"
    r"\b(?:there is )?not enough information (?:is given |was given |has been provided )?to (?:answer|solve|determine)\b",
    re.IGNORECASE,
)
_HELP_BUT = re.compile(r"\bhelp but\b", re.IGNORECASE)


def declined(content: Content) -> Declined | None:
    """How an answer declines, if it does. A vendor's own refusal part counts as `will_not`."""
    if content.refusal and not content.text.strip():
        return "will_not"
    if content.tool_calls:
        return None
    if _EXIT.search(content.text):
        return "cannot"
    opening = content.text[:_OPENING_CHARS].replace("\u2019", "'")
    found = _WILL_NOT.search(opening)
    if found and not _HELP_BUT.match(opening, max(0, found.end() - 4)):
        return "will_not"
    return "cannot" if _CANNOT.search(opening) and len(content.text) <= 2 * _OPENING_CHARS else None
