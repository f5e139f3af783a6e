"""Quotations that stand in the given sources, word for word; references to sources that exist; claims with a source.

Says `evidence`: that the words stand there is sure, that they mean what the answer makes of them is not.
"""

from __future__ import annotations

import re
from typing import Annotated, ClassVar, Literal

import msgspec
from msgspec import Meta

from lanewise.core.conversation import Document, ToolResult
from lanewise.core.protocols.router import Ask
from lanewise.core.protocols.verifier import Candidate, Cost
from lanewise.core.verdict import Verdict, VerdictKind
from lanewise.verifiers.claims.contradiction import Sources
from lanewise.verifiers.figures import Holding, numbers_in, unsupported
from lanewise.verifiers.reading.language import language_of
from lanewise.verifiers.says import Says, quoted
from lanewise.verifiers.sources import MAX_SOURCE_CHARS, Source, folded, holds, named, pieces_of, sources_of

_QUOTATION = re.compile(
    r'"([^"\n]{1,2000})"|\u201c([^\u201c\u201d]{1,2000})\u201d|\u00ab\s?([^\u00ab\u00bb]{1,2000}?)\s?\u00bb|\u201e([^\u201e\u201c\u201d]{1,2000})[\u201c\u201d]'
)
_BLOCK = re.compile(r"(?:^>[^\n]*\n?){1,200}", re.MULTILINE)
_REFERENCE = re.compile(r"\[(\d{1,3}(?:\s?[,;]\s?\d{1,3}){0,9})\](?!\()")
_TO_ONE = re.compile(
    r"\s{0,3}[,.;]?\s{0,3}(?:\[(\d{1,3})\]|\((?:source|doc|document)[: ]\s?([^()\n]{1,80})\))", re.IGNORECASE
)
_CODE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]{1,400}`", re.DOTALL)
_SENTENCE = re.compile(
    r"[^.!?\n]{1,2000}(?:[.!?]+(?:[\"'\u201d)\]]|\s?\[\d[^\]\n]{0,40}\]){0,4}(?=\s|$)|\n|$|(?<=\d)\.(?=\d))"
)
_MAX_ANSWER_CHARS = 200_000
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
    reads_conversation: ClassVar[bool] = True

    def __init__(self, options: Options | None = None) -> None:
        self._options = options or Options()
        self._says = Says(verifier=self.name, kind="evidence")
        self._named = named(self._options.sources)

    async def verify(self, candidate: Candidate, ask: Ask) -> Verdict:
        """Judge the text by the conversation's sources and the policy's."""
        text = _CODE.sub(" ", candidate.content.text[:_MAX_ANSWER_CHARS])
        sources = sources_of(candidate.conversation, users=self._options.users)
        numbered = sum(bool(each.names) for each in sources)
        sources = [*self._named, *sources]
        if numbered == 0 and not self._named:
            return self._says.unverifiable("The conversation has no documents and no tool results that could be cited.")
        if (
            len(candidate.content.text) > _MAX_ANSWER_CHARS
            or sum(len(each.plain) for each in sources) > MAX_SOURCE_CHARS
        ):
            return self._says.unverifiable("Answer or sources are too long to be compared.")
        checked, wrong = self._quotations(text, sources)
        unread = _unreadable(candidate)
        figures, wrong_figures = self._numbers(text, sources)
        checked, wrong = checked + figures, wrong + wrong_figures
        if wrong and unread:
            return self._says.unverifiable(
                f"{wrong[0]} But {unread} of the sources cannot be read here, so it may stand there."
            )
        wrong += _wrong_references(text, numbered)
        if self._options.claims and language_of(text) in {"en", None}:
            wrong += _contradicted(text, sources)
        wrong += self._without_source(text)
        references = len(_REFERENCE.findall(text))
        if wrong:
            score = max(0.0, 1 - len(wrong) / max(1, checked + references))
            return self._says.reject(" ".join(wrong[:_MOST_TOLD]), score=score)
        if checked == 0 and references == 0:
            return self._says.unverifiable("The answer quotes nothing and refers to nothing.")
        if checked == 0:
            return self._says.unverifiable("The answer refers to sources that exist, and quotes none of their words.")
        return self._says.accept()

    def _quotations(self, text: str, sources: list[Source]) -> tuple[int, list[str]]:
        """How many quotations there are, and what is wrong with them."""
        checked, wrong = 0, []
        for said, end in _quoted_in(text):
            pieces = pieces_of(said)
            if sum(len(piece.split()) for piece in pieces) < self._options.min_words:
                continue
            checked += 1
            having = [each for each in sources if holds(each, pieces)]
            if not having:
                wrong.append(
                    f"The quotation {quoted(said)} stands in no source. Quote what is there, word for word, or do not quote."
                )
            elif (of := _attributed(text, end)) and not any(of in map(folded, each.names) for each in having):
                where = ", ".join(each.names[0] for each in having if each.names)
                found = f"; it stands in {quoted(where, 60)}" if where else ""
                wrong.append(f"The quotation {quoted(said)} does not stand in source {quoted(of, 60)}{found}.")
        return checked, wrong

    def _numbers(self, text: str, sources: list[Source]) -> tuple[int, list[str]]:
        """How many sentences have numbers and references, and what is wrong with them."""
        checked, wrong = 0, []
        for sentence in _sentences(text) if self._options.numbers != "unchecked" else ():
            names = _names_in(sentence)
            claim = _REFERENCE.sub("", sentence)
            cited = [each.plain for each in sources if names.intersection(each.names)]
            if not cited or not numbers_in(claim):
                continue
            checked += 1
            if missing := unsupported(claim, cited, self._options.numbers):
                wrong.append(f"{', '.join(missing[:5])} in {quoted(sentence)} stands not in what it refers to.")
        return checked, wrong

    def _without_source(self, text: str) -> list[str]:
        if self._options.require == "some" and not _REFERENCE.search(text) and not any(_quoted_in(text)):
            return ["The answer names no source. Mark each claim with the number of its source, such as [1]."]
        if self._options.require != "every_number":
            return []
        bare = [
            each
            for each in _sentences(text)
            if re.search(r"\d", _REFERENCE.sub("", each)) and not _REFERENCE.search(each)
        ]
        return [
            f"The claim {quoted(each)} carries no source. Mark it with the number of its source, such as [1]."
            for each in bare
        ]


def _contradicted(text: str, sources: list[Source]) -> list[str]:
    """Sentences that say the opposite of the sources that they refer to."""
    read: dict[tuple[str, ...], Sources] = {}
    wrong: list[str] = []
    for sentence in _sentences(text):
        cited = [each for each in sources if not _names_in(sentence).isdisjoint(each.names)]
        if not cited:
            continue
        names = tuple(each.names[0] for each in cited)
        if names not in read:
            read[names] = Sources(each.text for each in cited)
        found = read[names].against(_REFERENCE.sub("", sentence))
        if found is not None:
            wrong.append(f"{quoted(sentence)} is contradicted by its source, {quoted(found.sentence)}: {found.what}.")
    return wrong


def _names_in(sentence: str) -> set[str]:
    """The numbers of the sources that a sentence refers to."""
    return {str(int(each)) for group in _REFERENCE.findall(sentence) for each in re.split(r"\s?[,;]\s?", group)}


def _quoted_in(text: str) -> list[tuple[str, int]]:
    """Each quotation with the place after it: in quotes, or as a block."""
    found = [(next(filter(None, each.groups()), ""), each.end()) for each in _QUOTATION.finditer(text)]
    blocks = [
        ("\n".join(line.lstrip("> ") for line in each[0].splitlines()), each.end()) for each in _BLOCK.finditer(text)
    ]
    return found + [(said, end) for said, end in blocks if not _QUOTATION.search(said)]


def _attributed(text: str, end: int) -> str:
    """The one source that a quotation is given to, just behind it; empty where none is."""
    found = _TO_ONE.match(text, end)
    return folded(found[1] or found[2]) if found else ""


def _wrong_references(text: str, numbered: int) -> list[str]:
    numbers = {int(each) for each in _names_in(text)}
    return [
        f"There is no source [{each}]: the sources are numbered 1 to {numbered}."
        for each in sorted(numbers)
        if numbered and not 1 <= each <= numbered
    ]


def _sentences(text: str) -> list[str]:
    """Sentences and lines, headings and list marks without their numbers."""
    plain = re.sub(r"^\s{0,8}(?:#{1,6}\s|\d{1,3}[.)]\s|[-*+]\s)", "", text, flags=re.MULTILINE)
    return [each[0].strip() for each in _SENTENCE.finditer(plain) if len(each[0].split()) > 1]


def _unreadable(candidate: Candidate) -> int:
    """Documents whose words are not here: given by address, or as bytes."""
    parts = [part for turn in candidate.conversation.turns for part in turn.parts]
    parts += [each for part in parts if isinstance(part, ToolResult) for each in part.parts]
    return sum(isinstance(part, Document) and not part.text for part in parts)
