"""The proof of thinking that stands on function calls, and what to say where there is none.

Newer Gemini models refuse a call of the current turn that comes back without its `thoughtSignature`. For calls that another model made,
Google names words that stand in its place: https://ai.google.dev/gemini-api/docs/thought-signatures.
"""

from __future__ import annotations

NOT_MINE = "skip_thought_signature_validator"
"""Says that a call was made by somebody else. It is base64 as the field wants it."""

_OTHER_WORDS = ("context_engineering_is_the_way_to_go",)


def is_not_mine(signature: str) -> bool:
    """Whether these are the words, in either alphabet of base64, rather than a proof."""
    words = signature.replace("/", "_").rstrip("=")
    return words == NOT_MINE or words in _OTHER_WORDS
