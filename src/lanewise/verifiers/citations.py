"""Quotations that stand in the given sources, word for word; references to sources that exist; claims with a source.

Says `evidence`: that the words stand there is sure, that they mean what the answer makes of them is not.
"""

from __future__ import annotations

import json
import re
from typing import Annotated, Any, ClassVar, Literal

import msgspec
from msgspec import Meta

from lanewise.core.conversation import Document, ToolResult
from lanewise.core.protocols.router import Ask
from lanewise.core.protocols.verifier import Candidate, Cost
from lanewise.core.verdict import Verdict, VerdictKind
from lanewise.verifiers.claims.contradiction import Sources
from lanewise.verifiers.claims.words import FUNCTION_WORDS
from lanewise.verifiers.figures import COMMA_LANGUAGES, LEAST_SPELLED, Held, Holding, figures_in, unsupported
from lanewise.verifiers.quotations import (
    MAX_QUOTATIONS,
    REFERENCE,
    Quotation,
    attributed,
    is_called,
    names_in,
    quotations_in,
    references_in,
    sentences_of,
)
from lanewise.verifiers.reading.language import language_of
from lanewise.verifiers.reading.values import texts_in
from lanewise.verifiers.reading.words import words_of
from lanewise.verifiers.says import Says, one_line, quoted
from lanewise.verifiers.sources import (
    MAX_SOURCE_CHARS,
    SAYS_NO_ABROAD,
    Source,
    chars_in,
    named,
    only_denied,
    pieces_of,
    places_of,
    sources_of,
)

_CODE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]{1,400}`", re.DOTALL)
_SAYS_NO = re.compile(
    r"\b(?:no|not|never|cannot|without|nor|neither|none|nothing|forbid\w*|forbade|prohibit\w*|ban(?:s|ned)?|den(?:y|ies|ied)|refus\w*|"
    r"reject\w*|against|exclud\w*|rule[sd]? out|disallow\w*|prevent\w*|stop\w*|unless|contrary|false|wrong|fail\w*|lack\w*|unable|"
    r"impossible|illegal|avoid\w*|hardly|barely|instead|rather|only|whether|if|asks?|asked|question\w*)\b|n['\u2019]t\b",
    re.IGNORECASE,
)
_BEFORE_CHARS, _BEHIND_CHARS = 160, 60  # of the answer, around a quotation
_MAX_ANSWER_CHARS = 200_000
_MAX_REFERENCES = 1_000
_MOST_TOLD = 5


class Options(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What can be set for `citations`."""

    sources: Annotated[
        dict[str, str], Meta(description="texts that may be cited besides the conversation's, by their names")
    ] = {}
    users: Annotated[bool, Meta(description="what users wrote may be quoted too")] = True
    min_words: Annotated[
        int, Meta(ge=1, le=50, description="words a quotation has at least; shorter ones may be mere words in quotes")
    ] = 3
    require: Annotated[
        Literal["none", "some", "every_number"],
        Meta(description="what must carry a reference: nothing, the answer somewhere, or each sentence with a number"),
    ] = "none"
    numbers: Annotated[
        Holding,
        Meta(description="numbers of a sentence with references must stand in one of its sources, or in all of them"),
    ] = "unchecked"
    claims: Annotated[
        bool,
        Meta(description="an English sentence with references is rejected where its source says the opposite of it"),
    ] = True


class CitationVerifier:
    """Rejects what is quoted and stands nowhere, what refers to nothing, and, where it is asked for, claims without a source."""

    name: ClassVar[str] = "citations"
    kinds: ClassVar[tuple[VerdictKind, ...]] = ("evidence",)
    options: ClassVar[type[Options]] = Options
    stand_in: ClassVar[str | None] = None  # it asks nobody, so it is never down
    cost: ClassVar[Cost] = "reading"
    quick_chars: ClassVar[int] = 2_000  # to read what sources say takes a millisecond for each thousand
    reads_schemas: ClassVar[bool] = False
    reads_conversation: ClassVar[bool] = True
    reads_earlier_calls: ClassVar[bool] = False

    def __init__(self, options: Options | None = None) -> None:
        self._options = options or Options()
        self._says = Says(verifier=self.name, kind="evidence")
        self._named = named(self._options.sources)

    async def verify(self, candidate: Candidate, ask: Ask) -> Verdict:
        """Judge the text by the conversation's sources and the policy's."""
        chars = chars_in(candidate.conversation) + sum(len(each.plain) for each in self._named)
        if len(candidate.content.text) > _MAX_ANSWER_CHARS or chars > MAX_SOURCE_CHARS:
            return self._says.unverifiable("Answer or sources are too long to be compared.")
        text = _CODE.sub(" ", _prose(candidate.content.text))
        given = sources_of(candidate.conversation, users=self._options.users)
        sources = [*self._named, *given]
        if not any(each.names for each in sources):
            return self._says.unverifiable("The conversation has no documents and no tool results that could be cited.")
        quotations = quotations_in(text)
        if len(quotations) > MAX_QUOTATIONS:
            return self._says.unverifiable(f"The answer has more than {MAX_QUOTATIONS} quotations.")
        if sum(1 for _ in REFERENCE.finditer(text)) > _MAX_REFERENCES:
            return self._says.unverifiable(f"The answer has more than {_MAX_REFERENCES} references.")
        checked, wrong = self._quotations(text, quotations, sources)
        figures, wrong_figures = self._numbers(text, sources)
        checked, wrong = checked + figures, wrong + wrong_figures
        if wrong and (unread := _unreadable(candidate)):
            return self._says.unverifiable(
                f"{wrong[0]} But {unread} of the sources cannot be read here, so it may stand there."
            )
        wrong += _wrong_references(text, sources)
        if self._options.claims and language_of(text) in {"en", None}:
            wrong += _contradicted(text, sources)
        wrong += self._without_source(text, quotations)
        return self._verdict(checked, len(references_in(text) | names_in(text)), wrong)

    def _verdict(self, checked: int, references: int, wrong: list[str]) -> Verdict:
        if wrong:
            score = max(0.0, 1 - len(wrong) / max(1, checked + references))
            return self._says.reject(" ".join(wrong[:_MOST_TOLD]), score=score)
        if checked == 0 and references == 0:
            return self._says.unverifiable("The answer quotes nothing that could show it, and refers to nothing.")
        if checked == 0:
            return self._says.unverifiable("The answer refers to sources that exist, and quotes none of their words.")
        return self._says.accept()

    def _quotations(self, text: str, quotations: list[Quotation], sources: list[Source]) -> tuple[int, list[str]]:
        """How many quotations show something, and what is wrong with them."""
        checked, wrong = 0, []
        for quotation in quotations:
            pieces = pieces_of(quotation.said)
            sizes = [words_of(piece) for piece in pieces]
            if sum(sizes) < self._options.min_words:
                continue
            found = [(each, places) for each in sources if (places := places_of(each, pieces))]
            having = [each for each, _ in found]
            telling = max(sizes) >= self._options.min_words and not all(each.asks for each in having)
            checked += telling or not having
            wrong += _wrong_quotation(text, quotation, having)
            if having and _out_of_context(text, quotation, pieces[0], found):
                wrong.append(
                    f"Before {quoted(quotation.said)} the source has a word that denies it, which the answer leaves out."
                )
        return checked, wrong

    def _numbers(self, text: str, sources: list[Source]) -> tuple[int, list[str]]:
        """How many sentences have numbers and references, and what is wrong with them."""
        if self._options.numbers == "unchecked":
            return 0, []
        checked, wrong = 0, []
        language = language_of(text)
        held: dict[int, Held] = {}
        for sentence in sentences_of(text):
            cited = _cited(sentence, sources)
            if not cited:
                continue
            # a few words are in no language: beside a German source they may write numbers as it does, or not
            unsure = language is None and language_of(sources[cited[0]].text) in COMMA_LANGUAGES
            claim = REFERENCE.sub("", sentence)
            figures = figures_in(claim, language, spelled_from=LEAST_SPELLED, unsure=unsure)
            for each in cited:
                if figures and each not in held:
                    held[each] = Held(sources[each].text, language_of(sources[each].text))
            checked += bool(figures)
            if missing := unsupported(figures, [held[each] for each in cited if figures], self._options.numbers):
                wrong.append(
                    f"{', '.join(one_line(each, 40) for each in missing[:5])} in {quoted(sentence)} stands not in what it refers to."
                )
        return checked, wrong

    def _without_source(self, text: str, quotations: list[Quotation]) -> list[str]:
        if self._options.require == "some" and not (quotations or references_in(text) or names_in(text)):
            return ["The answer names no source. Mark each claim with the number of its source, such as [1]."]
        if self._options.require != "every_number":
            return []
        bare = [
            each
            for each in sentences_of(text)
            if re.search(r"\d", each) and not references_in(each) and not names_in(each)
        ]
        return [
            f"The claim {quoted(each)} carries no source. Mark it with the number of its source, such as [1]."
            for each in bare
        ]


def _prose(text: str) -> str:
    """The text; of one that is JSON its texts, whose quotes are no quotations."""
    if text.strip()[:1] not in ("{", "["):
        return text
    try:
        return "\n\n".join(texts_in(json.loads(text, object_pairs_hook=_values), names=False))
    except (ValueError, RecursionError):
        return text


def _values(pairs: list[tuple[str, Any]]) -> list[Any]:
    """Of an object all its values: of a name that stands twice, some reader shows either."""
    return [value for _, value in pairs]


def _wrong_quotation(text: str, quotation: Quotation, having: list[Source]) -> list[str]:
    """That it stands nowhere, or not where the answer says."""
    said = quoted(quotation.said)
    if not having:
        return [f"The quotation {said} stands in no source. Quote what is there, word for word, or do not quote."]
    of = attributed(text, quotation)
    if not of or any(is_called(of, each.names) for each in having):
        return []
    where = ", ".join(each.names[0] for each in having if each.names)
    found = f"; it stands in {quoted(where, 60)}" if where else ""
    return [f"The quotation {said} does not stand in source {quoted(of, 60)}{found}."]


def _out_of_context(text: str, quotation: Quotation, first: str, found: list[tuple[Source, list[int]]]) -> bool:
    """Whether all sources deny what is quoted in a word before it, and the answer has no such word around it."""
    if first.split(" ", 1)[0] in FUNCTION_WORDS:
        return False  # of `not the end of the lease` more is quoted than is denied
    around = text[max(0, quotation.begin - _BEFORE_CHARS) : quotation.begin] + text[quotation.end :][:_BEHIND_CHARS]
    return all(only_denied(each, places) for each, places in found) and not (
        _SAYS_NO.search(around) or SAYS_NO_ABROAD.search(around)
    )


def _contradicted(text: str, sources: list[Source]) -> list[str]:
    """Sentences that say the opposite of the sources that they refer to."""
    read: dict[tuple[int, ...], Sources] = {}
    wrong: list[str] = []
    for sentence in dict.fromkeys(sentences_of(text)):
        cited = _cited(sentence, sources)
        if not cited:
            continue
        if cited not in read:
            read[cited] = Sources(sources[each].text for each in cited)
        found = read[cited].against(REFERENCE.sub("", sentence))
        if found is not None:
            wrong.append(f"{quoted(sentence)} is contradicted by its source, {quoted(found.sentence)}: {found.what}.")
    return wrong


def _cited(sentence: str, sources: list[Source]) -> tuple[int, ...]:
    """The places of the sources that a sentence refers to."""
    meant = {*map(str, references_in(sentence)), *names_in(sentence)}
    return tuple(
        place for place, each in enumerate(sources) if meant and any(is_called(name, each.names) for name in meant)
    )


def _wrong_references(text: str, sources: list[Source]) -> list[str]:
    """References to what is not there."""
    numbered = sum(bool(each.names) and each.names[0].isdecimal() for each in sources)
    known = f"the sources are numbered 1 to {numbered}" if numbered else "the sources have names and no numbers"
    wrong = [
        f"There is no source [{each}]: {known}."
        for each in sorted(references_in(text))
        if not any(str(each) in source.names for source in sources)
    ]
    return wrong + [
        f"There is no source {quoted(each, 60)}."
        for each in sorted(names_in(text))
        if not any(is_called(each, source.names) for source in sources)
    ]


def _unreadable(candidate: Candidate) -> int:
    """Documents whose words are not here: given by address, or as bytes."""
    parts = [part for turn in candidate.conversation.turns for part in turn.parts]
    parts += [each for part in parts if isinstance(part, ToolResult) for each in part.parts]
    return sum(isinstance(part, Document) and not part.text and bool(part.data or part.url) for part in parts)
