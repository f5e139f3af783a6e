"""What of a conversation's words is kept for those who decide on it: bounded, whatever its length."""

from __future__ import annotations

MAX_LAST_TEXT = 16 * 1024  # characters of the last user message that rules may look at
MAX_OPENING = 1024  # characters of how a conversation begins, half of them of its system message
MOST_OF_EACH = MAX_OPENING // 2 - 1


def last_text(text: str) -> str:
    """At most MAX_LAST_TEXT characters: what is asked stands at the beginning or the end, a pasted document in the middle."""
    if len(text) <= MAX_LAST_TEXT:
        return text
    half = MAX_LAST_TEXT // 2
    return f"{text[: half - 1]}\n{text[-half:]}"


def opening(system: str, first: str) -> str:
    """How the conversation begins: its system message, and the first one of the user."""
    return f"{system[:MOST_OF_EACH]}\n{first[:MOST_OF_EACH]}"
