"""Whether an answer declines: the model will not, or it says that it cannot, which is an answer of its own and no reason to ask again.

Phrases where an answer begins, in English and the languages of `declined_abroad`, and the words that a prompt may ask for: a line that
begins with `CANNOT SOLVE`.
"""

from __future__ import annotations

import re
from typing import Literal

from lanewise.core.answer import Content
from lanewise.core.said_aloud import said_aloud
from lanewise.verifiers.reading.declined_abroad import declines_abroad

Declined = Literal["will_not", "cannot"]

EXIT_WORDS = "CANNOT SOLVE"
"""What a prompt may tell a model to write, with its reason, where it finds no answer."""

_OPENING_CHARS = 400
_MOST_CHARS = 1_200  # of an answer that declines: a longer one helps with something else, or with all but one part
_NOT = r"(?:can(?:no|')t|can not|am (?:unable|not able) to|could(?: not|n't)|(?:will not|won't) be able to)"
_BEFORE_IT = "but|so|and|sorry|unfortunately|afraid|apologies|apologi[sz]e|however|regret|that|assistant|model"
_SAYS = rf"(?:^|[.!?;\n]\s{{0,4}}|\b(?:{_BEFORE_IT})\b,?\s{{1,4}})"
_EXIT = re.compile(rf"^[\s*_#>\"'`]{{0,10}}{EXIT_WORDS}\b", re.MULTILINE)
_WILL_NOT = re.compile(
    rf"{_SAYS}I(?: {_NOT}|'m (?:unable|not able) to) (?:help|assist|comply|provide|fulfill?|support|engage|participate|create|write|"
    r"generate|share|discuss|talk about|complete|respond to|process|continue with|do (?:that|this|so))\b"
    rf"|{_SAYS}I (?:must|have to) (?:respectfully )?decline\b|{_SAYS}I (?:will not|won't) (?:help|assist|provide|do|write|create)\b"
    rf"|\bas an AI(?: language model)?, I {_NOT}\b|\bnot something (?:that )?I(?: can|'m able to| am able to) (?:help|assist|do|discuss)\b"
    rf"|{_SAYS}I(?:'m| am) not comfortable\b|{_SAYS}I (?:do not|don't) feel comfortable\b"
    r"|\b(?:against|violates?) (?:my|our|the content|the usage|OpenAI's|Anthropic's|Google's) "
    r"(?:guidelines|polic(?:y|ies)|programming|principles)\b",
    re.IGNORECASE,
)
_CANNOT = re.compile(
    rf"{_SAYS}(?:I|we)(?: {_NOT}|'m (?:unable|not able) to) (?:solve|determine|answer|find (?:an?|the) (?:answer|solution)|compute|"
    rf"give (?:an?|the) answer)\b|{_SAYS}I (?:do not|don't) (?:know the answer|have enough information|know how to solve)\b|"
    r"\b(?:there is )?not enough information (?:is given |was given |has been provided )?to (?:answer|solve|determine)\b"
    r"|\AI (?:do not|don't) know[.!]?\Z",
    re.IGNORECASE,
)
_HELP_BUT = re.compile(r"\bhelp but\b", re.IGNORECASE)
_SAID_BY_OTHERS = re.compile(
    r"```.*?(?:```|\Z)|^>[^\n]*|\"[^\"\n]{1,400}\"|\u201c[^\u201d\n]{1,400}\u201d|\u00ab[^\u00bb\n]{1,400}\u00bb|`[^`\n]{1,200}`"
    r"|\u201e[^\u201c\u201d\n]{1,400}[\u201c\u201d]|[\u300c\u300e][^\u300d\u300f\n]{1,400}[\u300d\u300f]",
    re.MULTILINE | re.DOTALL,
)
_LETTER = re.compile(
    r"\A\W*(?:(?:subject|betreff|to|from)\s?:|dear\b|(?:hi|hello|hey)\s+[A-Z\[][^\n,!.]{0,40},|to whom it may)",
    re.IGNORECASE,
)


def declined(content: Content) -> Declined | None:
    """How an answer declines, if it does. A vendor's own refusal part counts as `will_not`.

    What it quotes, thinks or writes in a letter for somebody is not what it says itself.
    """
    if content.refusal and not content.text.strip():
        return "will_not"
    if content.tool_calls:
        return None
    text = said_aloud(content.text).strip()
    if _EXIT.search(text):
        return "cannot"
    if len(text) > _MOST_CHARS or _LETTER.match(text):
        return None
    opening = _SAID_BY_OTHERS.sub(" ", text.replace("\u2019", "'"))[:_OPENING_CHARS].strip()
    found = _WILL_NOT.search(opening)
    if found and not _HELP_BUT.match(opening, max(0, found.end() - 4)):
        return "will_not"
    if declines_abroad(opening, len(text)):
        return "will_not"
    return "cannot" if _CANNOT.search(opening) and len(text) <= 2 * _OPENING_CHARS else None
