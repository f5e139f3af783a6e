"""What an answer looks like: there at all, of a length, in a language, with or without patterns, and not declined. Says `form`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, ClassVar

import msgspec
from msgspec import Meta

from lanewise.core.answer import Content
from lanewise.core.patterns import SEARCHED_CHARS, why_refused
from lanewise.core.protocols.router import Ask
from lanewise.core.protocols.verifier import Candidate, Cost
from lanewise.core.said_aloud import said_aloud
from lanewise.core.verdict import Verdict, VerdictKind
from lanewise.verifiers.reading.declined import declined
from lanewise.verifiers.reading.language import KNOWN, language_of
from lanewise.verifiers.reading.words import words_of
from lanewise.verifiers.says import Says, quoted

Patterns = tuple[str, ...]


class Options(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What can be set for `form`."""

    min_chars: Annotated[int, Meta(ge=0, description="characters the answer has at least")] = 0
    max_chars: Annotated[Annotated[int, Meta(ge=1)] | None, Meta(description="characters the answer has at most")] = (
        None
    )
    min_words: Annotated[int, Meta(ge=0, description="words the answer has at least")] = 0
    max_words: Annotated[Annotated[int, Meta(ge=1)] | None, Meta(description="words the answer has at most")] = None
    language: Annotated[str | None, Meta(description="the language it must be in, by its two-letter code")] = None
    match: Annotated[Patterns, Meta(description="regular expressions that must each be found in it; case counts")] = ()
    forbid: Annotated[Patterns, Meta(description="regular expressions that must not be found in it; case counts")] = ()
    declining: Annotated[bool, Meta(description="an answer that declines is accepted like any other")] = False


class FormVerifier:
    """Rejects an empty answer, one that declines, and one that is not as the policy wants it to look."""

    name: ClassVar[str] = "form"
    kinds: ClassVar[tuple[VerdictKind, ...]] = ("form",)
    options: ClassVar[type[Options]] = Options
    stand_in: ClassVar[str | None] = None  # nothing is cheaper
    cost: ClassVar[Cost] = "reading"
    quick_chars: ClassVar[int] = 6_000
    reads_schemas: ClassVar[bool] = False
    reads_conversation: ClassVar[bool] = False
    reads_earlier_calls: ClassVar[bool] = False

    def __init__(self, options: Options | None = None) -> None:
        """Raises ValueError on a language that is not known or a pattern that is not taken."""
        self._options = options or Options()
        self._says = Says(verifier=self.name, kind="form")
        if self._options.language not in (None, *KNOWN):
            raise ValueError(
                f"language: {self._options.language!r} is not known; write one of {', '.join(sorted(KNOWN))}"
            )
        self._match = [_compiled("match", each) for each in self._options.match]
        self._forbid = [_compiled("forbid", each) for each in self._options.forbid]

    async def verify(self, candidate: Candidate, ask: Ask) -> Verdict:
        """Judge the text. An answer of tool calls alone is not judged."""
        content = candidate.content
        how = declined(content)
        if how is not None and not self._options.declining:
            will = "The model declined to answer." if how == "will_not" else "The model says that it cannot answer."
            return self._says.reject(will, repairable=False)
        if not _shown(content.text):
            return self._without_text(content)
        wrong = [*self._lengths(content.text.strip()), *self._patterns(content.text)]
        spoken = language_of(content.text) if self._options.language else None
        if spoken is not None and spoken != self._options.language:
            wrong.append(f"The answer is in {spoken!r}; write it in {self._options.language!r}.")
        if wrong:
            return self._says.reject(" ".join(wrong), score=0.5 / len(wrong))
        if self._options.language and spoken is None:
            return self._says.unverifiable("The language of this answer cannot be told for sure.")
        if (self._match or self._forbid) and len(content.text) > SEARCHED_CHARS:
            return self._says.unverifiable(
                f"Nothing was wrong in the first {SEARCHED_CHARS} characters, and patterns are searched in no more."
            )
        return self._says.accept()

    def _without_text(self, content: Content) -> Verdict:
        if content.tool_calls:
            return self._says.unverifiable("The answer is a tool call, and has no text to look at.")
        if content.refusal:
            return self._says.unverifiable("The model declined, and has written no text to look at.")
        return self._says.reject("The answer is empty. Write the answer itself.")

    def _lengths(self, text: str) -> Iterator[str]:
        of, chars = self._options, len(text)
        if chars < of.min_chars:
            yield f"The answer has {chars} characters; write at least {of.min_chars}."
        if of.max_chars is not None and chars > of.max_chars:
            yield f"The answer has {chars} characters; write at most {of.max_chars}."
        words = words_of(text) if of.min_words or of.max_words else 0
        if words < of.min_words:
            yield f"The answer has {words} words; write at least {of.min_words}."
        if of.max_words is not None and words > of.max_words:
            yield f"The answer has {words} words; write at most {of.max_words}."

    def _patterns(self, text: str) -> Iterator[str]:
        searched = text[:SEARCHED_CHARS]
        for pattern in self._match:
            if not pattern.search(searched) and len(text) <= SEARCHED_CHARS:
                yield f"Nothing in the answer is as {quoted(pattern.pattern)} wants it."
        for pattern in self._forbid:
            if found := pattern.search(searched) or pattern.search(_INVISIBLE.sub("", searched)):
                yield f"The answer must not hold {quoted(found[0], 80)}."


_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0]"
)
_FENCE_LINE = re.compile(r"^[ \t]*```[\w+-]{0,20}[ \t]*$", re.MULTILINE)


def _shown(text: str) -> str:
    """What a reader sees of a text: no thinking, no fences around nothing, no characters without a shape."""
    return _INVISIBLE.sub("", _FENCE_LINE.sub("", said_aloud(text))).strip()


def _compiled(key: str, pattern: str) -> re.Pattern[str]:
    if why := why_refused(pattern):
        raise ValueError(f"{key}: the pattern {pattern!r} is not taken: {why}")
    return re.compile(pattern)
