"""Whether a whole answer that nobody has read refuses."""

from __future__ import annotations

import re

_WORD = b'"refusal"'
#: Behind the word: it is a member that has words. Within a string of JSON the quotes would be escaped.
_SAID = re.compile(rb'\s*:\s*"')
_WHITE = b" \t\r\n"


def refuses(body: bytes) -> bool:
    """Whether a vendor's whole body holds a refusal, in any dialect that says it in its content.

    It is a member of that name with words, or a part of that type. Nearly every body of a chat completion has the word once, with null:
    what is around it is all that is looked at.
    """
    at = body.find(_WORD)
    while at >= 0:
        if _SAID.match(body, at + len(_WORD)) or _is_a_value(body, at):
            return True
        at = body.find(_WORD, at + len(_WORD))
    return False


def _is_a_value(body: bytes, at: int) -> bool:
    """Whether a colon stands before this place."""
    while at > 0 and body[at - 1] in _WHITE:
        at -= 1
    return at > 0 and body[at - 1 : at] == b":"
